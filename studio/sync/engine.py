"""The engine: finds due generations, works on many at a time, and stops without losing any."""

import asyncio
import contextlib
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from studio.enums import State, StatusCode
from studio.generations import transitions
from studio.generations.line import rooms
from studio.generations.transitions import Claim
from studio.models import Generation
from studio.providers.base import Provider
from studio.providers.errors import ProviderError
from studio.sync import claims
from studio.sync.context import Bench, Limits, in_database
from studio.sync.following import follow
from studio.sync.gateway import account_mark
from studio.sync.handing import Storekeeper, make_storekeeper
from studio.sync.heartbeat import beat, say_goodbye
from studio.sync.limits import record_limits
from studio.sync.schedule import backoff
from studio.sync.submitting import give_up_knowing, submit
from studio.sync.sweep import Sweeps

log = structlog.get_logger()

CHECK_PROVIDER_S = 60.0
OLD_TEMP_S = 24 * 3600
SET_ASIDE = timedelta(minutes=15)


def engine_name() -> str:
    """Host and process: who holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"


def make_bench(provider: Provider, *, limits: Limits | None = None) -> Bench:
    """What the steps need, from the settings."""
    temp_dir = Path(settings.VAR_DIR) / "tmp"
    temp_dir.mkdir(parents=True, exist_ok=True)
    return Bench(
        provider=provider,
        provider_name=settings.VIDEO_PROVIDER,
        account=account_mark(),
        limits=limits or Limits.from_settings(),
        temp_dir=temp_dir,
    )


@dataclass(slots=True)
class Engine:
    """One engine process. Any number may run on the same database: leases keep them apart."""

    bench: Bench
    name: str = field(default_factory=engine_name)
    passes: int = 0
    _working: dict[asyncio.Task[None], Claim] = field(default_factory=dict)
    _check: asyncio.Task[None] | None = None
    _checked_at: float = -CHECK_PROVIDER_S
    sweeps: Sweeps = field(init=False)
    storekeeper: Storekeeper = field(init=False)

    def __post_init__(self) -> None:
        self.sweeps = Sweeps(self.bench)
        self.storekeeper = make_storekeeper(self.bench)
        self.bench.hand_over = self.storekeeper.hand_over

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in hand, for a bounded time."""
        _sweep_temp(self.bench.temp_dir)
        try:
            while not stop.is_set():
                self.sweeps.start_if_due()
                await self._pass_or_wait_for_database()
                await _first_of(stop, self.bench.limits.pass_s)
        finally:
            await self._wind_up()

    async def run_once(self) -> int:
        """One pass: everything that is due now, to the end of its step. The number of rows worked on."""
        count = await self._pass()
        if self._check:
            await self._check
        while self._working:
            await asyncio.wait(self._working)
        await self.storekeeper.wait()
        await self._beat()
        return count

    async def _pass_or_wait_for_database(self) -> None:
        try:
            await self._pass()
        except (OperationalError, InterfaceError) as error:
            log.warning("engine.database_away", error=str(error).split("\n")[0])

    async def _pass(self) -> int:
        await in_database(_freshen_connection)()
        self._check_provider()
        self.passes += 1
        await self._beat()
        return await self.storekeeper.hand_over_due() + await self._take_on()

    async def _beat(self) -> None:
        await in_database(beat)(
            self.name,
            provider=self.bench.provider_name,
            passes=self.passes,
            trouble=self.bench.trouble,
            now=self.bench.now(),
        )

    async def _take_on(self) -> int:
        free = self.bench.limits.concurrency - len(self._working)
        if free <= 0:
            return 0
        taken = await in_database(self._claim)(free)
        for claim in taken:
            task = asyncio.create_task(self._work(claim))
            self._working[task] = claim
            task.add_done_callback(self._forget)
        return len(taken)

    def _claim(self, free: int) -> list[Claim]:
        line = self._line_up()
        return claims.claim_due(
            limit=free,
            queued=line.to_send,
            lease_s=self.bench.limits.lease_s,
            now=self.bench.now(),
            most_to_save=0,
        )

    def _line_up(self) -> claims.Line:
        """Who may be sent now; the others are told why they wait."""
        key = {"provider": self.bench.provider_name, "account": self.bench.account}
        now = self.bench.now()
        line = claims.line_up(**key, rooms=rooms(**key), now=now)
        for generation_id, code in line.to_tell[: claims.MOST_TOLD]:
            transitions.keep_in_line(generation_id, code=code, now=now)
        return line

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._working[task]

    def _check_provider(self) -> None:
        """Ask once a minute whether key and provider are well, so that the pages can say so before a launch.

        Beside the passes: a provider that does not answer must not hold them up.
        """
        is_asking = self._check is not None and not self._check.done()
        if is_asking or time.monotonic() - self._checked_at < CHECK_PROVIDER_S:
            return
        self._checked_at = time.monotonic()
        self._check = asyncio.create_task(self._ask_provider())

    async def _ask_provider(self) -> None:
        """A database that is away is asked again with the next minute's answer."""
        with contextlib.suppress(ProviderError, OperationalError, InterfaceError):
            organization = await self.bench.ask(self.bench.provider.organization())
            await in_database(record_limits)(
                organization,
                provider=self.bench.provider_name,
                account=self.bench.account,
                now=self.bench.now(),
                most=self.bench.limits.most_at_a_time,
            )

    async def _work(self, claim: Claim) -> None:
        """One step of one generation. Its trouble touches that generation alone."""
        try:
            async with self._lease_kept(claim):
                await step(self.bench, claim)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("generation.step_failed", generation_id=claim.generation_id)
            await self._set_back(claim)

    async def _set_back(self, claim: Claim) -> None:
        """After a step that broke: look at it again later. A SUBMITTING row is left to its lease."""
        try:
            await in_database(_set_back)(self.bench, claim)
        except (OperationalError, InterfaceError):
            return
        except Exception:  # the row itself cannot be read: it must not break the next pass too
            log.exception("generation.unreadable", generation_id=claim.generation_id)
            with contextlib.suppress(OperationalError, InterfaceError):
                await in_database(transitions.set_aside)(claim, due_at=self.bench.now() + SET_ASIDE)

    @contextlib.asynccontextmanager
    async def _lease_kept(self, claim: Claim) -> AsyncIterator[None]:
        keeper = asyncio.create_task(self._keep_lease(claim))
        try:
            yield
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper

    async def _keep_lease(self, claim: Claim) -> None:
        lease_s = self.bench.limits.lease_s
        while True:
            await asyncio.sleep(lease_s / 3)
            with contextlib.suppress(OperationalError, InterfaceError):
                await in_database(claims.renew)(claim, lease_s=lease_s, now=self.bench.now())

    async def _wind_up(self) -> None:
        log.info("engine.stopping", in_hand=len(self._working))
        if self._check:
            self._check.cancel()
        await self.sweeps.stop()
        storing = asyncio.create_task(self.storekeeper.finish(self.bench.limits.stop_s))
        if self._working:
            await asyncio.wait(self._working, timeout=self.bench.limits.stop_s)
        unfinished = dict(self._working)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(storing, *unfinished, return_exceptions=True)
        await in_database(claims.let_go)(unfinished.values())
        await in_database(say_goodbye)(self.name, now=self.bench.now())


