"""Three engines and four workers at work on 500 takes, and somebody who kills them at random.

Kills come at any moment, also while a take is being sent. Such a take is "Checking" and is never sent again by itself;
here a person decides it at the end, by what the provider has, as `decide_generation` is made for: it was bought, then
its task is followed; or it was not, then its hold goes back, and the person launches it again.
"""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from tests.fleet.fleet import CountingRemote, Fleet, children_of, fleet, kill

TAKES, BATCH = 500, 50
ENGINES, WORKERS = 3, 4
SEED = 20261125
STEPS_BETWEEN_KILLS = (15, 55)  # of 1,000: each take is sent once and stored once
FLUSH_AT = 300
KINDS = ("engine", "engine", "worker", "worker and its clip", "clip")
LEAST_OF_EACH = 3
WITHIN_S = 900.0


@dataclass
class Killer:
    """Kills engines, workers and the processes in which workers store, puts a new one in the place of each, and empties
    Redis once."""

    house: Fleet
    engines: list[subprocess.Popen[bytes]]
    workers: list[subprocess.Popen[bytes]]
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    _round: list[str] = field(default_factory=list)
    lost: int = 0
    calm: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """By the work that gets done, not by the clock: so that a slow machine sees the same storm."""
        strike_at = 0
        while not self.calm.wait(0.1):
            if not self.lost and self._steps() >= FLUSH_AT:
                self.lost = self._flush()
            elif self._steps() >= strike_at:
                time.sleep(self.dice.uniform(0, 0.5))
                self._kill(self._next_kind())
                strike_at = self._steps() + self.dice.randint(*STEPS_BETWEEN_KILLS)

    def _next_kind(self) -> str:
        """All kinds in each round, in an order of chance."""
        self._round = self._round or self.dice.sample(KINDS, len(KINDS))
        return self._round.pop()

    def _flush(self) -> int:
        """Kill all workers, wait until messages for them wait in Redis, and empty it; how many messages were lost."""
        for worker in self.workers:
            kill(worker, *children_of(worker))
        with redis.Redis.from_url(self.house.redis_url) as server:
            while not (waiting := int(str(server.llen("rq:queue:clips")))) and not self.calm.wait(0.05):
                pass
            server.flushall()
        self.workers[:] = [self.house.worker() for _ in self.workers]
        return waiting

    def _steps(self) -> int:
        return self.house.number("select count(submitted_at) + count(finished_at) from studio_generation")

    def _kill(self, what: str) -> None:
        herd, begin = (self.engines, self.house.engine) if what == "engine" else (self.workers, self.house.worker)
        place = self.dice.choice(self._places(herd, at_work=what.endswith("clip")))
        clips = children_of(herd[place])
        if what == "clip":
            kill_clips(clips)
        else:
            kill(herd[place], *(clips if what == "worker and its clip" else ()))
            herd[place] = begin()
        self.kills[what] += 1

    def _places(self, herd: list[subprocess.Popen[bytes]], *, at_work: bool) -> list[int]:
        """Where the chosen one may stand: where a clip is being stored, if there is such a one."""
        places = list(range(len(herd)))
        return [place for place in places if at_work and children_of(herd[place])] or places


def kill_clips(pids: list[int]) -> None:
    """The process that stores one clip; its worker lives on."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as built:
        yield built


@pytest.mark.redis
def test_five_hundred_takes_through_kills_at_random(house: Fleet) -> None:
    killer = Killer(house, [house.engine() for _ in range(ENGINES)], [house.worker() for _ in range(WORKERS)])
    thread = threading.Thread(target=killer.run)
    thread.start()
    try:
        _launch_all(house)
        _wait(house, lambda: _open_takes(house) == 0, what="the end of the storm")
    finally:
        killer.calm.set()
        thread.join()
    again = _decide_checking(house)
    _wait(house, lambda: _open_takes(house) == 0, what="those that a person has decided")

    assert killer.lost > 0
    assert min(killer.kills.values()) >= LEAST_OF_EACH, killer.kills
    assert house.query("select state, count(*) from studio_generation group by state order by state") == [
        *([("failed", again)] if again else []),
        ("ready", TAKES),
    ]
    assert isinstance(house.remote, CountingRemote)
    assert (house.remote.posts, len(house.remote.tasks)) == (TAKES, TAKES)
    assert house.number("select count(*) from studio_clip") == TAKES
    assert len(house.stored_clips()) == TAKES
    assert house.query("select kind, count(*) from studio_ledgerentry where generation_id is not null "
        "group by kind order by kind"
    ) == [
        ("hold", TAKES + again), *([("release", again)] if again else []), ("settle", TAKES),
    ]  # fmt: skip
    assert "no difference" in house.manage("check_ledger")


def _launch_all(house: Fleet) -> None:
    for first in range(1, TAKES + 1, BATCH):
        house.launch_many(BATCH, first_seed=first)


def _open_takes(house: Fleet) -> int:
    """Those that engines and workers still have to do with. "Checking" ones wait for a person."""
    return house.number(
        "select count(*) from studio_generation where finished_at is null and status_code <> 'outcome_unknown'"
    )


def _decide_checking(house: Fleet) -> int:
    """What a person does about takes whose sending was cut off; how many had not been bought and are launched again."""
    known = house.remote.task_ids() if isinstance(house.remote, CountingRemote) else {}
    rows = house.query("select public_id, seed from studio_generation where finished_at is null order by id")
    lost = [int(str(seed)) for _, seed in rows if int(str(seed)) not in known]
    for public_id, seed in rows:
        bought = known.get(int(str(seed)))
        house.manage("decide_generation", str(public_id), *(["--task-id", bought[0]] if bought else ["--not-sent"]))
    for seed in lost:
        house.launch_many(1, first_seed=seed)
    return len(lost)


def _wait(house: Fleet, condition: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, f"Waited in vain for {what}: {_standing(house)}"
        time.sleep(0.25)


def _standing(house: Fleet) -> list[tuple[object, ...]]:
    return house.query("select state, status_code, count(*) from studio_generation group by 1, 2 order by 1, 2")
