"""Teams with keys of their own: what is sent with which key, and what a change or a refusal of one touches."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import Settings

from accounts.models import Team
from studio.credits.audit import differences
from studio.credits.ledger import grant
from studio.enums import State, StatusCode, Verdict
from studio.generations import provider_keys
from studio.generations.breakers import open_breakers
from studio.generations.cancel import cancel_generation
from studio.generations.provider_keys import enter_key, mark_of, retire_key
from studio.generations.submit import submit_generation
from studio.generations.vigil import oldest_unclaimed
from studio.models import (
    BalanceReading,
    Breaker,
    Evidence,
    Generation,
    ModelLimit,
    Project,
    ProviderKey,
    WorkerHeartbeat,
)  # fmt: skip
from studio.providers.base import Provider
from studio.simulator.remote import Remote
from studio.sync import gateway, tasks
from studio.sync.context import in_database
from studio.sync.gateway import account_mark
from tests.factories import ProjectFactory, TeamFactory
from tests.stage import GRANT, Stage

KEY, NEXT, THEIRS = (f"key_{letters * 64}" for letters in ("ab", "cd", "ef"))
SECRET = "a secret of forty characters or so, for tests"
COST = 24
MakeStage = Callable[..., Stage]


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> None:
    settings.PROVIDER_KEYS_SECRET = [SECRET]


@pytest.fixture
def elsewhere(stage: Stage) -> Project:
    """A project of another team."""
    team = TeamFactory.create(slug="elsewhere", owner=stage.owner)
    grant(team, credits=GRANT, note="To start with", by=stage.owner, now=stage.clock.now())
    return ProjectFactory.create(team=team, slug="film", created_by=stage.owner)


def give(stage: Stage, key: str, team: Team | None = None, *, on_behalf_of: str = "") -> ProviderKey:
    return enter_key(
        team or stage.team, key=key, on_behalf_of=on_behalf_of, by=stage.owner, now=stage.clock.now()
    )  # fmt: skip


def launch(stage: Stage, project: Project, **changes: Any) -> list[Generation]:
    return submit_generation(
        project, spec=stage.spec(**changes), token=uuid.uuid4(), by=stage.owner, now=stage.clock.now()
    )


def state_of(take: Generation) -> tuple[str, str]:
    take.refresh_from_db()
    return take.state, take.status_code


def reads_of(remote: Remote) -> set[str]:
    return {record.path.rsplit("/", 1)[1] for record in remote.requests if record.path.startswith("/v1/tasks/")}


def test_each_team_sends_with_its_own_key_and_the_others_with_the_installations(
    stage: Stage, elsewhere: Project
) -> None:
    mine, theirs = stage.add_account(KEY, credits=5_000), stage.add_account(THEIRS, credits=700)
    give(stage, KEY)
    give(stage, THEIRS, elsewhere.team)
    third = TeamFactory.create(slug="third", owner=stage.owner)
    grant(third, credits=GRANT, note="To start with", by=stage.owner, now=stage.clock.now())
    takes = [
        stage.launch(),
        *launch(stage, elsewhere),
        *launch(stage, ProjectFactory.create(team=third, created_by=stage.owner)),
    ]

    for take in takes:
        assert stage.run_until_final(take).state == State.READY

    accounts = [Generation.objects.get(pk=take.pk).account for take in takes]
    assert accounts == [mark_of(KEY), mark_of(THEIRS), account_mark()]
    remotes = (mine, theirs, stage.remote)
    assert [set(remote.tasks) for remote in remotes] == [{one.provider_task_id} for one in map(_fresh, takes)]
    assert [reads_of(remote) for remote in remotes] == [{one.provider_task_id} for one in map(_fresh, takes)]
    assert [remote.credit_balance for remote in remotes] == [5_000 - COST, 700 - COST, 1_000_000 - COST]
    balances = dict(BalanceReading.objects.order_by("read_at").values_list("account", "credit_balance"))
    assert balances.keys() == set(accounts)
    assert (balances[mark_of(KEY)], balances[mark_of(THEIRS)]) == (5_000 - COST, 700 - COST)
    assert list(differences()) == []


def _fresh(take: Generation) -> Generation:
    return Generation.objects.get(pk=take.pk)


def test_a_key_is_checked_as_soon_as_it_is_entered(stage: Stage) -> None:
    stage.add_account(KEY, credits=1_234)
    entered = give(stage, KEY)
    assert (entered.checked_at, entered.last_four) == (None, "abab")

    stage.run_pass()

    entered.refresh_from_db()
    assert (entered.check_code, entered.balance_credits) == (StatusCode.NONE, 1_234)
    assert entered.checked_at == stage.clock.now()
    assert ModelLimit.objects.filter(account=entered.account).exists()


def test_a_key_that_is_refused_says_so_and_stops_that_teams_line_alone(stage: Stage, elsewhere: Project) -> None:
    stage.add_account(KEY, scenario="key_revoked")
    entered = give(stage, KEY)
    mine, others = stage.launch_all(takes=4), launch(stage, elsewhere, takes=4)

    for _ in range(3):
        stage.run_pass(after_s=7)

    entered.refresh_from_db()
    assert entered.check_code == StatusCode.KEY_REFUSED
    assert {state_of(take) for take in mine} == {(State.QUEUED, StatusCode.KEY_REFUSED)}
    assert {state_of(take)[0] for take in others} == {State.READY}
    breaker = Breaker.objects.get(opened_at__isnull=False)
    assert (breaker.account, breaker.team) == (mark_of(KEY), None)
    assert [one.account for one in open_breakers(stage.team)] == [mark_of(KEY)]
    assert open_breakers(elsewhere.team) == []
    assert [one.is_of_a_team for one in open_breakers()] == [True]
    assert WorkerHeartbeat.objects.get().trouble == StatusCode.NONE
    assert not oldest_unclaimed(now=stage.clock.now() + timedelta(seconds=30)).is_late

    stage.others[KEY].scenario = "normal"
    for take in mine:
        assert stage.run_until_final(take, step_s=60).state == State.READY


def test_a_refused_key_of_the_installation_does_not_hold_up_a_team_with_its_own(
    make_stage: MakeStage, settings: Settings
) -> None:
    stage = make_stage("key_revoked")
    stage.add_account(KEY)
    give(stage, KEY)
    takes = stage.launch_all(takes=4)

    for take in takes:
        assert stage.run_until_final(take).state == State.READY

    assert WorkerHeartbeat.objects.get().trouble == StatusCode.KEY_REFUSED
    assert open_breakers(stage.team) == []


def test_a_take_under_way_finishes_with_the_old_key_and_the_next_one_takes_the_new(stage: Stage) -> None:
    old, new = stage.add_account(KEY), stage.add_account(NEXT)
    give(stage, KEY)
    first = stage.launch()
    stage.run_pass()
    assert state_of(first)[0] == State.RUNNING

    give(stage, NEXT)
    second = stage.launch()

    assert stage.run_until_final(second).state == State.READY
    assert stage.run_until_final(first).state == State.READY
    assert [_fresh(take).account for take in (first, second)] == [mark_of(KEY), mark_of(NEXT)]
    assert (len(old.creates), len(new.creates)) == (1, 1)
    assert reads_of(new) == {_fresh(second).provider_task_id}
    assert ProviderKey.objects.active().get().account == mark_of(NEXT)


def test_a_key_retired_under_way_still_finishes_and_cancels_and_the_next_take_goes_with_the_installations(
    stage: Stage,
) -> None:
    old = stage.add_account(KEY)
    give(stage, KEY)
    first, unwanted = stage.launch_all(takes=2)
    stage.run_pass()
    assert retire_key(stage.team, by=stage.owner, now=stage.clock.now())
    unwanted.refresh_from_db()
    cancel_generation(unwanted, by=stage.owner, now=stage.clock.now())
    after = stage.launch()

    assert stage.run_until_final(first).state == State.READY
    assert stage.run_until_final(unwanted).state == State.CANCELLED
    assert stage.run_until_final(after).state == State.READY
    assert [_fresh(take).account for take in (first, after)] == [mark_of(KEY), account_mark()]
    assert {record.method for record in old.requests if str(unwanted.provider_task_id) in record.path} >= {"DELETE"}
    assert not retire_key(stage.team, by=stage.owner, now=stage.clock.now())


def test_a_retired_key_is_forgotten_when_no_take_needs_it(stage: Stage) -> None:
    stage.add_account(KEY)
    entered = give(stage, KEY)
    take = stage.launch()
    stage.run_pass()
    retire_key(stage.team, by=stage.owner, now=stage.clock.now())

    assert provider_keys.forget_retired(now=stage.clock.now() + timedelta(days=1)) == 0
    stage.run_until_final(take)
    assert provider_keys.forget_retired(now=stage.clock.now() + timedelta(minutes=1)) == 0
    assert provider_keys.forget_retired(now=stage.clock.now() + timedelta(days=1)) == 1

    entered.refresh_from_db()
    assert (entered.ciphertext, entered.account) == ("", mark_of(KEY))


def test_a_take_of_a_key_that_nobody_has_waits_honestly(stage: Stage) -> None:
    stage.add_account(KEY)
    entered = give(stage, KEY)
    take = stage.launch()
    stage.run_pass()
    retire_key(stage.team, by=stage.owner, now=stage.clock.now())
    ProviderKey.objects.filter(pk=entered.pk).update(ciphertext="")

    for _ in range(20):
        stage.run_pass(after_s=60)

    assert state_of(take) == (State.RUNNING, StatusCode.OTHER_KEY)
    give(stage, KEY)
    assert stage.run_until_final(take, step_s=300).state == State.READY


def test_a_take_of_a_forgotten_key_is_found_by_another_of_the_same_account(stage: Stage) -> None:
    account = stage.add_account(KEY)
    entered = give(stage, KEY)
    take = stage.launch()
    stage.run_pass()
    account.keys, stage.others[NEXT] = frozenset({KEY, NEXT}), account
    for task in account.tasks.values():
        task.key = NEXT  # a key of the same account sees it
    give(stage, NEXT)
    ProviderKey.objects.filter(pk=entered.pk).update(ciphertext="")

    assert stage.run_until_final(take).state == State.READY


def test_takes_of_a_team_whose_key_cannot_be_opened_wait_and_say_so(
    stage: Stage, elsewhere: Project, settings: Settings
) -> None:
    stage.add_account(KEY)
    entered = give(stage, KEY)
    settings.PROVIDER_KEYS_SECRET = ["another secret, also of forty characters"]
    mine, others = stage.launch(), launch(stage, elsewhere)[0]

    stage.run_pass()
    stage.run_pass(after_s=60)

    assert state_of(mine) == (State.QUEUED, StatusCode.KEY_UNREADABLE)
    assert state_of(others)[0] == State.READY
    entered.refresh_from_db()
    assert entered.check_code == StatusCode.KEY_UNREADABLE
    settings.PROVIDER_KEYS_SECRET = ["another secret, also of forty characters", SECRET]
    assert stage.run_until_final(mine).state == State.READY


def test_the_same_key_again_is_asked_about_once_more(stage: Stage) -> None:
    stage.add_account(KEY)
    first = give(stage, KEY)
    stage.run_pass()

    again = give(stage, KEY)

    assert (again.pk, again.checked_at) == (first.pk, None)
    stage.run_pass(after_s=5)
    again.refresh_from_db()
    assert again.checked_at == stage.clock.now()


def test_two_teams_with_one_key_share_its_limits(stage: Stage, elsewhere: Project) -> None:
    shared = stage.add_account(KEY, max_concurrent=1)
    give(stage, KEY)
    give(stage, KEY, elsewhere.team)
    stage.run_pass()
    takes = [*stage.launch_all(takes=2), *launch(stage, elsewhere, takes=2)]

    stage.run_pass()

    assert sorted(state_of(take) for take in takes) == [(State.QUEUED, StatusCode.IN_LINE)] * 3 + [
        (State.RUNNING, StatusCode.PROVIDER_PENDING)
    ]
    for take in takes:
        stage.run_until_final(take)
    assert len(shared.creates) == 4


def test_places_in_line_are_counted_for_each_key(stage: Stage, elsewhere: Project) -> None:
    stage.add_account(KEY, max_concurrent=1)
    stage.remote.max_concurrent = 1
    give(stage, KEY)
    stage.run_pass()
    mine, others = stage.launch_all(takes=3), launch(stage, elsewhere, takes=3)

    stage.run_pass(after_s=7)

    places = Generation.objects.order_by("pk").values_list("line_place", flat=True)
    assert list(places.filter(pk__in=[take.pk for take in mine])) == [None, 1, 2]
    assert list(places.filter(pk__in=[take.pk for take in others])) == [None, 1, 2]


def test_what_a_lost_answer_cost_is_asked_with_the_key_that_sent_it(stage: Stage) -> None:
    mine = stage.add_account(KEY)
    give(stage, KEY)
    stage.run_pass()
    take = stage.launch(prompt="[[create_lost]] A paper boat")
    stage.run_pass(after_s=60)
    assert state_of(take) == (State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)

    async_to_sync(_check)(stage)

    assert Evidence.objects.get(generation=take).verdict in Verdict.values
    assert any(record.path.endswith("/usage") for record in mine.requests)
    assert not any(record.path.endswith("/usage") for record in stage.remote.requests)


async def _check(stage: Stage) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=stage._app())) as client:
        engine = stage.engine(stage.provider(client))
        engine.keyring.open_with = partial(stage.with_key, client)
        await engine.keyring.refresh()
        await engine.checks.work()


def test_a_worker_fetches_with_the_key_that_sent_the_take(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    entered = give(stage, KEY)
    retire_key(stage.team, by=stage.owner, now=stage.clock.now())

    def note(key: str, **told: str) -> Provider:
        asked.append(key)
        return gateway.open_provider_with(key, **told)

    monkeypatch.setattr(tasks, "open_provider_with", note)

    async def accounts() -> list[str]:
        benches = [await tasks._own_bench(account) for account in (entered.account, account_mark(), "of nobody")]
        for bench in benches:
            await bench.provider.aclose()
        return [bench.account for bench in benches]

    assert async_to_sync(accounts)() == [mark_of(KEY), account_mark(), account_mark()]
    assert asked == [KEY]


def test_an_account_that_wants_a_name_gets_it_from_the_teams_key(stage: Stage) -> None:
    mine = stage.add_account(KEY, needs_behalf=True)
    entered = give(stage, KEY)
    take = stage.launch()
    for _ in range(4):
        stage.run_pass(after_s=7)
    assert state_of(take) == (State.QUEUED, StatusCode.ON_BEHALF_OF)
    assert stage.amounts(take) == [("hold", -COST)]

    renewed = give(stage, KEY, on_behalf_of="northlight films")

    assert renewed.account != entered.account
    assert stage.run_until_final(take, step_s=60).state == State.READY
    assert mine.creates[-1].headers["x-runway-on-behalf-of"] == "northlight films"


def test_an_account_that_wants_a_name_gets_the_installations(stage: Stage, settings: Settings) -> None:
    stage.remote.needs_behalf = True
    settings.RUNWAYML_ON_BEHALF_OF = "the studio"

    assert stage.run_until_final(stage.launch()).state == State.READY


def test_a_team_with_the_installations_own_key_is_told_apart_from_it(make_stage: MakeStage, settings: Settings) -> None:
    stage = make_stage("key_revoked")
    entered = give(stage, settings.RUNWAYML_API_SECRET)
    other = TeamFactory.create(slug="elsewhere", owner=stage.owner)
    takes = stage.launch_all(takes=4)
    assert entered.account == account_mark()

    for _ in range(3):
        stage.run_pass(after_s=7)

    entered.refresh_from_db()
    assert (entered.account != account_mark(), entered.check_code) == (True, StatusCode.KEY_REFUSED)
    assert [one.account for one in open_breakers(stage.team)] == [entered.account]
    assert open_breakers(other) == []
    stage.remote.scenario = "normal"
    for take in takes:
        assert stage.run_until_final(take, step_s=60).state == State.READY


def test_reads_of_a_key_that_is_refused_do_not_hold_up_those_of_another(stage: Stage, elsewhere: Project) -> None:
    stage.add_account(KEY)
    give(stage, KEY)
    mine, others = stage.launch(), launch(stage, elsewhere)[0]
    stage.run_pass()
    stage.others[KEY].scenario = "key_revoked"

    assert stage.run_until_final(others).state == State.READY
    assert state_of(mine) == (State.RUNNING, StatusCode.KEY_REFUSED)


@pytest.mark.parametrize("held", ["own", "theirs"])
def test_a_key_that_wants_peace_is_passed_over_when_tasks_are_claimed(stage: Stage, held: str) -> None:
    stage.add_account(KEY)
    give(stage, KEY)
    mine = stage.launch()
    stage.run_pass()
    retire_key(stage.team, by=stage.owner, now=stage.clock.now())
    own = stage.launch()
    stage.run_pass()
    stage.clock.advance(60)
    wanted = {"own": mine, "theirs": own}[held]

    assert async_to_sync(_claimed)(stage, held) == [wanted.pk]


async def _claimed(stage: Stage, held: str) -> list[int]:
    """The tasks that an engine claims to read while one of its keys is held."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=stage._app())) as client:
        engine = stage.engine(stage.provider(client))
        engine.keyring.open_with = partial(stage.with_key, client)
        await engine.keyring.refresh()
        benches = dict(zip(("own", "theirs"), engine.keyring.all(), strict=True))
        benches[held].reads.hold(60)
        left = {bench.account: bench.reads.left() for bench in engine.keyring.all()}
        rows = await in_database(engine.poller._claim)(9, engine.poller._of_accounts(left))
        return [row.pk for row in rows]
