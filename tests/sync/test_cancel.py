"""Cancelling: at once when it waits here, free while it waits there, charged once it runs, never when finished."""

import pytest

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.errors import NotPossible
from studio.generations.cancel import cancel_generation
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
