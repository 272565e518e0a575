"""Many engines at the same moment: one take tries a stopped line, and no more are sent than the key allows."""

import threading
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from studio.enums import State, StatusCode
from studio.generations import breakers, transitions
from studio.generations.line import at_provider, record_limit
from studio.generations.transitions import Claim
from studio.models import Breaker, Generation, GenerationEvent, Project
from studio.sync import claims
from studio.sync.lining import Lining
from tests.generations.steps import NOW, SOON, claim, funded_project, launch
from tests.generations.test_races import at_once, shared_database  # noqa: F401  # a fixture of each race

pytestmark = pytest.mark.django_db(transaction=True)
KEY: dict[str, Any] = {"provider": "simulator", "account": "a"}
ENGINES = 10


def _stop(*, of: Project | None = None) -> Breaker:
    return Breaker.objects.create(
        **KEY,
        team=of.team if of else None,
        code=StatusCode.KEY_REFUSED,
        strikes=5,
        opened_at=NOW - timedelta(minutes=10),
        retry_at=NOW,
    )


@pytest.mark.parametrize("of_team", [False, True])
def test_of_ten_engines_one_tries_a_stopped_line(of_team: bool) -> None:
    project = funded_project()
    breaker = _stop(of=project if of_team else None)
    held = [claim(launch(project)) for _ in range(ENGINES)]

    told = at_once(*(partial(transitions.start_submitting, mine, now=NOW, **KEY) for mine in held))

    breaker.refresh_from_db()
    assert sorted(told) == [False] * (ENGINES - 1) + [True]
    assert Generation.objects.filter(state=State.SUBMITTING).count() == 1
    pause = (breakers.OF_TEAM if of_team else breakers.OF_KEY).pause(1)
    assert (breaker.tries, breaker.retry_at, breaker.is_open) == (1, NOW + pause, True)


def test_refusals_at_once_open_one_breaker_and_are_all_counted() -> None:
    note = partial(breakers.note_refusal, **KEY, code=StatusCode.KEY_REFUSED, sent_at=NOW, now=NOW)

    at_once(note, note)

    assert list(Breaker.objects.values_list("strikes", "opened_at")) == [(2, None)]


def _send_all(sent: list[int], most_seen: list[int], lock: threading.Lock) -> None:
    """What an engine does with the line, without the request: until nothing waits any more."""
    lining = Lining()
    for _ in range(200):
        ids = lining.line_up(**KEY, now=NOW, most=4)
        for mine in claims.claim_due(limit=4, lease_s=60, now=NOW, queued=ids):
            if not transitions.start_submitting(mine, now=NOW, **KEY):
                claims.let_go([mine])
                continue
            with lock:
                sent.append(mine.generation_id)
                most_seen.append(at_provider(**KEY).count())
            assert transitions.mark_submitted(
                mine, task_id=str(uuid.uuid4()), estimated_credits=24, due_at=SOON, now=NOW
            )
            ending = claim(Generation.objects.get(pk=mine.generation_id))
            assert transitions.fail(ending, code=StatusCode.PROVIDER_INTERNAL, cost_credits=0, now=NOW)
        if not Generation.objects.filter(state=State.QUEUED).exists():
            return


def test_two_engines_send_each_take_once_and_never_more_than_the_key_allows() -> None:
    project = funded_project()
    record_limit(**KEY, model="gen4.5", max_concurrent=2, max_daily=None, used_today=0, now=NOW)
    takes = [launch(project).pk for _ in range(12)]
    Generation.objects.update(due_at=NOW)
    sent: list[int] = []
    most_seen: list[int] = []

    at_once(*[partial(_send_all, sent, most_seen, threading.Lock())] * 2)

    assert sorted(sent) == takes
    assert max(most_seen) <= 2
    numbers = list(GenerationEvent.objects.order_by("seq").values_list("seq", flat=True))
    assert len(numbers) == len(set(numbers))


def test_two_engines_let_the_single_take_of_another_person_pass_fifty() -> None:
    mine, theirs = funded_project(), funded_project()
    record_limit(**KEY, model="gen4.5", max_concurrent=2, max_daily=None, used_today=0, now=NOW)
    for _ in range(50):
        launch(mine)
    single = launch(theirs)
    Generation.objects.update(due_at=NOW)

    def one_pass() -> list[Claim]:
        ids = Lining().line_up(**KEY, now=NOW, most=1)
        held = claims.claim_due(limit=1, lease_s=60, now=NOW, queued=ids)
        return [got for got in held if transitions.start_submitting(got, now=NOW, **KEY)]

    for _ in range(2):
        at_once(one_pass, one_pass)

    assert Generation.objects.get(pk=single.pk).state == State.SUBMITTING
    assert Generation.objects.filter(state=State.SUBMITTING).count() == 2


def test_places_are_written_while_takes_are_sent() -> None:
    """Rows, then projects: writers of places and senders wait for each other, and none for ever."""
    project = funded_project()
    record_limit(**KEY, model="gen4.5", max_concurrent=1, max_daily=None, used_today=0, now=NOW)
    held = [claim(launch(project)) for _ in range(4)]
    for _ in range(20):
        launch(project)
    Generation.objects.update(due_at=NOW)

    writers = [partial(Lining().line_up, **KEY, now=NOW) for _ in range(4)]
    at_once(*writers, *(partial(transitions.start_submitting, mine, now=NOW, **KEY) for mine in held))
    Lining().line_up(**KEY, now=NOW)

    places = Generation.objects.filter(state=State.QUEUED, lease_token__isnull=True).order_by("line_place")
    assert list(places.values_list("line_place", flat=True)) == list(range(1, 21))
