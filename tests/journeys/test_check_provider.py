"""`check_provider`, as an operator runs it: a process of its own, against a simulator on real sockets."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from studio.management.smoke.free import BAD_VERSION
from studio.simulator import gate, prices
from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.journeys.house import ROOT, House

PACE = Pace(pending_s=1.5, running_s=1.0)


@pytest.fixture
def house(tmp_path: Path, settled: Path) -> Iterator[House]:
    with served(lambda url: Remote(base_url=url, pace=PACE, draft_clips=True, is_eager=True)) as remote:
        made = House(folder=tmp_path, remote=remote, url=remote.base_url)
        shutil.copy(settled, made.database)
        yield made
        made.close()


def live(house: House, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """The paid trial; it may end with any status."""
    command = [sys.executable, "manage.py", "check_provider", "--live", *arguments]
    return subprocess.run(
        command, env=house.environment, cwd=ROOT, text=True, capture_output=True, input=typed, check=False
    )


def differing(report: str) -> list[tuple[str, str]]:
    """(what was assumed, what is there) of all that differs."""
    return [(one[1], one[2]) for one in re.finditer(r"^- (.+): \*\*differs: (.+)\*\*$", report, re.MULTILINE)]


def test_all_is_as_assumed_at_the_simulator_and_costs_one_clip(house: House, tmp_path: Path) -> None:
    before, file = house.remote.credit_balance, tmp_path / "report.md"

    done = live(house, "--yes", "--report", str(file))

    report = file.read_text(encoding="utf-8")
    assert {assumed for assumed, _ in differing(report)} <= {"No model is new"}, done.stderr
    assert "It costs about 10 credits of the provider's account, 20 if the second one runs" in done.stdout
    assert "- Charged: 10 credits" in report
    assert "not checked: 0" in report
    for step in ("Upload", "Create", "Cancel", "Poll", "Cost", "Download", "Usage and balance", "Delete"):
        assert f"## {step}\n" in report
    assert before - house.remote.credit_balance == 10
    assert house.remote.tasks == {}


def test_the_report_can_be_sent_in(house: House) -> None:
    done = live(house, typed="yes\n")

    tasks = [record.path.rsplit("/", 1)[1] for record in house.remote.requests if record.method == "DELETE"]
    assert "Go on? [y/N]" in done.stdout
    assert len(set(tasks)) == 2
    for secret in (*tasks, "key_", "_jwt", "runway://", str(house.remote.credit_balance)):
        assert secret not in done.stdout
    assert tasks[0][:8] not in done.stdout


def test_an_account_that_demands_it_is_told_on_whose_behalf(house: House) -> None:
    house.remote.needs_behalf = True
    house.settings["RUNWAYML_ON_BEHALF_OF"] = "Northlight"

    done = live(house, "--yes")

    assert {assumed for assumed, _ in differing(done.stdout)} <= {"No model is new"}, done.stdout
    assert "- Charged: 10 credits" in done.stdout


def test_a_report_that_cannot_be_written_is_not_lost(house: House, tmp_path: Path) -> None:
    done = live(house, "--yes", "--report", str(tmp_path))

    assert "- Charged: 10 credits" in done.stdout
    assert f"{tmp_path} cannot be written (Is a directory): the report stands above." in done.stderr


@pytest.mark.parametrize("typed", ["", "n\n", "\n", "perhaps\n"])
def test_without_a_yes_nothing_is_sent(house: House, typed: str) -> None:
    done = live(house, typed=typed)

    assert (done.returncode, house.remote.requests) == (0, [])
    assert done.stdout.endswith("Nothing was sent.\n")


def test_what_has_changed_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    tariffs = {**prices.TARIFFS, "gen4_turbo": replace(prices.TARIFFS["gen4_turbo"], per_s={"": 8})}
    monkeypatch.setattr(prices, "TARIFFS", tariffs)
    monkeypatch.setattr(gate, "BAD_VERSION", "Which version?")
    house.remote.scenario = "unknown_fields"

    done = live(house, "--yes")

    told = differing(done.stdout)
    assert done.returncode == 1
    assert ("The estimate of 2 s of gen4_turbo in credits is 10", "it is 16") in told
    assert ("It has id, estimatedCost", "new: etaSeconds (whole), queue (object)") in told
    assert (f"Its sentence is {BAD_VERSION}", "it is Which version?") in told
    assert "- Charged: 16 credits" in done.stdout


def test_a_second_task_that_runs_at_once_is_paid_for_and_told(house: House) -> None:
    house.remote.pace = Pace(pending_s=0.0, running_s=4.0)

    done = live(house, "--yes")

    assert "- A second task waits at first: **not checked: it was RUNNING already**" in done.stdout
    assert "- Charged: 20 credits" in done.stdout
    assert "- What the balance has fallen by is 20: as assumed" in done.stdout


def test_a_trial_that_breaks_off_takes_away_what_it_made(house: House) -> None:
    house.remote.scenario = "html_502"

    done = live(house, "--yes")

    assert done.returncode == 1
    assert "- It ended early: Poll: RetryLater: 502: no readable text Tasks that may go on there: 2." in done.stdout
    assert ("A task can be read", "502: no readable text") in differing(done.stdout)


def test_a_key_that_is_refused_is_told_before_anything_is_bought(house: House) -> None:
    house.remote.scenario = "key_revoked"

    done = live(house, "--yes")

    assert done.returncode == 1
    assert "It ended early: the provider does not take the key" in done.stdout
    assert house.remote.creates == []


def test_the_account_is_compared_for_nothing(house: House) -> None:
    printed = json.loads(house.manage("check_provider", "--json"))

    assert {finding["name"] for finding in printed} >= {"balance", "models", "limits", "version"}
    assert house.remote.creates == []
    assert house.manage("check_provider").splitlines()[0].startswith("ok    balance       1,000,000 credits are left")
