"""What an engine does now and then beside its passes."""

import asyncio
import time
from dataclasses import dataclass
from typing import ClassVar

import structlog
from django.db import InterfaceError, OperationalError

from studio.sync.context import Bench

log = structlog.get_logger()


@dataclass(slots=True)
class Chore:
    """Starts its work every `every_s` seconds, one at a time, the first at once. Its trouble touches nothing else.

    `name` is what the log calls it.
    """

    name: ClassVar[str]

    bench: Bench
    every_s: float
    _started_at: float | None = None
    _task: asyncio.Task[None] | None = None

    async def work(self) -> object:
        """Do it once. What it returns is not looked at."""
        raise NotImplementedError

    def start_if_due(self) -> None:
        """Called in each pass; costs nothing when none is due or one is under way."""
        is_early = self._started_at is not None and time.monotonic() - self._started_at < self.every_s
        if is_early or (self._task is not None and not self._task.done()):
            return
        self._started_at = time.monotonic()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End the one that is under way. What it has not done, the next one does."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait(self) -> None:
        """Until the one that is under way is done."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            await self.work()
        except (OperationalError, InterfaceError) as error:
            log.warning("chore.database_away", chore=self.name, error=type(error).__name__)
        except Exception:
            log.exception("chore.failed", chore=self.name)
