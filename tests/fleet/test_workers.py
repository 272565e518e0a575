"""A worker's process, by the product's own command."""

import signal
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from studio.simulator.pace import Pace
from tests.fleet.fleet import fleet


@pytest.mark.redis
def test_workers_store_what_engines_hand_over_and_stop_when_they_are_asked(tmp_path: Path) -> None:
    with fleet(tmp_path, pace=Pace.instant()) as house:
        with pytest.raises(CalledProcessError) as silent:
            house.manage("store_clips", "--check")
        house.engine()
        house.launch_many(2)
        house.wait_for(lambda: house.number("select count(*) from studio_generation where state = 'storing'") == 2,
                       what="both wait for a worker")  # fmt: skip
        worker = house.worker()
        house.wait_for(lambda: house.number("select count(*) from studio_clip") == 2, what="both are stored")
        house.manage("store_clips", "--check")
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(timeout=60) == 0
        assert "No worker has given a sign of life on this machine." in silent.value.stderr
        assert len(house.stored_clips()) == 2
        assert "no difference" in house.manage("check_ledger")
