"""Many at the same moment: a budget stops spending, a token buys once, news come in order. Real threads."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from studio.credits.audit import differences
from studio.credits.ledger import grant
from studio.credits.queries import Balance, balance
from studio.enums import State, StatusCode
from studio.errors import NotEnoughCredits, NotPossible
from studio.generations import decisions, transitions
from studio.generations.events import record_event
from studio.generations.late import take_up_late
from studio.generations.progress import record_seen
from studio.generations.queries import changes_since
from studio.generations.submit import submit_generation
from studio.models import Generation, GenerationEvent, LedgerEntry, Project, Prompt
from tests.generations.steps import (
    NOW,
    QUOTE,
    SOON,
    balance_of,
    bring_to,
    funded_project,
    launch,
    make_spec,
    see,
    stored_clip,
)

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8
ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")


@pytest.fixture(autouse=True)
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """SQLite as it is run: a file with WAL and a busy timeout. A test's own lies in memory, where nobody waits."""
    if connection.vendor != "sqlite":
        yield
        return
    path = tmp_path / "races.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    in_memory = connections["default"]
    name = in_memory.settings_dict["NAME"]
    in_memory.settings_dict["NAME"] = str(path)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = in_memory
        in_memory.settings_dict["NAME"] = name


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What the calls gave back, each in a thread of its own, all let go at the same moment."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(30) for future in [pool.submit(run, call) for call in calls]]


def _launch(project: Project, token: uuid.UUID) -> str:
    try:
        takes = submit_generation(project, spec=make_spec(), token=token, by=project.created_by, now=NOW)
    except NotEnoughCredits as error:
        return f"{error.missing_credits} missing"
    return str(takes[0].public_id)


def test_launches_at_once_stop_at_the_balance() -> None:
    project = funded_project(credits=3 * QUOTE + 10)

    told = at_once(*[lambda: _launch(project, uuid.uuid4())] * THREADS)

    assert Counter(told)["14 missing"] == THREADS - 3
    assert Generation.objects.count() == 3
    assert (balance_of(project), LedgerEntry.objects.filter(kind="hold").count()) == (10, 3)
    assert list(GenerationEvent.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3]
    assert list(differences()) == []


def test_one_token_at_once_is_one_launch() -> None:
    project = funded_project(credits=10_000)
    token = uuid.uuid4()

    told = at_once(*[lambda: _launch(project, token)] * THREADS)

    assert len(set(told)) == 1
    assert (Generation.objects.count(), Prompt.objects.count()) == (1, 1)
    assert balance_of(project) == 10_000 - QUOTE


def test_first_launches_of_a_team_without_account_are_refused() -> None:
    project = funded_project(credits=0)

    told = at_once(*[lambda: _launch(project, uuid.uuid4())] * THREADS)

    assert told == ["24 missing"] * THREADS
    assert balance(project.team) == Balance(balance_credits=0, held_credits=0)


def test_first_grants_of_a_team_at_once_make_one_account() -> None:
    team = funded_project(credits=0).team

    at_once(*[partial(grant, team, credits=5, note="", by=None)] * THREADS)

    assert balance(team).balance_credits == 5 * THREADS
    assert list(differences()) == []


def test_engine_that_finishes_and_engine_that_fails_end_it_once() -> None:
    project = funded_project(credits=100)
    take = launch(project)
    mine = bring_to(take, State.STORING)
    clip = stored_clip(take.pk)

    def finish() -> bool:
        return transitions.finish(mine, clip=clip, cost_credits=20, cost_source="provider", now=NOW)

    def fail() -> bool:
        return transitions.fail(mine, code=StatusCode.NOT_A_VIDEO, cost_credits=20, now=NOW)

    told = at_once(finish, fail, finish, fail)

    assert sorted(told) == [False, False, False, True]
    assert (balance_of(project), LedgerEntry.objects.filter(kind="settle").count()) == (80, 1)
    assert list(differences()) == []


def test_cancel_and_send_at_once_are_one_of_both() -> None:
    project = funded_project(credits=1_000)
    for _ in range(5):
        take = launch(project)
        mine = bring_to(take, State.QUEUED)
        told = at_once(
            partial(transitions.start_submitting, mine, provider="simulator", now=NOW),
            partial(transitions.cancel_queued, take, by=project.created_by, now=NOW),
        )
        take.refresh_from_db()
        assert told == [take.state == State.SUBMITTING, take.state == State.CANCELLED]
        assert sorted(told) == [False, True]

    assert list(differences()) == []


