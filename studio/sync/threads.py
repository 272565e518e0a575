"""Threads of the engine that store clips, each on an event loop of its own: bytes never hold up the polling."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass, field

import structlog
from django_tasks import TaskResultStatus

from studio.generations.transitions import Claim
from studio.providers.base import RemoteTask
from studio.sync.claims import let_go
from studio.sync.context import Bench, in_database, use_database_of
from studio.sync.memory import share_arenas
from studio.sync.tasks import Cancel, Given, given_here, store_clip

log = structlog.get_logger()

CANCELLED_WITHIN_S = 5.0


@dataclass(slots=True)
class Errand:
    """One row in the hands of a thread."""

    bench: Bench
    claim: Claim
    task: RemoteTask | None
    loop: asyncio.AbstractEventLoop
    is_cancelled: bool = False
    _cancel: Cancel | None = None

    def run(self) -> None:
        """Carry it out, in this thread. Database work goes to the engine's loop."""
        if not self.is_cancelled:
            Context().run(self._run)

    def _run(self) -> None:
        use_database_of(self.loop)
        given_here.set(Given(self.bench, self.task, self._can_be_cancelled))
        result = store_clip.enqueue(self.claim.generation_id, str(self.claim.token))
        if result.status == TaskResultStatus.FAILED and not self.is_cancelled:
            causes = [error.exception_class_path for error in result.errors]
            log.warning("clip.task_failed", generation_id=self.claim.generation_id, causes=causes)

    def _can_be_cancelled(self, cancel: Cancel) -> None:
        self._cancel = cancel
        if self.is_cancelled:
            cancel()

    def cancel(self) -> None:
        """Ask it to stop and to free its row."""
        self.is_cancelled = True
        if self._cancel:
            self._cancel()


@dataclass(slots=True)
class Threads:
    """At most `places` clips at a time. `on_free` is told of each that has become free."""

    bench: Bench
    places: int
    on_free: Callable[[], None] | None = None
    _pool: ThreadPoolExecutor | None = None
    _working: dict[asyncio.Future[None], Errand] = field(default_factory=dict)

    @property
    def lease_s(self) -> float:
        """The usual one: a thread begins at once."""
        return self.bench.limits.lease_s

    async def free_places(self) -> int:
        """How many more rows are taken now."""
        return self.places - len(self._working)

    async def give(self, claim: Claim, task: RemoteTask | None) -> bool:
        """Begin with one row."""
        if self._pool is None:
            share_arenas()
            self._pool = ThreadPoolExecutor(self.places, thread_name_prefix="storing")
        loop = asyncio.get_running_loop()
        errand = Errand(self.bench, claim, task, loop)
        future = loop.run_in_executor(self._pool, errand.run)
        self._working[future] = errand
        future.add_done_callback(self._forget)
        return True

    async def wait(self) -> None:
        """Return when all threads are idle."""
        while self._working:
            await asyncio.wait(self._working)

    async def stop(self, within_s: float) -> None:
        """Wait for the threads, cancel those that are still at work, and free their rows."""
        await self._wait(within_s)
        left = list(self._working.values())
        for errand in left:
            errand.cancel()
        await self._wait(CANCELLED_WITHIN_S)
        await in_database(let_go)(errand.claim for errand in left)  # those that had not been taken over yet
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _wait(self, timeout_s: float) -> None:
        if self._working:
            await asyncio.wait(self._working, timeout=timeout_s)

    def _forget(self, future: asyncio.Future[None]) -> None:
        errand = self._working.pop(future)
        if not future.cancelled() and (error := future.exception()):
            log.error("clip.thread_failed", generation_id=errand.claim.generation_id, error=type(error).__name__)
        if self.on_free:
            self.on_free()
