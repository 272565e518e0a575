"""`/healthz` and `/readyz`: for anybody, cheap, and to the word."""

from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from studio.enums import State, StatusCode
from studio.generations import schema
from studio.media import pulse
from studio.media.errors import StorageDown
from studio.models import WorkerHeartbeat
from tests.factories import GenerationFactory

QUERIES = 4


@pytest.fixture(autouse=True)
def fresh_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "pulse", pulse.Pulse(pulse.look))


@pytest.fixture
def engine(db: None) -> WorkerHeartbeat:
    return WorkerHeartbeat.objects.create(name="engine:1", provider="simulator")


def failing(client: Client) -> dict[str, str]:
    """The checks that fail, with what they say."""
    answer = client.get("/readyz")
    body = answer.json()
    assert (answer.status_code, body["ok"]) == (503, False)
    return {check["name"]: check["detail"] for check in body["checks"] if not check["ok"]}


def test_alive_without_a_database(client: Client) -> None:
    """No `db` fixture: a query would fail this test."""
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer.headers["Cache-Control"]


def test_ready(client: Client, engine: WorkerHeartbeat, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    schema.known()

    with django_assert_num_queries(QUERIES):
        answer = client.get("/readyz")

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.json() == {
        "ok": True,
        "checks": [
            {
                "name": "database",
                "ok": True,
                "detail": "The database answers and is up to date.",
                "value": 0,
                "limit": 0,
            },
            {"name": "storage", "ok": True, "detail": "The storage answers.", "value": None, "limit": None},
            {"name": "engine", "ok": True, "detail": "An engine is at work.", "value": 0, "limit": 30},
            {
                "name": "unclaimed",
                "ok": True,
                "detail": "No due take waits too long for an engine.",
                "value": 0,
                "limit": 60,
            },
            {
                "name": "submitting",
                "ok": True,
                "detail": "No take is being sent for too long.",
                "value": 0,
                "limit": 180,
            },
        ],
    }


def test_both_answer_without_https(client: Client, engine: WorkerHeartbeat, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/sign-in/")] == [200, 200, 301]


def test_nothing_may_be_posted(client: Client) -> None:
    assert [client.post(path).status_code for path in ("/healthz", "/readyz")] == [405, 405]


def test_a_database_that_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> int:
        raise OperationalError("connection to 10.0.0.9 failed: password hunter2")

    monkeypatch.setattr(schema, "applied", away)

    found = failing(client)

    assert found == {
        "database": "The database does not answer, or has no tables yet.",
        "engine": "This cannot be told without the database.",
        "unclaimed": "This cannot be told without the database.",
        "submitting": "This cannot be told without the database.",
    }


def test_a_migration_that_is_missing(client: Client, engine: WorkerHeartbeat) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'studio' AND name LIKE '0003%'")

    assert failing(client) == {"database": "Migrations not applied: 1."}


def test_an_engine_that_is_silent(client: Client, engine: WorkerHeartbeat) -> None:
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=31))

    assert failing(client) == {"engine": "No engine is at work."}


def test_an_engine_that_is_stalled(client: Client, engine: WorkerHeartbeat) -> None:
    now = timezone.now()
    worked_at = now - timedelta(seconds=75)
    WorkerHeartbeat.objects.update(seen_at=now, worked_at=worked_at)

    assert failing(client) == {
        "engine": f"The engine is stalled since {worked_at:%H:%M} UTC: it is heard, but does no work. Restart it."
    }
    assert client.get("/readyz").json()["checks"][2] | {"detail": ""} == {
        "name": "engine",
        "ok": False,
        "detail": "",
        "value": 75,
        "limit": 60,
    }


def test_one_engine_at_work_is_enough_beside_a_stalled_one(client: Client, engine: WorkerHeartbeat) -> None:
    now = timezone.now()
    WorkerHeartbeat.objects.create(
        name="engine:2", provider="simulator", seen_at=now, worked_at=now - timedelta(hours=1)
    )

    assert client.get("/readyz").status_code == 200


def test_a_goodbye_does_not_hide_another_engine(client: Client, engine: WorkerHeartbeat) -> None:
    WorkerHeartbeat.objects.create(name="engine:0", provider="simulator", stopped_at=timezone.now())

    assert client.get("/readyz").status_code == 200


def test_a_due_take_that_nobody_takes(client: Client, engine: WorkerHeartbeat) -> None:
    GenerationFactory.create(state=State.RUNNING, due_at=timezone.now() - timedelta(seconds=62))

    assert failing(client) == {"unclaimed": "A due take waits for an engine."}


def test_takes_that_wait_rightly_are_no_trouble(client: Client, engine: WorkerHeartbeat) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    GenerationFactory.create(state=State.QUEUED, status_code=StatusCode.IN_LINE, due_at=long_ago)
    GenerationFactory.create(
        state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN, due_at=long_ago, submitted_at=long_ago
    )

    assert client.get("/readyz").status_code == 200


def test_a_take_that_is_being_sent_for_too_long(client: Client, engine: WorkerHeartbeat) -> None:
    now = timezone.now()
    GenerationFactory.create(
        state=State.SUBMITTING, submitted_at=now - timedelta(seconds=182), due_at=now + timedelta(seconds=9)
    )

    assert failing(client) == {"submitting": "A take is being sent for too long."}


def test_the_storage_is_asked_once_in_ten_seconds() -> None:
    asked: list[float] = []
    now = [100.0]

    def ask() -> bool:
        asked.append(now[0])
        return True

    watch = pulse.Pulse(ask, clock=lambda: now[0])

    answers = [watch.is_well() for _ in range(3)]
    now[0] = 110.0
    answers.append(watch.is_well())

    assert (answers, asked) == ([True] * 4, [100.0, 110.0])


def test_a_storage_that_hangs_is_asked_no_second_time() -> None:
    asked: list[int] = []
    end = Event()

    def hangs() -> bool:
        asked.append(1)
        return end.wait(20)

    now = [0.0]
    watch = pulse.Pulse(hangs, clock=lambda: now[0], wait_s=0.05)
    first = watch.is_well()
    now[0] = 60.0
    second = watch.is_well()
    end.set()

    assert (first, second, asked) == (False, False, [1])


def test_a_storage_that_does_not_answer(
    client: Client, engine: WorkerHeartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(key: str, size_bytes: int) -> bool:
        raise StorageDown("https://key:secret@bucket.example does not answer")

    monkeypatch.setattr(pulse, "exists", refuses)

    assert failing(client) == {"storage": "The storage does not answer."}
