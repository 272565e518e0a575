"""cpu: CPU seconds of the process for 1,000 polls, 1,000 tasks in flight; the engine's database work is in it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.custody.installation import Installation
from tests.bench.custody.load import capacity
from tests.bench.custody.machine import beside, cpu_s, module, say, size, standin, stats, warm_up, window
from tests.bench.figures import Figure
from tests.services.postgres import postgres_server

POLL_EVERY_S = 6.0


@contextmanager
def field() -> Iterator[tuple[Installation, set[int]]]:
    """An installation on PostgreSQL with a stand-in, all but the engine on the other cores; and the engine's core."""
    with TemporaryDirectory(prefix="dailies-bench-") as name, beside() as core, postgres_server() as database_url:
        folder = Path(name)
        with standin(folder, folder) as url:
            settings = {"LOG_LEVEL": "WARNING", "PROVIDER_READS_PER_S": "10000"}
            installation = Installation(folder / "studio", database_url, url, settings)
            installation.settle_in()
            yield installation, core


def put_in_flight(installation: Installation, count: int) -> None:
    """So many RUNNING takes and no other, due one after the other, as if each had been sent some seconds ago."""
    installation.rows("forget")
    takes = [
        {
            "task_id": f"hour-{number}",
            "state": "running",
            "model": "gen4.5",
            "duration_s": 5,
            "due_in_s": 3 + POLL_EVERY_S * number / count,
            "sent_ago_s": 5,
        }
        for number in range(count)
    ]
    installation.rows("takes", takes=takes)


@contextmanager
def sdk(folder: Path, url: str, *, client: str, count: int, core: set[int]) -> Iterator[int]:
    """The id of a process in which as many coroutines wait by the official SDK."""
    ids = folder / "ids.json"
    ids.write_text(json.dumps([f"hour-{number}" for number in range(count)]))
    with module("tests.bench.custody.by_sdk", url, client, str(ids), folder=folder, on=core) as process:
        yield process.pid


def cpu() -> list[Figure]:
    """Ours against the SDK with its default client, and with its aiohttp client."""
    count, for_s = size("CPU_TASKS", 1000), size("CPU_S", 30)
    with field() as (installation, core):
        say(f"stand-in remote: {capacity(installation.remote_url):,.0f} reads a second on one core")
        put_in_flight(installation, count)
        stats(installation.remote_url, then="forget")
        with installation.engine(on=core) as engine:
            ours = per_thousand(engine.pid, installation.remote_url, for_s=for_s)
        theirs = {}
        for client in ("default", "aiohttp"):
            stats(installation.remote_url, then="forget")
            with sdk(installation.folder, installation.remote_url, client=client, count=count, core=core) as pid:
                theirs[client] = per_thousand(pid, installation.remote_url, for_s=for_s)
    return [
        Figure("cpu for 1,000 polls against the SDK", ours, theirs["default"], "s CPU", "lower"),
        Figure("cpu for 1,000 polls against the SDK with aiohttp", ours, theirs["aiohttp"], "s CPU", "lower"),
    ]


def per_thousand(pid: int, url: str, *, for_s: float) -> float:
    """CPU seconds of the process for 1,000 reads at the stand-in, after a warm-up."""
    warm_up(url, for_s=7)
    before = cpu_s(pid)
    seen = window(url, for_s=for_s)
    used = cpu_s(pid) - before
    if not seen["reads"]:
        raise RuntimeError("Nothing was read.")
    say(f"{seen['reads']} reads in {seen['window_s']:.0f} s, {used:.2f} s CPU; gap p95 {seen['gap_p95_s']:.1f} s")
    return used * 1000 / seen["reads"]
