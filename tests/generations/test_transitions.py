"""Each step goes from its own states, for the engine that holds the row, once."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from studio.credits.audit import differences
from studio.enums import OPEN_STATES, State, StatusCode
from studio.generations import transitions
from studio.generations.stored import StoredClip
from studio.generations.transitions import Claim
from studio.models import Clip, Generation, GenerationEvent, LedgerEntry, Project
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
    stored_clip,
)

pytestmark = pytest.mark.django_db
FULL = 10_000


@dataclass(frozen=True)
class Step:
    """A transition of the engine, the states it may start from, and what it leaves."""

    name: str
    do: Callable[[Claim], bool]
    starts: frozenset[State]
    state: State | None
    code: StatusCode
    keeps_lease: bool = False
    due_at: Any = None


BUSY, UNKNOWN = StatusCode.PROVIDER_BUSY, StatusCode.OUTCOME_UNKNOWN
STEPS = [
    Step(
        "start_submitting",
        lambda c: transitions.start_submitting(c, provider="simulator", now=NOW),
        frozenset({State.QUEUED}),
        State.SUBMITTING,
        StatusCode.NONE,
        keeps_lease=True,
    ),
    Step(
        "mark_submitted",
        lambda c: transitions.mark_submitted(c, task_id="task-1", estimated_credits=24, due_at=SOON, now=NOW),
        frozenset({State.SUBMITTING}),
        State.RUNNING,
        StatusCode.PROVIDER_PENDING,
        due_at=SOON,
    ),
    Step(
        "return_to_queue",
        lambda c: transitions.return_to_queue(c, code=BUSY, due_at=SOON, now=NOW),
        frozenset({State.SUBMITTING}),
        State.QUEUED,
        BUSY,
        due_at=SOON,
    ),
    Step(
        "mark_unknown",
        lambda c: transitions.mark_unknown(c, now=NOW),
        frozenset({State.SUBMITTING}),
        State.SUBMITTING,
        UNKNOWN,
    ),
    Step(
        "postpone",
        lambda c: transitions.postpone(c, expected=State.RUNNING, code=BUSY, due_at=SOON, now=NOW),
        frozenset({State.RUNNING}),
        State.RUNNING,
        BUSY,
        due_at=SOON,
    ),
    Step(
        "start_storing",
        lambda c: transitions.start_storing(c, now=NOW),
        frozenset({State.RUNNING}),
        State.STORING,
        StatusCode.NONE,
        keeps_lease=True,
        due_at=NOW,
    ),
    Step(
        "finish",
        lambda c: transitions.finish(
            c, clip=stored_clip(c.generation_id), cost_credits=12, cost_source="provider", now=NOW
        ),
        frozenset({State.STORING}),
        State.READY,
        StatusCode.NONE,
    ),
    Step(
        "fail",
        lambda c: transitions.fail(c, code=StatusCode.BAD_OUTPUT, cost_credits=0, now=NOW, provider_code="X" * 99),
        OPEN_STATES,
        State.FAILED,
        StatusCode.BAD_OUTPUT,
    ),
    Step(
        "mark_cancelled",
        lambda c: transitions.mark_cancelled(
            c, code=StatusCode.CANCELLED_ELSEWHERE, cost_credits=12, cost_source="rule", now=NOW
        ),
        OPEN_STATES,
        State.CANCELLED,
        StatusCode.CANCELLED_ELSEWHERE,
    ),
]
OPEN = [State.QUEUED, State.SUBMITTING, State.RUNNING, State.STORING]
by_step = pytest.mark.parametrize("step", [pytest.param(step, id=step.name) for step in STEPS])
# The task id alone is welcome from an engine that has lost the row.
by_leased_step = pytest.mark.parametrize(
    "step", [pytest.param(step, id=step.name) for step in STEPS if step.name != "mark_submitted"]
)


@pytest.fixture
def project() -> Project:
    return funded_project()


@pytest.fixture
def take(project: Project) -> Generation:
    return launch(project)


def _row(take: Generation) -> dict[str, Any]:
    return dict(Generation.objects.filter(pk=take.pk).values().get())


def _trace() -> tuple[int, int, int]:
    return GenerationEvent.objects.count(), LedgerEntry.objects.count(), Clip.objects.count()


@by_step
def test_step_from_its_state(take: Generation, step: Step) -> None:
    mine = bring_to(take, sorted(step.starts)[0])
    events = GenerationEvent.objects.count()

    assert step.do(mine) is True

    take.refresh_from_db()
    assert (take.state, take.status_code) == (step.state, step.code)
    assert (take.lease_token is not None, take.lease_until is not None) == (step.keeps_lease, step.keeps_lease)
    if step.due_at is not None:
        assert take.due_at == step.due_at
    assert GenerationEvent.objects.count() == events + 1
    event = GenerationEvent.objects.latest("seq")
    assert (event.state, event.status_code, event.by) == (step.state, step.code, None)


@by_step
@pytest.mark.parametrize("state", [*OPEN, State.READY, State.FAILED, State.CANCELLED])
def test_step_from_another_state_does_nothing(take: Generation, step: Step, state: State) -> None:
    if state in step.starts:
        return
    if state in OPEN_STATES:
        mine = bring_to(take, state)
    else:
        end_by(take, state)
        mine = claim(take)
    row, trace = _row(take), _trace()

    assert step.do(mine) is False

    assert (_row(take), _trace()) == (row, trace)


@by_leased_step
def test_step_with_a_foreign_lease_does_nothing(take: Generation, step: Step) -> None:
    bring_to(take, sorted(step.starts)[0])
    row, trace = _row(take), _trace()

    assert step.do(Claim(generation_id=take.pk, token=uuid.uuid4())) is False

    assert (_row(take), _trace()) == (row, trace)


@by_leased_step
def test_step_repeated_after_another_engine_took_over_does_nothing(take: Generation, step: Step) -> None:
    mine = bring_to(take, sorted(step.starts)[0])
    claim(take)
    row, trace = _row(take), _trace()

    assert step.do(mine) is False

    assert (_row(take), _trace()) == (row, trace)


@pytest.mark.parametrize("step", [pytest.param(step, id=step.name) for step in STEPS])
def test_step_twice_does_nothing_the_second_time(take: Generation, step: Step) -> None:
    mine = bring_to(take, sorted(step.starts)[0])
    assert step.do(mine) is True
    row, trace = _row(take), _trace()

    assert step.do(mine) is False

    assert (_row(take), _trace()) == (row, trace)


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("cost", [0, 12, QUOTE, QUOTE + 6])
def test_fail_closes_the_hold_from_any_open_state(project: Project, take: Generation, state: State, cost: int) -> None:
    mine = bring_to(take, state)

    assert transitions.fail(
        mine, code=StatusCode.MODERATED_OUTPUT, cost_credits=cost, now=NOW, provider_code="SAFETY." + "X" * 99
    )

    take.refresh_from_db()
    assert (take.finished_at, take.cost_credits, take.provider_code) == (NOW, cost, "SAFETY." + "X" * 73)
    closing = ("settle", QUOTE - cost) if cost else ("release", QUOTE)
    assert amounts(take) == [("hold", -QUOTE), closing]
    assert balance_of(project) == FULL - cost
    assert list(differences()) == []


def test_finish_stores_the_clip_the_charge_and_the_event(project: Project, take: Generation) -> None:
    mine = bring_to(take, State.STORING)

    assert transitions.finish(mine, clip=stored_clip(take.pk), cost_credits=12, cost_source="estimate", now=NOW)

    take.refresh_from_db()
    assert (take.cost_credits, take.finished_at, take.failures) == (12, NOW, 0)
    assert (take.clip.team, take.clip.project, take.clip.duration_ms) == (project.team, project, 2_000)
    assert amounts(take) == [("hold", -QUOTE), ("settle", 12)]
    assert take.entries.latest("pk").note == "Estimated by estimate: the provider named none"
    assert take.events.latest("seq").detail == {"cost_credits": 12, "cost_source": "estimate"}


def test_finish_with_a_bad_clip_leaves_all_as_it_was(project: Project, take: Generation) -> None:
    mine = bring_to(take, State.STORING)
    bad = StoredClip(**{**_fields(take), "size_bytes": 0})
    row, trace = _row(take), _trace()

    with pytest.raises(IntegrityError), transaction.atomic():
        transitions.finish(mine, clip=bad, cost_credits=12, cost_source="provider", now=NOW)

    assert (_row(take), _trace(), balance_of(project)) == (row, trace, FULL - QUOTE)


def _fields(take: Generation) -> dict[str, Any]:
    clip = stored_clip(take.pk)
    return {name: getattr(clip, name) for name in StoredClip.__slots__}


def test_failures_are_counted_and_forgotten(take: Generation) -> None:
    bring_to(take, State.SUBMITTING)
    for expected in (1, 2):
        transitions.return_to_queue(claim(take), code=BUSY, due_at=SOON, now=NOW)
        take.refresh_from_db()
        assert take.failures == expected
        transitions.start_submitting(claim(take), provider="simulator", now=NOW)
    transitions.mark_submitted(claim(take), task_id="task-1", estimated_credits=None, due_at=SOON, now=NOW)

    take.refresh_from_db()
    assert (take.failures, take.estimated_credits) == (0, None)


def test_returned_to_the_queue_was_not_submitted(take: Generation) -> None:
    mine = bring_to(take, State.SUBMITTING)
    take.refresh_from_db()
    assert take.submitted_at == NOW

    transitions.return_to_queue(mine, code=BUSY, due_at=SOON, now=NOW)

    take.refresh_from_db()
    assert take.submitted_at is None


def test_late_answer_ends_checking(take: Generation) -> None:
    mine = bring_to(take, State.SUBMITTING)
    transitions.mark_unknown(mine, now=NOW)

    assert transitions.mark_submitted(mine, task_id="late", estimated_credits=24, due_at=SOON, now=NOW)

    take.refresh_from_db()
    assert (take.state, take.status_code, take.provider_task_id) == (
        State.RUNNING,
        StatusCode.PROVIDER_PENDING,
        "late",
    )
    assert amounts(take) == [("hold", -QUOTE)]


def test_answer_is_kept_although_another_engine_has_the_row(take: Generation) -> None:
    mine = bring_to(take, State.SUBMITTING)
    other = claim(take)

    assert transitions.mark_submitted(mine, task_id="late", estimated_credits=24, due_at=SOON, now=NOW)

    assert transitions.mark_unknown(other, now=NOW) is False
    take.refresh_from_db()
    assert (take.state, take.provider_task_id, take.lease_token) == (State.RUNNING, "late", None)


@pytest.mark.parametrize("name", ["fail", "mark_cancelled", "return_to_queue", "start_submitting", "finish"])
def test_checking_is_ended_by_nothing_else(take: Generation, name: str) -> None:
    mine = bring_to(take, State.SUBMITTING)
    transitions.mark_unknown(mine, now=NOW)
    row, trace = _row(take), _trace()

    assert next(step for step in STEPS if step.name == name).do(mine) is False

    assert (_row(take), _trace()) == (row, trace)


def test_checking_is_not_due_for_years(take: Generation) -> None:
    transitions.mark_unknown(bring_to(take, State.SUBMITTING), now=NOW)

    take.refresh_from_db()
    assert take.due_at == NOW + timedelta(days=3650)


def test_person_decides_that_it_was_sent(project: Project, take: Generation) -> None:
    transitions.mark_unknown(bring_to(take, State.SUBMITTING), now=NOW)

    assert transitions.decide_unknown(take, task_id="found", by=project.created_by, due_at=SOON, now=NOW)

    assert (take.state, take.provider_task_id, take.due_at) == (State.RUNNING, "found", SOON)
    assert amounts(take) == [("hold", -QUOTE)]
    assert take.events.latest("seq").by == project.created_by


def test_person_decides_that_it_was_not_sent(project: Project, take: Generation) -> None:
    transitions.mark_unknown(bring_to(take, State.SUBMITTING), now=NOW)

    assert transitions.decide_unknown(take, task_id=None, by=project.created_by, due_at=SOON, now=NOW)
    assert not transitions.decide_unknown(take, task_id=None, by=project.created_by, due_at=SOON, now=NOW)

    assert (take.state, take.status_code, take.cost_credits) == (State.FAILED, StatusCode.NOT_SENT, 0)
    assert amounts(take) == [("hold", -QUOTE), ("release", QUOTE)]
    assert balance_of(project) == FULL


@pytest.mark.parametrize("state", [*OPEN, State.READY])
@pytest.mark.parametrize("task_id", ["found", None])
def test_only_checking_is_decided(take: Generation, state: State, task_id: str | None) -> None:
    if state in OPEN_STATES:
        bring_to(take, state)
    else:
        end_by(take, state)
    row, trace = _row(take), _trace()

    assert not transitions.decide_unknown(take, task_id=task_id, by=None, due_at=SOON, now=NOW)

    assert (_row(take), _trace()) == (row, trace)
