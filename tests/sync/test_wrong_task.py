"""A person gives a task id that the provider does not know: nothing ends by that, and the right one may still come."""

from collections.abc import Callable

import pytest

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.generations.cancel import cancel_generation
from studio.generations.checking import checking_of
from studio.generations.decisions import follow_task
from studio.models import Generation
from tests.stage import GRANT, Stage

COST = 24
WRONG = "17f20503-6c24-4c16-946b-35dbbce2af2f"
CHECKING = (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    return make_stage("create_lost")


def lost(stage: Stage) -> Generation:
    """A take that was bought, and whose answer was lost."""
    take = stage.launch()
    stage.run_pass()
    take.refresh_from_db()
    assert (take.state, take.status_code) == CHECKING
    return take


def follow(stage: Stage, take: Generation, task_id: str, *, passes: int = 3) -> None:
    follow_task(take, task_id=task_id, by=stage.owner, now=stage.clock.now())
    for _ in range(passes):
        stage.run_pass(after_s=60)
    take.refresh_from_db()


def test_a_task_that_is_not_there_is_checking_again_with_its_hold(stage: Stage) -> None:
    take = lost(stage)

    follow(stage, take, WRONG)

    assert (take.state, take.status_code, take.provider_task_id, take.lease_token) == (*CHECKING, None, None)
    assert stage.amounts(take) == [("hold", -COST)]
    assert [vars(row)["wrong_task"] for row in checking_of(stage.team)] == [WRONG]


def test_the_right_task_is_then_followed_to_its_clip(stage: Stage) -> None:
    take = lost(stage)
    follow(stage, take, WRONG)
    (task_id,) = stage.remote.tasks

    follow(stage, take, task_id, passes=0)
    stage.run_until_final(take)

    assert (take.state, stage.balance, len(stage.remote.creates)) == (State.READY, GRANT - COST, 1)
    assert list(differences()) == []


def test_two_answers_are_not_yet_the_end(stage: Stage) -> None:
    take = lost(stage)

    follow(stage, take, WRONG, passes=2)

    assert (take.state, take.status_code) == (State.RUNNING, StatusCode.TASK_LOST)


def test_a_cancel_of_it_does_not_give_back_what_was_bought(stage: Stage) -> None:
    take = lost(stage)
    follow(stage, take, WRONG, passes=0)
    cancel_generation(take, by=stage.owner, now=stage.clock.now())

    for _ in range(3):
        stage.run_pass(after_s=60)

    take.refresh_from_db()
    assert (take.state, take.status_code) == CHECKING
    assert stage.amounts(take) == [("hold", -COST)]