def _unknown(project: Project) -> tuple[Generation, transitions.Claim]:
    """A take that is "Checking", and the claim of the engine that still waits for its answer."""
    take = launch(project)
    sent = bring_to(take, State.SUBMITTING)
    assert transitions.mark_unknown(sent, now=NOW)
    return Generation.objects.get(pk=take.pk), sent


def _or_late(decide: Callable[..., Any], take: Generation, **typed: Any) -> str:
    try:
        decide(Generation.objects.get(pk=take.pk), by=take.created_by, now=NOW, **typed)
    except NotPossible as error:
        return str(error)
    return "done"


def test_of_many_who_decide_at_once_one_does() -> None:
    project = funded_project(credits=100)
    take, _ = _unknown(project)

    told = at_once(
        partial(_or_late, decisions.give_back, take),
        partial(_or_late, decisions.charge_unseen, take, credits=20),
        partial(_or_late, decisions.follow_task, take, task_id="task-0001"),
        partial(_or_late, decisions.send_again, take, token=uuid.uuid4()),
        partial(_or_late, decisions.give_back, take),
        partial(_or_late, decisions.send_again, take, token=uuid.uuid4()),
    )

    assert told.count("done") == 1
    assert all("has decided already" in sentence for sentence in told if sentence != "done")
    assert GenerationEvent.objects.filter(detail__decided=True).count() == 1
    assert list(differences()) == []


def test_a_double_click_on_send_again_is_one_take() -> None:
    project = funded_project(credits=100)
    take, _ = _unknown(project)
    token = uuid.uuid4()

    told = at_once(*[partial(_or_late, decisions.send_again, take, token=token)] * 4)

    assert told == ["done"] * 4
    assert Generation.objects.filter(retry_of=take).count() == 1
    assert balance_of(project) == 100 - QUOTE


def test_an_answer_and_a_decision_at_once_never_lose_the_task() -> None:
    project = funded_project(credits=1_000)
    for number in range(5):
        take, sent = _unknown(project)
        answer = {"task_id": f"task-{number}", "estimated_credits": QUOTE, "due_at": SOON, "now": NOW}

        def arrive(sent: transitions.Claim = sent, answer: dict[str, Any] = answer) -> None:
            if not transitions.mark_submitted(sent, **answer):
                take_up_late(sent.generation_id, **answer)

        at_once(arrive, partial(_or_late, decisions.give_back, take), arrive)

        followed = Generation.objects.get(provider_task_id=f"task-{number}")
        assert followed.state == State.RUNNING
        assert followed.pk == take.pk or followed.retry_of_id == take.pk

    assert balance_of(project) == 1_000 - 5 * QUOTE
    assert list(differences()) == []


def test_events_of_many_takes_are_numbered_without_a_gap() -> None:
    project = funded_project(credits=1_000)
    found = [see(take, token=bring_to(take, State.RUNNING).token) for take in (launch(project) for _ in range(4))]
    project.refresh_from_db()
    before = project.change_seq

    at_once(*(partial(record_seen, [one], now=NOW) for one in found))

    news = GenerationEvent.objects.filter(seq__gt=before).order_by("seq").values_list("seq", flat=True)
    assert list(news) == [before + step for step in (1, 2, 3, 4)]


@ON_POSTGRESQL
def test_later_event_is_not_seen_before_an_earlier_one() -> None:
    """A page that has seen number 2 never misses number 1: the second writer waits for the first to commit."""
    project = funded_project(credits=1_000)
    first, second = launch(project), launch(project)
    project.refresh_from_db()
    since = project.change_seq
    has_written, may_commit = threading.Event(), threading.Event()
    seen: list[tuple[int, list[int]]] = []

    def slow() -> None:
        with transaction.atomic():
            record_event(first, now=NOW)
            has_written.set()
            assert may_commit.wait(10)

    def quick() -> None:
        assert has_written.wait(10)
        record_event(second, now=NOW)

    def watch() -> None:
        assert has_written.wait(10)
        time.sleep(0.3)
        news = changes_since(project, since=since, now=NOW)
        seen.append((news.seq - since, [card.generation.pk for card in news.cards]))
        may_commit.set()

    at_once(slow, quick, watch)

    news = changes_since(project, since=since, now=NOW)
    assert seen == [(0, [])]
    assert (news.seq - since, [card.generation.pk for card in news.cards]) == (2, [first.pk, second.pk])
    numbers = dict(GenerationEvent.objects.filter(seq__gt=since).values_list("generation", "seq"))
    assert numbers == {first.pk: since + 1, second.pk: since + 2}
