"""THE ONLY writer of Generation.state.

Each transition is one short transaction: the account's lock first where credits move, then a conditional update of
the generation, then the event. It answers False, and has done nothing, when the row has left the expected state or
belongs to another engine by now: every step may be repeated after a crash at any line.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from studio.credits import ledger
from studio.enums import State, StatusCode
from studio.generations.breakers import noting_its_end
from studio.generations.events import record_event
from studio.generations.line import take_place
from studio.generations.nudge import nudge
from studio.generations.stored import StoredClip
from studio.generations.telling import tell_end
from studio.generations.vigil import out_of_reach
from studio.models import Clip, ClipFile, Generation
from studio.models.generation import GenerationQuerySet

NEVER = timedelta(days=3650)
STILL_OPEN = (State.QUEUED, State.SUBMITTING, State.RUNNING, State.STORING)
NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """An engine's right to work on one generation for a while."""

    generation_id: int
    token: UUID


@transaction.atomic
def start_submitting(claim: Claim, *, provider: str, now: datetime, account: str = "") -> bool:
    """QUEUED → SUBMITTING: committed before the one POST leaves. False, too, when the key has no place for it now.

    `account` names the key; without it no limit is kept.
    """
    if account and not take_place(claim.generation_id, provider=provider, account=account, now=now):
        return False
    return _move(
        claim,
        expected=State.QUEUED,
        now=now,
        state=State.SUBMITTING,
        status_code=StatusCode.NONE,
        provider=provider,
        account=account,
        submitted_at=now,
        line_place=None,
        expected_start_at=None,
    )


@transaction.atomic
def keep_in_line(generation_id: int, *, code: StatusCode, now: datetime) -> bool:
    """QUEUED stays: says why it is not sent yet. Nothing to do when it says so already or an engine has it."""
    waiting = Generation.objects.filter(pk=generation_id, state=State.QUEUED, lease_token__isnull=True)
    told = waiting.exclude(status_code=code).update(status_code=code)
    if told:
        record_event(Generation.objects.get(pk=generation_id), now=now)
    return bool(told)


@transaction.atomic
def mark_submitted(
    claim: Claim, *, task_id: str, estimated_credits: int | None, due_at: datetime, now: datetime
) -> bool:
    """SUBMITTING → RUNNING: the provider took it under this task id.

    Also without the lease, when the answer came so late that another engine has the row or it is "Checking" by now:
    a row is sent once, so the task id is the answer, and whoever drops it loses a paid clip.
    """
    return _move(
        claim,
        expected=State.SUBMITTING,
        now=now,
        needs_lease=False,
        state=State.RUNNING,
        status_code=StatusCode.PROVIDER_PENDING,
        provider_task_id=task_id,
        estimated_credits=estimated_credits,
        failures=0,
        due_at=due_at,
        **NO_LEASE,
    )


@transaction.atomic
def return_to_queue(claim: Claim, *, code: StatusCode, due_at: datetime, now: datetime) -> bool:
    """SUBMITTING → QUEUED: certainly not created there; it is sent again at `due_at`.

    Only under the lease: a late repeat could put back a row that another engine is sending by now, and buy it twice.
    """
    return _move(
        claim,
        expected=State.SUBMITTING,
        now=now,
        state=State.QUEUED,
        status_code=code,
        submitted_at=None,
        failures=F("failures") + 1,
        due_at=due_at,
        **NO_LEASE,
    )


@transaction.atomic
def mark_unknown(claim: Claim, *, now: datetime) -> bool:
    """SUBMITTING stays, as "Checking": it was sent and no answer came. The hold is kept, nothing is sent again."""
    return _move(
        claim,
        expected=State.SUBMITTING,
        now=now,
        status_code=StatusCode.OUTCOME_UNKNOWN,
        due_at=now + NEVER,
        **NO_LEASE,
    )


@transaction.atomic
def postpone(
    claim: Claim, *, expected: State, code: StatusCode, due_at: datetime, now: datetime, **detail: Any
) -> bool:
    """Stay in `expected`, say why, and come back at `due_at`; counts one failure more."""
    return _move(
        claim,
        expected=expected,
        now=now,
        detail=detail,
        status_code=code,
        failures=F("failures") + 1,
        due_at=due_at,
        **NO_LEASE,
    )


def set_aside(claim: Claim, *, due_at: datetime) -> bool:
    """A row that cannot be read stays as it is, says so, and comes back at `due_at`. One that is being sent is left to
    its lease. No event: that would need the row."""
    mine = Generation.objects.filter(pk=claim.generation_id, lease_token=claim.token).exclude(state=State.SUBMITTING)
    return bool(
        mine.update(status_code=StatusCode.UNREADABLE_ROW, failures=F("failures") + 1, due_at=due_at, **NO_LEASE)
    )


