"""The provider's answer to a request that was given up meanwhile: what was bought is taken up as a take of its own."""

import uuid
from datetime import datetime

import structlog
from django.db import transaction

from studio.credits import ledger
from studio.enums import StatusCode
from studio.generations.events import record_event
from studio.generations.transitions import Claim, mark_submitted, start_submitting
from studio.models import Generation

SAME = (
    "team", "project", "prompt", "created_by", "kept_by", "model", "way", "ratio", "resolution",
    "duration_s", "auto_duration", "has_sound", "seed", "extras", "quote_credits", "price_card",
)  # fmt: skip
LATE = uuid.UUID("5f0c5f3e-2f0b-5a53-9a0e-6c8c9c1a7d10")
"""Makes the launch token of a late take out of its task id: once a task."""

log = structlog.get_logger()


@transaction.atomic
def take_up_late(
    generation_id: int, *, task_id: str, estimated_credits: int | None, due_at: datetime, now: datetime
) -> Generation | None:
    """A new take that follows `task_id`, when its own has been decided about before the answer came; else None.

    It holds its price anew, whatever the balance is: the provider has charged already. What the decision had charged
    comes back by an adjustment. Safe to repeat. Locks the team's account.
    """
    old = Generation.objects.get(pk=generation_id)
    account = ledger.lock_account(old.team_id)
    if Generation.objects.filter(provider=old.provider, provider_task_id=task_id).exists():
        return None
    old.refresh_from_db()
    if old.is_open and old.provider_task_id is None:
        return None
    lease = uuid.uuid4()
    new = Generation.objects.create(
        **{name: getattr(old, name) for name in SAME},
        launch_token=uuid.uuid5(LATE, task_id),
        retry_of=old,
        created_at=now,
        due_at=due_at,
        lease_token=lease,
        lease_until=due_at,
    )
    for used in old.inputs.all():
        used.pk, used.generation = None, new
        used.save(force_insert=True)
    ledger.hold(account, generation=new, by=old.created_by, now=now)
    _bring_to_running(
        new, old, lease=lease, task_id=task_id, estimated_credits=estimated_credits, due_at=due_at, now=now
    )
    _undo_charge(old, now=now)
    record_event(old, now=now, late_task=str(new.public_id))
    log.error("generation.answered_late", generation_id=old.pk, new_generation_id=new.pk, task_id=task_id)
    new.refresh_from_db()
    return new


def _bring_to_running(
    new: Generation,
    old: Generation,
    *,
    lease: uuid.UUID,
    task_id: str,
    estimated_credits: int | None,
    due_at: datetime,
    now: datetime,
) -> None:
    """The ordinary steps; no limit is asked for, since the provider has taken it. It was sent when the old one was."""
    claim = Claim(generation_id=new.pk, token=lease)
    start_submitting(claim, provider=old.provider, now=now)
    Generation.objects.filter(pk=new.pk).update(account=old.account, submitted_at=old.submitted_at or now)
    mark_submitted(claim, task_id=task_id, estimated_credits=estimated_credits, due_at=due_at, now=now)


def _undo_charge(old: Generation, *, now: datetime) -> None:
    """What a person had charged for a clip that could not be found is charged with the clip instead."""
    if old.status_code == StatusCode.CHARGED_UNSEEN and old.cost_credits:
        note = f"Take {old.public_id} was charged unseen; its clip has come, and is charged as a take of its own"
        ledger.adjust(old.team, credits=old.cost_credits, note=note, by=None, now=now)
