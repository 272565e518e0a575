"""Leases: one engine a row, the urgent first, nobody's row for ever; and when to look again."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from studio.enums import FINAL_STATES, OPEN_STATES, State, StatusCode
from studio.generations.progress import Running
from studio.generations.transitions import Claim
from studio.models import Generation, WorkerHeartbeat
from studio.sync import schedule
from studio.sync.claims import claim_due, claim_running, due_generations, let_go, renew, renew_all
from studio.sync.heartbeat import beat, say_goodbye
from tests.factories import GenerationFactory

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE_S = 60.0
CANCELLING = {"cancel_requested_at": NOW}


def _take(**fields: Any) -> Generation:
    return GenerationFactory.create(**{"due_at": NOW, **fields})


def _claim(limit: int = 10, now: datetime = NOW) -> list[Claim]:
    return claim_due(limit=limit, lease_s=LEASE_S, now=now)


def _to_read(limit: int = 10, now: datetime = NOW, provider: str = "simulator") -> list[Running]:
    return claim_running(limit=limit, provider=provider, lease_s=LEASE_S, now=now)


def _leased(until: datetime, **fields: Any) -> Generation:
    return _take(lease_token=uuid.uuid4(), lease_until=until, **fields)


@pytest.mark.django_db
def test_claim_writes_token_and_end() -> None:
    take = _take()

    (claim,) = _claim()

    take.refresh_from_db()
    assert (claim.generation_id, claim.token) == (take.pk, take.lease_token)
    assert take.lease_until == NOW + timedelta(seconds=60)


@pytest.mark.django_db
def test_claimed_row_is_not_claimed_again() -> None:
    _take()

    assert len(_claim()) == 1
    assert _claim() == []
    assert _claim(now=NOW + timedelta(seconds=60)) == []


@pytest.mark.django_db
def test_lease_that_ran_out_is_free_for_another() -> None:
    take = _leased(NOW - SECOND)
    before = take.lease_token

    (claim,) = _claim()

    assert claim.generation_id == take.pk
    assert claim.token != before


@pytest.mark.django_db
def test_only_due_open_rows_are_claimed() -> None:
    due = {state: _take(state=state) for state in OPEN_STATES}
    for state in FINAL_STATES:
        _take(state=state)
    _take(due_at=NOW + SECOND)
    _take(state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN)
    _leased(NOW + SECOND)
    _leased(NOW)

    running = due.pop(State.RUNNING)
    del due[State.STORING]  # handed over, not claimed
    assert {claim.generation_id for claim in _claim()} == {take.pk for take in due.values()}
    assert [row.pk for row in _to_read()] == [running.pk]


@pytest.mark.django_db
def test_the_longest_due_come_first() -> None:
    late = _take(due_at=NOW - SECOND)
    later = _take(due_at=NOW - 5 * SECOND, state=State.SUBMITTING)
    same = _take(due_at=NOW - SECOND)

    assert [take.pk for take in due_generations(now=NOW)] == [later.pk, late.pk, same.pk]
    assert [claim.generation_id for claim in _claim(limit=2)] == [later.pk, late.pk]


@pytest.mark.django_db
def test_many_tasks_to_read_leave_a_place_to_send() -> None:
    for seconds in range(5):
        _take(state=State.RUNNING, due_at=NOW - seconds * SECOND, **CANCELLING)
    queued = _take()

    assert queued.pk in [claim.generation_id for claim in _claim(limit=2)]


@pytest.mark.django_db
def test_limit_leaves_the_others_free() -> None:
    for _ in range(3):
        _take()

    assert (len(_claim(limit=2)), len(_claim(limit=2)), len(_claim(limit=2))) == (2, 1, 0)


@pytest.mark.django_db
def test_row_that_another_engine_takes_in_between_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = _take(), _take()
    drawn = uuid.uuid4

    def taken_meanwhile() -> uuid.UUID:
        Generation.objects.filter(pk=first.pk, lease_token=None).update(
            lease_token=drawn(), lease_until=NOW + timedelta(seconds=9)
        )
        return drawn()

    monkeypatch.setattr("studio.sync.claims.uuid.uuid4", taken_meanwhile)

    assert [claim.generation_id for claim in _claim()] == [second.pk]


@pytest.mark.django_db
def test_lease_is_renewed_by_its_holder_alone() -> None:
    take = _take()
    (claim,) = _claim()
    later = NOW + timedelta(seconds=30)

    assert renew(claim, lease_s=LEASE_S, now=later) is True
    take.refresh_from_db()
    assert take.lease_until == later + timedelta(seconds=60)

    stranger = Claim(generation_id=take.pk, token=uuid.uuid4())
    assert renew(stranger, lease_s=LEASE_S, now=later + SECOND) is False
    take.refresh_from_db()
    assert take.lease_until == later + timedelta(seconds=60)


@pytest.mark.django_db
def test_leases_are_given_back_but_not_that_of_a_request_on_its_way() -> None:
    queued, sending, running = _take(), _take(state=State.SUBMITTING), _take(state=State.RUNNING, **CANCELLING)
    foreign = _leased(NOW + timedelta(seconds=9))
    claims = _claim()

    assert let_go(claims) == 2

    leased = set(Generation.objects.exclude(lease_token=None).values_list("pk", flat=True))
    assert leased == {sending.pk, foreign.pk}
    assert {claim.generation_id for claim in _claim()} == {queued.pk, running.pk}
    assert let_go([]) == 0


@pytest.mark.django_db
def test_tasks_are_claimed_to_be_read_under_one_lease_the_longest_due_first() -> None:
    takes = [_take(state=State.RUNNING, due_at=NOW - seconds * SECOND) for seconds in range(4)]
    _take(state=State.RUNNING, **CANCELLING)
    _take(state=State.RUNNING, provider="runway")

    rows = _to_read(limit=3)

    assert [row.pk for row in rows] == sorted(take.pk for take in takes[1:])
    assert len({row.token for row in rows}) == 1
    assert set(Generation.objects.filter(lease_token=rows[0].token).values_list("pk", "lease_until")) == {
        (take.pk, NOW + timedelta(seconds=60)) for take in takes[1:]
    }
    assert [row.pk for row in _to_read()] == [takes[0].pk]
    assert _to_read() == []


@pytest.mark.django_db
def test_the_lease_of_a_round_is_renewed_and_given_back_row_by_row() -> None:
    takes = [_take(state=State.RUNNING) for _ in range(3)]
    rows = _to_read()
    later = NOW + timedelta(seconds=30)

    assert let_go([Claim(rows[0].pk, rows[0].token)]) == 1
    assert renew_all([rows[0].token], lease_s=LEASE_S, now=later) == 2

    until = dict(Generation.objects.values_list("pk", "lease_until"))
    assert until == {takes[0].pk: None, **{take.pk: later + timedelta(seconds=60) for take in takes[1:]}}


@pytest.mark.django_db
def test_beat_says_that_the_engine_lives_and_since_when_it_is_in_trouble() -> None:
    def say(trouble: StatusCode, seconds: int, passes: int) -> WorkerHeartbeat:
        beat("host:1", provider="runway", passes=passes, trouble=trouble, now=NOW + seconds * SECOND)
        return WorkerHeartbeat.objects.get()

    worker = say(StatusCode.NONE, 0, 1)
    assert (worker.started_at, worker.seen_at, worker.passes) == (NOW, NOW, 1)
    assert (worker.trouble, worker.trouble_since, worker.is_alive(now=NOW)) == ("", None, True)

    say(StatusCode.PROVIDER_DOWN, 5, 2)
    worker = say(StatusCode.PROVIDER_DOWN, 10, 3)
    assert (worker.trouble, worker.trouble_since) == ("provider_down", NOW + 5 * SECOND)
    assert (worker.started_at, worker.seen_at, worker.passes) == (NOW, NOW + 10 * SECOND, 3)

    worker = say(StatusCode.KEY_REFUSED, 15, 4)
    assert (worker.trouble, worker.trouble_since) == ("key_refused", NOW + 15 * SECOND)

    worker = say(StatusCode.NONE, 20, 5)
    assert (worker.trouble, worker.trouble_since) == ("", None)


@pytest.mark.django_db
def test_goodbye_is_no_silence_and_a_new_beat_ends_it() -> None:
    beat("host:1", provider="runway", passes=1, trouble=StatusCode.NONE, now=NOW)
    beat("host:2", provider="runway", passes=1, trouble=StatusCode.NONE, now=NOW)

    say_goodbye("host:1", now=NOW + SECOND)

    first, second = WorkerHeartbeat.objects.order_by("name")
    assert (first.stopped_at, first.is_alive(now=NOW + SECOND)) == (NOW + SECOND, False)
    assert second.is_alive(now=NOW + SECOND)
    beat("host:1", provider="runway", passes=2, trouble=StatusCode.NONE, now=NOW + 2 * SECOND)
    assert WorkerHeartbeat.objects.get(name="host:1").is_alive(now=NOW + 2 * SECOND)


class Dice:
    """Chance that always falls the same way."""

    def __init__(self, value: float) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


@pytest.mark.parametrize(("dice", "seconds"), [(0.0, 5.0), (0.5, 5.625), (1.0, 6.25)])
def test_poll_comes_never_before_the_minimum(monkeypatch: pytest.MonkeyPatch, dice: float, seconds: float) -> None:
    monkeypatch.setattr(schedule, "dice", Dice(dice))

    assert schedule.poll_delay(5) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failures", "poll_s", "seconds"),
    [(0, 5, 5), (1, 5, 10), (3, 5, 40), (6, 5, 300), (10_000, 5, 300), (0, 600, 600), (3, 600, 600), (2, 0.05, 0.2)],
)
def test_backoff_doubles_up_to_five_minutes(
    monkeypatch: pytest.MonkeyPatch, failures: int, poll_s: float, seconds: float
) -> None:
    monkeypatch.setattr(schedule, "dice", Dice(0.0))
    assert schedule.backoff(failures, poll_s=poll_s) == timedelta(seconds=seconds)

    monkeypatch.setattr(schedule, "dice", Dice(1.0))
    assert schedule.backoff(failures, poll_s=poll_s) == timedelta(seconds=seconds * 1.25)


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="Its plans are PostgreSQL's.")
@pytest.mark.django_db
def test_a_claim_keeps_its_limit_whatever_plan_the_database_makes() -> None:
    takes = [_take(state=State.RUNNING, provider="simulator", provider_task_id=f"task-{number}") for number in range(6)]
    plans = ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize")
    with connection.cursor() as cursor:
        for plan in plans:
            cursor.execute(f"SET LOCAL enable_{plan} = off")

    read = _to_read(limit=2)

    assert [row.pk for row in read] == [takes[0].pk, takes[1].pk]
    assert Generation.objects.filter(lease_token__isnull=False).count() == 2
