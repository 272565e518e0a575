"""Engine processes that are asked to stop, share their rows, or make one pass. Kills are in `tests/faults`."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.journeys.house import House


@pytest.fixture
def house(tmp_path: Path, settled: Path) -> Iterator[House]:
    with served(lambda url: Remote(base_url=url, pace=Pace.instant(), draft_clips=True)) as remote:
        built = House(folder=tmp_path, remote=remote, url=remote.base_url)
        shutil.copy(settled, built.database)
        yield built
        built.close()


def test_the_first_signal_finishes_what_is_in_hand(house: House) -> None:
    generation = house.launch("[[slow_create]] A paper boat")
    engine = house.engine()
    house.wait_for(lambda: house.row(generation)[0] == "submitting", what="the request is on its way")

    engine.send_signal(signal.SIGTERM)

    assert engine.wait(timeout=60) == 0
    assert house.row(generation)[0] == "running"
    assert house.query("select count(*) from studio_workerheartbeat where stopped_at is not null") == [(1,)]


def test_two_engines_on_the_same_rows_make_each_clip_once(house: House) -> None:
    generations = [house.launch(f"Boat {number}") for number in range(4)]
    engines = [house.engine(), house.engine()]
    for generation in generations:
        house.wait_for(lambda: house.row(generation)[0] == "ready", what="ready")  # noqa: B023  # used at once

    assert all(engine.poll() is None for engine in engines)
    assert len(house.remote.creates) == 4
    assert house.stored() == ["clips"] * 4 + ["posters"] * 4
    assert house.query("select count(*) from studio_ledgerentry where kind = 'settle'") == [(4,)]


def test_once_does_what_is_due_and_ends(house: House) -> None:
    generation = house.launch()

    house.manage("sync_generations", "--once")

    assert house.row(generation)[0] == "running"
