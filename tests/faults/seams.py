"""The seams: functions of the product at which a fault strikes, named here alone, and wrapped from outside."""

import functools
import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from tests.faults.cells import Step

BEFORE: Literal["before"] = "before"
AFTER: Literal["after"] = "after"


@dataclass(frozen=True, slots=True)
class Seam:
    """A function by module and name, and whether the fault comes right before or right after its call."""

    module: str
    path: str
    when: Literal["before", "after"]

    def find(self) -> tuple[Any, str]:
        """Who owns the function, and its name there."""
        owner: Any = importlib.import_module(self.module)
        *parents, name = self.path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        return owner, name


RUNWAY = "studio.providers.runway.client"
TRANSITIONS = "studio.generations.transitions"
STORING = "studio.sync.storing"
OUTPUTS = "studio.sync.outputs"

KILLS: dict[str, Seam] = {
    "claimed": Seam("studio.sync.claims", "claim_due", AFTER),
    "step begun": Seam("studio.sync.engine", "step", BEFORE),
    "uploading": Seam(RUNWAY, "RunwayProvider.upload", BEFORE),
    "uploaded": Seam(RUNWAY, "RunwayProvider.upload", AFTER),
    "sending": Seam(RUNWAY, "RunwayProvider.submit", BEFORE),
    "sent": Seam(RUNWAY, "RunwayProvider.submit", AFTER),
    "task id stored": Seam(TRANSITIONS, "mark_submitted", AFTER),
    "task read": Seam(RUNWAY, "RunwayProvider.fetch", AFTER),
    "tasks claimed": Seam("studio.sync.polling", "claim_running", AFTER),
    "round to be written": Seam("studio.sync.polling", "record_seen", BEFORE),
    "round written": Seam("studio.sync.polling", "record_seen", AFTER),
    "storing begun": Seam(TRANSITIONS, "start_storing", AFTER),
    "taken over": Seam("studio.sync.tasks", "take_over", AFTER),
    "downloaded": Seam(RUNWAY, "RunwayProvider.download", AFTER),
    "probed": Seam(OUTPUTS, "look_at", AFTER),
    "clip put": Seam(OUTPUTS, "put_file", AFTER),
    "poster put": Seam(STORING, "put_bytes", AFTER),
    "before the last commit": Seam(TRANSITIONS, "finish", BEFORE),
    "after the last commit": Seam(TRANSITIONS, "finish", AFTER),
    "deleted": Seam(RUNWAY, "RunwayProvider.delete", AFTER),
}
"""Where an engine kills itself."""

AT: dict[Step, Seam] = {
    Step.CLAIM: Seam("studio.sync.claims", "claim_due", BEFORE),
    Step.UPLOAD: Seam(RUNWAY, "RunwayProvider.upload", AFTER),
    Step.SEND: Seam(TRANSITIONS, "start_submitting", BEFORE),
    Step.SENT: Seam(RUNWAY, "RunwayProvider.submit", AFTER),
    Step.POLL: Seam(RUNWAY, "RunwayProvider.fetch", AFTER),
    Step.DOWNLOAD: Seam(RUNWAY, "RunwayProvider.download", BEFORE),
    Step.PROBE: Seam(OUTPUTS, "look_at", AFTER),
    Step.STORE: Seam(OUTPUTS, "put_file", AFTER),
    Step.SETTLE: Seam(TRANSITIONS, "finish", BEFORE),
    Step.CANCEL: Seam(RUNWAY, "RunwayProvider.delete", AFTER),
}
"""Where the database goes away, its disk is full, or the clock jumps."""

FILE_OF: dict[Step, Seam] = {
    Step.UPLOAD: Seam("studio.sync.uploads", "copy_to", BEFORE),
    Step.DOWNLOAD: Seam(RUNWAY, "RunwayProvider.download", BEFORE),
}
"""Who writes a file of ours at the path among its arguments."""

STORAGE_SAVES = Seam("studio.media.storage", "LocalStorage.put_path", BEFORE)
STORAGE_LINKS = Seam("studio.media.storage", "_link", BEFORE)
STORAGE_OPENS = Seam("studio.media.storage", "LocalStorage._open", BEFORE)

PATIENCE: tuple[tuple[str, str], ...] = (
    (RUNWAY, "CREATE_DEADLINE_S"),
    (RUNWAY, "READ_DEADLINE_S"),
    (RUNWAY, "UPLOAD_DEADLINE_S"),
    ("studio.providers.download", "DOWNLOAD_DEADLINE_S"),
)
"""How long the product waits for an answer, as numbers that a test may shorten."""

PAUSE = ("studio.sync.insisting", "FIRST_PAUSE_S")


def wrapped(function: Callable[..., Any], when: str, strike: Callable[..., object]) -> Callable[..., Any]:
    """`function`, with `strike(*its arguments)` called before it, or after it has returned."""

    @contextmanager
    def struck(*args: Any, **kwargs: Any) -> Iterator[None]:
        if when == BEFORE:
            strike(*args, **kwargs)
        yield
        if when == AFTER:
            strike(*args, **kwargs)

    @functools.wraps(function)
    def sync(*args: Any, **kwargs: Any) -> Any:
        with struck(*args, **kwargs):
            return function(*args, **kwargs)

    @functools.wraps(function)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with struck(*args, **kwargs):
            return await function(*args, **kwargs)

    return coroutine if inspect.iscoroutinefunction(function) else sync
