"""Leases: which engine works on which generation, and for how long. Plain sync functions."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from studio.enums import State, StatusCode
from studio.generations.progress import RUNNING_FIELDS, Running, field_of
from studio.generations.transitions import Claim
from studio.models import Generation
from studio.models.generation import GenerationQuerySet


def due_generations(*, now: datetime) -> GenerationQuerySet:
    """Open generations to be looked at now that no engine holds, the longest due first. "Checking" ones wait for a
    person."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Generation.objects.filter(is_free, finished_at__isnull=True, due_at__lte=now)
    return due.exclude(status_code=StatusCode.OUTCOME_UNKNOWN).order_by("due_at", "pk")


def claim_due(
    *, limit: int, lease_s: float, now: datetime, queued: Iterable[int] | None = None, provider: str | None = None
) -> list[Claim]:
    """Up to `limit` claims of what needs a step of its own. Not those that only want to be read (`claim_running` has
    them), nor finished ones (`handing` has them).

    `queued` are the takes that may be sent now, in their order (None: all, the oldest first). A quarter of the places,
    and one at least, is theirs, whatever else is due. A row that another engine takes first is left out. Running ones
    that a person wants to cancel are claimed of `provider` alone (None: of each): no other can delete their tasks.
    """
    due = due_generations(now=now).values_list("pk", flat=True)
    to_send = list(due.filter(state=State.QUEUED)[:limit] if queued is None else queued)
    to_cancel = Q(state=State.RUNNING, cancel_requested_at__isnull=False)
    if provider is not None:
        to_cancel &= Q(provider__in=(provider, ""))
    others = due.filter(Q(state=State.SUBMITTING) | to_cancel)
    to_end = list(others[: limit - min(len(to_send), max(1, limit // 4))])
    return [claim for pk in [*to_end, *to_send][:limit] if (claim := _claim(pk, lease_s=lease_s, now=now))]


CLAIM_RUNNING = """
UPDATE studio_generation SET lease_token = %s, lease_until = %s WHERE id {among} (
  SELECT id FROM studio_generation
  WHERE state = %s AND finished_at IS NULL AND due_at <= %s AND (lease_until IS NULL OR lease_until < %s)
    AND cancel_requested_at IS NULL AND provider IN (%s, ''){of_accounts}
  ORDER BY due_at LIMIT %s {pass_over}
{end} RETURNING {columns}
"""
AS_ARRAY = {"among": "= ANY (ARRAY", "pass_over": "FOR UPDATE SKIP LOCKED", "end": "))"}
"""PostgreSQL may run a plain subselect again for each row that it compares, and then passes over more and more of them;
an array is worked out once."""
AS_LIST = {"among": "IN", "pass_over": "", "end": ")"}
RETURNED = ("id", *RUNNING_FIELDS)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts whose tasks are read now: those named, or all but those."""

    names: tuple[str, ...] = ()
    is_but: bool = True

    @property
    def condition(self) -> str:
        """For the statement, with a parameter a name; "" for all."""
        if not self.names:
            return "" if self.is_but else " AND 1 = 0"
        return f" AND account {'NOT ' if self.is_but else ''}IN ({', '.join(['%s'] * len(self.names))})"


ANY_ACCOUNT = Accounts()


def claim_running(
    *, limit: int, provider: str, lease_s: float, now: datetime, accounts: Accounts = ANY_ACCOUNT
) -> list[Running]:
    """Up to `limit` tasks that want to be read, the longest due first, under one lease. Those that a person wants to
    cancel are not among them. What another engine is just claiming is passed over, not waited for.

    In one statement: it is made several times a second.
    """
    token = uuid.uuid4()
    form = AS_ARRAY if connection.features.has_select_for_update_skip_locked else AS_LIST
    sql = CLAIM_RUNNING.format(columns=", ".join(RETURNED), of_accounts=accounts.condition, **form)
    at, until = map(connection.ops.adapt_datetimefield_value, (now, now + timedelta(seconds=lease_s)))
    stored = token if connection.features.has_native_uuid_field else token.hex
    values = (stored, until, State.RUNNING.value, at, at, provider, *accounts.names, limit)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = sorted(_converted(cursor.fetchall()))
    return [Running(pk, token, *rest) for pk, *rest in rows]


def _converted(rows: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
    """Rows of `RETURNED` as the ORM would give them; whole instances cost five times as much."""
    compiler = Generation.objects.all().query.get_compiler(connection=connection)
    columns = [field_of(name).get_col("studio_generation") for name in RETURNED]
    converters = compiler.get_converters(columns)
    return map(tuple, compiler.apply_converters(rows, converters)) if converters else rows


def renew_all(tokens: Iterable[uuid.UUID], *, lease_s: float, now: datetime) -> int:
    """Hold on to all rows under these leases for longer; how many there are."""
    mine = Generation.objects.open().filter(lease_token__in=list(tokens))
    return mine.update(lease_until=now + timedelta(seconds=lease_s))


def _claim(pk: int, *, lease_s: float, now: datetime) -> Claim | None:
    claim = Claim(generation_id=pk, token=uuid.uuid4())
    until = now + timedelta(seconds=lease_s)
    won = due_generations(now=now).order_by().filter(pk=pk).update(lease_token=claim.token, lease_until=until)
    return claim if won else None


def renew(claim: Claim, *, lease_s: float, now: datetime) -> bool:
    """Hold on to it for longer. False: it belongs to another engine by now."""
    until = now + timedelta(seconds=lease_s)
    mine = Generation.objects.filter(pk=claim.generation_id, lease_token=claim.token)
    return bool(mine.update(lease_until=until))


def let_go(claims: Iterable[Claim]) -> int:
    """Give leases back. One that is being sent keeps its lease: its outcome is not known."""
    tokens = {claim.generation_id: claim.token for claim in claims}
    mine = Generation.objects.filter(pk__in=list(tokens), lease_token__in=set(tokens.values()))
    return mine.exclude(state=State.SUBMITTING).update(lease_token=None, lease_until=None)
