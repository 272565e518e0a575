"""Bench: what every step of the engine needs, in one place."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar
from weakref import WeakValueDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from studio.enums import StatusCode
from studio.generations.progress import Saved
from studio.generations.transitions import Claim
from studio.providers.base import Organization, Provider, RemoteTask
from studio.providers.errors import NotSupported, ProviderError, Reason, RetryLater, Unreachable
from studio.sync.budget import Budget
from studio.sync.codes import waiting_code
from studio.sync.peace import Peace
from studio.sync.schedule import wish_of
from studio.sync.sightings import Sightings

P = ParamSpec("P")
R = TypeVar("R")
TROUBLES = (RetryLater, Unreachable)
HandOver = Callable[[Claim, RemoteTask | None], Awaitable[None]]


class LaterPosters(Protocol):
    """Posters that wait until no clip does. Called in any thread."""

    def may_wait(self) -> bool:
        """Whether a clip that is stored now goes without a poster at first."""

    def add(self, generation_id: int) -> None:
        """The take is ready, without a poster."""


class Ring(Protocol):
    """The benches of all keys that an engine may need."""

    def all(self) -> "list[Bench]":
        """The installation's first."""

    def of(self, account: str) -> "Bench":
        """The one that knows the tasks of this account, as far as one does."""

    def sender_of(self, team_id: int) -> "Bench | None":
        """The one that a team's takes are sent with; None while it has a key that cannot be opened."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The engine's numbers: seconds, except for `concurrency` (rows at a time), `clip_bytes`, and `most_at_a_time` and
    `most_a_day` (takes of one model at the provider, by its name; the number under "" is for all others, and without
    one, or with 0, it is as many as the provider allows); `reads_per_s` is an engine's own."""

    poll_s: float
    pass_s: float
    lease_s: float
    concurrency: int
    clip_bytes: int
    stop_s: float = 30.0
    most_at_a_time: Mapping[str, int] = field(default_factory=dict)
    most_a_day: Mapping[str, int] = field(default_factory=dict)
    reads_per_s: float = 200.0

    @classmethod
    def from_settings(cls) -> "Limits":
        return cls(
            poll_s=settings.PROVIDER_POLL_S,
            pass_s=settings.ENGINE_PASS_S,
            lease_s=settings.ENGINE_LEASE_S,
            concurrency=settings.ENGINE_CONCURRENCY,
            clip_bytes=settings.MEDIA_MAX_CLIP_BYTES,
            most_at_a_time=settings.PROVIDER_MAX_CONCURRENT,
            most_a_day=settings.PROVIDER_MAX_DAILY,
            reads_per_s=settings.PROVIDER_READS_PER_S,
        )


@dataclass(slots=True)
class Bench:
    """The provider, the clock, the limits, and the last trouble met at the provider.

    `open_provider` makes one more provider with connections of its own (None: as the settings say). `hand_over` gives a
    STORING row away to be stored, and `posters` takes those that may wait; both are the engine's (None: they do not).
    `saved` is where its threads say how far their clips are (None: nobody reads it). `ring` has the benches of other
    keys (None: there is this one alone).
    """

    provider: Provider
    provider_name: str
    account: str
    limits: Limits
    temp_dir: Path
    now: Callable[[], datetime] = timezone.now
    trouble: StatusCode = StatusCode.NONE
    reads: Budget = field(init=False)
    peace: Peace = field(init=False)
    sightings: Sightings = field(init=False)
    open_provider: Callable[[], Provider] | None = None
    hand_over: HandOver | None = None
    posters: LaterPosters | None = None
    saved: dict[int, Saved] | None = None
    ring: Ring | None = field(default=None, repr=False)
    _no_create_before: datetime | None = None
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.reads = Budget(self.limits.reads_per_s)
        self.peace = Peace(self._clock)
        self.sightings = Sightings(self._clock)

    def _clock(self) -> datetime:
        return self.now()  # as it is then: a story sets it later

    def lock_of(self, mark: str) -> asyncio.Lock:
        """The lock under which this engine uploads a file."""
        return self._locks.setdefault(mark, asyncio.Lock())

    def heed(self, error: ProviderError) -> None:
        """A create was refused for now: when the provider asked for peace, no other is sent before that is over."""
        wish = wish_of(error)
        if wish and error.reason is Reason.OVERLOADED:
            self._no_create_before = max(self.now() + wish, self._no_create_before or self.now())

    def may_create(self) -> bool:
        """Whether the provider has not asked for peace from creates."""
        return self._no_create_before is None or self._no_create_before <= self.now()

    def all(self) -> "list[Bench]":
        """The benches of all keys, the installation's first."""
        return self.ring.all() if self.ring else [self]

    def of_account(self, account: str) -> "Bench":
        """The bench for tasks of this account."""
        return self.ring.of(account) if self.ring else self

    def sender_of(self, team_id: int) -> "Bench | None":
        """The bench for sending this team's takes; None while its key cannot be opened."""
        return self.ring.sender_of(team_id) if self.ring else self

    async def organization(self) -> Organization:
        """Credits and limits of the key, by `ask`. Raises RetryLater unasked while the provider wants peace from it."""
        return await self.peace.keep("organization", lambda: self.ask(self.provider.organization()))

    async def ask(self, answer: Awaitable[R]) -> R:
        """Await a call to the provider, and remember whether the studio as a whole is in trouble there."""
        try:
            result = await answer
        except TROUBLES as error:
            self.trouble = waiting_code(error)
            raise
        except NotSupported:  # nothing was asked
            raise
        except ProviderError:
            self.trouble = StatusCode.NONE
            raise
        self.trouble = StatusCode.NONE
        self.sightings.look_at(result)
        return result


_elsewhere: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("database_loop", default=None)


def use_database_of(loop: asyncio.AbstractEventLoop) -> None:
    """From here on in this context, database work is done on the thread of another event loop.

    So all threads of an engine share its one connection, and SQLite has one writer a process.
    """
    _elsewhere.set(loop)


def in_database(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """One unit of database work, awaited once, on the thread that owns the connection."""
    here = sync_to_async(function, thread_sensitive=True)
    loop = _elsewhere.get()
    if loop is None or loop is asyncio.get_running_loop():
        return here

    async def there(*args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(here(*args, **kwargs), loop))

    return there
