"""What an engine notices of a provider that has changed: kept and shown, never in the way of a take."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from studio.enums import State, StatusCode, SurpriseKind
from studio.models import PriceDrift, RefusedModel, Surprise
from studio.providers.base import Organization, RemoteStatus, RemoteTask, Submitted
from studio.providers.errors import Issue, Reason, Rejected
from studio.simulator import answers, gate, prices, scenarios, tasks
from studio.simulator.pace import Pace
from studio.sync import noticing
from studio.sync.sightings import MOST_IN_HAND, Sightings
from tests.stage import GRANT, Stage

START = datetime(2026, 11, 22, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def seen(kind: SurpriseKind) -> list[tuple[str, str]]:
    return list(Surprise.objects.filter(kind=kind).order_by("value", "where").values_list("value", "where"))


# What is gathered


def test_what_is_known_is_nothing_to_tell() -> None:
    sightings = Sightings(Clock())
    for answer in (
        Submitted("one", 24), Organization(7), None, RemoteTask("one", RemoteStatus.PENDING),
        *(
            RemoteTask("one", RemoteStatus.FAILED, failure_code=code)
            for code in ("", "INTERNAL", "INTERNAL.NEW.99", "SAFETY.INPUT.HOLOGRAM", "ASSET.INVALID", "THIRD_PARTY.X")
        ),
    ):  # fmt: skip
        sightings.look_at(answer)

    assert sightings.all() == []


def test_new_things_are_due_at_once_and_repeated_ones_once_a_minute() -> None:
    clock = Clock()
    sightings = Sightings(clock)
    odd = RemoteTask("one", RemoteStatus.UNKNOWN, raw_status="REVIEW", new_fields=("eta", "queue"))

    for _ in range(50):
        sightings.look_at(odd)
    assert [(found.kind, found.value, found.count) for found in sightings.due()] == [
        (SurpriseKind.STATUS, "REVIEW", 50), (SurpriseKind.FIELD, "eta", 50), (SurpriseKind.FIELD, "queue", 50),
    ]  # fmt: skip
    sightings.look_at(odd)
    assert sightings.due() == []
    sightings.look_at(RemoteTask("two", RemoteStatus.FAILED, failure_code="GRAVITY"))
    assert len(sightings.due()) == 4
    sightings.look_at(odd)
    clock.now += timedelta(seconds=61)
    assert len(sightings.due()) == 3


def test_a_mad_provider_fills_no_memory() -> None:
    sightings = Sightings(Clock())
    for number in range(10 * MOST_IN_HAND):
        sightings.look_at(RemoteTask("one", RemoteStatus.UNKNOWN, raw_status=f"{number}" * 500))

    found = sightings.all()
    assert len(found) == MOST_IN_HAND
    assert max(len(sighting.value) for sighting in found) == 80


def test_new_complaints_are_told_and_a_field_that_is_not_taken_any_more() -> None:
    sightings = Sightings(Clock())
    issues = (
        Issue("ratio", "invalid_value", "No", ("1280:720",)),
        Issue("", "unrecognized_keys", "No", ("seed", "audio")),
        Issue("prompt", "too_boring", "No"),
    )
    sightings.look_at_refusal(Rejected("no", reason=Reason.INVALID, issues=issues), generation_id=7)

    assert [(found.value, found.generation_id) for found in sightings.all()] == [
        ("unrecognized_keys: seed, audio", 7), ("too_boring", 7),
    ]  # fmt: skip


# What an engine writes


def test_an_unknown_status_and_unknown_fields_are_kept_and_the_clip_comes(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.remote.pace = Pace(odd_s=60)
    odd = stage.launch(prompt="[[unknown_status]] A paper boat")
    new = stage.launch(prompt="[[unknown_fields]] A paper boat")

    for generation in (odd, new):
        stage.run_until_final(generation, step_s=5)
        assert (generation.state, generation.cost_credits) == (State.READY, 24)
    assert seen(SurpriseKind.STATUS) == [("AWAITING_REVIEW", "task")]
    assert seen(SurpriseKind.FIELD) == [
        ("etaSeconds", "create"), ("etaSeconds", "task"), ("queue", "create"), ("queue", "task"),
    ]  # fmt: skip
    assert Surprise.objects.get(kind=SurpriseKind.STATUS).generation == odd
    assert {row.generation for row in Surprise.objects.filter(kind=SurpriseKind.FIELD)} == {new}


def test_an_unknown_failure_code_is_kept_and_the_take_fails_as_the_provider_charged(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = replace(scenarios.FAILURES["internal"], code="GRAVITY.WELL")
    monkeypatch.setitem(scenarios.FAILURES, "internal", failure)
    generation = stage.run_until_final(stage.launch(prompt="[[internal]] A paper boat"))

    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.PROVIDER_INTERNAL)
    assert (generation.provider_code, generation.cost_credits) == ("GRAVITY.WELL", 0)
    assert seen(SurpriseKind.FAILURE_CODE) == [("GRAVITY.WELL", "task")]
    assert stage.balance == GRANT


def test_what_cannot_be_written_is_no_trouble(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OperationalError("away")

    for name in ("record_surprises", "note_estimate", "note_refused_model"):
        monkeypatch.setattr(noticing, name, broken)
    generation = stage.run_until_final(stage.launch(prompt="[[unknown_fields]] A paper boat"))

    assert generation.state == State.READY
    assert not Surprise.objects.exists()


# Prices


def dearer(monkeypatch: pytest.MonkeyPatch, credits_per_s: float) -> None:
    """The provider's price of Gen-4.5 from now on."""
    tariff = replace(prices.TARIFFS["gen4.5"], per_s={"": credits_per_s})
    tariffs: Mapping[str, Any] = {**prices.TARIFFS, "gen4.5": tariff}
    monkeypatch.setattr(prices, "TARIFFS", tariffs)


