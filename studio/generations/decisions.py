"""What a person may decide about a take that is "Checking", or that no present key can reach.

Each is done once, whoever else decides meanwhile.
"""

import re
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import User
from studio.credits import ledger
from studio.enums import State, StatusCode
from studio.errors import InvalidDecision, NotPossible
from studio.generations.retry import retry_generation
from studio.generations.transitions import decide_unknown, end_unknown
from studio.models import Evidence, Generation, GenerationEvent

TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{7,99}")
NOT_A_TASK = "That is not a task id. It looks like 17f20503-6c24-4c16-946b-35dbbce2af2f."


def follow_task(generation: Generation, *, task_id: str, by: User | None, now: datetime) -> None:
    """It was bought, and this is its task: the engine follows it and stores its clip.

    Raises InvalidDecision for what cannot be a task id or is another take's, NotPossible when it is decided already.
    """
    task_id = task_id.strip()
    if not TASK_ID.fullmatch(task_id):
        raise InvalidDecision("task_id", NOT_A_TASK)
    try:
        with transaction.atomic():
            is_done = decide_unknown(generation, task_id=task_id, by=by, due_at=now, now=now)
            if is_done:
                _tell(generation, by=by, decision="followed", task_id=task_id)
    except IntegrityError as error:
        raise InvalidDecision("task_id", _whose_task(generation, task_id)) from error
    if not is_done:
        raise NotPossible(too_late(generation))


def charge_unseen(generation: Generation, *, credits: int, by: User | None, now: datetime) -> None:
    """It was bought and its clip cannot be found: the hold is settled at `credits`, and the take fails.

    Raises InvalidDecision for a number out of range, NotPossible when it is decided already.
    """
    most = most_credits(generation)
    if not 0 < credits <= most:
        raise InvalidDecision("credits", f"Between 1 and {most:,} credits can be charged for it.")
    note = "Found to have been charged, by a person; its clip could not be found"
    with transaction.atomic():
        code = StatusCode.CHARGED_UNSEEN
        if not end_unknown(generation, code=code, cost_credits=credits, note=note, by=by, now=now):
            raise NotPossible(too_late(generation))
        _tell(generation, by=by, decision="charged", credits=credits)


def most_credits(generation: Generation) -> int:
    """The most that may be charged for it: its quote, or what the evidence says when that is more."""
    evidence = Evidence.objects.filter(generation=generation).first()
    found = [evidence.usage_more or 0, evidence.balance_more or 0] if evidence else []
    return max(generation.quote_credits, *found, 0)


def give_back(generation: Generation, *, by: User | None, now: datetime) -> None:
    """It was not bought: the hold is released, and the take fails. Raises NotPossible when it is decided already."""
    note = "Found not to have been bought, by a person"
    code = StatusCode.TASK_LOST if generation.provider_task_id else StatusCode.NOT_SENT
    with transaction.atomic():
        if not end_unknown(generation, code=code, cost_credits=0, note=note, by=by, now=now):
            raise NotPossible(too_late(generation))
        _tell(generation, by=by, decision="given back")


@transaction.atomic
def send_again(generation: Generation, *, token: UUID, by: User, now: datetime) -> list[Generation]:
    """It was not bought: the hold is released, and a new take with the same settings is launched. Both, or neither.

    The same `token` again gives back the same new take. Raises NotPossible when it is decided already, and all that a
    launch raises.
    """
    ledger.lock_account(generation.team_id)
    earlier = list(Generation.objects.filter(team_id=generation.team_id, launch_token=token, retry_of=generation))
    if earlier:
        return earlier
    give_back(generation, by=by, now=now)
    return retry_generation(generation, by=by, token=token, now=now)


def _tell(generation: Generation, *, by: User | None, decision: str, **detail: object) -> None:
    maker, take = generation.created_by, f"take {generation.public_id}"
    record(
        AuditAction.TAKE_DECIDED,
        by=by, team=generation.team, about=maker, target=take, decision=decision, **detail,
    )  # fmt: skip


def too_late(generation: Generation) -> str:
    """Why nothing is left to decide: who was first, and what came of it."""
    generation.refresh_from_db()
    event = GenerationEvent.objects.filter(generation=generation, detail__decided=True).select_related("by").last()
    outcome = _outcome(generation)
    if event is None:
        return f"The provider's answer has come meanwhile: {outcome}. Nothing was changed."
    who = str(event.by) if event.by else "The engine, or an operator,"
    return f"{who} has decided already: {outcome}. Nothing was changed."


def _outcome(generation: Generation) -> str:
    if generation.status_code == StatusCode.NOT_SENT:
        return f"it was not bought, and its {generation.quote_credits:,} credits were given back"
    if generation.status_code == StatusCode.CHARGED_UNSEEN:
        return f"it was bought, and {generation.cost_credits or 0:,} credits were charged"
    if generation.state == State.SUBMITTING:
        return "it is being sent"
    if generation.state in {State.RUNNING, State.STORING}:
        return "it was bought, and is being followed"
    return f"it is {State(generation.state).label.lower()}"


def _whose_task(generation: Generation, task_id: str) -> str:
    """The sentence about a task that another take has; takes of other projects are not told of."""
    other = Generation.objects.filter(provider=generation.provider, provider_task_id=task_id).first()
    if other and other.project_id == generation.project_id:
        return f"Another take has this task already: “{other.prompt.text[:60]}”. Look the id up again."
    return "Another take has this task already. Look the id up again."
