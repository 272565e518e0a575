"""A new engine makes room for an old one's rows: no gap, nothing sent twice, no lease that has to run out."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.fleet.fleet import Fleet
from tests.journeys.house import House
from tests.services.postgres import postgres_server

PACE = Pace(pending_s=0.1, running_s=8, throttled_s=12, slow_create_s=18)
STORING_S = 14
LEASE_S = 90
"""Longer than the whole test may take: a take that somebody forgot to let go could not be ready in time."""
SETTINGS = {"ENGINE_LEASE_S": str(LEASE_S), "PROVIDER_MAX_CONCURRENT": "3", "TASKS_BACKEND": "local"}
OPEN = "state in ('queued', 'submitting', 'running', 'storing')"


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path, settled: Path) -> Iterator[House]:
    with ExitStack() as stack:
        remote = stack.enter_context(served(lambda url: Remote(base_url=url, pace=PACE, draft_clips=True)))
        built = House(folder=tmp_path, remote=remote, url=remote.base_url, settings=SETTINGS)
        if request.param == "postgresql":
            url = stack.enter_context(postgres_server())
            built = Fleet(tmp_path, remote, remote.base_url, SETTINGS, database_url=url)
            built.settle_in()
        else:
            shutil.copy(settled, built.database)
        stack.callback(built.close)
        yield built


def test_takes_in_every_state_pass_from_one_engine_to_the_next(house: House) -> None:
    storing = house.launch("A boat that is stored")
    running = house.launch("[[throttled]] A boat that runs")
    sending = house.launch("[[slow_create]] A boat that is sent")
    waiting = [house.launch(f"Boat {number} in line") for number in range(3)]
    takes = [storing, running, sending, *waiting]
    old = house.engine("-m", "tests.journeys.slow_engine", str(STORING_S))
    house.wait_for(lambda: house.row(storing)[0] == "storing", what="a clip is being stored")
    new = house.engine()
    house.wait_for(lambda: house.query("select count(*) from studio_workerheartbeat") == [(2,)], what="two engines")
    before = [house.row(take)[0] for take in (storing, running, sending, waiting[2])]

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
