"""RQ workers that store clips, on any number of machines; the engine gives them rows by messages over Redis.

A message holds the row's id and the token under which it lies there: no link and no key. It may be lost, late or
double; the rows heal that.
"""

import asyncio
from dataclasses import dataclass

import django_rq
import structlog
from django_tasks_rq import Job
from redis.exceptions import RedisError

from studio.generations.transitions import Claim
from studio.providers.base import RemoteTask
from studio.sync.budget import Budget
from studio.sync.queues import CLIPS_QUEUE
from studio.sync.tasks import store_clip

log = structlog.get_logger()

HAND_OVER_LEASES = 2  # a message may wait a while in the queue
MOST_MESSAGES = 100


@dataclass(slots=True)
class Workers:
    """The queue in front of all workers. While Redis is away there is no place, and rows wait where they are."""

    lease_s: float
    reads: Budget
    most: int = MOST_MESSAGES
    _is_away: bool = False

    async def free_places(self) -> int:
        """How many more messages may wait in the queue."""
        try:
            waiting = await asyncio.to_thread(_count)
        except RedisError as error:
            self._note_away(error)
            return 0
        self._is_away = False
        return self.most - waiting

    async def give(self, claim: Claim, task: RemoteTask | None) -> bool:
        """Send the message. The worker reads the task again, for a fresh link: that read is one of this engine's."""
        try:
            await asyncio.to_thread(store_clip.enqueue, claim.generation_id, str(claim.token))
        except RedisError as error:
            self._note_away(error)
            return False
        self.reads.spend()
        return True

    async def wait(self) -> None:
        """Nothing is stored in this process."""

    async def stop(self, within_s: float) -> None:
        """Nothing is stored in this process."""

    def _note_away(self, error: RedisError) -> None:
        """Say so once, not with each pass."""
        if not self._is_away:
            log.warning("queue.away", error=type(error).__name__)
        self._is_away = True


def _count() -> int:
    return int(django_rq.get_queue(CLIPS_QUEUE, job_class=Job).count)
