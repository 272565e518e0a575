"""RUNNING, many at a time: claims the tasks that are due, reads them side by side, and stores what goes on in rounds.

A task that goes on costs one read and a share of three statements. One that is over, or that the provider does not
know, is handed on by itself.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError

from studio.enums import StatusCode
from studio.generations.progress import Running, Seen, record_seen
from studio.generations.transitions import Claim
from studio.providers.base import RemoteTask
from studio.providers.errors import Reason, RetryLater, TaskNotFound, Unreachable
from studio.sync.almanac import Almanac
from studio.sync.claims import Accounts, claim_running, let_go, renew_all
from studio.sync.codes import progress_code, waiting_code
from studio.sync.context import Bench, in_database
from studio.sync.insisting import insist
from studio.sync.schedule import pause_after, wish_of

log = structlog.get_logger()

MOST_IN_HAND = 1000
AT_A_TIME = 64
ROUND_S = 0.2
SHORTEST_REST_S, LONGEST_REST_S = 0.15, 0.3
PUNCTUAL_S = 0.005  # a look at the very moment might find its row not due yet
MOST_A_ROUND = 250
TELL_AGAIN_S = 15.0
MOST_TOLD = 50_000
REFUSED_HOLD_S = 10.0
OnEnd = Callable[[Claim, RemoteTask | TaskNotFound], Awaitable[None]]


@dataclass(slots=True)
class Poller:
    """Reads the running tasks of an engine. `on_end` gets those that are over, with their lease, and raises nothing."""

    bench: Bench
    on_end: OnEnd
    almanac: Almanac = field(init=False)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_A_TIME))
    _reads: dict[asyncio.Task[None], Claim] = field(default_factory=dict)
    _leases: Counter[UUID] = field(default_factory=Counter)
    _found: list[Seen] = field(default_factory=list)
    _told: dict[int, float] = field(default_factory=dict)
    _sharp: list[float] = field(default_factory=list)
    _round: asyncio.Task[None] | None = None
    _keeper: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.almanac = Almanac(self.bench.provider_name, clock=lambda: self.bench.now().timestamp())

    @property
    def in_hand(self) -> int:
        """How many tasks are being read or ended just now."""
        return len(self._reads)

    def rest_s(self) -> float:
        """Seconds until it is worth looking again: soon when the end of a task is expected, else after a while."""
        now = self.almanac.clock()
        while self._sharp and self._sharp[0] <= now:
            heappop(self._sharp)
        until_sharp = self._sharp[0] - now + PUNCTUAL_S if self._sharp else LONGEST_REST_S
        return min(max(until_sharp, SHORTEST_REST_S), LONGEST_REST_S)

    async def take_on(self) -> int:
        """Claim what is due, as far as hands and budget go, and begin to read it. How many. Raises the database's
        errors."""
        left = {bench.account: bench.reads.left() for bench in self.bench.all()}
        room = min(MOST_IN_HAND - self.in_hand, sum(left.values()))
        if room <= 0:
            return 0
        rows = await in_database(self._claim)(room, self._of_accounts(left))
        for row in rows:
            self.bench.of_account(row.account).reads.spend()
            self._leases[row.token] += 1
            read = asyncio.create_task(self._read(row))
            self._reads[read] = Claim(row.pk, row.token)
            read.add_done_callback(self._reads.pop)
        if rows and self._keeper is None:
            self._keeper = asyncio.create_task(self._keep_leases())
        return len(rows)

    def _of_accounts(self, left: Mapping[str, int]) -> Accounts:
        """Those of the keys that may be asked now. Tasks of a key that is not here are read with the installation's."""
        if left[self.bench.account]:
            return Accounts(tuple(account for account, reads in left.items() if not reads))
        return Accounts(tuple(account for account, reads in left.items() if reads), is_but=False)

    def _claim(self, room: int, accounts: Accounts) -> list[Running]:
        rows = claim_running(
            limit=room,
            provider=self.bench.provider_name,
            lease_s=self.bench.limits.lease_s,
            now=self.bench.now(),
            accounts=accounts,
        )
        self.almanac.read_past((row.model, row.duration_s) for row in rows)
        return rows

    async def finish(self, *, timeout_s: float | None = None) -> None:
        """Wait for what is in hand, for a bounded time, store what was seen, and give back the leases of the rest."""
        if self._reads:
            await asyncio.wait(self._reads, timeout=timeout_s)
        left = dict(self._reads)
        for read in left:
            read.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._round is not None:
            await self._round
        if left:
            await in_database(let_go)(left.values())
        with contextlib.suppress(OperationalError, InterfaceError):
            await in_database(self.almanac.keep)()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None

    async def _read(self, row: Running) -> None:
        claim = Claim(row.pk, row.token)
        try:
            async with self._places:
                answer = await self._ask(row)
            if isinstance(answer, RemoteTask) and not answer.status.is_final:
                self._keep(self._goes_on(row, answer))
            elif isinstance(answer, RemoteTask | TaskNotFound):
                self.almanac.see_end(row.pk, (row.model, row.duration_s), answer)
                self._told.pop(row.pk, None)
                await self.on_end(claim, answer)
            else:
                self._keep(self._troubled(row, answer))
        except Exception:  # a bug here touches this take alone: its lease runs out, and it is read again
            log.exception("generation.read_failed", generation_id=row.pk)
        finally:
            self._leases -= Counter({row.token: 1})

    async def _ask(self, row: Running) -> RemoteTask | TaskNotFound | RetryLater | Unreachable:
        bench = self.bench.of_account(row.account)
        try:
            return await bench.ask(bench.provider.fetch(row.provider_task_id))
        except (TaskNotFound, RetryLater, Unreachable) as error:
            return error

    def _goes_on(self, row: Running, task: RemoteTask) -> Seen:
        now = self.bench.now()
        code = progress_code(task)
        progress = row.progress if task.progress is None else task.progress
        started_at = now if code == StatusCode.NONE and row.started_at is None else row.started_at
        plan = self.almanac.next_read(
            row.pk,
            (row.model, row.duration_s),
            task,
            submitted_at=row.submitted_at,
            started_at=row.started_at,
            poll_s=self.bench.limits.poll_s,
        )
        if plan.is_sharp:
            heappush(self._sharp, (now + plan.pause).timestamp())
        return Seen(
            row=row,
            code=code,
            progress=progress,
            started_at=started_at,
            failures=0,
            due_at=now + plan.pause,
            is_news=self._is_news(row, code=code, progress=progress),
        )

    def _is_news(self, row: Running, *, code: StatusCode, progress: float | None) -> bool:
        """Another code or another whole per cent; else once in a while, for what the card says of the time."""
        now = self.almanac.clock()
        is_new = row.status_code != code or _percent(row.progress) != _percent(progress)
        is_news = is_new or (code == StatusCode.NONE and now - self._told.setdefault(row.pk, now) >= TELL_AGAIN_S)
        if is_news:
            self._told[row.pk] = now
        while len(self._told) > MOST_TOLD:  # tasks whose end another engine has read
            self._told.pop(next(iter(self._told)))
        return is_news

    def _troubled(self, row: Running, error: RetryLater | Unreachable) -> Seen:
        """Not readable now: its pause, and for all reads with its key the provider's own wish, or a rest when that is
        refused."""
        pause = pause_after(error, failures=row.failures, poll_s=self.bench.limits.poll_s)
        reads = self.bench.of_account(row.account).reads
        if error.reason is Reason.KEY_REFUSED:
            reads.hold(REFUSED_HOLD_S)
        reads.hold(wish_of(error).total_seconds())
        code = waiting_code(error)
        return Seen(
            row=row,
            code=code,
            progress=row.progress,
            started_at=row.started_at,
            failures=row.failures + 1,
            due_at=self.bench.now() + pause,
            is_news=code != row.status_code,
        )

    def _keep(self, seen: Seen) -> None:
        self._found.append(seen)
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._write_rounds())

    async def _write_rounds(self) -> None:
        while self._found:
            if self._places.locked() or len(self._found) < min(MOST_A_ROUND, self.in_hand):
                await asyncio.sleep(ROUND_S)
            found, self._found = self._found[:MOST_A_ROUND], self._found[MOST_A_ROUND:]
            await self._write(found)

    async def _write(self, found: list[Seen]) -> None:
        """One round. What cannot be written as a whole is written one by one: a bad row does not take others along."""
        try:
            await insist(record_seen, found, now=self.bench.now())
        except (OperationalError, InterfaceError):
            log.warning("polling.database_away", generations=len(found))
        except Exception:
            if len(found) == 1:
                log.exception("generation.not_written", generation_id=found[0].row.pk)
                return
            for seen in found:
                await self._write([seen])

    async def _keep_leases(self) -> None:
        """Renew the leases of what is in hand every third of their length."""
        lease_s = self.bench.limits.lease_s
        while True:
            await asyncio.sleep(lease_s / 3)
            if not self._leases:
                continue
            try:
                await in_database(renew_all)(list(self._leases), lease_s=lease_s, now=self.bench.now())
            except (OperationalError, InterfaceError) as error:
                log.warning("polling.leases_not_renewed", error=type(error).__name__)


def _percent(progress: float | None) -> int | None:
    return None if progress is None else int(progress * 100)
