"""What happens when the provider does not take a request, or nobody knows whether it did."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings as django_settings

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.generations import transitions
from studio.generations.transitions import decide_unknown
from studio.models import Generation, WorkerHeartbeat
from studio.providers.base import Download, Input, Submitted, TaskSpec
from studio.providers.errors import DownloadFailed, Reason, RetryLater
from studio.providers.runway.client import RunwayProvider
from studio.simulator.app import create_app
from studio.sync import submitting
from studio.sync.context import Bench
from tests.stage import GRANT, Stage

COST = 24


def test_a_model_that_is_not_offered_fails_and_releases(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("model_unavailable")
    generation = stage.launch()

    stage.run_pass()

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.MODEL_NOT_ENABLED)
    assert stage.amounts(generation) == [("hold", -COST), ("release", COST)]
    assert (stage.balance, len(stage.remote.creates)) == (GRANT, 1)


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("daily_limit", StatusCode.DAILY_LIMIT),
        ("key_revoked", StatusCode.KEY_REFUSED),
        ("out_of_credits", StatusCode.PROVIDER_OUT_OF_CREDITS),
    ],
)
def test_not_now_waits_and_is_sent_again_when_it_is_over(
    make_stage: Callable[..., Stage], scenario: str, code: StatusCode
) -> None:
    stage = make_stage(scenario)
    generation = stage.launch()

    stage.run_pass()
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.QUEUED, code)
    assert stage.amounts(generation) == [("hold", -COST)]
    stage.remote.scenario = "normal"
    stage.run_until_final(generation)

    assert generation.state == State.READY
    assert len(stage.remote.tasks) == 1
    assert stage.balance == GRANT - COST


def test_a_provider_that_is_down_keeps_takes_waiting_and_is_tried_again(stage: Stage) -> None:
    generation = stage.launch()
    stage.is_down = True
    for _ in range(4):
        stage.run_pass(after_s=400)
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.QUEUED, StatusCode.PROVIDER_DOWN)
    assert (generation.failures, stage.amounts(generation)) == (4, [("hold", -COST)])
    assert WorkerHeartbeat.objects.get().trouble == StatusCode.PROVIDER_DOWN

    stage.is_down = False
    stage.run_until_final(generation, step_s=400)

    assert generation.state == State.READY
    assert len(stage.remote.creates) == 1


def test_a_provider_that_goes_down_half_way_loses_nothing(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()
    stage.is_down = True
    for _ in range(4):
        stage.run_pass(after_s=400)
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.RUNNING, StatusCode.PROVIDER_DOWN)

    stage.is_down = False
    stage.run_until_final(generation, step_s=400)

    assert (generation.state, generation.cost_credits) == (State.READY, COST)


def test_a_refused_key_is_told_by_the_heartbeat(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("key_revoked")

    stage.run_pass()

    assert WorkerHeartbeat.objects.get().trouble == StatusCode.KEY_REFUSED


def test_without_a_key_takes_wait_and_nothing_is_sent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "RUNWAYML_API_SECRET", "")
    generation = stage.launch()

    stage.run_pass()

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.QUEUED, StatusCode.KEY_REFUSED)
    assert stage.remote.requests == []
    assert WorkerHeartbeat.objects.get().trouble == StatusCode.KEY_REFUSED


@pytest.mark.parametrize(("scenario", "tasks"), [("create_lost", 1), ("create_502", 0)])
def test_no_answer_is_checking_with_the_hold_kept_and_never_sent_twice(
    make_stage: Callable[..., Stage], scenario: str, tasks: int
) -> None:
    stage = make_stage(scenario)
    generation = stage.launch()

    for _ in range(5):
        stage.run_pass(after_s=3600)

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
    assert (len(stage.remote.creates), len(stage.remote.tasks)) == (1, tasks)
    assert stage.amounts(generation) == [("hold", -COST)]
    assert list(differences()) == []


def test_a_person_may_decide_that_it_was_bought(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_lost")
    generation = stage.launch()
    stage.run_pass()
    task_id = next(iter(stage.remote.tasks))

    decided = decide_unknown(
        generation, task_id=task_id, by=stage.owner, due_at=stage.clock.now(), now=stage.clock.now()
    )
    stage.run_until_final(generation)

    assert decided is True
    assert (generation.state, generation.cost_credits) == (State.READY, COST)
    assert len(stage.remote.creates) == 1


def test_a_person_may_decide_that_it_was_never_sent(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_502")
    generation = stage.launch()
    stage.run_pass()

    now = stage.clock.now()
    assert decide_unknown(generation, task_id=None, by=stage.owner, due_at=now, now=now) is True
    assert decide_unknown(generation, task_id=None, by=stage.owner, due_at=now, now=now) is False

    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.NOT_SENT)
    assert stage.amounts(generation) == [("hold", -COST), ("release", COST)]
    assert stage.balance == GRANT


def test_a_task_that_is_gone_is_asked_for_three_times(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()
    stage.remote.tasks.clear()

    stage.run_until_final(generation)

    reads = [record for record in stage.remote.requests if record.path.startswith("/v1/tasks/")]
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.TASK_LOST)
    assert len(reads) == 3
    assert stage.amounts(generation) == [("hold", -COST), ("release", COST)]


def _late(stage: Stage, generation: Generation) -> transitions.Claim:
    """A request whose answer comes after another engine has called it "Checking"."""
    claim = transitions.Claim(generation.pk, uuid4())
    Generation.objects.filter(pk=generation.pk).update(
        lease_token=claim.token, lease_until=stage.clock.now() + timedelta(minutes=1)
    )
    transitions.start_submitting(claim, provider="simulator", now=stage.clock.now())
    transitions.mark_unknown(claim, now=stage.clock.now())
    return claim


def test_a_clear_refusal_that_comes_late_ends_checking(stage: Stage) -> None:
    generation = stage.launch()
    claim = _late(stage, generation)

    assert transitions.refuse(claim, code=StatusCode.REFUSED, now=stage.clock.now()) is True
    assert transitions.refuse(claim, code=StatusCode.REFUSED, now=stage.clock.now()) is False

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.REFUSED)
    assert stage.amounts(generation) == [("hold", -COST), ("release", COST)]


def test_a_not_now_that_comes_late_leaves_checking_rather_than_send_twice(stage: Stage) -> None:
    generation = stage.launch()
    claim = _late(stage, generation)

    now = stage.clock.now()
    assert transitions.return_to_queue(claim, code=StatusCode.PROVIDER_BUSY, due_at=now, now=now) is False

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)


@pytest.mark.parametrize(("wish_s", "pause_s"), [(900.0, 900.0), (10_000_000.0, 3600.0)])
def test_the_providers_wish_to_wait_is_kept_within_an_hour(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, wish_s: float, pause_s: float
) -> None:
    async def later(self: RunwayProvider, spec: TaskSpec) -> Submitted:
        raise RetryLater("Later.", reason=Reason.OVERLOADED, status=429, retry_after_s=wish_s)

    monkeypatch.setattr(RunwayProvider, "submit", later)
    generation = stage.launch()

    stage.run_pass()

    generation.refresh_from_db()
    assert generation.due_at == stage.clock.now() + timedelta(seconds=pause_s)


def test_a_wish_to_wait_after_one_create_keeps_the_others_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    async def later(self: RunwayProvider, spec: TaskSpec) -> Submitted:
        sent.append(spec.prompt)
        raise RetryLater("Later.", reason=Reason.OVERLOADED, status=429, retry_after_s=90.0)

    async def two_passes(after: list[Callable[[], object]]) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(stage.remote))) as client:
            engine = stage.engine(stage.provider(client))
            await engine.run_once()
            for step in after:
                await sync_to_async(step)()
                await engine.run_once()

    monkeypatch.setattr(RunwayProvider, "submit", later)
    stage.launch(prompt="The first")
    async_to_sync(two_passes)(
        [
            lambda: stage.launch(prompt="The second"),
            lambda: stage.clock.advance(89),
            lambda: stage.clock.advance(1),
        ]
    )

    assert sorted(sent) == ["The first", "The first", "The second"]


def test_a_wish_to_wait_of_an_upload_is_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def later(bench: Bench, generation: Generation) -> tuple[Input, ...]:
        raise RetryLater("Later.", reason=Reason.OVERLOADED, status=429, retry_after_s=900.0)

    monkeypatch.setattr(submitting, "ready_inputs", later)
    generation = stage.launch()

    stage.run_pass()

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.QUEUED, StatusCode.PROVIDER_BUSY)
    assert generation.due_at == stage.clock.now() + timedelta(seconds=900)


def test_a_wish_to_wait_of_a_download_is_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(self: RunwayProvider, *args: object, **more: object) -> Download:
        raise DownloadFailed("Later.", status=503, retry_after_s=900.0)

    monkeypatch.setattr(RunwayProvider, "download", busy)
    generation = stage.launch()
    for _ in range(10):
        stage.run_pass(after_s=7)
        generation.refresh_from_db()
        if generation.status_code == StatusCode.DOWNLOAD_INTERRUPTED:
            break

    assert (generation.state, generation.failures) == (State.STORING, 1)
    assert generation.due_at == stage.clock.now() + timedelta(seconds=900)
