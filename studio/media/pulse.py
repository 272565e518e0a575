"""Pulse: whether the storage answers, without a write, and asked every ten seconds at most."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass, field
from threading import Lock

from studio.media.errors import StorageDown
from studio.media.store import exists

KEEP_S = 10.0
WAIT_S = 3.0
KEY = "checks/pulse.txt"


@dataclass(slots=True)
class Pulse:
    """Asks in a thread of its own, one question at a time: a storage that hangs holds up that thread and no page."""

    ask: Callable[[], bool]
    clock: Callable[[], float] = time.monotonic
    wait_s: float = WAIT_S
    _asked_at: float = float("-inf")
    _answer: Future[bool] | None = None
    _lock: Lock = field(default_factory=Lock)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="pulse"))

    def is_well(self) -> bool:
        """The answer of the last ten seconds, or a new one. False when none comes in three seconds."""
        with self._lock:
            answer, is_new = self._question()
        try:
            return answer.result(timeout=self.wait_s if is_new else 0)
        except TooLong:
            return False

    def _question(self) -> tuple[Future[bool], bool]:
        is_pending = self._answer is not None and not self._answer.done()
        if self._answer is not None and (is_pending or self.clock() - self._asked_at < KEEP_S):
            return self._answer, False
        self._asked_at = self.clock()
        self._answer = self._thread.submit(self.ask)
        return self._answer, True


def look() -> bool:
    """Whether the storage can say what it holds: one look at a key that need not be there."""
    try:
        exists(KEY, 0)
    except StorageDown:
        return False
    return True


pulse = Pulse(look)
