"""The engine against its references: each measure a module, each runnable alone as `custody:<measure>`."""

import traceback
from collections.abc import Callable

from tests.bench.custody.bookkeeping import bookkeeping
from tests.bench.custody.cpu import cpu
from tests.bench.custody.delay import delay
from tests.bench.custody.looking import looking
from tests.bench.custody.memory import memory
from tests.bench.custody.store import store
from tests.bench.custody.tasks_kept import tasks_kept
from tests.bench.figures import Figure

MEASURES: dict[str, Callable[[], list[Figure]]] = {
    "delay": delay,
    "tasks_kept": tasks_kept,
    "cpu": cpu,
    "store": store,
    "looking": looking,
    "memory": memory,
    "bookkeeping": bookkeeping,
}


class MeasuresFailedError(Exception):
    """Some measures did not come to an end; `figures` are those of the others."""

    def __init__(self, failed: list[str], figures: list[Figure]) -> None:
        super().__init__(f"Failed: {', '.join(failed)}.")
        self.figures = figures


def custody(only: str = "") -> list[Figure]:
    """All figures of the group, or those of one measure. Raises MeasuresFailedError after the last."""
    figures: list[Figure] = []
    failed: list[str] = []
    for name, measure in MEASURES.items():
        if only in ("", name):
            print(f"custody:{name}", flush=True)  # noqa: T201  # a command
            try:
                figures += measure()
            except Exception:  # the other measures are worth their time
                traceback.print_exc()
                failed.append(name)
    if failed:
        raise MeasuresFailedError(failed, figures)
    return figures
