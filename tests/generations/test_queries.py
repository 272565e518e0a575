"""Reads of generations: news, pages, shots, medians and banners, in a fixed number of queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from accounts.enums import Role
from studio.enums import InputRole, State
from studio.generations import queries, transitions
from studio.generations.events import record_event
from studio.generations.progress import record_seen
from studio.generations.queries import (
    changes_since,
    feed,
    open_count,
    project_open_count,
    prompt_history,
    shots_of,
    typical_durations,
)
from studio.models import Generation, GenerationReference, Project, Prompt
from tests.factories import ClipFactory, GenerationFactory, ProjectFactory, PromptFactory, ReferenceFactory, join
from tests.generations.steps import NOW, bring_to, end_by, funded_project, launch, see

pytestmark = pytest.mark.django_db
Counter = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture
def project() -> Project:
    return funded_project()


def _ids(cards: list[Any]) -> list[int]:
    return [card.generation.pk for card in cards]


def _progress(take: Generation, progress: float) -> None:
    record_seen([see(take, progress=progress)], now=NOW)


def test_nothing_new_is_no_news(project: Project) -> None:
    launch(project, takes=2)

    news = changes_since(project, since=2, now=NOW)

    assert (news.seq, news.cards, news.open_count, news.is_news) == (2, [], 2, False)


def test_news_are_each_changed_take_once(project: Project) -> None:
    first, second = launch(project), launch(project)
    launch(project)
    bring_to(first, State.RUNNING)
    end_by(second, State.CANCELLED)

    news = changes_since(project, since=3, now=NOW)

    assert (_ids(news.cards), news.is_news, news.open_count) == ([first.pk, second.pk], True, 2)
    assert [card.word for card in news.cards] == ["Waiting", "Cancelled"]
    assert news.seq == 6
    assert not changes_since(project, since=news.seq, now=NOW).is_news


def test_number_from_the_future_is_no_news(project: Project) -> None:
    launch(project)

    assert changes_since(project, since=99, now=NOW).is_news is False


def test_news_of_another_project_are_left_out(project: Project) -> None:
    launch(funded_project())

    assert changes_since(project, since=0, now=NOW).cards == []


def test_talkative_take_hides_nobody_elses_news(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_CHANGES", 5)
    quiet, loud = launch(project), launch(project)
    end_by(quiet, State.CANCELLED)
    bring_to(loud, State.RUNNING)
    for step in range(10):
        _progress(loud, step / 10)

    news = changes_since(project, since=2, now=NOW)

    assert _ids(news.cards) == [quiet.pk, loud.pk]


def test_too_many_news_come_in_parts(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_CHANGES", 2)
    takes = [launch(project) for _ in range(5)]
    bring_to(takes[0], State.SUBMITTING)

    seen, since = [], 0
    for _ in range(3):
        news = changes_since(project, since=since, now=NOW)
        seen.append(_ids(news.cards))
        since = news.seq

    assert seen == [[takes[1].pk, takes[2].pk], [takes[3].pk, takes[4].pk], [takes[0].pk]]
    assert not changes_since(project, since=since, now=NOW).is_news


@pytest.mark.parametrize("earlier", [0, 1])
def test_news_that_share_a_number_come_together(
    project: Project, monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    monkeypatch.setattr(queries, "MOST_CHANGES", 2)
    takes = [launch(project) for _ in range(4)]
    since = Project.objects.get(pk=project.pk).change_seq
    for take in takes[:earlier]:
        bring_to(take, State.SUBMITTING)
    Generation.objects.filter(pk__in=[take.pk for take in takes[earlier:]]).update(changed_seq=since + 9)
    Project.objects.filter(pk=project.pk).update(change_seq=since + 9)

    seen: list[int] = []
    while (news := changes_since(project, since=since, now=NOW)).is_news:
        seen += _ids(news.cards)
        since = news.seq

    assert seen == [take.pk for take in takes]


def test_checking_keeps_no_page_asking(project: Project) -> None:
    take = launch(project)
    transitions.mark_unknown(bring_to(take, State.SUBMITTING), now=NOW)

    assert (project_open_count(project), open_count(project.team)) == (0, 1)


def test_feed_pages_by_launches(project: Project) -> None:
    launches = [launch(project, takes=2) for _ in range(5)]

    first = feed(project, now=NOW, limit=2)
    second = feed(project, now=NOW, limit=2, before=first.next_before)
    third = feed(project, now=NOW, limit=2, before=second.next_before)

    tokens = [[shot.token for shot in page.shots] for page in (first, second, third)]
    assert tokens == [
        [launches[4].launch_token, launches[3].launch_token],
        [launches[2].launch_token, launches[1].launch_token],
        [launches[0].launch_token],
    ]
    assert (first.next_before, third.next_before) == (launches[3].pk, None)
    assert all(len(shot.cards) == 2 for page in (first, second, third) for shot in page.shots)


def test_full_last_page_has_no_more(project: Project) -> None:
    for _ in range(2):
        launch(project)

    assert feed(project, now=NOW, limit=2).next_before is None


def test_new_launches_do_not_move_older_pages(project: Project) -> None:
    launches = [launch(project) for _ in range(3)]
    first = feed(project, now=NOW, limit=1)
    launch(project)

    second = feed(project, now=NOW, limit=1, before=first.next_before)

    assert [shot.token for shot in second.shots] == [launches[1].launch_token]


def test_empty_feed() -> None:
    page = feed(ProjectFactory.create(), now=NOW)

    assert (page.shots, page.next_before) == ([], None)


def test_shot_shows_its_launch(project: Project) -> None:
    take = launch(project, takes=3)
    reference = ReferenceFactory.create(team=project.team)
    GenerationReference.objects.create(generation=take, reference=reference, role=InputRole.FIRST)

    (shot,) = feed(project, now=NOW).shots

    assert (shot.token, shot.prompt, shot.by) == (take.launch_token, take.prompt, project.created_by)
    assert (shot.model_label, shot.ratio_label, shot.length_label) == ("Gen-4.5", "16:9", "2 s")
    assert (shot.seed, shot.has_sound, shot.created_at) == (7, None, NOW)
    assert [frame.reference for frame in shot.inputs] == [reference]
    assert [card.generation.take_number for card in shot.cards] == [1, 2, 3]
    assert shot.dom_id == f"shot-{take.launch_token}"


def test_shot_is_charged_when_all_its_takes_are_over(project: Project) -> None:
    first = launch(project, takes=2)
    second = Generation.objects.get(launch_token=first.launch_token, take_number=2)
    end_by(first, State.READY, cost=20)
    assert feed(project, now=NOW).shots[0].charged_credits is None

    end_by(second, State.FAILED, cost=0)

    assert feed(project, now=NOW).shots[0].charged_credits == 20


def test_launches_of_one_moment_are_not_mixed(project: Project) -> None:
    tokens = {launch(project, takes=2).launch_token for _ in range(4)}

    shots = shots_of(Generation.objects.to_show(), now=NOW)

    assert [len(shot.cards) for shot in shots] == [2, 2, 2, 2]
    assert {shot.token for shot in shots} == tokens


def test_model_that_is_not_in_the_catalog_keeps_its_name() -> None:
    take = GenerationFactory.create(model="gen2", ratio="7:5")

    (shot,) = shots_of(Generation.objects.to_show().filter(pk=take.pk), now=NOW)

    assert (shot.model_label, shot.ratio_label) == ("gen2", "7:5")


def _ran(seconds: float, **fields: Any) -> None:
    fields = {"state": State.READY, "started_at": NOW, "finished_at": NOW + timedelta(seconds=seconds), **fields}
    GenerationFactory.create(**fields)


def test_typical_is_the_median_of_that_model_and_length() -> None:
    for seconds in (10, 20, 90):
        _ran(seconds)
    _ran(500, model="gen4_turbo")
    _ran(500, duration_s=10)
    _ran(500, state=State.FAILED)
    _ran(500, started_at=None)
    running = GenerationFactory.create(state=State.RUNNING)

    assert typical_durations([running]) == {("gen4.5", 5): 20.0}


def test_typical_forgets_what_is_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAST_RUNS", 2)
    _ran(500, started_at=NOW - timedelta(days=9), finished_at=NOW - timedelta(days=8))
    for seconds in (10, 20):
        _ran(seconds)

    assert typical_durations([GenerationFactory.create(state=State.RUNNING)]) == {("gen4.5", 5): 15.0}


def test_typical_is_not_asked_for_takes_that_do_not_run() -> None:
    _ran(10)

    assert typical_durations([GenerationFactory.create(), GenerationFactory.create(state=State.STORING)]) == {}


def test_typical_of_the_first_run_ever_is_unknown() -> None:
    assert typical_durations([GenerationFactory.create(state=State.RUNNING)]) == {}


def test_history_has_each_text_once_newest_first(project: Project) -> None:
    by = project.created_by
    for text in ("boat", "gull", "boat", "", "pier"):
        PromptFactory.create(project=project, text=text, created_by=by)
    PromptFactory.create(project=project, text="another's", created_by=join(project.team, Role.CREATOR))
    PromptFactory.create(text="elsewhere", created_by=by)

    texts = [prompt.text for prompt in prompt_history(project, user=by)]

    assert texts == ["pier", "boat", "gull"]
    assert [prompt.text for prompt in prompt_history(project, user=by, limit=2)] == ["pier", "boat"]
    newest_boat = Prompt.objects.filter(text="boat").latest("pk")
    assert prompt_history(project, user=by)[1] == newest_boat


@pytest.mark.parametrize(
    ("state", "of_feed", "of_news"), [(State.QUEUED, 4, 6), (State.RUNNING, 5, 7), (State.READY, 4, 6)]
)
def test_queries_of_a_page_do_not_grow(
    project: Project, state: State, of_feed: int, of_news: int, django_assert_num_queries: Counter
) -> None:
    for count in (1, 3):
        while Generation.objects.count() < count:
            _add_shown(project, state)
        with django_assert_num_queries(of_feed):
            assert len(_read_feed(project)) == count
        with django_assert_num_queries(of_news):
            assert len(_read_news(project)) == count


def _add_shown(project: Project, state: State) -> None:
    take = GenerationFactory.create(prompt=PromptFactory.create(project=project), state=state)
    reference = ReferenceFactory.create(team=project.team)
    GenerationReference.objects.create(generation=take, reference=reference, role=InputRole.FIRST)
    if state == State.READY:
        ClipFactory.create(generation=take)
    record_event(take, now=NOW)


def _read_feed(project: Project) -> list[str]:
    return [f"{shot.prompt.text} {shot.by} {shot.project} {shot.inputs} {_read(shot.cards)}"
            for shot in feed(project, now=NOW).shots]  # fmt: skip


def _read_news(project: Project) -> list[str]:
    return _read(changes_since(project, since=0, now=NOW).cards)


def _read(cards: list[Any]) -> list[str]:
    """Touch all that a template shows."""
    return [
        f"{card.headline} {card.clip} {card.generation.created_by} {card.generation.team}"
        f"{[frame.reference.key for frame in card.generation.inputs.all()]}"
        for card in cards
    ]
