"""Takes whose outcome is unknown: what the engine asks, what it concludes, and what it never does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from studio.credits.audit import differences
from studio.enums import State, StatusCode, Verdict
from studio.generations.decisions import follow_task
from studio.models import BalanceReading, Evidence, Generation, GenerationEvent, UsageReading
from studio.providers.errors import Unreachable
from studio.providers.runway import client
from studio.sync.checking import Checks, check
from studio.sync.context import Bench
from tests.stage import Stage
from tests.sync.sweeping import with_bench

MINUTE_S = 60


def run_check(stage: Stage, *, after_s: float = 0) -> int:
    stage.clock.advance(after_s)
    found: int = with_bench(stage, check)
    return found


def unknown_take(stage: Stage, **changes: Any) -> Generation:
    """A take that is "Checking", sent five minutes after the balance was read."""
    stage.run_pass()
    stage.clock.advance(5 * MINUTE_S)
    generation = stage.launch(**changes)
    stage.run_pass()
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
    return generation


def evidence_of(generation: Generation) -> Evidence:
    return Evidence.objects.get(generation=generation)


def test_what_was_not_created_is_given_back_after_two_looks(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_502")
    generation = unknown_take(stage)

    looks = [run_check(stage, after_s=5 * MINUTE_S) for _ in range(5)]

    generation.refresh_from_db()
    assert looks == [0, 0, 0, 0, 1]
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.NOT_SENT)
    assert stage.amounts(generation) == [("hold", -24), ("release", 24)]
    assert stage.balance == 10_000
    assert len(stage.remote.creates) == 1
    assert generation.entries.get(kind="release").note.startswith("Found not to have been charged, by the provider")
    assert list(differences()) == []


def test_the_evidence_against_a_charge_is_two_exact_numbers(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_502")
    generation = unknown_take(stage)

    run_check(stage, after_s=10 * MINUTE_S)

    evidence = evidence_of(generation)
    assert evidence.verdict == Verdict.NOT_CHARGED
    assert (evidence.usage_more, evidence.balance_more) == (0, 0)
    assert evidence.usage_said == (
        "On 22 November the provider charged nothing for Gen-4.5 beyond what our takes explain."
    )
    assert evidence.balance_said == (
        "From 12:00 to 12:15 UTC on 22 November the key's balance changed by nothing beyond what our takes explain."
    )
    assert list(UsageReading.objects.values_list("day", "model", "credits").order_by("day")) == [
        (generation.created_at.date() - timedelta(days=1), "gen4.5", 0),
        (generation.created_at.date(), "gen4.5", 0),
    ]


@pytest.mark.parametrize("scenario", ["create_lost", "slow_create"])
def test_what_was_charged_waits_for_a_person(
    make_stage: Callable[..., Stage], scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CREATE_DEADLINE_S", 0.2)
    stage = make_stage(scenario)
    generation = unknown_take(stage)

    looks = [run_check(stage, after_s=5 * MINUTE_S) for _ in range(12)]

    generation.refresh_from_db()
    evidence = evidence_of(generation)
    assert sum(looks) == 0
    assert (generation.state, generation.status_code) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)
    assert (evidence.verdict, evidence.usage_more, evidence.balance_more) == (Verdict.CHARGED, 24, 24)
    assert evidence.usage_said == (
        "On 22 November the provider charged 24 credits for Gen-4.5 more than our takes explain."
    )
    assert stage.amounts(generation) == [("hold", -24)]
    assert len(stage.remote.creates) == 1


def test_the_true_task_id_brings_the_one_clip(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_lost")
    generation = unknown_take(stage)
    run_check(stage, after_s=10 * MINUTE_S)

    follow_task(generation, task_id=next(iter(stage.remote.tasks)), by=stage.owner, now=stage.clock.now())
    stage.run_until_final(generation)

    assert generation.state == State.READY
    assert generation.clip.size_bytes > 0
    assert stage.amounts(generation) == [("hold", -24), ("settle", 0)]
    assert stage.balance == 10_000 - 24
    assert len(stage.remote.creates) == 1
    assert evidence_of(generation).verdict == Verdict.CHARGED


def test_takes_that_are_known_do_not_blur_it_once_they_are_done(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.run_pass()
    stage.clock.advance(5 * MINUTE_S)
    first = stage.launch(prompt="A good one")
    lost = stage.launch(prompt="[[create_lost]] A lost one")
    stage.run_until_final(first)
    stage.clock.advance(10 * MINUTE_S)
    running = stage.launch(prompt="[[stuck_progress]] One under way")
    stage.run_pass()

    run_check(stage, after_s=5 * MINUTE_S)
    evidence = evidence_of(lost)
    assert (evidence.usage_more, evidence.balance_more) == (None, None)
    assert evidence.reason == "There is nothing to go by yet."
    assert "other takes are under way" in evidence.usage_said

    stage.run_until_final(running, step_s=3_600)
    run_check(stage, after_s=MINUTE_S)
    assert evidence_of(lost).verdict == Verdict.UNCLEAR
    assert len(stage.remote.creates) == 3


def test_an_event_says_when_the_verdict_changes_and_only_then(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_lost")
    generation = unknown_take(stage)

    for _ in range(6):
        run_check(stage, after_s=5 * MINUTE_S)

    told = GenerationEvent.objects.filter(generation=generation, detail__has_key="evidence")
    assert [event.detail["evidence"] for event in told] == ["unclear", "charged"]


def test_nothing_is_asked_when_nothing_is_checking(stage: Stage) -> None:
    stage.run_until_final(stage.launch())
    before = len(stage.remote.requests)

    assert run_check(stage, after_s=600) == 0
    assert len(stage.remote.requests) == before


def test_a_second_engine_does_not_ask_again_so_soon(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_lost")
    unknown_take(stage)
    run_check(stage, after_s=600)
    before = len(stage.remote.requests)

    run_check(stage, after_s=60)
    assert len(stage.remote.requests) == before
    run_check(stage, after_s=240)
    assert len(stage.remote.requests) == before + 2


def test_a_provider_that_tells_no_usage_is_no_trouble_and_nothing_is_concluded(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage("create_502")
    generation = unknown_take(stage)

    async def story(bench: Bench) -> StatusCode:
        async def usage(*days: object) -> object:
            raise Unreachable("no usage at this address", status=404)

        bench.provider.usage = usage  # type: ignore[method-assign,assignment]  # a provider without it
        await check(bench)
        return bench.trouble

    for _ in range(5):
        stage.clock.advance(600)
        assert with_bench(stage, story) == StatusCode.NONE
    evidence = evidence_of(generation)
    assert (evidence.verdict, evidence.usage_more, evidence.balance_more) == (Verdict.UNCLEAR, None, 0)
    assert evidence.reason == "One number alone says that nothing was charged; it takes both to be sure."


def test_a_provider_that_is_away_changes_nothing(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_502")
    generation = unknown_take(stage)
    stage.is_down = True

    assert run_check(stage, after_s=600) == 0
    assert evidence_of(generation).verdict == Verdict.UNCLEAR


def test_the_engine_keeps_the_balance_when_it_changes_or_is_ten_minutes_old(stage: Stage) -> None:
    for after_s in (0, 60, 60, 479, 1, 60):
        stage.run_pass(after_s=after_s)
    stage.launch()
    stage.run_pass(after_s=60)
    stage.run_pass(after_s=60)

    readings = BalanceReading.objects.order_by("read_at").values_list("read_at", "credit_balance", "account")
    start = stage.clock.now() - timedelta(seconds=780)
    key = Generation.objects.get().account
    assert [(at - start, credits, account) for at, credits, account in readings] == [
        (timedelta(0), 1_000_000, key),
        (timedelta(seconds=600), 1_000_000, key),
        (timedelta(seconds=780), 999_976, key),
    ]


def test_old_balances_are_removed(stage: Stage) -> None:
    stage.run_pass()
    stage.run_pass(after_s=14 * 24 * 3600 + 1)

    assert BalanceReading.objects.count() == 1


def test_checks_start_at_once_one_at_a_time_and_stop(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_lost")
    generation = unknown_take(stage)
    stage.clock.advance(600)

    async def story(bench: Bench) -> list[bool]:
        checks = Checks(bench)
        checks.start_if_due()
        first = checks._task
        checks.start_if_due()
        is_same = checks._task is first
        await checks.wait()
        checks.start_if_due()
        await checks.stop()
        return [is_same, checks._task is first]

    assert with_bench(stage, story) == [True, True]
    assert evidence_of(generation).verdict == Verdict.CHARGED


def test_a_busy_studio_is_judged_by_an_earlier_reading(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    lost = unknown_take(stage, prompt="[[create_lost]] A lost one")
    stage.clock.advance(8 * MINUTE_S)
    first = stage.launch()
    stage.run_pass()
    run_check(stage, after_s=4 * MINUTE_S)
    assert evidence_of(lost).is_complete is False

    stage.run_until_final(first)
    stage.clock.advance(2 * MINUTE_S)
    stage.launch(prompt="[[throttled]] One more")
    stage.run_pass()
    run_check(stage, after_s=3 * MINUTE_S)

    evidence = evidence_of(lost)
    assert (evidence.verdict, evidence.usage_more, evidence.balance_more) == (Verdict.CHARGED, 24, 24)
    assert len(stage.remote.creates) == 3


def test_a_take_under_way_does_not_undo_what_was_found(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_502")
    lost = unknown_take(stage)
    run_check(stage, after_s=10 * MINUTE_S)
    found = evidence_of(lost)
    stage.remote.scenario = "throttled"
    stage.launch()
    stage.run_pass()

    run_check(stage, after_s=5 * MINUTE_S)

    assert found.verdict == Verdict.NOT_CHARGED
    assert Evidence.objects.filter(pk=found.pk).values().get() == {
        name: value for name, value in vars(found).items() if name != "_state"
    }


def test_a_number_that_says_otherwise_undoes_it_at_once(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage("create_502")
    lost = unknown_take(stage)
    run_check(stage, after_s=10 * MINUTE_S)
    stage.remote.scenario = "throttled"
    stage.launch(model="veo3.1", duration_s=4, sound=False)
    stage.run_pass()
    stage.remote._account.charge("gen4.5", amount=24, at=stage.clock.now())

    looks = [run_check(stage, after_s=5 * MINUTE_S) for _ in range(4)]

    evidence = evidence_of(lost)
    assert sum(looks) == 0
    assert (evidence.verdict, evidence.usage_more, evidence.balance_more) == (Verdict.CHARGED, 24, None)
    assert lost.entries.count() == 1
