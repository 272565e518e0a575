"""The services that the suite starts are what they say, and are shared and ended as they should be."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from tests.services import sharing
from tests.services.postgres import postgres_server
from tests.services.processes import ServiceFailed, free_ports, listens, running, wait_until_ready
from tests.services.sharing import shared

ROOT = Path(__file__).resolve().parents[2]


def test_postgres_serves_and_ends() -> None:
    with postgres_server() as url:
        port = urlsplit(url).port or 0
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE one")
            row = connection.execute("SHOW server_encoding").fetchone()
        was_listening = listens(port)

    assert row == ("UTF8",)
    assert (was_listening, listens(port)) == (True, False)


@pytest.mark.redis
def test_redis_serves(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("name", "value")
        assert client.get("name") == b"value"


def test_server_that_dies_is_told_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        running([sys.executable, "-c", "raise SystemExit('no such disk')"], log=log) as process,
        pytest.raises(ServiceFailed, match="no such disk"),
    ):
        wait_until_ready(lambda: False, process=process, log=log)


def test_free_ports_differ() -> None:
    assert len(set(free_ports(20))) == 20


@pytest.mark.redis
def test_command_runs_beside_services() -> None:
    program = "import os; print(os.environ['TEST_REDIS_URL'].split(':')[0]); raise SystemExit(3)"
    command = [sys.executable, "-m", "tests.services", "redis", "--", sys.executable, "-c", program]

    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (3, "redis\n"), done.stderr


def test_command_refuses_unknown_services() -> None:
    command = [sys.executable, "-m", "tests.services", "mysql", "--", "true"]

    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (
        2,
        "Usage: python -m tests.services [postgres redis s3] -- COMMAND\n",
    )


def test_workers_share_one_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A second worker reads what the first has written, and the first waits until the second has left."""
    log: list[str] = []
    monkeypatch.setenv(sharing.RUN_ID, "a-run")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    other_worker = tmp_path / "dailies-thing-a-run" / str(os.getppid())

    @contextmanager
    def start() -> Iterator[dict[str, str]]:
        log.append("started")
        yield {"port": "1"}
        log.append("ended")

    def leave() -> None:
        log.append("other left")
        other_worker.unlink()

    with shared("thing", start) as mine:
        other_worker.touch()
        with_other = sharing._joined(tmp_path / "dailies-thing-a-run" / sharing.FACTS, start, ExitStack())
        leaves = threading.Timer(0.3, leave)
        leaves.start()

    leaves.join()
    assert mine == with_other == {"port": "1"}
    assert log == ["started", "other left", "ended"]
