"""The engine: finds due generations, works on many at a time, and stops without losing any."""

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from studio.enums import State
from studio.generations import transitions
from studio.generations.provider_keys import Whose
from studio.generations.sentences import known_code
from studio.generations.transitions import Claim
from studio.models import Generation
from studio.providers.base import Provider, RemoteTask
from studio.providers.errors import TaskNotFound
from studio.sync import claims
from studio.sync.checking import Checks
from studio.sync.clocks import Clocks
from studio.sync.context import Bench, Limits, in_database
from studio.sync.delivering import Deliveries
from studio.sync.following import act, follow, not_found
from studio.sync.gateway import account_mark
from studio.sync.handing import Storekeeper, make_storekeeper
from studio.sync.heartbeat import Vitals, beat, say_goodbye
from studio.sync.key_checks import KeyChecks
from studio.sync.keyring import Keyring
from studio.sync.leases import lease_kept
from studio.sync.lining import Lining
from studio.sync.noticing import write_sightings
from studio.sync.polling import Poller
from studio.sync.removing import Removals
from studio.sync.schedule import backoff
from studio.sync.submitting import give_up_knowing, submit
from studio.sync.sweep import Sweeps
from studio.sync.wakeup import listen

log = structlog.get_logger()

OLD_TEMP_S = 24 * 3600
SET_ASIDE = timedelta(minutes=15)
LAST_POLL_S = 5.0


