"""Installation: the product as it is installed, its commands and engines as processes, on a database of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from tests.bench.custody.machine import ROOT
from tests.services.processes import running

PASSWORD = "the-gulls-wheel"
READY = """
SELECT count(*), coalesce(extract(epoch FROM max(g.finished_at)), 0)
FROM studio_generation g JOIN studio_clip c ON c.generation_id = g.id WHERE g.state = 'ready'
"""


@dataclass
class Installation:
    """A folder, a database and a remote. Settings of the caller's environment reach the product unless given here."""

    folder: Path
    database_url: str
    remote_url: str
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "SECRET_KEY": "only-for-benchmarks",
            "DEBUG": "false",
            "HTTPS": "false",
            "STATIC_HASHED": "false",
            "VIDEO_PROVIDER": "simulator",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "DJANGO_SETTINGS_MODULE": "studio.config.settings",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "RUNWAYML_BASE_URL": self.remote_url,
            **self.settings,
        }

    def settle_in(self) -> None:
        """Make the tables, a person, a team and a project."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("manage.py", "seed_demo", "--password", PASSWORD)

    def run(self, *arguments: str, given: str = "") -> str:
        """What a command printed. Raises RuntimeError with its complaint when it fails."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, text=True, input=given, capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stderr[-2000:]}")
        return done.stdout

    def rows(self, task: str, **given: Any) -> Any:
        """The answer of one task of `rows`: it works on the rows in a process with the product's settings."""
        return json.loads(self.run("-m", "tests.bench.custody.rows", task, given=json.dumps(given)))

    @property
    def log(self) -> Path:
        return self.folder / "engine.log"

    @contextmanager
    def engine(self, *, on: set[int] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
        """One engine process, by the product's own command, until the block ends."""
        command = [sys.executable, "manage.py", "sync_generations"]
        with running(command, log=self.log, env=self.environment, cwd=ROOT) as process:
            if on:
                os.sched_setaffinity(process.pid, on)  # before it has threads
            yield process

    def wait_until_ready(self, count: int, *, within_s: float) -> float:
        """Wait until so many takes are ready, or raise TimeoutError. The time at which the last one was."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            self.wait_for(lambda: _ready(connection)[0] >= count, within_s=within_s, what=f"{count} takes ready")
            return _ready(connection)[1]

    def wait_for_posters(self, count: int, *, within_s: float) -> float:
        """Wait until so many clips have their poster, or raise TimeoutError. The time at which that was seen."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            query = "SELECT count(*) >= %s FROM studio_clip WHERE poster_key <> ''"
            asked = partial(connection.execute, query, [count])
            self.wait_for(lambda: (asked().fetchone() or [False])[0], within_s=within_s, what=f"{count} posters")
        return time.time()

    def wait_for(self, condition: Callable[[], bool], *, within_s: float, what: str) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
                raise TimeoutError(f"Waited {within_s:.0f} s in vain for: {what}\n{tail}")
            time.sleep(1)


def _ready(connection: "psycopg.Connection[TupleRow]") -> tuple[int, float]:
    """How many takes with a clip are ready, and when the last one was. One light query: the machine is at work."""
    row = connection.execute(READY).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)
