"""Lets the workers of one test run share one service, which starts when the first of them needs it."""

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

FACTS = "facts.json"
RUN_ID = "PYTEST_XDIST_TESTRUNUID"
WAIT_FOR_OTHERS_S = 600.0
LOOK_EVERY_S = 0.1

Facts = dict[str, str]


@contextmanager
def shared(name: str, start: Callable[[], AbstractContextManager[Facts]]) -> Iterator[Facts]:
    """The facts of a service that `start` starts: once a run, in the first worker that asks.

    That worker ends it when the others have left. A worker that asks after that starts it again.
    """
    run_id = os.environ.get(RUN_ID)
    if run_id is None:
        with start() as facts:
            yield facts
        return
    folder = Path(tempfile.gettempdir()) / f"dailies-{name}-{run_id}"
    folder.mkdir(exist_ok=True)
    member = folder / str(os.getpid())
    with ExitStack() as service:
        with _locked(folder):
            member.touch()
            facts = _joined(folder / FACTS, start, service)
        try:
            yield facts
        finally:
            member.unlink()
            _close_after_others(folder, service)


def _joined(written: Path, start: Callable[[], AbstractContextManager[Facts]], service: ExitStack) -> Facts:
    """The facts that are written, or those of the service that it starts and writes down; the lock is held."""
    if written.exists():
        read: Facts = json.loads(written.read_text())
        return read
    facts = service.enter_context(start())
    written.write_text(json.dumps(facts))
    service.callback(written.unlink)
    return facts


def _close_after_others(folder: Path, service: ExitStack) -> None:
    """Ends the service that this worker started, if it did, once nobody uses it."""
    deadline = time.monotonic() + WAIT_FOR_OTHERS_S
    owned = service.pop_all()
    while time.monotonic() < deadline:
        with _locked(folder):
            if not any(_is_alive(member) for member in folder.glob("[0-9]*")):
                owned.close()
                return
        time.sleep(LOOK_EVERY_S)
    owned.close()


def _is_alive(member: Path) -> bool:
    with suppress(ProcessLookupError):
        os.kill(int(member.name), 0)
        return True
    return False


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