def engine_name() -> str:
    """Host, process, and a few random letters: in containers host and process may come again."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


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
    lining: Lining = field(default_factory=Lining)
    vitals: Vitals = field(init=False)
    _working: dict[asyncio.Task[None], Claim] = field(default_factory=dict)
    keyring: Keyring = field(init=False)
    key_checks: KeyChecks = field(init=False)
    sweeps: Sweeps = field(init=False)
    checks: Checks = field(init=False)
    deliveries: Deliveries = field(init=False)
    removals: Removals = field(init=False)
    poller: Poller = field(init=False)
    clocks: Clocks = field(init=False)
    storekeeper: Storekeeper = field(init=False)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _ending: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.vitals = Vitals(passed_at=self.bench.now(), polled_at=self.bench.now())
        self.keyring = Keyring(self.bench)
        self.bench.ring = self.keyring
        self.sweeps = Sweeps(self.bench)
        self.checks = Checks(self.bench)
        self.deliveries = Deliveries(self.bench)
        self.removals = Removals(self.bench)
        self.clocks = Clocks(self.bench)
        self.key_checks = KeyChecks(self.keyring, self.clocks)
        self.poller = Poller(self.bench, on_end=self._end)
        self.storekeeper = make_storekeeper(self.bench)
        self.bench.hand_over = self.storekeeper.hand_over
        self._ending = asyncio.Semaphore(self.bench.limits.concurrency)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in hand, for a bounded time."""
        _sweep_temp(self.bench.temp_dir)
        ear, polls = asyncio.create_task(listen(self._woken)), asyncio.create_task(self._poll(stop))
        try:
            while not stop.is_set():
                self.sweeps.start_if_due()
                self.checks.start_if_due()
                self.deliveries.start_if_due()
                self.removals.start_if_due()
                await _through_database(self._pass)
                await _first_of(stop, self._woken, timeout_s=self.bench.limits.pass_s)
                self._woken.clear()
                if polls.done() and not stop.is_set():
                    await polls  # a bug there ends the process: its supervisor starts it again
        finally:
            await self._wind_up(ear, polls)

    async def run_once(self) -> int:
        """One pass: everything that is due now, to the end of its step. The number of rows worked on."""
        count = await self._pass() + await self._read_round()
        await self.key_checks.wait()
        while self._working:
            await asyncio.wait(self._working)
        await self.poller.finish()
        await self.storekeeper.wait()
        await self._write_sightings()
        await self._beat()
        return count

    async def _poll(self, stop: asyncio.Event) -> None:
        """Look for tasks to read more often than for all else: an aimed read is worth its moment."""
        while not stop.is_set():
            await _through_database(self._read_round)
            await _first_of(stop, timeout_s=min(self.bench.limits.pass_s, self.poller.rest_s()))

    async def _pass(self) -> int:
        await in_database(_freshen_connection)()
        await self.keyring.refresh()
        self.key_checks.start_due()
        self.passes += 1
        try:
            count = await self.storekeeper.hand_over_due() + await self._take_on()
            self.vitals.passed_at = self.bench.now()
        finally:  # also when it failed: alive, and without work
            await self._beat()
        await self._write_sightings()
        return count

    async def _read_round(self) -> int:
        await self.keyring.refresh()  # it may come before the first pass: no task is read with another's key
        count = await self.poller.take_on()
        self.vitals.polled_at = self.bench.now()
        return count

    async def _write_sightings(self, *, all_of_them: bool = False) -> None:
        """What the answers to any key held that nobody knows."""
        for bench in self.bench.all():
            await write_sightings(bench, all_of_them=all_of_them)

    async def _beat(self) -> None:
        await in_database(beat)(
            self.name,
            provider=self.bench.provider_name,
            passes=self.passes,
            trouble=self.bench.trouble,
            now=self.bench.now(),
            vitals=self.vitals,
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
        now = self.bench.now()
        lines = [self._line_up(bench, whose, free=free, now=now) for bench, whose in self.keyring.lines()]
        self.lining.tell_unreadable(self.keyring.unreadable, now=now)
        return claims.claim_due(
            limit=free,
            queued=[pk for turn in zip_longest(*lines) for pk in turn if pk is not None],
            lease_s=self.bench.limits.lease_s,
            now=now,
            provider=self.bench.provider_name,
        )

    def _line_up(self, bench: Bench, whose: Whose, *, free: int, now: datetime) -> list[int]:
        """The takes that this key may be sent with now."""
        return self.lining.line_up(
            provider=bench.provider_name,
            account=bench.account,
            whose=whose,
            now=now,
            most=free if bench.may_create() else 0,
        )

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._working[task]

    async def _work(self, claim: Claim) -> None:
        """One step of one generation."""
        async with lease_kept(self.bench, claim):
            await self._guarded(claim, step(self.bench, claim))

    async def _end(self, claim: Claim, answer: RemoteTask | TaskNotFound) -> None:
        """What the poller found to be over. It keeps the lease meanwhile."""
        async with self._ending:
            await self._guarded(claim, end(self.bench, claim, answer))

    async def _guarded(self, claim: Claim, work: Awaitable[None]) -> None:
        """The trouble of a generation touches that generation alone."""
        try:
            await work
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

    async def _wind_up(self, ear: asyncio.Task[None], polls: asyncio.Task[None]) -> None:
        log.info("engine.stopping", in_hand=len(self._working) + self.poller.in_hand)
        ear.cancel()
        await self.key_checks.stop()
        await self.sweeps.stop()
        await self.checks.stop()
        await self.deliveries.stop()
        await self.removals.stop()
        await asyncio.wait({polls}, timeout=LAST_POLL_S)  # it ends by itself: what it claims just now is in hand
        polls.cancel()
        await asyncio.gather(polls, return_exceptions=True)
        stop_s = self.bench.limits.stop_s
        await asyncio.gather(
            self._finish_working(), self.poller.finish(timeout_s=stop_s), self.storekeeper.finish(stop_s)
        )
        await self._write_sightings(all_of_them=True)
        await self.keyring.aclose()
        await in_database(say_goodbye)(self.name, now=self.bench.now())

    async def _finish_working(self) -> None:
        """Wait for the steps in hand, for a bounded time; give back the leases of the others."""
        if self._working:
            await asyncio.wait(self._working, timeout=self.bench.limits.stop_s)
        unfinished = dict(self._working)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        await in_database(claims.let_go)(unfinished.values())


async def step(bench: Bench, claim: Claim) -> None:
    """The one step that the generation's state asks for."""
    generation = await in_database(_load)(claim)
    if generation is None:
        return
    match State(generation.state):
        case State.QUEUED if sender := bench.sender_of(generation.team_id):
            await submit(sender, claim, generation)
        case State.QUEUED:  # its team's key cannot be opened any more: the next pass says so
            await in_database(claims.let_go)([claim])
        case State.SUBMITTING:
            await give_up_knowing(bench, claim)
        case State.RUNNING:
            await follow(bench.of_account(generation.account), claim, generation)


async def end(bench: Bench, claim: Claim, answer: RemoteTask | TaskNotFound) -> None:
    """What follows for a RUNNING generation from an answer that is not "it goes on"."""
    generation = await in_database(_load)(claim)
    if generation is None:
        return
    bench = bench.of_account(generation.account)
    if isinstance(answer, TaskNotFound):
        await not_found(bench, claim, generation, answer)
    else:
        await act(bench, claim, generation, answer)


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
        code=known_code(generation.status_code),
        due_at=now + backoff(generation.failures, poll_s=bench.limits.poll_s),
        now=now,
    )


def _freshen_connection() -> None:
    """Drop a broken connection; inside a transaction (a test's) there is nothing to drop."""
    if not connection.in_atomic_block:
        close_old_connections()


async def _first_of(*events: asyncio.Event, timeout_s: float) -> None:
    """Wait until one of `events` is set, for a bounded time."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _through_database(work: Callable[[], Awaitable[int]]) -> None:
    """One round of work; a database that is away is waited for."""
    try:
        await work()
    except (OperationalError, InterfaceError) as error:
        log.warning("engine.database_away", error=str(error).split("\n")[0])


def _sweep_temp(temp_dir: Path, *, clock: Callable[[], float] = time.time) -> None:
    """Remove what engines that were killed have left behind."""
    for folder in temp_dir.iterdir():
        with contextlib.suppress(OSError):  # another engine has just removed it
            if clock() - folder.stat().st_mtime > OLD_TEMP_S:
                shutil.rmtree(folder, ignore_errors=True)
