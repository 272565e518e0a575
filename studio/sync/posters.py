"""Posters that wait until no clip does: what has been paid for comes first."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

import structlog

from studio.generations import custody
from studio.sync.context import Bench, in_database
from studio.sync.restoring import renew_poster

log = structlog.get_logger()

MOST_WAITING = 1000


@dataclass(slots=True)
class Posters:
    """Takes that are ready and whose posters are still to be made, one at a time.

    `is_crowded` while more clips wait than there are places to store them. The list is in memory alone: what is lost
    with it, the sweep finds, as clips without a poster at which no sweep has looked.
    """

    bench: Bench
    is_crowded: bool = False
    _waiting: deque[int] = field(default_factory=deque)
    _making: asyncio.Task[None] | None = None

    def may_wait(self) -> bool:
        """Whether a clip that is stored now goes without a poster at first. Called in any thread."""
        return self.is_crowded and len(self._waiting) < MOST_WAITING

    def add(self, generation_id: int) -> None:
        """The take is ready, without a poster. Called in any thread."""
        self._waiting.append(generation_id)

    def start_if_idle(self) -> None:
        """Called in each pass; costs nothing when none waits, or clips do."""
        is_making = self._making is not None and not self._making.done()
        if self._waiting and not self.is_crowded and not is_making:
            self._making = asyncio.create_task(self._make())

    async def wait(self) -> None:
        """Until the one task that makes them is done."""
        if self._making is not None:
            await asyncio.gather(self._making, return_exceptions=True)

    async def stop(self) -> None:
        """End it. What is not made, the next sweep finds."""
        if self._making is not None:
            self._making.cancel()
        await self.wait()

    async def _make(self) -> None:
        while self._waiting and not self.is_crowded:
            await self._one(self._waiting.popleft())

    async def _one(self, generation_id: int) -> None:
        """Its trouble is no clip's: the sweep tries again."""
        try:
            shelf = await in_database(custody.shelf_without_poster)(generation_id)
            if shelf:
                await renew_poster(self.bench, shelf)
        except Exception as error:
            log.warning("clip.no_poster_yet", generation_id=generation_id, error=type(error).__name__)
