"""Hands finished takes over to whoever stores them: the engine's own threads, or workers over Redis.

The row is the truth. A row that is handed over has a lease, and its token is the ticket: who comes with it first
takes the row over under a token of its own, and everybody after that finds nothing to do. When the lease runs out (a
lost message, a flushed Redis, a dead worker), the row is handed over again under the token that it has: older messages
stay good, so that a slow queue cannot be overtaken for ever by its own repeats.
"""

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from studio.enums import State
from studio.generations.progress import record_saved
from studio.generations.transitions import Claim
from studio.models import Generation
from studio.models.generation import GenerationQuerySet
from studio.providers.base import RemoteTask
from studio.sync.claims import due_generations, let_go, renew
from studio.sync.context import Bench, in_database
from studio.sync.posters import Posters

log = structlog.get_logger()

LINK_FRESH = timedelta(minutes=5)
MOST_REMEMBERED = 1000
SAVING_NEWS_S = 0.9  # a pass is a second


class Hands(Protocol):
    """Those who store."""

    @property
    def lease_s(self) -> float:
        """How long a row may lie with them before somebody has begun."""

    async def free_places(self) -> int:
        """How many more rows they take now."""

    async def give(self, claim: Claim, task: RemoteTask | None) -> bool:
        """Give one row; False when it did not reach them."""

    async def wait(self) -> None:
        """Return when nothing is in their hands that would end with this process."""

    async def stop(self, within_s: float) -> None:
        """Let what is in hand end, for a bounded time; what is cut off then is found again by its lease."""


@dataclass(slots=True)
class Storekeeper:
    """An engine's way to those who store. `hand_over_due` belongs into each pass."""

    bench: Bench
    hands: Hands
    posters: Posters = field(init=False)
    _read: dict[int, tuple[RemoteTask, datetime]] = field(default_factory=dict)
    _is_closing: bool = False
    _told_at: float = field(default_factory=time.monotonic)
    _refilling: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.posters = Posters(self.bench)

    async def hand_over(self, claim: Claim, task: RemoteTask | None = None) -> None:
        """Give a STORING row away that `claim` holds. Without a free place it is let go, and a later pass finds it.

        `task` is what was just read of it: its link is used while it is fresh, where it stays in this process.
        """
        self._remember(claim, task)
        if self._is_closing or await self.hands.free_places() <= 0:
            self.posters.is_crowded = True
            await in_database(let_go)([claim])
        elif await in_database(renew)(claim, lease_s=self.hands.lease_s, now=self.bench.now()):
            await self._give(claim)

    async def hand_over_due(self) -> int:
        """Give away what is due, as far as there are places; how many rows it was. Tells how far the others are."""
        await self._tell_saved()
        free = 0 if self._is_closing else await self.hands.free_places()
        if free <= 0:
            return 0
        found = await in_database(claim_to_store)(limit=free, lease_s=self.hands.lease_s, now=self.bench.now())
        self.posters.is_crowded = len(found) == free
        for claim in found:
            await self._give(claim)
        self.posters.start_if_idle()
        return len(found)

    async def _tell_saved(self) -> None:
        """At most once a second, for all clips in hand."""
        saved = self.bench.saved
        if saved and time.monotonic() - self._told_at >= SAVING_NEWS_S:
            self._told_at = time.monotonic()
            taken = [saved.pop(pk, None) for pk in list(saved)]  # a thread may have just taken its own away
            await in_database(record_saved)([one for one in taken if one])

    def refill(self) -> None:
        """A place is free: what more is due gets it at once, not with the next pass."""
        is_at_it = self._refilling is not None and not self._refilling.done()
        if self.posters.is_crowded and not is_at_it and not self._is_closing:
            self._refilling = asyncio.create_task(self._refill())

    async def _refill(self) -> None:
        """Places that become free meanwhile are filled too. A database that is away is waited for by the passes."""
        with suppress(OperationalError, InterfaceError):
            while await self.hand_over_due():
                pass

    async def wait(self) -> None:
        """Return when this process stores nothing any more."""
        await self.hands.wait()
        while self._refilling is not None and not self._refilling.done():
            await self._refilling
            await self.hands.wait()
        await self.posters.wait()

    async def finish(self, within_s: float) -> None:
        """Take on nothing more, and let what is in hand end, for a bounded time."""
        self._is_closing = True
        if self._refilling:
            await self._refilling
        await self.posters.stop()
        await self.hands.stop(within_s)

    async def _give(self, claim: Claim) -> None:
        """Not while this engine stops, perhaps since a moment ago: the next one should not have to wait for a lease."""
        if self._is_closing or not await self.hands.give(claim, self._recall(claim)):
            await in_database(let_go)([claim])

    def _remember(self, claim: Claim, task: RemoteTask | None) -> None:
        if task is not None and len(self._read) < MOST_REMEMBERED:
            self._read[claim.generation_id] = (task, self.bench.now())

    def _recall(self, claim: Claim) -> RemoteTask | None:
        """What was read of it a short while ago; old ones are dropped."""
        oldest = self.bench.now() - LINK_FRESH
        self._read = {key: kept for key, kept in self._read.items() if kept[1] >= oldest}
        kept = self._read.pop(claim.generation_id, None)
        return kept[0] if kept else None


def make_storekeeper(bench: Bench) -> Storekeeper:
    """With the hands that the settings name."""
    kinds: dict[str, Callable[[Bench], Storekeeper]] = {"local": _with_threads, "rq": _with_workers}
    return kinds[settings.TASKS_BACKEND](bench)


def _with_threads(bench: Bench) -> Storekeeper:
    from studio.sync.threads import Threads  # a task knows how to take over, and threads know the task

    threads = Threads(bench, places=settings.ENGINE_STORING)
    keeper = Storekeeper(bench, threads)
    threads.on_free = keeper.refill
    bench.posters, bench.saved = keeper.posters, {}
    return keeper


def _with_workers(bench: Bench) -> Storekeeper:
    from studio.sync.workers import HAND_OVER_LEASES, Workers  # without "rq" its packages are not loaded

    return Storekeeper(bench, Workers(lease_s=HAND_OVER_LEASES * bench.limits.lease_s, reads=bench.reads))


def claim_to_store(*, limit: int, lease_s: float, now: datetime) -> list[Claim]:
    """Up to `limit` due rows, under a hand-over lease: each under the token that it has, else under a new one."""
    rows = _due(now=now).values_list("pk", "lease_token")[:limit]
    return [claim for pk, token in rows if (claim := _claim(pk, token, lease_s=lease_s, now=now))]


def _due(*, now: datetime) -> GenerationQuerySet:
    return due_generations(now=now).filter(state=State.STORING)


def _claim(pk: int, token: uuid.UUID | None, *, lease_s: float, now: datetime) -> Claim | None:
    claim = Claim(pk, token or uuid.uuid4())
    same = _due(now=now).order_by().filter(pk=pk, lease_token=token)
    until = now + timedelta(seconds=lease_s)
    return claim if same.update(lease_token=claim.token, lease_until=until) else None


def take_over(handed: Claim, *, lease_s: float, now: datetime) -> Claim | None:
    """The row under a token of one's own; None when somebody else has it, or it needs nobody any more.

    Also when the hand-over lease has run out: a message may be late.
    """
    own = Claim(handed.generation_id, uuid.uuid4())
    lying = Generation.objects.filter(pk=handed.generation_id, state=State.STORING, lease_token=handed.token)
    until = now + timedelta(seconds=lease_s)
    return own if lying.update(lease_token=own.token, lease_until=until) else None
