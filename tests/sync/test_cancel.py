"""Cancelling: at once when it waits here, free while it waits there, charged once it runs, never when finished."""

import pytest
from pytest_django.fixtures import Settings

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.errors import NotPossible
from studio.generations.cancel import cancel_generation
from studio.generations.cards import card
from studio.generations.vigil import out_of_reach
from studio.models import Clip, Generation
from tests.stage import GRANT, Stage

COST = 24


def _cancel(stage: Stage, generation: Generation) -> None:
    generation.refresh_from_db()
    cancel_generation(generation, by=stage.owner, now=stage.clock.now())
    generation.refresh_from_db()


def _deletes(stage: Stage) -> int:
    return len([record for record in stage.remote.requests if record.method == "DELETE"])


def test_a_waiting_take_is_cancelled_at_once_and_free(stage: Stage) -> None:
    generation = stage.launch()

    _cancel(stage, generation)
    stage.run_pass()

    assert (generation.state, generation.status_code) == (State.CANCELLED, StatusCode.CANCELLED_BY_PERSON)
    assert stage.amounts(generation) == [("hold", -COST), ("release", COST)]
    assert stage.remote.creates == []


def test_a_take_that_waits_at_the_provider_is_cancelled_there_and_free(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()

    _cancel(stage, generation)
    assert generation.state == State.RUNNING
    stage.run_pass()

    generation.refresh_from_db()
    assert (generation.state, generation.cost_credits) == (State.CANCELLED, 0)
    assert (_deletes(stage), stage.balance) == (1, GRANT)
    assert stage.remote.credit_balance == 1_000_000
    assert list(differences()) == []


def test_a_running_take_is_cancelled_and_charged(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()
    stage.run_pass(after_s=7)

    _cancel(stage, generation)
    stage.run_pass()

    generation.refresh_from_db()
    assert (generation.state, generation.cost_credits) == (State.CANCELLED, COST)
    assert stage.amounts(generation) == [("hold", -COST), ("settle", 0)]
    assert stage.remote.credit_balance == 1_000_000 - COST


def test_a_take_that_is_finished_by_then_is_kept(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()
    stage.run_pass(after_s=7)
    stage.clock.advance(600)

    _cancel(stage, generation)
    stage.run_pass()

    generation.refresh_from_db()
    assert generation.state == State.READY
    assert Clip.objects.get().generation == generation
    assert _deletes(stage) == 0


def test_cancelled_by_somebody_else_is_told_with_its_charge(make_stage: type[Stage]) -> None:
    stage = make_stage("cancelled_elsewhere")
    generation = stage.run_until_final(stage.launch())

    assert (generation.state, generation.status_code) == (State.CANCELLED, StatusCode.CANCELLED_ELSEWHERE)
    assert generation.cost_credits == COST
    assert list(differences()) == []


def test_an_engine_that_died_after_the_delete_leaves_a_cancelled_take(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()
    _cancel(stage, generation)
    stage.remote.tasks.clear()

    stage.run_pass()

    generation.refresh_from_db()
    assert (generation.state, generation.cost_credits) == (State.CANCELLED, 0)


@pytest.mark.parametrize("state", [State.READY, State.FAILED, State.CANCELLED])
def test_what_is_over_cannot_be_cancelled(stage: Stage, state: State) -> None:
    generation = stage.launch()
    if state == State.CANCELLED:
        _cancel(stage, generation)
    elif state == State.READY:
        stage.run_until_final(generation)
    else:
        stage.remote.scenario = "model_unavailable"
        stage.run_until_final(generation)

    with pytest.raises(NotPossible, match=r"nothing to cancel|cancelled already"):
        _cancel(stage, generation)


OTHER_KEY = "key_" + "7" * 128


@pytest.fixture
def hidden(stage: Stage) -> Generation:
    """A running take whose task only the first key sees; its person wants to cancel it."""
    generation = stage.launch()
    stage.run_pass()
    stage.run_pass(after_s=7)
    _cancel(stage, generation)
    return generation


def test_a_task_of_another_key_is_not_called_cancelled(stage: Stage, hidden: Generation, settings: Settings) -> None:
    first, tasks = settings.RUNWAYML_API_SECRET, dict(stage.remote.tasks)
    settings.RUNWAYML_API_SECRET = OTHER_KEY
    stage.remote.tasks.clear()
    for _ in range(6):
        stage.run_pass(after_s=400)

    hidden.refresh_from_db()
    assert (hidden.state, hidden.status_code) == (State.RUNNING, StatusCode.OTHER_KEY)
    assert (stage.amounts(hidden), _deletes(stage)) == ([("hold", -COST)], 0)
    assert card(hidden, now=stage.clock.now()).sentence.startswith("It was sent with another key of the studio")

    settings.RUNWAYML_API_SECRET = first
    stage.remote.tasks.update(tasks)
    assert stage.run_until_final(hidden, step_s=400).state == State.READY
    assert _deletes(stage) == 0


def test_a_task_of_another_key_is_deleted_when_that_key_is_back(
    stage: Stage, hidden: Generation, settings: Settings
) -> None:
    first, tasks = settings.RUNWAYML_API_SECRET, dict(stage.remote.tasks)
    settings.RUNWAYML_API_SECRET = OTHER_KEY
    stage.remote.tasks.clear()
    stage.run_pass()
    settings.RUNWAYML_API_SECRET = first
    stage.remote.tasks.update(tasks)

    Generation.objects.update(due_at=stage.clock.now())
    stage.run_pass()

    hidden.refresh_from_db()
    assert (hidden.state, hidden.status_code) == (State.CANCELLED, StatusCode.CANCELLED_BY_PERSON)
    assert (hidden.cost_credits, _deletes(stage)) == (COST, 1)


def test_a_task_of_another_provider_is_left_alone(stage: Stage, hidden: Generation) -> None:
    Generation.objects.update(provider="cometapi")
    reads = len(stage.remote.requests)

    stage.run_pass(after_s=400)

    hidden.refresh_from_db()
    assert (hidden.state, hidden.is_cancelling) == (State.RUNNING, True)
    assert stage.amounts(hidden) == [("hold", -COST)]
    assert [record.path for record in stage.remote.requests[reads:]] == ["/v1/organization"]
    assert list(out_of_reach(now=stage.clock.now())) == [hidden]
