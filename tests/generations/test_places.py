"""Place in line and expected start: out of past takes, written where they change, told by the project's number."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from studio.enums import State, StatusCode
from studio.generations.line import Room
from studio.generations.places import Spot, expected_starts, forget_places, write_places
from studio.models import Generation, GenerationEvent, Project, Prompt
from tests.factories import GenerationFactory, PromptFactory
from tests.generations.steps import NOW

KEY: dict[str, Any] = {"provider": "simulator", "account": "a"}
FULL = {"gen4.5": Room(0, at_a_time=1)}


def _ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("durations", "under_way", "at_a_time", "typical", "starts_in_s"),
    [
        ([5, 5, 5], [(5, 40)], 1, {5: 60}, [20, 80, 140]),
        ([5, 5, 5], [(5, 40), (5, 10)], 2, {5: 60}, [20, 50, 80]),
        ([10, 5], [(5, 0)], 1, {5: 60, 10: 100}, [60, 160]),
        ([5], [(5, 600)], 1, {5: 60}, [0]),
        ([7, 5], [(5, 0)], 1, {5: 60}, [60, 120]),
        ([5, 5], [], 1, {5: 60}, [60, 120]),
        ([5], [(5, 10), (5, 20), (5, 30)], 2, {5: 60}, [40]),
        ([5, 5], [(5, 0)], 1, {}, [None, None]),
        ([5], [], 0, {5: 60}, [None]),
        ([], [(5, 0)], 1, {5: 60}, []),
    ],
)
def test_expected_starts(
    durations: list[int],
    under_way: list[tuple[int, float]],
    at_a_time: int,
    typical: dict[int, float],
    starts_in_s: list[float | None],
) -> None:
    found = expected_starts(
        durations,
        under_way=[(length, _ago(seconds)) for length, seconds in under_way],
        at_a_time=at_a_time,
        typical_s=typical,
        now=NOW,
    )

    assert [start and (start - NOW).total_seconds() for start in found] == starts_in_s


@pytest.mark.parametrize(
    ("told", "found", "is_news"),
    [
        (Spot(), Spot(1), True),
        (Spot(2), Spot(1), True),
        (Spot(1), Spot(1), False),
        (Spot(1), Spot(1, NOW), True),
        (Spot(1, NOW), Spot(1), True),
        (Spot(1, NOW), Spot(1, NOW + timedelta(seconds=15)), False),
        (Spot(1, NOW), Spot(1, NOW - timedelta(seconds=16)), True),
    ],
)
def test_what_is_written_again(told: Spot, found: Spot, is_news: bool) -> None:
    assert found.is_news_after(told) is is_news


def _take(prompt: Prompt, state: State = State.QUEUED, **fields: Any) -> Generation:
    return GenerationFactory.create(prompt=prompt, state=state, account="a", **fields)


def _ran(prompt: Prompt, seconds: float) -> None:
    _take(prompt, State.READY, submitted_at=_ago(1000 + seconds), finished_at=_ago(1000))


def _write(*, rooms: dict[str, Room] = FULL, now: datetime = NOW) -> int:
    return write_places(Generation.objects.filter(state=State.QUEUED), rooms=rooms, now=now, **KEY)


def _told(takes: Sequence[Generation]) -> list[tuple[int | None, float | None, int]]:
    for take in takes:
        take.refresh_from_db()
    return [
        (
            take.line_place,
            (take.expected_start_at - NOW).total_seconds() if take.expected_start_at else None,
            take.changed_seq,
        )
        for take in takes
    ]


def _number(project: Project) -> int:
    return Project.objects.get(pk=project.pk).change_seq


@pytest.mark.django_db
def test_places_are_written_once_and_told_by_the_projects_number() -> None:
    prompt = PromptFactory.create()
    for seconds in (50, 60, 90):
        _ran(prompt, seconds)
    _take(prompt, State.RUNNING, submitted_at=_ago(20))
    takes = [_take(prompt), _take(prompt)]

    assert (_write(), _write()) == (2, 0)

    assert _told(takes) == [(1, 40, 1), (2, 100, 1)]
    assert (_number(prompt.project), GenerationEvent.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_who_goes_first_moves_the_others_up_and_leaves_no_place_behind() -> None:
    prompt, other = PromptFactory.create(), PromptFactory.create()
    takes = [_take(prompt), _take(other), _take(prompt)]
    _write()
    assert _told(takes) == [(1, None, 1), (2, None, 1), (3, None, 1)]
    Generation.objects.filter(pk=takes[0].pk).update(state=State.SUBMITTING, provider="simulator")

    _write(now=NOW + timedelta(seconds=5))
    forget_places()

    assert [place for place, _, _ in _told(takes)] == [None, 1, 2]
    assert (_number(prompt.project), _number(other.project)) == (2, 2)


@pytest.mark.django_db
def test_a_take_that_left_the_line_says_no_place() -> None:
    prompt = PromptFactory.create()
    takes = [_take(prompt), _take(prompt)]
    _write()

    write_places(Generation.objects.none(), rooms=FULL, now=NOW, **KEY)

    assert _told(takes) == [(None, None, 2)] * 2


@pytest.mark.django_db
def test_a_start_that_moves_a_little_is_not_written() -> None:
    prompt = PromptFactory.create()
    _ran(prompt, 60)
    _take(prompt, State.RUNNING, submitted_at=_ago(60))
    takes = [_take(prompt)]
    _write()

    written = [_write(now=NOW + timedelta(seconds=seconds)) for seconds in (5, 10, 15, 16)]

    assert (written, _told(takes)) == ([0, 0, 0, 1], [(1, 16, 2)])


@pytest.mark.django_db
def test_a_day_that_is_used_up_has_places_and_no_start() -> None:
    prompt = PromptFactory.create()
    _ran(prompt, 60)
    takes = [_take(prompt)]

    _write(rooms={"gen4.5": Room(0, StatusCode.DAILY_LIMIT, at_a_time=1)})

    assert _told(takes) == [(1, None, 1)]


@pytest.mark.django_db
def test_what_an_engine_has_in_hand_is_left() -> None:
    prompt = PromptFactory.create()
    takes = [_take(prompt, lease_token=uuid.uuid4(), lease_until=NOW), _take(prompt)]

    _write()

    assert [place for place, _, _ in _told(takes)] == [None, 2]


@pytest.mark.django_db
def test_at_most_500_rows_are_written_at_a_time_the_front_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.generations.places.MOST_WRITTEN", 2)
    prompt = PromptFactory.create()
    takes = [_take(prompt) for _ in range(3)]

    assert [_write(), _write(), _write()] == [2, 1, 0]

    assert _told(takes) == [(1, None, 1), (2, None, 1), (3, None, 2)]


@pytest.mark.django_db
def test_models_have_lines_of_their_own_and_teams_take_turns() -> None:
    mine, theirs = PromptFactory.create(), PromptFactory.create()
    takes = [_take(mine), _take(mine), _take(theirs), _take(mine, model="gen4_turbo")]

    _write(rooms={**FULL, "gen4_turbo": Room(0)})

    assert [place for place, _, _ in _told(takes)] == [1, 3, 2, 1]


@pytest.mark.django_db
def test_places_cost_the_same_queries_for_any_number_of_takes(django_assert_num_queries: Any) -> None:
    prompt = PromptFactory.create()
    for count in (1, 30):
        for _ in range(count):
            _take(prompt)
        with django_assert_num_queries(11):
            _write()