@transaction.atomic
def start_storing(claim: Claim, *, now: datetime) -> bool:
    """RUNNING → STORING: finished there; the same engine goes on at once."""
    return _move(
        claim,
        expected=State.RUNNING,
        now=now,
        state=State.STORING,
        status_code=StatusCode.NONE,
        progress=1.0,
        rendered_at=now,
        failures=0,
        due_at=now,
    )


@noting_its_end
@transaction.atomic
def finish(claim: Claim, *, clip: StoredClip, cost_credits: int, cost_source: str, now: datetime) -> bool:
    """STORING → READY: the clip, the charge and the event, or none of them."""
    account = ledger.lock_account(_team_id(claim))
    if not _move(
        claim,
        expected=State.STORING,
        now=now,
        detail={"cost_credits": cost_credits, "cost_source": cost_source},
        state=State.READY,
        status_code=StatusCode.NONE,
        cost_credits=cost_credits,
        finished_at=now,
        failures=0,
        **NO_LEASE,
    ):
        return False
    generation = Generation.objects.get(pk=claim.generation_id)
    row = Clip.objects.create(
        generation=generation, team_id=generation.team_id, project_id=generation.project_id, **clip.columns
    )
    ClipFile.objects.bulk_create([ClipFile(clip=row, **asdict(file)) for file in clip.files])
    ledger.settle(account, generation=generation, cost_credits=cost_credits, now=now, note=_note(cost_source))
    tell_end(generation, now=now)
    return True


@noting_its_end
@transaction.atomic
def fail(
    claim: Claim,
    *,
    code: StatusCode,
    cost_credits: int,
    now: datetime,
    provider_code: str = "",
    cost_source: str = "provider",
    **detail: Any,
) -> bool:
    """Any open state → FAILED, charged `cost_credits` (0 gives the whole hold back)."""
    return _end(
        claim,
        expected=STILL_OPEN,
        state=State.FAILED,
        code=code,
        cost_credits=cost_credits,
        cost_source=cost_source,
        now=now,
        provider_code=provider_code,
        **detail,
    )


@noting_its_end
@transaction.atomic
def refuse(claim: Claim, *, code: StatusCode, now: datetime) -> bool:
    """SUBMITTING → FAILED, free: the provider's clear answer to the one request, also when it comes late (without
    the lease, or "Checking" by now)."""
    return _end(
        claim,
        expected=(State.SUBMITTING,),
        needs_lease=False,
        state=State.FAILED,
        code=code,
        cost_credits=0,
        cost_source="provider",
        now=now,
    )


@noting_its_end
@transaction.atomic
def mark_cancelled(claim: Claim, *, code: StatusCode, cost_credits: int, cost_source: str, now: datetime) -> bool:
    """Any open state → CANCELLED, charged `cost_credits` (0 gives the whole hold back)."""
    return _end(
        claim,
        expected=STILL_OPEN,
        state=State.CANCELLED,
        code=code,
        cost_credits=cost_credits,
        cost_source=cost_source,
        now=now,
    )


@transaction.atomic
def cancel_queued(generation: Generation, *, by: User | None, now: datetime) -> bool:
    """QUEUED → CANCELLED by a person, or by a command (None): nothing was sent, the hold goes back. Needs no claim: an
    engine that has one finds the row gone when it wants to send."""
    account = ledger.lock_account(generation.team_id)
    moved = Generation.objects.filter(pk=generation.pk, state=State.QUEUED).update(
        state=State.CANCELLED,
        status_code=StatusCode.CANCELLED_BY_PERSON,
        cancel_requested_at=now,
        cancel_requested_by=by,
        cost_credits=0,
        finished_at=now,
        **NO_LEASE,
    )
    if not moved:
        return False
    generation.refresh_from_db()
    ledger.release(account, generation=generation, now=now)
    record_event(generation, now=now, by=by)
    return True


@transaction.atomic
def request_cancel(generation: Generation, *, by: User, now: datetime) -> bool:
    """RUNNING stays: the engine is asked to read the task and to cancel it there."""
    asked = Generation.objects.filter(pk=generation.pk, state=State.RUNNING, cancel_requested_at__isnull=True).update(
        cancel_requested_at=now, cancel_requested_by=by, due_at=now
    )
    if asked:
        generation.refresh_from_db()
        record_event(generation, now=now, by=by, asked="cancel")
        nudge()
    return bool(asked)


@transaction.atomic
def decide_unknown(
    generation: Generation, *, task_id: str | None, by: User | None, due_at: datetime, now: datetime
) -> bool:
    """End "Checking" by a person's word: with a task id it is followed again, without one it was never sent."""
    if task_id is None:
        note = "Found not to have been sent"
        return end_unknown(generation, code=StatusCode.NOT_SENT, cost_credits=0, note=note, by=by, now=now)
    ledger.lock_account(generation.team_id)
    return _leave_unknown(
        _unknown(generation), generation, by=by, now=now, detail={"decided": True},
        state=State.RUNNING, status_code=StatusCode.PROVIDER_PENDING, provider_task_id=task_id, due_at=due_at,
    )  # fmt: skip


