"""Our own line in front of the provider's limits."""

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.enums import FINAL_STATES, State, StatusCode
from studio.generations import transitions
from studio.generations.line import record_limit, rooms
from studio.generations.transitions import Claim
from studio.models import Generation, ModelLimit
from studio.providers.base import ModelLimits, Organization
from studio.sync.gateway import account_mark
from studio.sync.limits import record_limits
from tests.factories import UserFactory
from tests.stage import LIMITS, START, Stage

MakeStage = Callable[..., Stage]


def _allow(stage: Stage, *, at_a_time: int | None = None, daily: int | None = None, used: int = 0) -> None:
    """What the provider said before the first pass."""
    stage.remote.max_concurrent, stage.remote.max_daily = at_a_time, daily
    record_limit(
        provider="simulator",
        account=account_mark(),
        model="gen4.5",
        max_concurrent=at_a_time,
        max_daily=daily,
        used_today=used,
        now=stage.clock.now(),
    )


def _states(takes: list[Generation]) -> list[tuple[str, str]]:
    for take in takes:
        take.refresh_from_db()
    return [(take.state, take.status_code) for take in takes]


def test_no_more_takes_are_sent_than_the_key_has_places_for(stage: Stage) -> None:
    _allow(stage, at_a_time=2)
    takes = stage.launch_all(takes=4)

    stage.run_pass()

    assert len(stage.remote.creates) == 2
    states = _states(takes)
    assert [state for state, _ in states] == [State.RUNNING, State.RUNNING, State.QUEUED, State.QUEUED]
    assert {code for _, code in states[2:]} == {StatusCode.IN_LINE}


def test_all_of_a_long_line_is_sent_once_and_stored(stage: Stage) -> None:
    _allow(stage, at_a_time=2)
    takes = [*stage.launch_all(takes=4), *stage.launch_all(takes=4)]
    most = 0
    for _ in range(120):
        stage.run_pass(after_s=7)
        most = max(most, Generation.objects.filter(state=State.RUNNING).count())
        if all(state in FINAL_STATES for state, _ in _states(takes)):
            break

    assert {state for state, _ in _states(takes)} == {State.READY}
    assert (len(stage.remote.creates), most) == (8, 2)


def test_a_single_take_of_another_person_goes_before_the_rest_of_many(stage: Stage) -> None:
    _allow(stage, at_a_time=2)
    many = stage.launch_all(takes=4)
    single = stage.launch()
    Generation.objects.filter(pk=single.pk).update(created_by=UserFactory.create(email="bob@example.com"))

    stage.run_pass()

    assert [state for state, _ in _states([*many, single])] == ["running", "queued", "queued", "queued", "running"]


def test_a_day_that_is_used_up_waits_and_says_so(stage: Stage) -> None:
    _allow(stage, daily=1)
    first = stage.launch()
    stage.run_pass()
    second = stage.launch()

    stage.run_pass(after_s=1)

    assert _states([first, second])[1] == ("queued", "daily_limit")
    assert len(stage.remote.creates) == 1


def test_what_was_sent_since_the_last_answer_counts_for_the_day(stage: Stage) -> None:
    _allow(stage, daily=2)
    take, answered_at = stage.launch(), stage.clock.now()
    stage.run_pass(after_s=1)
    ModelLimit.objects.filter(model="gen4.5").update(read_at=answered_at, used_today=0)

    take.refresh_from_db()
    assert rooms(provider="simulator", account=account_mark())["gen4.5"].free == 1


def test_the_line_is_told_once(stage: Stage) -> None:
    _allow(stage, at_a_time=0)
    take = stage.launch()
    before = take.events.count()

    for _ in range(3):
        stage.run_pass(after_s=1)
        ModelLimit.objects.update(max_concurrent=0)

    assert take.events.count() == before + 1


def test_two_engines_cannot_take_the_last_place(stage: Stage) -> None:
    _allow(stage, at_a_time=1)
    now, account = stage.clock.now(), account_mark()
    started = []
    for take in stage.launch_all(takes=2):
        claim = Claim(take.pk, uuid.uuid4())
        Generation.objects.filter(pk=take.pk).update(lease_token=claim.token, lease_until=now)
        started.append(transitions.start_submitting(claim, provider="simulator", account=account, now=now))

    assert started == [True, False]


def test_limits_are_read_from_the_provider(stage: Stage) -> None:
    stage.run_pass()

    limit = ModelLimit.objects.get(model="gen4.5")
    assert (limit.max_concurrent, limit.max_daily, limit.account) == (5, 1000, account_mark())


@pytest.mark.parametrize(
    ("theirs", "ours", "kept"), [(5, None, 5), (5, 2, 2), (2, 5, 2), (None, 3, 3), (None, None, None)]
)
@pytest.mark.django_db
def test_the_studio_may_allow_fewer_but_never_more(
    stage: Stage, theirs: int | None, ours: int | None, kept: int | None
) -> None:
    own = {} if ours is None else {"": ours}
    at_a_time = Organization(credit_balance=1, limits={"gen4.5": ModelLimits(theirs, None)})
    a_day = Organization(credit_balance=1, limits={"gen4.5": ModelLimits(None, theirs)})

    record_limits(at_a_time, provider="simulator", account="a", now=stage.clock.now(), most=own)
    record_limits(a_day, provider="simulator", account="b", now=stage.clock.now(), most_a_day=own)

    kept_limits = ModelLimit.objects.order_by("account").values_list("max_concurrent", "max_daily")
    assert list(kept_limits) == [(kept, None), (None, kept)]


@pytest.mark.django_db
def test_a_model_has_its_own_number_and_all_others_the_plain_one() -> None:
    names = ("gen4.5", "gen4_turbo", "veo3.1")
    said = Organization(credit_balance=1, limits={name: ModelLimits(5, 100) for name in names})

    record_limits(
        said,
        provider="simulator",
        account="a",
        now=START,
        most={"": 3, "veo3.1": 1, "gen4.5": 0},
        most_a_day={"veo3.1": 7},
    )

    kept = ModelLimit.objects.order_by("model").values_list("model", "max_concurrent", "max_daily")
    assert list(kept) == [("gen4.5", 5, 100), ("gen4_turbo", 3, 100), ("veo3.1", 1, 7)]


def test_a_day_of_the_studios_own_is_kept_by_the_engine(make_stage: MakeStage) -> None:
    stage = make_stage(limits=replace(LIMITS, most_a_day={"": 1}))
    first = stage.launch()
    stage.run_until_final(first)
    second = stage.launch()

    stage.run_pass(after_s=7)
    stage.run_pass(after_s=7)

    second.refresh_from_db()
    assert (second.state, second.status_code) == (State.QUEUED, StatusCode.DAILY_LIMIT)
    assert len(stage.remote.creates) == 1


def test_checking_takes_no_place(stage: Stage) -> None:
    _allow(stage, at_a_time=1)
    take = stage.launch()
    Generation.objects.filter(pk=take.pk).update(
        state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN, provider="simulator", account=account_mark()
    )

    assert rooms(provider="simulator", account=account_mark())["gen4.5"].free == 1
