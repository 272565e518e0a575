"""Attempts to make a paid clip disappear: odd answers after an outage, and numbers that no table can hold."""

from typing import Any

import pytest

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.media.errors import NotAVideo, StorageDown
from studio.models import Generation
from studio.providers.base import RemoteStatus
from studio.providers.reading import UnreadableError
from studio.providers.runway import wire
from studio.sync import outputs
from tests.stage import Stage

COST = 24


def _running(stage: Stage) -> Generation:
    generation = stage.launch()
    stage.run_pass()
    stage.run_pass(after_s=7)
    generation.refresh_from_db()
    assert generation.state == State.RUNNING
    return generation


def test_one_404_after_an_outage_does_not_lose_a_paid_task(stage: Stage) -> None:
    generation = _running(stage)
    stage.is_down = True
    for _ in range(5):
        stage.run_pass(after_s=400)
    stage.is_down = False
    tasks = dict(stage.remote.tasks)
    stage.remote.tasks.clear()
    stage.run_pass(after_s=400)
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.RUNNING, StatusCode.TASK_LOST)

    stage.remote.tasks.update(tasks)
    stage.run_until_final(generation, step_s=400)

    assert (generation.state, generation.cost_credits) == (State.READY, COST)


def test_404s_with_another_answer_between_them_prove_nothing(stage: Stage) -> None:
    generation = _running(stage)
    tasks = dict(stage.remote.tasks)
    for _ in range(4):
        stage.remote.tasks.clear()
        stage.run_pass(after_s=400)
        stage.remote.tasks.update(tasks)
        stage.is_down = True
        stage.run_pass(after_s=400)
        stage.is_down = False
    generation.refresh_from_db()
    assert generation.state == State.RUNNING


def test_three_404s_in_a_row_are_the_end(stage: Stage) -> None:
    generation = _running(stage)
    stage.remote.tasks.clear()
    for expected in (State.RUNNING, State.RUNNING, State.FAILED):
        stage.run_pass(after_s=400)
        generation.refresh_from_db()
        assert generation.state == expected

    assert (generation.status_code, stage.amounts(generation)) == ("task_lost", [("hold", -COST), ("settle", 0)])


def test_one_bad_download_after_a_storage_outage_does_not_lose_the_clip(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(path: object, *, key: str, content_type: str) -> None:
        raise StorageDown("no answer")

    def garbled(path: object) -> None:
        raise NotAVideo("cut off")

    generation = _running(stage)
    monkeypatch.setattr(outputs, "put_file", away)
    for _ in range(4):
        stage.run_pass(after_s=600)
    monkeypatch.undo()
    monkeypatch.setattr(outputs, "look_at", garbled)
    stage.run_pass(after_s=600)
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.STORING, StatusCode.DOWNLOAD_INTERRUPTED)

    monkeypatch.undo()
    stage.run_until_final(generation, step_s=600)

    assert generation.state == State.READY


def test_what_is_no_video_three_times_in_a_row_ends(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def garbled(path: object) -> None:
        raise NotAVideo("cut off")

    generation = _running(stage)
    monkeypatch.setattr(outputs, "look_at", garbled)
    for expected in (State.STORING, State.STORING, State.FAILED):
        stage.run_pass(after_s=600)
        generation.refresh_from_db()
        assert generation.state == expected

    assert list(differences()) == []


@pytest.mark.parametrize("credits", [10**30, 1e300, 2**63, -5, "63", None, True, float("nan"), float("inf")])
def test_a_cost_beyond_belief_counts_as_not_named(credits: object) -> None:
    submitted = wire.read_submitted({"id": "7", "estimatedCost": {"credits": credits}})
    task = wire.read_task({"status": "SUCCEEDED", "output": ["x"], "cost": {"credits": credits}}, task_id="7")

    assert (submitted.estimated_credits, task.cost_credits) == (None, None)


@pytest.mark.parametrize("task_id", ["x" * 101, "a\x00b", "\ud800", "naïve", "a\nb"])
def test_a_task_id_that_no_table_can_hold_is_an_unknown_outcome(task_id: str) -> None:
    with pytest.raises(UnreadableError):
        wire.read_submitted({"id": task_id})


def test_a_failure_code_is_left_without_what_postgresql_refuses() -> None:
    body: dict[str, Any] = {"status": "FAILED", "failureCode": "SAFETY.INPUT\x00\ud800.TEXT", "cost": {"credits": 0}}

    task = wire.read_task(body, task_id="7")

    assert (task.status, task.failure_code) == (RemoteStatus.FAILED, "SAFETY.INPUT.TEXT")
