"""Stopped lines as a team lives through them: what is refused waits, one take tries, and all go on by themselves."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import OperationalError

from studio.credits.audit import differences
from studio.credits.ledger import grant
from studio.enums import State, StatusCode
from studio.generations import breakers
from studio.generations.cancel import cancel_generation
from studio.models import Breaker, Generation, Project, WorkerHeartbeat
from studio.providers.base import Submitted, TaskSpec
from studio.providers.errors import Reason, Rejected, RetryLater
from studio.providers.runway.client import RunwayProvider
from studio.sync.gateway import account_mark
from tests.factories import ProjectFactory, TeamFactory
from tests.stage import GRANT, Stage

MakeStage = Callable[..., Stage]
COST = 24
MINUTE = 60


def _codes(takes: list[Generation]) -> list[tuple[str, str]]:
    for take in takes:
        take.refresh_from_db()
    return [(take.state, take.status_code) for take in takes]


def _sent(stage: Stage) -> int:
    """Creates that have reached the provider, refused ones too."""
    return len(stage.remote.creates)


def _in_s(stage: Stage, at: datetime | None) -> float | None:
    return (at - stage.clock.now()).total_seconds() if at else None


def _other_team(stage: Stage) -> Project:
    team = TeamFactory.create(slug="southlight", owner=stage.owner)
    grant(team, credits=GRANT, note="To start with", by=stage.owner, now=stage.clock.now())
    return ProjectFactory.create(team=team, created_by=stage.owner)


@pytest.mark.parametrize(
    ("scenario", "code"),
    [("key_revoked", StatusCode.KEY_REFUSED), ("out_of_credits", StatusCode.PROVIDER_OUT_OF_CREDITS)],
)
def test_the_third_refusal_of_the_key_stops_its_line_and_no_take_fails(
    make_stage: MakeStage, scenario: str, code: StatusCode
) -> None:
    stage = make_stage(scenario)
    takes = stage.launch_all(takes=3)
    stage.run_pass()
    breaker = Breaker.objects.get()
    assert (breaker.strikes, breaker.code, breaker.team, _in_s(stage, breaker.retry_at)) == (3, code, None, MINUTE)
    takes += stage.launch_all(takes=4)

    for _ in range(5):
        stage.run_pass(after_s=11)

    assert _sent(stage) == 3
    assert _codes(takes) == [(State.QUEUED, code)] * 7
    assert stage.balance == GRANT - 7 * COST


def test_one_take_tries_the_line_and_its_refusal_stops_it_for_twice_as_long(make_stage: MakeStage) -> None:
    stage = make_stage("key_revoked")
    stage.launch_all(takes=4)
    stage.run_pass()
    pauses = []
    for tries in range(1, 8):
        breaker = Breaker.objects.get()
        stage.run_pass(after_s=_in_s(stage, breaker.retry_at) or 0)
        stage.run_pass()
        breaker.refresh_from_db()
        assert (_sent(stage), breaker.tries) == (4 + tries, tries)
        pauses.append((_in_s(stage, breaker.retry_at) or 0) / MINUTE)

    assert pauses == [2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("scenario", ["key_revoked", "out_of_credits"])
def test_all_go_on_by_themselves_once_the_key_is_mended(make_stage: MakeStage, scenario: str) -> None:
    stage = make_stage(scenario)
    takes = stage.launch_all(takes=4)
    stage.run_pass()
    stage.remote.scenario = "normal"
    before = _sent(stage)

    stage.run_pass(after_s=MINUTE)
    assert _sent(stage) == before + 1
    assert (Breaker.objects.get().is_open, Breaker.objects.get().strikes) == (False, 0)
    for take in takes:
        stage.run_until_final(take)

    assert [state for state, _ in _codes(takes)] == [State.READY] * 4
    assert (len(stage.remote.tasks), stage.balance) == (4, GRANT - 4 * COST)
    assert list(differences()) == []


def test_two_refusals_and_an_acceptance_leave_the_line_running(make_stage: MakeStage) -> None:
    stage = make_stage("key_revoked")
    takes = stage.launch_all(takes=2)
    stage.run_pass()
    assert Breaker.objects.get().strikes == 2
    stage.remote.scenario = "normal"

    stage.run_pass(after_s=7)

    assert [state for state, _ in _codes(takes)] == [State.RUNNING] * 2
    assert (Breaker.objects.get().strikes, Breaker.objects.get().opened_at) == (0, None)


def test_another_key_starts_with_a_line_that_runs(make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage("key_revoked")
    takes = stage.launch_all(takes=3)
    stage.run_pass()
    old = account_mark()
    monkeypatch.setattr(settings, "RUNWAYML_API_SECRET", f"key_{'ab' * 64}")
    stage.remote.scenario = "normal"
    assert [breaker.account for breaker in breakers.open_breakers()] == [old]

    stage.run_pass(after_s=30)

    assert [state for state, _ in _codes(takes)] == [State.RUNNING] * 3
    assert Breaker.objects.get(account=old).is_open
    assert breakers.open_breakers() == []


def test_a_key_that_is_revoked_half_way_fails_nothing(stage: Stage) -> None:
    running = stage.launch_all(takes=2)
    stage.run_pass()
    stage.remote.scenario = "key_revoked"
    waiting = stage.launch_all(takes=3)
    for _ in range(12):
        stage.run_pass(after_s=300)
    assert _codes(running) == [(State.RUNNING, StatusCode.KEY_REFUSED)] * 2
    assert _codes(waiting) == [(State.QUEUED, StatusCode.KEY_REFUSED)] * 3
    assert WorkerHeartbeat.objects.get().trouble == StatusCode.KEY_REFUSED

    stage.remote.scenario = "normal"
    for take in running + waiting:
        stage.run_until_final(take, step_s=MINUTE)

    assert [state for state, _ in _codes(running + waiting)] == [State.READY] * 5
    assert len(stage.remote.tasks) == 5


def test_a_key_that_reads_again_is_tried_before_its_pause_is_over(make_stage: MakeStage) -> None:
    stage = make_stage("key_revoked")
    take = stage.launch_all(takes=3)[0]
    for _ in range(7):
        stage.run_pass(after_s=2000)
    assert (_in_s(stage, Breaker.objects.get().retry_at) or 0) >= 20 * MINUTE
    stage.remote.scenario = "normal"

    stage.run_pass(after_s=MINUTE)
    stage.run_pass(after_s=MINUTE)

    take.refresh_from_db()
    assert Breaker.objects.get().is_open is False


def test_a_key_that_reads_and_is_refused_all_the_same_is_tried_ever_more_seldom(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, tried_at_min = stage.clock.now(), []

    async def submit(self: RunwayProvider, spec: TaskSpec) -> Submitted:
        tried_at_min.append((stage.clock.now() - begun).total_seconds() / MINUTE)
        raise RetryLater("401: no creates", reason=Reason.KEY_REFUSED, status=401)

    monkeypatch.setattr(RunwayProvider, "submit", submit)
    takes = stage.launch_all(takes=3)
    stage.run_pass()

    for _ in range(80):
        stage.run_pass(after_s=MINUTE)

    assert tried_at_min == [0, 0, 0, 1, 3, 7, 15, 31, 61]
    assert _codes(takes) == [(State.QUEUED, StatusCode.KEY_REFUSED)] * 3


def test_models_that_are_gone_fail_their_takes_and_stop_no_line(make_stage: MakeStage) -> None:
    stage = make_stage("model_unavailable")
    takes = stage.launch_all(takes=4)

    stage.run_pass()

    assert _codes(takes) == [(State.FAILED, StatusCode.MODEL_NOT_ENABLED)] * 4
    assert (Breaker.objects.count(), stage.balance) == (0, GRANT)


def _forbid(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Answer 403 to requests with these words in their prompt."""
    real = RunwayProvider.submit

    async def submit(self: RunwayProvider, spec: TaskSpec) -> Submitted:
        if words in spec.prompt:
            raise Rejected("403: forbidden", reason=Reason.FORBIDDEN, status=403)
        return await real(self, spec)

    monkeypatch.setattr(RunwayProvider, "submit", submit)


