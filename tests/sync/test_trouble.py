"""Trouble on our own side: the storage, the engine, the database. Nothing that was paid for is lost."""

import errno
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import OperationalError

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.generations import transitions
from studio.media.errors import StorageDown
from studio.models import Clip, Generation, WorkerHeartbeat
from studio.sync import insisting, outputs, storing
from tests.stage import GRANT, Stage

COST = 24


def _until_storing(stage: Stage, generation: Generation) -> None:
    stage.run_pass()
    stage.run_pass(after_s=600)
    generation.refresh_from_db()


def _inodes(stage: Stage) -> list[tuple[Path, int]]:
    """Each stored file with the number that it keeps for as long as nobody writes it anew."""
    return [(path, (Path(settings.MEDIA_ROOT) / path).stat().st_ino) for path in stage.stored_files()]


def test_a_full_disk_keeps_the_take_and_stores_it_when_there_is_room(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *, key: str, content_type: str, sha256: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(outputs, "put_file", full)
    generation = stage.launch()
    _until_storing(stage, generation)
    assert (generation.state, generation.status_code) == (State.STORING, StatusCode.STORAGE_FULL)
    assert stage.amounts(generation) == [("hold", -COST)]

    monkeypatch.undo()
    stage.run_until_final(generation, step_s=60)

    assert generation.state == State.READY
    assert (Clip.objects.count(), stage.balance) == (1, GRANT - COST)


def test_a_storage_that_is_away_for_a_day_loses_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(path: Path, *, key: str, content_type: str, sha256: str) -> None:
        raise StorageDown("no answer")

    monkeypatch.setattr(outputs, "put_file", away)
    generation = stage.launch()
    _until_storing(stage, generation)
    for _ in range(10):
        stage.run_pass(after_s=3 * 3600)
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.STORING, StatusCode.STORAGE_DOWN)

    monkeypatch.undo()
    stage.run_until_final(generation, step_s=400)

    assert generation.state == State.READY


def test_an_engine_that_died_while_storing_is_followed_by_another(stage: Stage) -> None:
    generation = stage.launch()
    stage.run_pass()
    stage.clock.advance(600)
    claim = transitions.Claim(generation.pk, uuid4())
    dead_until = stage.clock.now() + (stage.clock.now() - generation.created_at) / 10
    Generation.objects.filter(pk=generation.pk).update(
        state=State.STORING, lease_token=claim.token, lease_until=dead_until, due_at=stage.clock.now()
    )

    assert stage.run_pass() == 0
    stage.run_until_final(generation, step_s=61)

    assert (generation.state, Clip.objects.count()) == (State.READY, 1)
    assert list(differences()) == []


def test_an_engine_that_died_while_sending_leaves_checking(stage: Stage) -> None:
    generation = stage.launch()
    now = stage.clock.now()
    Generation.objects.filter(pk=generation.pk).update(state=State.SUBMITTING, lease_token=uuid4(), lease_until=now)

    stage.run_pass(after_s=1)

    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
    assert stage.remote.creates == []
    assert stage.amounts(generation) == [("hold", -COST)]


def test_a_clip_that_was_stored_before_the_crash_is_not_stored_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_finish = transitions.finish

    def dies(*args: object, **kwargs: object) -> bool:
        raise RuntimeError("killed between storing and commit")

    monkeypatch.setattr(transitions, "finish", dies)
    generation = stage.launch()
    _until_storing(stage, generation)
    before = _inodes(stage)
    monkeypatch.setattr(transitions, "finish", real_finish)
    stage.run_until_final(generation, step_s=60)

    after = _inodes(stage)
    assert generation.state == State.READY
    assert before == after
    assert len(after) == 2


def test_a_poster_that_cannot_be_made_does_not_cost_the_clip(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path) -> bytes:
        raise ValueError("no frame")

    monkeypatch.setattr(storing, "poster_of", broken)

    generation = stage.run_until_final(stage.launch())

    assert generation.state == State.READY
    assert generation.clip.poster_key == ""


def test_one_broken_generation_does_not_hold_up_the_others(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, good = stage.launch(), stage.launch()
    real = storing._put

    def put(generation: Generation, *args: object) -> object:
        if generation.pk == broken.pk:
            raise RuntimeError("a bug")
        return real(generation, *args)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(storing, "_put", put)
    _until_storing(stage, broken)
    good.refresh_from_db()

    assert good.state == State.READY
    assert (broken.state, broken.failures) == (State.STORING, 1)
    assert broken.lease_token is None


def test_a_task_id_survives_a_database_that_is_away_for_a_moment(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = transitions.mark_submitted
    failures = iter([OperationalError("gone"), OperationalError("gone")])

    def flaky(*args: object, **kwargs: object) -> bool:
        error = next(failures, None)
        if error:
            raise error
        return real(*args, **kwargs)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(transitions, "mark_submitted", flaky)
    monkeypatch.setattr(insisting, "FIRST_PAUSE_S", 0)
    monkeypatch.setattr(insisting, "close_old_connections", lambda: None)
    generation = stage.launch()

    stage.run_pass()

    generation.refresh_from_db()
    assert (generation.state, len(stage.remote.creates)) == (State.RUNNING, 1)


def test_each_pass_is_a_heartbeat(stage: Stage) -> None:
    stage.run_pass()
    stage.run_pass(after_s=9)

    worker = WorkerHeartbeat.objects.get()
    assert (worker.seen_at, worker.trouble, worker.stopped_at) == (stage.clock.now(), "", None)
    assert worker.is_alive(now=stage.clock.now())
