"""Brings open generations back that would be looked at too late, or never."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from studio.enums import State, StatusCode
from studio.models import Generation
from studio.models.generation import GenerationQuerySet
from studio.sync.context import Bench, in_database

SOON = timedelta(minutes=1)
LONGEST_WISH = timedelta(hours=1, minutes=5)  # no pause before a request, a provider's own wish among them, is longer
LONGEST_LEASE = timedelta(hours=2)
ROWS_A_SECOND = 100
dice = random.SystemRandom()
log = structlog.get_logger()


async def wake(bench: Bench) -> int:
    """Let every open generation that no engine holds be looked at within a minute or so; how many came nearer.

    "Checking" ones wait for a person. What is due soon stays as it is. One in the queue keeps its pause unless that
    is longer than any wish of a provider: it was asked to wait. The others are reads, which a provider allows.
    """
    now = bench.now()
    await in_database(_end_strange_leases)(now=now)
    rows = await in_database(_far)(now=now)
    dice.shuffle(rows)
    first = now + timedelta(seconds=bench.limits.poll_s)
    count = 0
    for due_at, group in _spread(rows, first=first):
        count += await in_database(_bring_near)(group, due_at=due_at, now=now)
    return count


def _sleeping(*, now: datetime) -> GenerationQuerySet:
    """Open rows that no engine holds and that are not due soon."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    sends = Q(state=State.QUEUED, due_at__gt=now + LONGEST_WISH)
    reads = ~Q(state=State.QUEUED) & Q(due_at__gt=now + SOON)
    return Generation.objects.open().filter(is_free, sends | reads).exclude(status_code=StatusCode.OUTCOME_UNKNOWN)


def _far(*, now: datetime) -> list[int]:
    return list(_sleeping(now=now).order_by().values_list("pk", flat=True))


def _spread(rows: list[int], *, first: datetime) -> Iterator[tuple[datetime, list[int]]]:
    """(when, which): over a minute, and longer where that would be more than a hundred rows a second."""
    count = min(len(rows), max(int(SOON.total_seconds()), -(-len(rows) // ROWS_A_SECOND)))
    apart_s = max(SOON.total_seconds(), len(rows) / ROWS_A_SECOND) / max(count, 1)
    for number in range(count):
        yield first + timedelta(seconds=apart_s * (number + dice.random())), rows[number::count]


def _bring_near(rows: list[int], *, due_at: datetime, now: datetime) -> int:
    return _sleeping(now=now).filter(pk__in=rows).update(due_at=due_at)


def _end_strange_leases(*, now: datetime) -> None:
    """A lease into next week was made by a clock that was wrong; nobody else would ever get the row."""
    strange = Generation.objects.open().filter(lease_until__gt=now + LONGEST_LEASE)
    count = strange.update(lease_until=now - timedelta(seconds=1))
    if count:
        log.warning("sweep.leases_from_the_future", generations=count)
