"""Who is lined up to be sent, in how many queries, and what the others are told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from studio.enums import State, StatusCode
from studio.generations.cards import card
from studio.generations.line import at_provider, in_turn, places, record_limit
from studio.models import Breaker, Generation, Project, Prompt
from studio.sync.claims import due_generations
from studio.sync.gateway import account_mark
from studio.sync.lining import Lining
from tests.factories import GenerationFactory, PromptFactory, UserFactory
from tests.generations.steps import NOW
from tests.stage import Stage

KEY: dict[str, Any] = {"provider": "simulator", "account": "a"}
pytestmark = pytest.mark.django_db


def _limit(at_a_time: int | None, *, daily: int | None = None, model: str = "gen4.5") -> None:
    record_limit(**KEY, model=model, max_concurrent=at_a_time, max_daily=daily, used_today=0, now=NOW)


def _takes(prompt: Prompt, count: int, *, by: User | None = None, **fields: Any) -> list[int]:
    whose = {"project": prompt.project, "team": prompt.project.team, "created_by": by or prompt.created_by}
    rows = [GenerationFactory.build(prompt=prompt, **whose, **{"due_at": NOW, **fields}) for _ in range(count)]
    return [row.pk for row in Generation.objects.bulk_create(rows)]


def _line_up(**changes: Any) -> list[int]:
    return Lining().line_up(**{**KEY, "now": NOW, **changes})


def test_nothing_waiting_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _takes(PromptFactory.create(), 2, due_at=NOW + timedelta(hours=1))

    with django_assert_num_queries(1):
        assert _line_up() == []


def test_fifty_takes_of_one_person_do_not_block_the_next_ones_single_take() -> None:
    _limit(2)
    prompt = PromptFactory.create()
    many = _takes(prompt, 50)
    single = _takes(prompt, 1, by=UserFactory.create())

    assert _line_up() == [many[0], single[0]]


@pytest.mark.parametrize("seats", [1, 3, 7])
def test_the_bounded_line_is_the_front_of_the_whole_line(seats: int) -> None:
    prompts = [PromptFactory.create() for _ in range(3)]
    for count, prompt in zip((9, 2, 5), prompts, strict=True):
        _takes(prompt, count)
        _takes(prompt, count // 2, by=UserFactory.create())
    GenerationFactory.create(prompt=prompts[1], state=State.RUNNING, account="a")
    _limit(seats + 1)
    whole = in_turn(places(due_generations(now=NOW).filter(state=State.QUEUED)), at_provider=places(at_provider(**KEY)))

    assert _line_up() == [place.generation_id for place in whole[:seats]]


def test_a_pass_over_a_long_line_reads_few_rows() -> None:
    _limit(2)
    _takes(PromptFactory.create(), 3_000)
    lining = Lining(told_at=NOW)
    with CaptureQueriesContext(connection) as queries:
        sent = lining.line_up(**KEY, now=NOW)
    reads = [query["sql"] for query in queries if "studio_generation" in query["sql"]]

    assert len(sent) == 2
    assert len(queries) == 7
    assert all("LIMIT" in sql or "ROW_NUMBER" in sql or "COUNT" in sql or "'running'" in sql for sql in reads)


def test_the_engines_room_bounds_what_is_lined_up() -> None:
    ids = _takes(PromptFactory.create(), 5)

    assert _line_up(most=3) == ids[:3]


def test_the_waiting_are_told_every_5_seconds() -> None:
    _limit(0)
    prompt = PromptFactory.create()
    lining = Lining()
    [first] = _takes(prompt, 1)
    lining.line_up(**KEY, now=NOW)
    [second] = _takes(prompt, 1)

    lining.line_up(**KEY, now=NOW + timedelta(seconds=4))
    assert Generation.objects.get(pk=second).status_code == StatusCode.NONE
    lining.line_up(**KEY, now=NOW + timedelta(seconds=5))

    told = Generation.objects.order_by("pk").values_list("pk", "status_code", "line_place")
    assert list(told) == [(first, "in_line", 1), (second, "in_line", 2)]


def test_more_than_fifty_are_told_at_the_next_passes() -> None:
    _limit(0)
    _takes(PromptFactory.create(), 120)
    lining = Lining()
    counts = []
    for _ in range(3):
        lining.line_up(**KEY, now=NOW)
        counts.append(Generation.objects.filter(status_code=StatusCode.IN_LINE).count())

    assert counts == [50, 100, 120]


def test_a_stopped_team_lets_the_others_pass_and_has_no_place() -> None:
    _limit(1)
    mine, theirs = PromptFactory.create(), PromptFactory.create()
    stopped = _takes(mine, 2)
    others = _takes(theirs, 2)
    Breaker.objects.create(
        **KEY, team=mine.project.team, strikes=5, opened_at=NOW, retry_at=NOW + timedelta(minutes=10),
        code=StatusCode.MODERATED_INPUT,
    )  # fmt: skip

    assert _line_up() == others[:1]

    told = Generation.objects.order_by("pk").values_list("pk", "status_code", "line_place")
    assert list(told) == [
        (stopped[0], "line_stopped", None), (stopped[1], "line_stopped", None),
        (others[0], "", None), (others[1], "in_line", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("tries", "which"), [(0, 0), (1, 1), (2, 2), (3, 0)])
def test_each_try_of_the_key_is_another_take(tries: int, which: int) -> None:
    ids = _takes(PromptFactory.create(), 3)
    Breaker.objects.create(
        **KEY, strikes=3, opened_at=NOW - timedelta(hours=1), retry_at=NOW, tries=tries, code=StatusCode.KEY_REFUSED
    )

    assert _line_up() == [ids[which]]
    assert Generation.objects.filter(status_code=StatusCode.KEY_REFUSED).count() == 2


def test_a_card_says_place_and_start(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.remote.max_concurrent = 1
    record_limit(
        provider="simulator", account=account_mark(), model="gen4.5", max_concurrent=1, max_daily=None, used_today=0,
        now=stage.clock.now(),
    )  # fmt: skip
    past = stage.run_until_final(stage.launch())
    Generation.objects.filter(pk=past.pk).update(submitted_at=F("finished_at") - timedelta(minutes=2))
    takes = stage.launch_all(takes=3)
    stage.run_pass(after_s=1)

    for take in takes:
        take.refresh_from_db()
    assert [card(take, now=stage.clock.now()).sentence for take in takes[1:]] == [
        "Next in line for Gen-4.5 · expected to start in about 2 min",
        "2nd in line for Gen-4.5 · expected to start in about 4 min",
    ]
    assert (takes[0].line_place, takes[1].changed_seq) == (None, takes[2].changed_seq)
    assert 0 < takes[1].changed_seq <= Project.objects.get(pk=stage.project.pk).change_seq