@transaction.atomic
def end_unknown(
    generation: Generation, *, code: StatusCode, cost_credits: int, note: str, by: User | None, now: datetime
) -> bool:
    """End "Checking", or a take that no present key can reach, as FAILED, charged `cost_credits` (0 gives the hold
    back). `note` is the ledger's."""
    account = ledger.lock_account(generation.team_id)
    if not _leave_unknown(
        _decidable(generation, now=now), generation, by=by, now=now,
        detail={"decided": True, "cost_credits": cost_credits, "cost_source": "decision"},
        state=State.FAILED, status_code=code, cost_credits=cost_credits, finished_at=now, **NO_LEASE,
    ):  # fmt: skip
        return False
    if cost_credits:
        ledger.settle(account, generation=generation, cost_credits=cost_credits, now=now, note=note)
    else:
        ledger.release(account, generation=generation, now=now, note=note)
    tell_end(generation, now=now)
    return True


@transaction.atomic
def doubt_again(claim: Claim, *, now: datetime) -> bool:
    """RUNNING → SUBMITTING: "Checking" again, for the provider knows no task of the id that a person gave."""
    wrong = Generation.objects.values_list("provider_task_id", flat=True).get(pk=claim.generation_id)
    return _move(
        claim, expected=State.RUNNING, now=now, detail={"wrong_task": wrong},
        state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN, provider_task_id=None, failures=0,
        due_at=now + NEVER, **NO_LEASE,
    )  # fmt: skip


def _unknown(generation: Generation) -> GenerationQuerySet:
    return Generation.objects.filter(pk=generation.pk, state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN)


def _decidable(generation: Generation, *, now: datetime) -> GenerationQuerySet:
    """The row, if it is "Checking", or out of reach and just as it is now."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    lost = out_of_reach(now=now).filter(is_free, pk=generation.pk).values("state", "status_code", "due_at").first()
    return Generation.objects.filter(is_free, pk=generation.pk, **lost) if lost else _unknown(generation)


def _leave_unknown(
    rows: GenerationQuerySet,
    generation: Generation,
    *,
    by: User | None,
    now: datetime,
    detail: dict[str, Any],
    **changes: Any,
) -> bool:
    if not rows.update(**changes):
        return False
    generation.refresh_from_db()
    record_event(generation, now=now, by=by, **detail)
    return True


def _end(
    claim: Claim,
    *,
    expected: tuple[State, ...],
    state: State,
    code: StatusCode,
    cost_credits: int,
    cost_source: str,
    now: datetime,
    needs_lease: bool = True,
    provider_code: str = "",
    **detail: Any,
) -> bool:
    account = ledger.lock_account(_team_id(claim))
    if not _move(
        claim,
        expected=expected,
        now=now,
        needs_lease=needs_lease,
        detail={"cost_credits": cost_credits, "cost_source": cost_source, **detail},
        state=state,
        status_code=code,
        provider_code=provider_code[:80],
        cost_credits=cost_credits,
        finished_at=now,
        **NO_LEASE,
    ):
        return False
    generation = Generation.objects.get(pk=claim.generation_id)
    if cost_credits:
        ledger.settle(account, generation=generation, cost_credits=cost_credits, now=now, note=_note(cost_source))
    else:
        ledger.release(account, generation=generation, now=now, note=_note(cost_source))
    if state is State.FAILED:
        tell_end(generation, now=now)
    return True


def _note(cost_source: str) -> str:
    """What the ledger says beside a charge that the provider did not name itself."""
    return "" if cost_source == "provider" else f"Estimated by {cost_source}: the provider named none"


def _team_id(claim: Claim) -> int:
    return Generation.objects.values_list("team_id", flat=True).get(pk=claim.generation_id)


def _move(
    claim: Claim,
    *,
    expected: State | tuple[State, ...],
    now: datetime,
    is_news: bool = True,
    needs_lease: bool = True,
    detail: dict[str, Any] | None = None,
    **changes: Any,
) -> bool:
    """The conditional update behind every transition of the engine, and its event."""
    states = (expected,) if isinstance(expected, State) else expected
    rows = Generation.objects.filter(pk=claim.generation_id, state__in=states)
    if needs_lease:
        rows = rows.filter(lease_token=claim.token)
    moved = rows.update(**changes)
    if moved and is_news:
        record_event(Generation.objects.get(pk=claim.generation_id), now=now, **(detail or {}))
    return bool(moved)