@pytest.mark.parametrize(("credits_per_s", "charged"), [(15, 30), (7, 14)])
def test_another_price_settles_on_the_providers_number_and_is_told_with_both(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, credits_per_s: float, charged: int
) -> None:
    dearer(monkeypatch, credits_per_s)
    generation = stage.launch()
    stage.run_pass()

    drift = PriceDrift.objects.get()
    assert (drift.our_credits, drift.provider_credits, drift.generation) == (24, charged, generation)
    assert drift.provider == "simulator"
    stage.run_until_final(generation)

    assert (generation.state, generation.cost_credits, generation.estimated_credits) == (State.READY, charged, charged)
    assert stage.amounts(generation) == [("hold", -24), ("settle", 24 - charged)]
    assert stage.balance == GRANT - charged


def test_the_price_of_the_card_is_no_drift(stage: Stage) -> None:
    stage.run_until_final(stage.launch())

    assert not PriceDrift.objects.exists()


# Models and the version


def test_a_refused_model_is_remembered_until_it_is_taken(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("model_unavailable")
    for _ in range(2):
        stage.launch()
        stage.run_pass(after_s=60)

    row = RefusedModel.objects.get()
    assert (row.model, row.code, row.count, row.offered) == ("gen4.5", StatusCode.MODEL_NOT_ENABLED, 2, [])
    assert row.last_seen_at - row.first_seen_at == timedelta(seconds=60)
    stage.remote.scenario = "normal"
    stage.run_until_final(stage.launch())

    assert not RefusedModel.objects.exists()


def test_a_version_that_is_not_answered_any_more_fails_no_take(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "API_VERSION", "2027-01-01")
    takes = [stage.launch() for _ in range(4)]
    for _ in range(4):
        stage.run_pass(after_s=40)

    for take in takes:
        take.refresh_from_db()
        assert (take.state, stage.amounts(take)) == (State.QUEUED, [("hold", -24)])
    assert takes[0].status_code == StatusCode.VERSION_REFUSED
    monkeypatch.setattr(gate, "API_VERSION", "2024-11-06")
    assert stage.run_until_final(takes[0], step_s=600).state == State.READY


def test_a_provider_that_names_no_estimate_is_compared_by_what_it_charges(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dearer(monkeypatch, 15)
    told = answers._costs
    monkeypatch.setattr(
        answers, "_costs", lambda task, name, amount: told(task, name, amount) if name == "cost" else {}
    )
    generation = stage.run_until_final(stage.launch())

    assert (generation.state, generation.estimated_credits, generation.cost_credits) == (State.READY, None, 30)
    assert PriceDrift.objects.get().provider_credits == 30


def test_a_charge_above_the_providers_own_estimate_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.Task, "cost_credits", property(lambda task: 40))
    generation = stage.run_until_final(stage.launch())

    assert (generation.estimated_credits, generation.cost_credits) == (24, 40)
    assert (PriceDrift.objects.get().our_credits, PriceDrift.objects.get().provider_credits) == (24, 40)
    assert stage.amounts(generation) == [("hold", -24), ("settle", -16)]
