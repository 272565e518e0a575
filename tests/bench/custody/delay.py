"""delay and requests: 500 tasks of mixed length, by the SDK's own waiting and by our engine, on the same simulator.

All sides run at the same time, each with a simulator of its own that follows the same script, so that the machine is
the same for all. The yardstick is on the remote's side: the read that is first told SUCCEEDED.
"""

import json
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.bench.custody.films import film
from tests.bench.custody.installation import Installation
from tests.bench.custody.load import capacity
from tests.bench.custody.machine import idle_share, module, say, size
from tests.bench.custody.script import SEED, past_runs, runs
from tests.bench.figures import Figure
from tests.services.postgres import postgres_server
from tests.services.processes import LOOPBACK, free_ports, listens, stop, wait_until_ready

COUNT = 500
WARM_UP = 84
PATIENCE_S = 25.0
FIRST_LOOK_S = (5.0, 6.25)


@dataclass(frozen=True, slots=True)
class Side:
    """What one side's simulator has seen: seconds from the end of a task to the read that was told so; reads."""

    delays_s: list[float]
    reads: list[int]
    unseen: int

    @property
    def delay_s(self) -> float:
        return statistics.median(self.delays_s)

    @property
    def requests(self) -> float:
        return statistics.fmean(self.reads)

    def __str__(self) -> str:
        worst = statistics.quantiles(self.delays_s, n=20)[-1]
        return (
            f"median {self.delay_s:.2f} s, mean {statistics.fmean(self.delays_s):.2f} s, p95 {worst:.2f} s, "
            f"{self.requests:.2f} reads a task, {self.unseen} unseen"
        )


@dataclass(slots=True)
class Race:
    """Where one side runs: its folder and its simulator's address."""

    folder: Path
    url: str
    task_ids: list[str]


def delay() -> list[Figure]:
    """Median delay and mean requests, ours with past runs in the table and without, against the SDK."""
    count = size("DELAY_TASKS", COUNT)
    with TemporaryDirectory(prefix="dailies-bench-") as name:
        folder = Path(name)
        _say_capacity(folder)
        sides = _raced(folder, count)
    for who, side in sides.items():
        say(f"{who}: {side}")
    sdk = sides["SDK"]
    figures = []
    for who, words in (("ours", "with past runs"), ("ours, new studio", "without past runs")):
        ours = sides[who]
        figures += [
            Figure(f"delay until seen, median, {words}", ours.delay_s, sdk.delay_s, "s", "lower"),
            Figure(f"requests a task, mean, {words}", ours.requests, sdk.requests, "requests", "lower"),
        ]
    return figures


def _say_capacity(folder: Path) -> None:
    with _simulator(folder / "capacity", size("DELAY_TASKS", COUNT), film(folder / "small.mp4")) as race:
        does = capacity(race.url, task_id=race.task_ids[-1])
    say(f"simulator: {does:,.0f} reads a second with as many tasks; at most about 100 are asked for")


def _raced(folder: Path, count: int) -> dict[str, Side]:
    small = film(folder / "small.mp4")
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server())
        studios = {
            "ours": _settled(folder / "ours", database, past=True),
            "ours, new studio": _settled(folder / "new", _another(database), past=False),
        }
        simulators = ExitStack()
        with simulators:
            for _who, studio in studios.items():
                race = simulators.enter_context(_simulator(studio.folder / "remote", count, small))
                studio.remote_url = race.url
                _hand_over(studio, race)
                stack.enter_context(studio.engine())
            race = simulators.enter_context(_simulator(folder / "sdk", count, small))
            ids = race.folder / "ids.json"
            stack.enter_context(module("tests.bench.custody.by_sdk", race.url, "default", str(ids), folder=race.folder))
            wait_s = max(run.run_s for run in runs(count)) + PATIENCE_S
            idle = idle_share(lambda: time.sleep(wait_s))
            say(f"the machine was idle for {idle:.0%} of the {wait_s:.0f} s")
        # The simulators are ended by now, and have written what they saw.
        return {who: _told(studio.folder / "remote") for who, studio in studios.items()} | {
            "SDK": _told(folder / "sdk")
        }


def _another(database_url: str) -> str:
    """A second database on the same server."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE another")
    return database_url.rpartition("/")[0] + "/another"


def _settled(folder: Path, database_url: str, *, past: bool) -> Installation:
    installation = Installation(folder, database_url, "http://127.0.0.1:9", {"LOG_LEVEL": "WARNING"})
    installation.settle_in()
    if past:
        installation.rows("past", runs=past_runs())
        _work_a_while(installation)
    return installation


def _work_a_while(installation: Installation) -> None:
    """The engine follows some tasks of each model to their ends, as in a studio in use, and is stopped."""
    folder = installation.folder / "before"
    with _simulator(folder, WARM_UP, film(installation.folder / "small.mp4"), "earlier") as race:
        installation.remote_url = race.url
        _hand_over(installation, race)
        with installation.engine():
            installation.wait_until_ready(WARM_UP, within_s=260)


def _hand_over(installation: Installation, race: Race) -> None:
    """RUNNING rows for tasks that have just been sent: first looked at after the provider's minimum, as then."""
    task_ids, sent_at = race.task_ids, (race.folder / "ids.json").stat().st_mtime
    dice = random.Random(SEED)  # a script, no secret
    takes = [
        {
            "task_id": task_id,
            "state": "running",
            "model": run.model,
            "duration_s": run.duration_s,
            "sent_at": sent_at,
            "due_in_s": dice.uniform(*FIRST_LOOK_S),
        }
        for task_id, run in zip(task_ids, runs(len(task_ids)), strict=True)
    ]
    installation.rows("takes", takes=takes)


@contextmanager
def _simulator(folder: Path, count: int, small: Path, *more: str) -> Iterator[Race]:
    folder.mkdir(parents=True)
    (port,) = free_ports(1)
    arguments = (str(port), str(count), str(small), str(folder), *more)
    with module("tests.bench.custody.simulated", *arguments, folder=folder) as process:
        wait_until_ready(lambda: listens(port), process=process, log=folder / "simulated.log")
        yield Race(folder, f"http://{LOOPBACK}:{port}", json.loads((folder / "ids.json").read_text()))
        stop(process)


def _told(folder: Path) -> Side:
    told = json.loads((folder / "told.json").read_text())
    return Side(
        delays_s=[one["delay_s"] for one in told],
        reads=[one["reads"] for one in told],
        unseen=sum(not one["is_seen"] for one in told),
    )
