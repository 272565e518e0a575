"""The column of kills: an engine process that dies by SIGKILL at a seam, and a second one that finishes."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from studio.enums import State
from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.faults.cells import Step
from tests.faults.table import KILLS, Case
from tests.journeys.house import House

TWO_DAYS_S = 48 * 3600
STILL_S = 1.5
LONG_WAIT = replace(Pace.instant(), pending_s=600)
UNDER_WAY = replace(Pace.instant(), running_s=2)


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The folders of two houses with one take in the queue each, by whether it begins with an image."""
    with served(lambda url: Remote(base_url=url)) as remote:
        plain = House(folder=tmp_path_factory.mktemp("settled"), remote=remote, url=remote.base_url)
        plain.settle_in()
        pictured = House(folder=tmp_path_factory.mktemp("pictured"), remote=remote, url=remote.base_url)
        shutil.copy(plain.database, pictured.database)
        image = pictured.folder / "harbour.png"
        Image.effect_noise((640, 360), 60).convert("RGB").save(image)
        plain.launch()
        pictured.launch("A paper boat", "--model", "gen4_turbo", "--image", str(image))
    return {False: plain.folder, True: pictured.folder}


@contextmanager
def _house(folder: Path, *, settled: Path, pace: Pace) -> Iterator[House]:
    with served(lambda url: Remote(base_url=url, pace=pace, draft_clips=True)) as remote:
        shutil.copytree(settled, folder, dirs_exist_ok=True)
        house = House(folder=folder, remote=remote, url=remote.base_url)
        try:
            yield house
        finally:
            house.close()


@pytest.mark.parametrize("case", KILLS, ids=lambda case: case.name)
def test_a_kill_ends_as_the_table_says(tmp_path: Path, settled: dict[bool, Path], case: Case) -> None:
    with _house(tmp_path, settled=settled[case.has_image], pace=_pace(case)) as house:
        killed = house.engine("-m", "tests.journeys.killed_engine", case.kill)
        if case.step is Step.CANCEL:
            _cancel(house)
        assert killed.wait(timeout=60) == -signal.SIGKILL
        _grow_old(house.folder / "tmp")

        house.engine()
        house.wait_for(lambda: _row(house) == case.ends, what=f"{case.ends} after a kill: {case.kill}")
        house.wait_for(lambda: not list((house.folder / "tmp").rglob("*")), what="nothing is left over")

        if case.cost is None:
            time.sleep(STILL_S)  # passes in which it must not be sent again
        _assert_ends(house, case)


def _pace(case: Case) -> Pace:
    """A remote at which the task is found waiting, or still running, where the kill needs that."""
    if case.step is Step.CANCEL:
        return LONG_WAIT
    return UNDER_WAY if case.kill.startswith("round") else Pace.instant()


def _cancel(house: House) -> None:
    """Somebody asks to cancel it while it waits at the provider."""
    house.wait_for(lambda: _row(house)[0] == State.RUNNING, what="the task is at the provider")
    house.execute(
        "update studio_generation set cancel_requested_at = created_at, due_at = created_at,"
        " cancel_requested_by_id = created_by_id"
    )


def _grow_old(folder: Path) -> None:
    """What a killed engine leaves behind is swept when it is a day old."""
    long_ago = time.time() - TWO_DAYS_S
    for path in folder.iterdir():
        os.utime(path, (long_ago, long_ago))


def _row(house: House) -> tuple[str, str]:
    found = house.query("select state, status_code from studio_generation")
    return str(found[0][0]), str(found[0][1])


def _assert_ends(house: House, case: Case) -> None:
    entries = house.query(
        "select kind, amount_credits from studio_ledgerentry where generation_id is not null order by id"
    )
    sums = house.query("select sum(amount_credits) from studio_ledgerentry")
    bought = sum(record.body is not None for record in house.remote.creates)

    assert _row(house) == case.ends
    assert (len(house.remote.creates), bought) == (case.posts, case.bought)
    assert house.query("select count(*) from studio_clip") == [(case.clips,)]
    assert entries == case.entries
    assert house.query("select balance_credits from studio_creditaccount") == sums
    assert house.query("select cost_credits from studio_generation") == [(case.cost,)]
    assert house.stored() == sorted(case.objects)
