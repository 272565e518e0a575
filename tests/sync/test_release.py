"""An engine and a database of different releases."""

import asyncio
from datetime import UTC, datetime

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from structlog.testing import capture_logs

from studio.enums import State, StatusCode
from studio.generations import schema
from studio.models import Generation, WorkerHeartbeat
from studio.sync import release
from studio.sync.heartbeat import Vitals, beat
from tests.stage import Stage

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_an_engine_waits_for_migrate_and_then_goes_on(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    answers = [2, 1, 0]
    monkeypatch.setattr(schema, "unapplied", lambda: answers.pop(0))

    async def story() -> bool:
        return await release.wait_for_schema(asyncio.Event(), retry_s=0.01)

    assert (async_to_sync(story)(), answers) == (True, [])


def test_an_engine_that_waits_can_be_stopped(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(schema, "unapplied", lambda: 1)

    async def story() -> bool:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        return await release.wait_for_schema(stop, retry_s=5)

    assert async_to_sync(story)() is False


def test_a_database_that_is_away_is_told_once(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    answers: list[Exception | int] = [OperationalError("refused"), OperationalError("refused"), 1, 1, 0]

    def unapplied() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(schema, "unapplied", unapplied)

    async def story() -> bool:
        return await release.wait_for_schema(asyncio.Event(), retry_s=0.01)

    with capture_logs() as said:
        assert async_to_sync(story)() is True

    assert [entry["event"] for entry in said] == ["engine.waits_for_database", "engine.waits_for_migrate"]
    assert (said[0]["error"], said[1]["missing"]) == ("OperationalError", 1)


def test_once_does_nothing_before_migrate(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    take = stage.launch()
    monkeypatch.setattr(schema, "unapplied", lambda: 1)

    with capture_logs() as said, pytest.raises(CommandError, match="lacks migrations: nothing was done"):
        call_command("sync_generations", "--once")

    assert [(entry["event"], entry["missing"]) for entry in said] == [("engine.waits_for_migrate", 1)]
    assert Generation.objects.get(pk=take.pk).state == State.QUEUED
    assert not WorkerHeartbeat.objects.exists()


def test_a_running_engine_tells_what_changes_under_it(db: None) -> None:
    vitals = Vitals(passed_at=NOW, polled_at=NOW)
    watch = release.Watch(vitals)
    rows = MigrationRecorder.Migration.objects

    with capture_logs() as said:
        watch.look()
        tomorrow = rows.create(app="studio", name="0999_of_tomorrow")
        watch.look()
        watch.look()
        assert vitals.is_outdated
        tomorrow.delete()
        rows.filter(app="studio", name__startswith="0003").delete()
        watch.look()
        watch.look()

    assert [entry["event"] for entry in said] == ["engine.older_than_database", "engine.newer_than_database"]
    assert (said[0]["migrations"], said[1]["missing"]) == (["0999_of_tomorrow"], 1)
    assert not vitals.is_outdated


def test_the_heartbeat_tells_it(db: None) -> None:
    vitals = Vitals(passed_at=NOW, polled_at=NOW, is_outdated=True)

    beat("host:1", provider="simulator", passes=1, trouble=StatusCode.NONE, now=NOW, vitals=vitals)

    assert WorkerHeartbeat.objects.get().is_outdated
