"""Passes of an engine over rows that this version cannot read: nothing breaks, and the take beside becomes ready."""

import pytest
from structlog.testing import capture_logs

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.management.checkup import Level
from studio.management.checkup.rows import check_rows, check_waiting
from studio.models import Clip, Generation
from studio.sync import engine
from studio.sync.checking import check
from tests.stage import Stage
from tests.strange import OPEN, QUEUED, RUNNING, Strange
from tests.sync.sweeping import run_sweep, with_bench

OF_DOTS = {"task id: one character", "task id: the folder above"}
NEVER_SENT = {"unknown model", "a model with markup", "no model", "no prompt"}


@pytest.mark.parametrize("strange", OPEN.values(), ids=OPEN)
def test_the_take_beside_it_becomes_ready(stage: Stage, strange: Strange) -> None:
    bad, good = strange.place(stage), stage.launch()
    sent = len(stage.remote.creates)

    stage.run_until_final(good)
    with_bench(stage, check)
    run_sweep(stage, after_s=3600)

    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, Clip.objects.filter(generation=good).count()) == (State.READY, 1)
    assert len(stage.remote.creates) - sent <= (2 if strange.state is State.QUEUED else 1)
    assert bad.lease_token is None
    assert check_rows().level in {Level.OK, Level.WARN}
    assert check_waiting().level in {Level.OK, Level.WARN}
    assert list(differences()) == []


@pytest.mark.parametrize("name", sorted(NEVER_SENT))
def test_what_cannot_be_sent_waits_and_costs_nothing(stage: Stage, name: str) -> None:
    bad = QUEUED[name].place(stage)

    for _ in range(5):
        stage.run_pass(after_s=1000)

    bad.refresh_from_db()
    assert (bad.state, bad.submitted_at, stage.remote.creates) == (State.QUEUED, None, [])
    assert check_rows().level == Level.WARN


@pytest.mark.parametrize("name", [name for name in RUNNING if name.startswith("task id")])
def test_a_crafted_task_id_asks_for_nothing_but_a_task(stage: Stage, name: str) -> None:
    """It can name no other address, and what it does not find is lost, not looked for for ever."""
    bad = RUNNING[name].place(stage)
    asked = len(stage.remote.requests)

    with capture_logs() as said:
        for _ in range(30):
            stage.run_pass(after_s=400)

    reads = [record for record in stage.remote.requests[asked:] if record.path != "/v1/organization"]
    assert bool(reads) == (name not in OF_DOTS)
    assert {record.method for record in reads} <= {"GET"}
    assert all(record.path.startswith("/v1/tasks/") for record in reads)
    bad.refresh_from_db()
    assert bad.state in {State.RUNNING, State.FAILED}
    assert not [entry for entry in said if entry["event"] in {"generation.step_failed", "generation.read_failed"}]


def test_a_code_of_tomorrow_is_set_back_when_its_step_breaks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*args: object) -> None:
        raise ValueError("A bug in a step.")

    take = stage.launch()
    Generation.objects.filter(pk=take.pk).update(status_code="of_tomorrow")
    monkeypatch.setattr(engine, "submit", breaks)

    with capture_logs() as said:
        stage.run_pass()

    take.refresh_from_db()
    assert [entry["event"] for entry in said if entry["log_level"] == "error"] == ["generation.step_failed"]
    assert (take.state, take.status_code, take.lease_token) == (State.QUEUED, StatusCode.UNREADABLE_ROW, None)
    assert (take.failures, take.due_at > stage.clock.now()) == (1, True)
