"""tasks_kept: how many tasks one process on one core keeps polled on time, at one read of each in six seconds.

Not every schedule aims at six seconds: the interval that a side has with few tasks is what it intends. A number of
tasks is kept when its mean interval stays within a tenth of that, and then counts as the tasks that the same reads
would keep at one in six seconds.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from tests.bench.custody.cpu import POLL_EVERY_S, field, put_in_flight, sdk
from tests.bench.custody.installation import Installation
from tests.bench.custody.load import capacity
from tests.bench.custody.machine import cpu_s, say, size, stats, warm_up, window
from tests.bench.figures import Figure

FEW = 100
LATE = 1.10
STEP = 1.25
DROWNED = 2.0
MOST_STEPS = 5
HEADROOM = 0.9
Follow = Callable[[int], AbstractContextManager[int]]


@dataclass(frozen=True, slots=True)
class Seen:
    """How one number of tasks was read."""

    tasks: int
    interval_s: float
    gap_p95_s: float
    cpu_a_read_s: float


def tasks_kept() -> list[Figure]:
    """Ours with its database, against the SDK without one, on the same core."""
    with field() as (installation, core):
        url = installation.remote_url
        say(f"stand-in remote: {capacity(url):,.0f} reads a second on one core")
        theirs = _kept(
            "SDK", lambda count: sdk(installation.folder, url, client="default", count=count, core=core), url
        )
        ours = _kept("engine", lambda count: _engine(installation, count, core=core), url)
    return [Figure("tasks_kept on one core at a read in 6 s", ours, theirs, "tasks", "higher")]


@contextmanager
def _engine(installation: Installation, count: int, *, core: set[int]) -> Iterator[int]:
    put_in_flight(installation, count)
    with installation.engine(on=core) as process:
        yield process.pid


def _kept(who: str, follow: Follow, url: str) -> float:
    """The largest number found on time, in tasks at one read in six seconds."""
    few = _look(follow, FEW, url)
    say(f"{who}: intends {few.interval_s:.2f} s; {few.cpu_a_read_s * 1000:.2f} ms CPU a read with {FEW} tasks")
    busy = _look(follow, size("KEPT_START", 400), url)
    say(f"{who}: {busy.cpu_a_read_s * 1000:.2f} ms CPU a read with {busy.tasks}: a core would do for "
        f"{POLL_EVERY_S / busy.cpu_a_read_s:,.0f} tasks")  # fmt: skip
    best, count = 0, int(few.interval_s / busy.cpu_a_read_s * HEADROOM)
    was_late: bool | None = None
    for _ in range(size("KEPT_STEPS", MOST_STEPS)):
        try:
            seen = _look(follow, count, url)
        except (TimeoutError, RuntimeError):  # it drowns in so many before the first read
            seen = Seen(count, math.inf, math.inf, math.inf)
        is_late = seen.interval_s > few.interval_s * LATE
        say(f"{who}: {count} tasks every {seen.interval_s:.2f} s, gap p95 {seen.gap_p95_s:.2f} s: "
            f"{'late' if is_late else 'on time'}")  # fmt: skip
        best = best if is_late else max(best, count)
        if was_late is not None and was_late != is_late:
            break
        step = DROWNED if math.isinf(seen.interval_s) else STEP
        was_late, count = is_late, math.ceil(count / step if is_late else count * step)
    return best * POLL_EVERY_S / few.interval_s


def _look(follow: Follow, count: int, url: str) -> Seen:
    """One number of tasks, watched for some seconds after a warm-up."""
    for_s = size("KEPT_S", 12)
    stats(url, then="forget")
    with follow(count) as pid:
        warm_up(url, for_s=size("KEPT_WARM_UP_S", 7))
        before = cpu_s(pid)
        seen = window(url, for_s=for_s)
        used = cpu_s(pid) - before
    reads = seen["reads"]
    if not reads:
        raise RuntimeError(f"None of {count} tasks was read.")
    return Seen(count, count * seen["window_s"] / reads, seen["gap_p95_s"], used / reads)