async def step(bench: Bench, claim: Claim) -> None:
    """The one step that the generation's state asks for."""
    generation = await in_database(_load)(claim)
    if generation is None:
        return
    match State(generation.state):
        case State.QUEUED:
            await submit(bench, claim, generation)
        case State.SUBMITTING:
            await give_up_knowing(bench, claim)
        case State.RUNNING:
            await follow(bench, claim, generation)
        case State.STORING:
            if bench.hand_over:
                await bench.hand_over(claim, None)


def _load(claim: Claim) -> Generation | None:
    held = Generation.objects.select_related("prompt", "project", "team")
    return held.filter(pk=claim.generation_id, lease_token=claim.token).first()


def _set_back(bench: Bench, claim: Claim) -> None:
    generation = _load(claim)
    if generation is None or generation.state == State.SUBMITTING:
        return
    now = bench.now()
    transitions.postpone(
        claim,
        expected=State(generation.state),
        code=StatusCode(generation.status_code),
        due_at=now + backoff(generation.failures, poll_s=bench.limits.poll_s),
        now=now,
    )


def _freshen_connection() -> None:
    """Drop a broken connection; inside a transaction (a test's) there is nothing to drop."""
    if not connection.in_atomic_block:
        close_old_connections()


async def _first_of(stop: asyncio.Event, timeout_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), timeout_s)


def _sweep_temp(temp_dir: Path, *, clock: Callable[[], float] = time.time) -> None:
    """Remove what engines that were killed have left behind."""
    for folder in temp_dir.iterdir():
        with contextlib.suppress(OSError):  # another engine has just removed it
            if clock() - folder.stat().st_mtime > OLD_TEMP_S:
                shutil.rmtree(folder, ignore_errors=True)
