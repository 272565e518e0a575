"""Fleet: engines and workers as real processes, on a real PostgreSQL and a real Redis, with a real simulator."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from studio.simulator.pace import Pace
from studio.simulator.remote import Remote, RequestRecord
from studio.simulator.renderer import ClipSpec
from studio.simulator.server import served
from studio.simulator.tasks import Task
from tests.journeys.house import ROOT, House
from tests.services.postgres import postgres_server
from tests.services.redis import redis_server

ENGINE = ("manage.py", "sync_generations")
WORKER = ("manage.py", "store_clips")
PACE = Pace(pending_s=0.2, running_s=1.5)


class CountingRemote(Remote):
    """Counts all creates, also when the log has forgotten them. All clips show the same: they are rendered once."""

    posts = 0

    def record(self, method: str, path: str, *, headers: Mapping[str, str]) -> RequestRecord:
        found = super().record(method, path, headers=headers)
        self.posts += method == "POST" and path.endswith("_to_video")
        return found

    def clip_spec(self, task: Task) -> ClipSpec:
        return replace(super().clip_spec(task), seed=7)

    def task_ids(self) -> dict[int, list[str]]:
        """By the seed that was asked for."""
        found: dict[int, list[str]] = {}
        for task in self.tasks.values():
            found.setdefault(task.seed, []).append(task.id)
        return found


@dataclass
class Fleet(House):
    """A house whose database is PostgreSQL, and whose clips are stored by workers."""

    database_url: str = ""
    redis_url: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **super().environment,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "TASKS_BACKEND": "rq",
            "PROVIDER_POLL_S": "0.5",
            "ENGINE_PASS_S": "0.2",
            "ENGINE_LEASE_S": "3",
            **self.settings,
        }

    def query(self, sql: str, *values: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(sql.replace("?", "%s").encode(), values).fetchall()

    def number(self, sql: str) -> int:
        """The one number that a query answers."""
        return int(str(self.query(sql)[0][0]))

    def worker(self) -> subprocess.Popen[bytes]:
        """A new worker process, by the product's own command."""
        with (self.folder / "workers.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *WORKER],
                env=self.environment,
                cwd=ROOT,
                stderr=log,
                stdout=log,
                start_new_session=True,
            )
        self.workers.append(process)
        return process

    def launch_many(self, count: int, *, first_seed: int = 1) -> None:
        """Takes with the seeds from `first_seed` on."""
        command = [sys.executable, "-m", "tests.fleet.launch", str(first_seed), str(count)]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True)

    def stored_clips(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "media" / "clips").rglob("*") if path.is_file())

    def logged(self, event: str) -> int:
        """How often engines and workers have said so."""
        texts = [path.read_text(errors="replace") for path in self.folder.glob("*.txt")]
        return sum(text.count(f'"event": "{event}"') for text in texts)

    def close(self) -> None:
        for process in self.workers:
            kill(process, *children_of(process))
        super().close()


def children_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that it has begun and not seen end: a worker's is at work on a clip."""
    try:
        text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def kill(process: subprocess.Popen[bytes], *others: int) -> None:
    """SIGKILL, to it and to those."""
    for pid in (process.pid, *others):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


@contextmanager
def fleet(folder: Path, *, pace: Pace = PACE, **settings: str) -> Iterator[Fleet]:
    """An installation with tables and people, without engines and workers yet; all of it is gone at the end."""
    with ExitStack() as stack:
        database_url = stack.enter_context(postgres_server())
        redis_url = stack.enter_context(redis_server())
        remote = stack.enter_context(served(lambda url: _remote(url, pace)))
        built = Fleet(folder, remote, remote.base_url, settings, database_url=database_url, redis_url=redis_url)
        stack.callback(built.close)
        built.settle_in()
        built.manage("grant_credits", "demo", "100000", "--note", "To start with")
        yield built


def _remote(url: str, pace: Pace) -> CountingRemote:
    return CountingRemote(
        base_url=url, pace=pace, draft_clips=True, max_concurrent=None, max_daily=None, credits=10_000_000
    )
