"""`store_clips` where nobody hands anything over, and before `migrate`."""

import threading
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from pytest_django.fixtures import Settings

from studio.generations import schema
from studio.sync import release


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_without_workers_in_the_settings_it_says_who_stores(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="TASKS_BACKEND is local: the engine stores clips by itself"):
        call_command("store_clips", *arguments)


def test_a_worker_waits_for_migrate(settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """In its own thread: it forks, and its children would lack a thread that has begun before."""
    from studio.sync import worker  # its packages are loaded with TASKS_BACKEND=rq alone

    steps, answers = list[str](), [2, 1, 0]

    class Opened:
        name = "worker:1"

        def work(self, *, logging_level: None) -> None:
            steps.append(f"works, {threading.active_count() - threads} threads more")

    def unapplied() -> int:
        steps.append(f"{answers[0]} missing")
        return answers.pop(0)

    settings.TASKS_BACKEND = "rq"
    monkeypatch.setattr(release, "wait_here", partial(release.wait_here, retry_s=0.01))
    monkeypatch.setattr(schema, "unapplied", unapplied)
    monkeypatch.setattr(worker, "open_worker", Opened)
    monkeypatch.setattr(connections, "close_all", lambda: None)  # this test's transaction
    threads = threading.active_count()

    call_command("store_clips")

    assert steps == ["2 missing", "1 missing", "0 missing", "works, 0 threads more"]
