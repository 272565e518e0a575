"""Bench: what every step of the engine needs, in one place."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from studio.enums import StatusCode
from studio.providers.base import Provider
from studio.providers.errors import ProviderError, RetryLater, Unreachable
from studio.sync.budget import Budget
from studio.sync.codes import waiting_code

P = ParamSpec("P")
R = TypeVar("R")
TROUBLES = (RetryLater, Unreachable)


@dataclass(frozen=True, slots=True)
class Limits:
    """The engine's numbers: seconds, except for `concurrency` (rows at a time), `clip_bytes`, and `most_at_a_time`
    (takes of one model at the provider; None: as many as the provider allows); `reads_per_s` is
    an engine's own."""

    poll_s: float
    pass_s: float
    lease_s: float
    concurrency: int
    clip_bytes: int
    stop_s: float = 30.0
    most_at_a_time: int | None = None
    reads_per_s: float = 200.0

    @classmethod
    def from_settings(cls) -> "Limits":
        return cls(
            poll_s=settings.PROVIDER_POLL_S,
            pass_s=settings.ENGINE_PASS_S,
            lease_s=settings.ENGINE_LEASE_S,
            concurrency=settings.ENGINE_CONCURRENCY,
            clip_bytes=settings.MEDIA_MAX_CLIP_BYTES,
            most_at_a_time=settings.PROVIDER_MAX_CONCURRENT or None,
            reads_per_s=settings.PROVIDER_READS_PER_S,
        )


@dataclass(slots=True)
class Bench:
    """The provider, the clock, the limits, and the last trouble met at the provider."""

    provider: Provider
    provider_name: str
    account: str
    limits: Limits
    temp_dir: Path
    now: Callable[[], datetime] = timezone.now
    trouble: StatusCode = StatusCode.NONE
    saving: int = 0
    reads: Budget = field(init=False)
    _locks: WeakValueDictionary[int, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.reads = Budget(self.limits.reads_per_s)

    def lock_of(self, reference_id: int) -> asyncio.Lock:
        """The lock under which this engine uploads a reference."""
        return self._locks.setdefault(reference_id, asyncio.Lock())

    @property
    def room_to_save(self) -> int:
        """How many more clips may be saved at a time. A quarter of the places is kept for sending and reading:
        downloads that crawl must not hold up the whole studio."""
        most = max(1, self.limits.concurrency * 3 // 4)
        return max(0, most - self.saving)

    @contextlib.contextmanager
    def one_saved(self) -> Iterator[None]:
        """A place among those who save, until the block ends."""
        self.saving += 1
        try:
            yield
        finally:
            self.saving -= 1

    async def ask(self, answer: Awaitable[R]) -> R:
        """Await a call to the provider, and remember whether the studio as a whole is in trouble there."""
        try:
            result = await answer
        except TROUBLES as error:
            self.trouble = waiting_code(error)
            raise
        except ProviderError:
            self.trouble = StatusCode.NONE
            raise
        self.trouble = StatusCode.NONE
        return result


def in_database(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """One unit of database work, awaited once, on the thread that owns the connection."""
    return sync_to_async(function, thread_sensitive=True)
