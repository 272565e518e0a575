"""Cancels a take for a person: at once when it waits here, through the engine when the provider has it."""

from datetime import datetime

from django.db import transaction

from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import User
from studio.enums import State
from studio.errors import NotPossible
from studio.generations import transitions
from studio.models import Generation
from studio.providers.traits import CANNOT_CANCEL

RUNS_TO_ITS_END = (
    "CometAPI has no way to cancel a take that it has taken on: it runs to its end, is charged, and its clip is saved."
)


WORDS_LENGTH = 100


def is_in_hand(generation: Generation, *, of: User) -> bool:
    """Whether the take is this person's own: they made it, or have it in hand since its maker has left."""
    return of.pk in {generation.created_by_id, generation.kept_by_id}


@transaction.atomic
def cancel_generation(generation: Generation, *, by: User, now: datetime) -> None:
    """Cancel a waiting take, or ask the engine to cancel a running one. Asking twice is no error; the audit log tells
    of a take of somebody else.

    Raises NotPossible for a take that is being sent or saved, is final, or runs where nothing can be cancelled. The
    web never talks to the provider: the engine reads the task first, and keeps the clip when it is finished already.
    """
    if transitions.cancel_queued(generation, by=by, now=now):
        return _tell(generation, by=by)
    generation.refresh_from_db()
    if generation.state == State.RUNNING and generation.provider in CANNOT_CANCEL:
        raise NotPossible(RUNS_TO_ITS_END)
    if transitions.request_cancel(generation, by=by, now=now):
        return _tell(generation, by=by)
    generation.refresh_from_db()
    if not generation.is_cancelling:
        raise NotPossible(_sentence(State(generation.state)))
    return None


def _tell(generation: Generation, *, by: User) -> None:
    if is_in_hand(generation, of=by):
        return
    target = f"{generation.project}: {generation.prompt.text[:WORDS_LENGTH]}"
    record(AuditAction.TAKE_CANCELLED, by=by, team=generation.team, about=generation.created_by, target=target)


def _sentence(state: State) -> str:
    return {
        State.SUBMITTING: "This take is on its way to the provider: it can be cancelled once it has arrived.",
        State.STORING: "This take is finished and paid for: it is being saved, and will not be thrown away.",
        State.READY: "This take is ready: there is nothing to cancel.",
        State.FAILED: "This take has failed already: there is nothing to cancel.",
    }.get(state, "This take is cancelled already.")
