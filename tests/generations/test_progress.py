"""A round of reads, written at once: what is kept, what the pages hear of, and what stays another engine's."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from studio.enums import State, StatusCode
from studio.generations import transitions
from studio.generations.progress import Saved, record_saved, record_seen
from studio.generations.queries import changes_since, latest_seq
from studio.models import Generation, GenerationEvent, Project
from tests.generations.steps import NOW, SOON, bring_to, claim, funded_project, launch, see

pytestmark = pytest.mark.django_db
LATER = SOON + timedelta(seconds=5)


@pytest.fixture
def project() -> Project:
    return funded_project()


@pytest.fixture
def take(project: Project) -> Generation:
    take = launch(project)
    bring_to(take, State.RUNNING)
    return take


def test_first_progress_is_an_event_and_later_per_cents_are_none(take: Generation) -> None:
    assert record_seen([see(take)], now=NOW) == 1
    events = list(take.events.values_list("state", "status_code"))

    assert record_seen([see(take, progress=0.43, due_at=LATER)], now=SOON) == 1

    take.refresh_from_db()
    assert events[-1] == (State.RUNNING, StatusCode.NONE)
    assert list(take.events.values_list("state", "status_code")) == events
    assert (take.progress, take.due_at, take.started_at, take.failures) == (0.43, LATER, NOW, 0)
    assert (take.lease_token, take.lease_until) == (None, None)


def test_per_cents_are_news_all_the_same(project: Project, take: Generation) -> None:
    record_seen([see(take)], now=NOW)
    since = latest_seq(project)

    record_seen([see(take, progress=0.43)], now=NOW)

    news = changes_since(project, since=since, now=NOW)
    assert ([card.generation.pk for card in news.cards], news.seq) == ([take.pk], since + 1)
    assert not changes_since(project, since=news.seq, now=NOW).is_news


def test_what_shows_nowhere_is_no_news(project: Project, take: Generation) -> None:
    record_seen([see(take)], now=NOW)
    since = latest_seq(project)

    record_seen([see(take, is_news=False, due_at=LATER)], now=NOW)

    take.refresh_from_db()
    assert (take.due_at, latest_seq(project)) == (LATER, since)


def test_many_rows_of_two_projects_take_their_own_numbers(project: Project) -> None:
    other = funded_project()
    takes = [launch(project), launch(project), launch(other)]
    for one in takes:
        bring_to(one, State.RUNNING)
    found = [see(takes[0]), see(takes[1], code=StatusCode.PROVIDER_PENDING), see(takes[2])]
    before = {one.pk: latest_seq(one) for one in (project, other)}

    assert record_seen(found, now=NOW) == 3

    assert {one.pk: latest_seq(one) - before[one.pk] for one in (project, other)} == {project.pk: 2, other.pk: 1}
    told = GenerationEvent.objects.filter(seq__gt=before[project.pk], project=project).values_list("generation", "seq")
    assert list(told) == [(takes[0].pk, before[project.pk] + 1)]
    takes[1].refresh_from_db()
    assert takes[1].changed_seq == before[project.pk] + 2


def test_foreign_and_final_rows_are_left_alone(project: Project, take: Generation) -> None:
    gone = launch(project)
    found = [replace(see(take)), see(gone, token=bring_to(gone, State.RUNNING).token)]
    claim(take)  # another engine has it by now
    transitions.mark_cancelled(
        transitions.Claim(gone.pk, found[1].row.token),
        code=StatusCode.CANCELLED_ELSEWHERE, cost_credits=0, cost_source="provider", now=NOW,
    )  # fmt: skip
    rows = list(Generation.objects.order_by("pk").values())

    assert record_seen(found, now=NOW) == 0

    assert list(Generation.objects.order_by("pk").values()) == rows


def test_trouble_is_counted_and_said(take: Generation) -> None:
    record_seen([see(take, code=StatusCode.PROVIDER_DOWN, failures=3, progress=None, started_at=None)], now=NOW)

    take.refresh_from_db()
    assert (take.status_code, take.failures) == (StatusCode.PROVIDER_DOWN, 3)
    assert take.events.latest("pk").status_code == StatusCode.PROVIDER_DOWN


def test_a_row_that_a_person_wants_cancelled_meanwhile_is_due_at_once(take: Generation) -> None:
    seen = see(take, due_at=LATER)
    transitions.request_cancel(take, by=take.created_by, now=NOW)

    record_seen([seen], now=SOON)

    take.refresh_from_db()
    assert take.due_at == SOON


def test_statements_of_a_round_do_not_grow_with_it(project: Project, django_assert_num_queries: object) -> None:
    def round_of(count: int) -> None:
        found = []
        for _ in range(count):
            one = launch(project)
            bring_to(one, State.RUNNING)
            found.append(see(one))
        with django_assert_num_queries(7):  # type: ignore[operator]  # pytest-django's fixture
            assert record_seen(found, now=NOW) == count

    round_of(1)
    round_of(3)


def test_unknown_token_is_nobodys(take: Generation) -> None:
    assert record_seen([see(take, token=uuid.uuid4())], now=NOW) == 0


def test_bytes_that_arrive_are_news_and_no_events(project: Project) -> None:
    take, other = launch(project), launch(project)
    mine, theirs = bring_to(take, State.STORING), bring_to(other, State.STORING)
    since, events = latest_seq(project), GenerationEvent.objects.count()

    saved = [Saved(take.pk, mine.token, 5, None), Saved(other.pk, theirs.token, 7, 10)]
    assert record_saved(saved) == 2
    assert record_saved([replace(saved[0], stored_bytes=9, total_bytes=20)]) == 1

    take.refresh_from_db()
    other.refresh_from_db()
    assert (take.stored_bytes, take.total_bytes, other.stored_bytes, other.total_bytes) == (9, 20, 7, 10)
    assert (take.progress, take.lease_token, GenerationEvent.objects.count()) == (1.0, mine.token, events)
    news = changes_since(project, since=since, now=NOW)
    assert ({card.generation.pk for card in news.cards}, news.seq) == ({take.pk, other.pk}, since + 2)


def test_bytes_of_a_row_that_is_not_ours_are_not_written(project: Project) -> None:
    take = launch(project)
    bring_to(take, State.STORING)
    before = latest_seq(project)

    assert record_saved([Saved(take.pk, uuid.uuid4(), 5, None)]) == 0

    take.refresh_from_db()
    assert (take.stored_bytes, latest_seq(project)) == (None, before)
