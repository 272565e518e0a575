"""Vigil: a row is late only where an engine could have taken it."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Team
from studio.enums import State, StatusCode, WayKind
from studio.generations.line import record_limit
from studio.generations.vigil import is_readable, oldest_unclaimed, unreadable
from studio.models import Breaker, Generation, WorkerHeartbeat
from tests.factories import GenerationFactory
from tests.generations.steps import NOW

pytestmark = pytest.mark.django_db

KEY = {"provider": "simulator", "account": "a"}
LATE = NOW - timedelta(minutes=5)
SOON = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def engine() -> WorkerHeartbeat:
    return WorkerHeartbeat.objects.create(name="engine:1", provider="simulator", seen_at=NOW)


@pytest.fixture
def waiting() -> Generation:
    return GenerationFactory.create(model="gen4.5", due_at=LATE, state=State.QUEUED)


def _is_late() -> bool:
    return oldest_unclaimed(now=NOW).is_late


def _stop(team: Team | None, *, retry_at: Any = SOON) -> None:
    Breaker.objects.create(**KEY, team=team, code=StatusCode.KEY_REFUSED, strikes=3, opened_at=LATE, retry_at=retry_at)


def _limit(model: str, *, at_a_time: int) -> None:
    record_limit(**KEY, model=model, max_concurrent=at_a_time, max_daily=None, used_today=0, now=NOW)


def test_a_due_take_that_nobody_takes_is_late(waiting: Generation) -> None:
    oldest = oldest_unclaimed(now=NOW)

    assert (oldest.generation, oldest.age, oldest.is_late) == (waiting, timedelta(minutes=5), True)


def test_a_model_without_room_holds_its_takes_and_no_others(waiting: Generation) -> None:
    _limit("gen4.5", at_a_time=0)
    assert not _is_late()

    other = GenerationFactory.create(model="gen4_turbo", due_at=LATE, state=State.QUEUED)
    _limit("gen4_turbo", at_a_time=1)
    assert oldest_unclaimed(now=NOW).generation == other


def test_a_stopped_line_holds_its_takes_until_it_should_have_been_tried(waiting: Generation) -> None:
    _stop(None)
    assert not _is_late()

    Breaker.objects.update(retry_at=NOW - timedelta(minutes=2))
    assert _is_late()


def test_a_teams_line_holds_that_teams_takes(waiting: Generation) -> None:
    _stop(waiting.team)
    assert not _is_late()

    GenerationFactory.create(due_at=LATE, state=State.QUEUED)
    assert _is_late()


def test_a_providers_wish_for_peace_holds_what_it_is_about(waiting: Generation) -> None:
    GenerationFactory.create(due_at=SOON, state=State.QUEUED, status_code=StatusCode.PROVIDER_BUSY)
    assert not _is_late()

    running = GenerationFactory.create(
        due_at=LATE, state=State.RUNNING, provider="simulator", provider_task_id="task-1"
    )
    assert oldest_unclaimed(now=NOW).generation == running


def test_a_task_of_a_provider_that_no_engine_speaks_to_waits_rightly() -> None:
    GenerationFactory.create(due_at=LATE, state=State.RUNNING, provider="cometapi", provider_task_id="task-1")
    assert not _is_late()

    WorkerHeartbeat.objects.create(name="engine:2", provider="cometapi", seen_at=NOW)
    assert _is_late()


@pytest.mark.parametrize(
    ("model", "way", "expected"),
    [
        ("gen4.5", WayKind.TEXT, False),
        ("gen4.5", WayKind.IMAGE, False),
        ("gen4_turbo", WayKind.IMAGE, True),
        ("ruby", WayKind.HDR, True),
        ("act_two", WayKind.PERFORMANCE, True),
        ("mirelo_sfx_2_0", WayKind.SOUND, True),
        ("gen4_image", WayKind.STILL, False),
        ("gen3a_turbo", WayKind.IMAGE, False),
        ("sora", WayKind.TEXT, False),
    ],
)
def test_a_take_without_words_is_readable_where_its_way_needs_none(model: str, way: WayKind, expected: bool) -> None:
    take = GenerationFactory.create(model=model, way=way, state=State.QUEUED, prompt__text="")

    assert is_readable(take) is expected
    assert unreadable().exists() is not expected
