"""A new engine makes room for an old one's rows: no gap, nothing sent twice, no lease that has to run out."""

import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.journeys.house import House

PACE = Pace(pending_s=0.1, running_s=9, slow_create_s=12)
STORING_S = 9
LEASE_S = 90
"""Longer than the whole test may take: a take that somebody forgot to let go could not be ready in time."""
OPEN = "state in ('queued', 'submitting', 'running', 'storing')"


@pytest.fixture
def house(tmp_path: Path, settled: Path) -> Iterator[House]:
    with served(lambda url: Remote(base_url=url, pace=PACE, draft_clips=True)) as remote:
        built = House(
            folder=tmp_path,
            remote=remote,
            url=remote.base_url,
            settings={"ENGINE_LEASE_S": str(LEASE_S), "PROVIDER_MAX_CONCURRENT": "3"},
        )
        shutil.copy(settled, built.database)
        yield built
        built.close()


def test_takes_in_every_state_pass_from_one_engine_to_the_next(house: House) -> None:
    old = house.engine("-m", "tests.journeys.slow_engine", str(STORING_S))
    storing = house.launch("A boat that is stored")
    running = house.launch("A boat that runs", "--duration", "10")
    sending = house.launch("[[slow_create]] A boat that is sent")
    waiting = [house.launch(f"Boat {number} in line") for number in range(2)]
    takes = [storing, running, sending, *waiting]
    house.wait_for(lambda: house.row(storing)[0] == "storing", what="a clip is being stored")
    new = house.engine()
    house.wait_for(lambda: house.query("select count(*) from studio_workerheartbeat") == [(2,)], what="two engines")
    before = [house.row(take)[0] for take in (storing, running, sending, waiting[1])]

    old.send_signal(signal.SIGTERM)
    asked_at = time.monotonic()
    assert old.wait(timeout=60) == 0
    for take in takes:
        house.wait_for(lambda: house.row(take)[0] == "ready", what="ready")  # noqa: B023  # used at once

    assert before == ["storing", "running", "submitting", "queued"]
    assert time.monotonic() - asked_at < LEASE_S - 30
    assert (new.poll(), len(house.remote.creates)) == (None, len(takes))
    assert house.stored() == ["clips"] * len(takes) + ["posters"] * len(takes)
    assert house.query("select count(*) from studio_ledgerentry where kind = 'settle'") == [(len(takes),)]
    assert house.query("select count(*) from studio_workerheartbeat where stopped_at is null") == [(1,)]


def test_an_engine_that_stops_leaves_no_lease(house: House) -> None:
    engine = house.engine()
    takes = [house.launch(f"Boat {number}", "--duration", "10") for number in range(4)]
    house.wait_for(lambda: [house.row(take)[0] for take in takes].count("running") == 3, what="three run")

    engine.send_signal(signal.SIGTERM)

    assert engine.wait(timeout=60) == 0
    assert house.query(f"select count(*) from studio_generation where {OPEN}") == [(4,)]
    assert house.query("select count(*) from studio_generation where lease_token is not null") == [(0,)]
