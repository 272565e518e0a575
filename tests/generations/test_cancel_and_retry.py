"""What a person does to a take: cancel it, or send it again."""

import uuid
from typing import Any

import pytest

from studio.enums import OPEN_STATES, State, StatusCode
from studio.errors import NotPossible
from studio.generations import transitions
from studio.generations.cancel import cancel_generation
from studio.generations.retry import retry_generation, spec_of
from studio.models import Generation, GenerationEvent, LedgerEntry, Project
from tests.generations.steps import (
    NOW,
    QUOTE,
    SOON,
    amounts,
    balance_of,
    bring_to,
    claim,
    end_by,
    funded_project,
    launch,
    make_spec,
)

pytestmark = pytest.mark.django_db
FULL = 10_000
OPEN = [State.QUEUED, State.SUBMITTING, State.RUNNING, State.STORING]


@pytest.fixture
def project() -> Project:
    return funded_project()


@pytest.fixture
def take(project: Project) -> Generation:
    return launch(project)


def _row(take: Generation) -> dict[str, Any]:
    return dict(Generation.objects.filter(pk=take.pk).values().get())


def _trace() -> tuple[int, int]:
    return GenerationEvent.objects.count(), LedgerEntry.objects.count()


def test_cancel_while_waiting_here_is_free(project: Project, take: Generation) -> None:
    mine = claim(take)

    cancel_generation(take, by=project.created_by, now=NOW)

    take.refresh_from_db()
    assert (take.state, take.status_code, take.cost_credits) == (
        State.CANCELLED,
        StatusCode.CANCELLED_BY_PERSON,
        0,
    )
    assert (take.cancel_requested_by, take.lease_token) == (project.created_by, None)
    assert amounts(take) == [("hold", -QUOTE), ("release", QUOTE)]
    assert transitions.start_submitting(mine, provider="simulator", now=NOW) is False


def test_cancel_while_running_asks_the_engine(project: Project, take: Generation) -> None:
    bring_to(take, State.RUNNING)

    cancel_generation(take, by=project.created_by, now=NOW)

    take.refresh_from_db()
    assert (take.state, take.is_cancelling, take.due_at) == (State.RUNNING, True, NOW)
    event = take.events.latest("seq")
    assert (event.by, event.detail) == (project.created_by, {"asked": "cancel"})
    events = GenerationEvent.objects.count()
    cancel_generation(take, by=project.created_by, now=SOON)
    assert GenerationEvent.objects.count() == events


SENTENCES = {
    State.SUBMITTING: "This take is on its way to the provider: it can be cancelled once it has arrived.",
    State.STORING: "This take is finished and paid for: it is being saved, and will not be thrown away.",
    State.READY: "This take is ready: there is nothing to cancel.",
    State.FAILED: "This take has failed already: there is nothing to cancel.",
    State.CANCELLED: "This take is cancelled already.",
}


@pytest.mark.parametrize("state", SENTENCES)
def test_cancel_too_late_says_why(take: Generation, state: State) -> None:
    if state in OPEN_STATES:
        bring_to(take, state)
    else:
        end_by(take, state)
    row, trace = _row(take), _trace()

    with pytest.raises(NotPossible) as caught:
        cancel_generation(take, by=take.created_by, now=NOW)

    assert str(caught.value) == SENTENCES[state]
    assert (_row(take), _trace()) == (row, trace)


def test_cancel_that_came_too_late_is_over_once_it_is_saved(project: Project, take: Generation) -> None:
    bring_to(take, State.RUNNING)
    cancel_generation(take, by=project.created_by, now=NOW)
    transitions.start_storing(claim(take), now=NOW)

    take.refresh_from_db()
    assert take.is_cancelling is False
    with pytest.raises(NotPossible, match="finished and paid for"):
        cancel_generation(take, by=project.created_by, now=NOW)


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_retry_sends_the_same_again(project: Project, take: Generation, state: State) -> None:
    end_by(take, state, cost=0)
    take.refresh_from_db()

    (again,) = retry_generation(take, by=project.created_by, token=uuid.uuid4(), now=SOON)

    assert spec_of(again) == spec_of(take) == make_spec()
    assert (again.retry_of, again.prompt, again.state) == (take, take.prompt, State.QUEUED)
    assert balance_of(project) == FULL - QUOTE


@pytest.mark.parametrize("state", [*OPEN, State.READY])
def test_retry_of_what_has_not_failed_is_refused(take: Generation, state: State) -> None:
    if state in OPEN_STATES:
        bring_to(take, state)
    else:
        end_by(take, state)
    take.refresh_from_db()

    with pytest.raises(NotPossible) as caught:
        retry_generation(take, by=take.created_by, token=uuid.uuid4(), now=NOW)

    assert str(caught.value) == "This take has not failed. Use “Reuse” to make another one like it."
    assert Generation.objects.count() == 1


def test_retry_twice_with_one_token_is_one_take(take: Generation) -> None:
    end_by(take, State.CANCELLED)
    take.refresh_from_db()
    token = uuid.uuid4()

    first = retry_generation(take, by=take.created_by, token=token, now=NOW)

    assert retry_generation(take, by=take.created_by, token=token, now=NOW) == first
    assert Generation.objects.count() == 2
