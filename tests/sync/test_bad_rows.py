"""Rows that this version cannot read stop nothing else, and are listed."""

from datetime import timedelta

import pytest
from django.db.migrations.recorder import MigrationRecorder

from studio.enums import State, StatusCode
from studio.generations import schema
from studio.generations.cards import card
from studio.generations.sentences import UNKNOWN_CODE
from studio.management.checkup import Level
from studio.management.checkup.findings import Verdict
from studio.management.checkup.rows import check_rows
from studio.models import Generation, Prompt, WorkerHeartbeat
from studio.sync.heartbeat import beat
from tests.stage import Stage


@pytest.mark.parametrize("kind", ["unknown model", "empty prompt"])
def test_a_row_that_cannot_be_sent_is_set_aside_and_the_next_goes_on(stage: Stage, kind: str) -> None:
    bad, good = stage.launch(), stage.launch()
    if kind == "unknown model":
        Generation.objects.filter(pk=bad.pk).update(model="gen9_of_tomorrow")
    else:
        Prompt.objects.filter(pk=bad.prompt_id).update(text="")

    stage.run_pass()

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.status_code, bad.submitted_at) == (State.QUEUED, StatusCode.UNREADABLE_ROW, None)
    assert bad.due_at - stage.clock.now() == timedelta(minutes=15)
    assert (bad.lease_token, good.state) == (None, State.RUNNING)
    assert len(stage.remote.tasks) == 1


def test_a_row_that_can_be_read_again_is_sent_once(stage: Stage) -> None:
    take = stage.launch()
    Generation.objects.filter(pk=take.pk).update(model="gen9_of_tomorrow")
    stage.run_pass()
    Generation.objects.filter(pk=take.pk).update(model="gen4.5")

    stage.run_pass(after_s=15 * 60)

    take.refresh_from_db()
    assert (take.state, len(stage.remote.tasks)) == (State.RUNNING, 1)


@pytest.mark.parametrize("changes", [{"ratio": "wide"}, {"price_card": ["?"]}, {"status_code": "of_tomorrow"}])
def test_strange_fields_do_not_stop_another_take(stage: Stage, changes: dict[str, object]) -> None:
    bad, good = stage.launch(), stage.launch()
    Generation.objects.filter(pk=bad.pk).update(**changes)

    stage.run_until_final(good)

    good.refresh_from_db()
    assert good.state == State.READY


def test_a_card_of_an_unknown_code_says_a_sentence(stage: Stage) -> None:
    take = stage.launch()
    Generation.objects.filter(pk=take.pk).update(status_code="of_tomorrow")
    take.refresh_from_db()

    shown = card(take, now=stage.clock.now())

    assert (shown.word, shown.sentence) == ("Waiting", UNKNOWN_CODE)


def test_doctor_lists_them(stage: Stage) -> None:
    assert check_rows() == Verdict(Level.OK, "Every open take can be read.")
    take = stage.launch()
    Generation.objects.filter(pk=take.pk).update(model="gen9_of_tomorrow")

    assert check_rows() == Verdict(
        Level.WARN,
        f"Takes that cannot be read: 1 ({take.public_id}). The other takes go on. "
        "Update the engine if a newer version made them; else cancel them.",
    )


def test_a_heartbeat_names_its_version_and_clears_old_ones(stage: Stage) -> None:
    now = stage.clock.now()
    for name, days in (("old:1", 8), ("late:1", 6)):
        WorkerHeartbeat.objects.create(name=name, provider="simulator", seen_at=now - timedelta(days=days))

    beat("new:1", provider="simulator", passes=1, trouble=StatusCode.NONE, now=now)

    assert set(WorkerHeartbeat.objects.values_list("name", "version")) == {("late:1", ""), ("new:1", "0.1.0")}


def test_a_newer_database_is_known_by_name(db: None) -> None:
    MigrationRecorder.Migration.objects.create(app="studio", name="0999_of_tomorrow")

    assert (schema.unknown(), schema.unapplied()) == (["0999_of_tomorrow"], 0)
