"""The sweep of open takes, and sweeps beside an engine's passes."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from studio.enums import State, StatusCode
from studio.generations.transitions import NEVER
from studio.models import Generation
from studio.sync.context import Bench
from studio.sync.sweep import Sweeps
from tests.factories import GenerationFactory
from tests.stage import Stage
from tests.sync.sweeping import HOUR_S, digest_of, file_of, made, run_sweep, with_bench


def sleeping(stage: Stage, *, wait: timedelta, **fields: Any) -> Generation:
    now = stage.clock.now()
    return GenerationFactory.create(project=stage.project, due_at=now + wait, **fields)


def due_in_s(stage: Stage, generation: Generation) -> float:
    generation.refresh_from_db()
    return (generation.due_at - stage.clock.now()).total_seconds()


@pytest.mark.parametrize("state", [State.QUEUED, State.SUBMITTING, State.RUNNING, State.STORING])
def test_an_open_take_with_a_far_date_comes_back_within_a_minute_or_so(stage: Stage, state: State) -> None:
    generation = sleeping(stage, state=state, wait=timedelta(days=400))

    report = run_sweep(stage)

    assert report.woken == 1
    assert 5 <= due_in_s(stage, generation) <= 66


def test_a_far_take_is_followed_to_its_end_after_a_sweep(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()
    Generation.objects.update(due_at=stage.clock.now() + timedelta(days=400))
    assert stage.run_pass(after_s=600) == 0

    run_sweep(stage)

    assert stage.run_until_final(generation, step_s=70).state == State.READY


def test_checking_leased_final_and_soon_ones_stay_as_they_are(stage: Stage) -> None:
    now = stage.clock.now()
    far = timedelta(days=3)
    rows = [
        sleeping(stage, state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN, wait=NEVER),
        sleeping(
            stage,
            state=State.RUNNING,
            wait=far,
            lease_token="0195b7a0-1111-7222-8333-4444555566ab",
            lease_until=now + timedelta(seconds=60),
        ),
        sleeping(stage, state=State.READY, wait=far),
        sleeping(stage, state=State.RUNNING, wait=timedelta(seconds=59)),
        sleeping(stage, state=State.RUNNING, wait=timedelta(seconds=-5)),
    ]
    before = [row.due_at for row in rows]

    report = run_sweep(stage)

    for row in rows:
        row.refresh_from_db()
    assert report.woken == 0
    assert [row.due_at for row in rows] == before


def test_a_take_in_the_queue_keeps_the_pause_that_the_provider_asked_for(stage: Stage) -> None:
    waits = sleeping(stage, state=State.QUEUED, status_code=StatusCode.PROVIDER_BUSY, wait=timedelta(minutes=50))

    assert run_sweep(stage).woken == 0
    assert due_in_s(stage, waits) == 50 * 60


def test_a_lease_from_the_future_is_ended(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()
    stage.clock.advance(600)
    far = stage.clock.now() + timedelta(days=7)
    Generation.objects.update(lease_token="0195b7a0-1111-7222-8333-4444555566ab", lease_until=far)
    assert stage.run_pass() == 0

    run_sweep(stage)

    assert stage.run_until_final(generation).state == State.READY


def test_thousands_are_spread_over_time(stage: Stage) -> None:
    first = sleeping(stage, state=State.RUNNING, wait=timedelta(days=1))
    rows = [_twin(first, number) for number in range(7_999)]
    Generation.objects.bulk_create(rows)

    report = run_sweep(stage)

    now = stage.clock.now()
    seconds = [(due - now).total_seconds() for due in Generation.objects.values_list("due_at", flat=True)]
    busiest = max(sum(start <= second < start + 5 for second in seconds) for start in range(5, 86, 5))
    assert report.woken == 8_000
    assert min(seconds) >= 5
    assert max(seconds) <= 5 + 80 + 1
    assert busiest <= 800


def _twin(first: Generation, number: int) -> Generation:
    names = ("team", "project", "prompt", "created_by", "model", "ratio", "duration_s", "quote_credits", "price_card")
    same = {name: getattr(first, name) for name in names}
    return Generation(
        **same, launch_token=uuid.uuid4(), state=State.RUNNING, provider="simulator",
        provider_task_id=f"twin-{number}", due_at=first.due_at,
    )  # fmt: skip


def test_sweeps_start_at_once_one_at_a_time_and_not_before_their_hour(stage: Stage) -> None:
    clip = made(stage)

    async def story(bench: Bench) -> list[bool]:
        sweeps = Sweeps(bench)
        sweeps.start_if_due()
        first = sweeps._task
        sweeps.start_if_due()
        is_same = sweeps._task is first
        await sweeps.wait()
        sweeps.start_if_due()
        return [is_same, sweeps._task is first]

    assert with_bench(stage, story) == [True, True]
    clip.refresh_from_db()
    assert clip.checked_at == stage.clock.now()


def test_a_stopped_sweep_ends_and_leaves_no_file_behind(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()

    async def story(bench: Bench) -> list[Path]:
        sweeps = Sweeps(bench, every_s=0)
        sweeps.start_if_due()
        await sweeps.stop()
        return list(bench.temp_dir.iterdir())

    assert with_bench(stage, story) == []
    assert run_sweep(stage, after_s=HOUR_S).trouble == ""
    assert digest_of(clip.key) == clip.sha256