def test_a_key_that_may_nothing_stops_its_line(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    _forbid(monkeypatch, "paper")
    takes = stage.launch_all(takes=3)

    for _ in range(10):
        stage.run_pass(after_s=50)

    assert _codes(takes) == [(State.QUEUED, StatusCode.LINE_STOPPED)] * 3
    assert Breaker.objects.get().is_open


def test_one_take_that_is_forbidden_while_others_go_fails_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    _forbid(monkeypatch, "castle")
    forbidden = stage.launch(prompt="A castle")
    for _ in range(5):
        stage.run_pass(after_s=50)
        stage.launch()
        stage.run_pass(after_s=1)

    assert _codes([forbidden]) == [(State.FAILED, StatusCode.REFUSED)]
    assert stage.amounts(forbidden) == [("hold", -COST), ("release", COST)]
    assert Breaker.objects.get().is_open is False


def test_a_waiting_take_may_still_be_cancelled(make_stage: MakeStage) -> None:
    stage = make_stage("out_of_credits")
    take = stage.launch_all(takes=3)[0]
    stage.run_pass()

    cancel_generation(take, by=stage.owner, now=stage.clock.now())

    assert _codes([take]) == [(State.CANCELLED, StatusCode.CANCELLED_BY_PERSON)]
    assert stage.amounts(take) == [("hold", -COST), ("release", COST)]


def test_five_moderated_takes_stop_the_line_of_their_team_alone(stage: Stage) -> None:
    other = _other_team(stage)
    for _ in range(5):
        stage.run_until_final(stage.launch(prompt="[[moderated_input]] A fight"))
    breaker = Breaker.objects.get(team=stage.team)
    assert (breaker.is_open, breaker.strikes, _in_s(stage, breaker.retry_at)) == (True, 5, 10 * MINUTE)

    waiting = stage.launch()
    stage.project, mine = other, stage.project
    theirs = stage.launch()
    stage.project = mine
    stage.run_pass(after_s=7)

    assert _codes([waiting, theirs]) == [(State.QUEUED, StatusCode.LINE_STOPPED), (State.RUNNING, "provider_pending")]


def test_a_ready_take_between_begins_the_count_anew(stage: Stage) -> None:
    for prompt in ["[[moderated_input]]"] * 4 + [""] + ["[[moderated_output]]"] * 4:
        stage.run_until_final(stage.launch(prompt=f"{prompt} A boat"))

    assert (Breaker.objects.get(team=stage.team).strikes, Breaker.objects.get(team=stage.team).is_open) == (4, False)


def test_moderated_takes_of_more_than_an_hour_do_not_count(stage: Stage) -> None:
    for _ in range(6):
        stage.run_until_final(stage.launch(prompt="[[moderated_input]] A fight"))
        stage.clock.advance(16 * MINUTE)

    assert Breaker.objects.get(team=stage.team).is_open is False


def test_a_teams_line_is_tried_by_one_take(stage: Stage) -> None:
    for _ in range(5):
        stage.run_until_final(stage.launch(prompt="[[moderated_input]] A fight"))
    blocked = stage.launch(prompt="[[moderated_input]] A fight")
    others = stage.launch_all(takes=2)
    before = _sent(stage)

    stage.run_pass(after_s=10 * MINUTE)
    assert _sent(stage) == before + 1
    stage.run_until_final(blocked)
    breaker = Breaker.objects.get(team=stage.team)
    assert (breaker.tries, _in_s(stage, breaker.retry_at), _sent(stage)) == (1, 20 * MINUTE, before + 1)
    for take in others:
        stage.run_until_final(take, step_s=5 * MINUTE)

    assert [state for state, _ in _codes(others)] == [State.READY] * 2
    assert Breaker.objects.get(team=stage.team).is_open is False


def test_what_was_sent_before_the_line_was_stopped_says_nothing_of_it(make_stage: MakeStage) -> None:
    stage = make_stage("key_revoked")
    stage.launch_all(takes=3)
    stage.run_pass()
    key = {"provider": "simulator", "account": account_mark()}
    now = stage.clock.now()
    before = Breaker.objects.values().get()

    breakers.note_acceptance(**key, sent_at=now - timedelta(seconds=1))
    breakers.note_refusal(**key, code=StatusCode.KEY_REFUSED, sent_at=now - timedelta(seconds=1), now=now)

    assert Breaker.objects.values().get() == before


def test_a_try_that_tells_nothing_of_the_key_is_given_back(make_stage: MakeStage) -> None:
    stage = make_stage("key_revoked")
    stage.launch_all(takes=3)
    stage.run_pass()
    stage.run_pass(after_s=MINUTE)
    stage.remote.scenario = "model_unavailable"

    stage.run_pass(after_s=2 * MINUTE)

    breaker = Breaker.objects.get()
    assert (breaker.is_open, breaker.tries, _in_s(stage, breaker.retry_at)) == (True, 1, MINUTE)


def test_a_breaker_that_cannot_be_written_does_not_hold_up_a_paid_clip(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:

    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(breakers, "_struck", away)

    take = stage.run_until_final(stage.launch())

    assert (take.state, stage.balance) == (State.READY, GRANT - COST)
