"""Cores, processes and their counters, as Linux tells them."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.services.processes import LOOPBACK, free_ports, listens, running, wait_until_ready

ROOT = Path(__file__).resolve().parent.parent.parent.parent
TICKS_S = os.sysconf("SC_CLK_TCK")
FIRST_READ_WITHIN_S = 60.0
KEY = "key_" + "5" * 128


def size(name: str, default: int) -> int:
    """A size of a measure: BENCH_<NAME> in the environment, to try a measure quickly."""
    return int(os.environ.get(f"BENCH_{name}", default))


def cores() -> tuple[set[int], set[int]]:
    """The core of what is measured, and the other cores. On a machine with one core they are the same."""
    every = sorted(os.sched_getaffinity(0))
    return {every[0]}, set(every[1:]) or {every[0]}


@contextmanager
def beside() -> Iterator[set[int]]:
    """This process, and all that it starts, on the other cores; gives the core of what is measured."""
    before = os.sched_getaffinity(0)
    mine, others = cores()
    os.sched_setaffinity(0, others)
    try:
        yield mine
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def on_half(number: int) -> Iterator[None]:
    """This process, and all that it starts, on the first (0) or the second (1) half of the cores."""
    before = os.sched_getaffinity(0)
    every = sorted(before)
    middle = len(every) // 2
    os.sched_setaffinity(0, (every[:middle], every[middle:])[number] or every)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_S


def peak_mb(pid: int) -> float:
    """The highest resident memory that a process has had, in MB of a million bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) * 1024 / 1e6 if found else 0.0


def idle_share(action: Callable[[], None]) -> float:
    """The share of the machine's time that was idle during `action`."""
    before = _all_cpu()
    action()
    total, idle = (after - at_first for after, at_first in zip(_all_cpu(), before, strict=True))
    return idle / total if total else 0.0


def _all_cpu() -> tuple[int, int]:
    ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]


@contextmanager
def module(
    name: str, *arguments: str, folder: Path, environment: Mapping[str, str] | None = None, on: set[int] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m name …` until the block ends; its output in `folder`."""
    command = [sys.executable, "-m", name, *arguments]
    log = folder / f"{name.rpartition('.')[2]}.log"
    with running(command, log=log, cwd=ROOT, env={**os.environ, **(environment or {})}) as process:
        if on:
            os.sched_setaffinity(process.pid, on)
        yield process


@contextmanager
def standin(folder: Path, films: Path) -> Iterator[str]:
    """The address of a stand-in remote."""
    (port,) = free_ports(1)
    with module("tests.bench.custody.standin", str(port), str(films), folder=folder) as process:
        log = folder / "standin.log"
        wait_until_ready(lambda: listens(port), process=process, log=log)
        yield f"http://{LOOPBACK}:{port}"


def stats(url: str, *, then: str = "") -> dict[str, float]:
    """What the stand-in has seen since the last `reset` or `forget` (of the tasks too); `then` is one of the two."""
    told: dict[str, float] = httpx.get(f"{url}/standin/stats?{then}", timeout=30).json()
    return told


def warm_up(url: str, *, for_s: float) -> None:
    """Wait for the first read of whoever has just been started, and then for some seconds."""
    deadline = time.monotonic() + FIRST_READ_WITHIN_S
    while not stats(url)["reads"]:
        if time.monotonic() > deadline:
            raise TimeoutError("Nothing was read.")
        time.sleep(0.2)
    time.sleep(for_s)


def window(url: str, *, for_s: float) -> dict[str, float]:
    """What the stand-in sees in the next seconds."""
    stats(url, then="reset")
    time.sleep(for_s)
    return stats(url)


def say(line: str) -> None:
    print(f"  · {line}", flush=True)  # noqa: T201  # a command
