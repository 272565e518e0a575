"""What a team may spend, what is set aside, and what each take has cost."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts.models import Team
from studio.credits import ledger
from studio.credits.queries import Balance, balance, charged_credits
from studio.enums import State
from studio.models import Generation
from tests.factories import GenerationFactory, TeamFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _held(team: Team, **fields: object) -> Generation:
    take = GenerationFactory.create(prompt__project__team=team, **fields)
    with transaction.atomic():
        ledger.hold(ledger.lock_account(team.pk), generation=take, by=take.created_by, now=NOW)
    return take


def _settled(team: Team, cost: int) -> Generation:
    take = _held(team, state=State.READY, cost_credits=cost)
    with transaction.atomic():
        ledger.settle(ledger.lock_account(team.pk), generation=take, cost_credits=cost, now=NOW)
    return take


@pytest.fixture
def team() -> Team:
    team = TeamFactory.create()
    ledger.grant(team, credits=1_000, note="To start with", by=None)
    return team


def test_team_without_an_account_has_nothing() -> None:
    assert balance(TeamFactory.create()) == Balance(balance_credits=0, held_credits=0)


def test_open_holds_are_held_and_closed_ones_are_not(team: Team) -> None:
    _held(team, quote_credits=60)
    _held(team, quote_credits=24)
    _settled(team, cost=12)

    assert balance(team) == Balance(balance_credits=1_000 - 60 - 24 - 12, held_credits=84)


def test_other_teams_holds_do_not_count(team: Team) -> None:
    other = TeamFactory.create()
    ledger.grant(other, credits=500, note="", by=None)
    _held(other, quote_credits=60)

    assert balance(team) == Balance(balance_credits=1_000, held_credits=0)


def test_charges_are_of_closed_takes_alone(team: Team) -> None:
    cheap, dear, free, waiting = _settled(team, 12), _settled(team, 99), _settled(team, 0), _held(team)

    assert charged_credits([cheap.pk, dear.pk, free.pk, waiting.pk]) == {cheap.pk: 12, dear.pk: 99, free.pk: 0}
    assert charged_credits([cheap.pk]) == {cheap.pk: 12}
    assert charged_credits([]) == {}


def test_queries_do_not_grow(team: Team, django_assert_num_queries: Callable[..., object]) -> None:
    takes = [_settled(team, 12) for _ in range(3)]

    for count in (1, 3):
        with django_assert_num_queries(1):  # type: ignore[attr-defined]  # a context manager
            charged_credits([take.pk for take in takes[:count]])
    with django_assert_num_queries(2):  # type: ignore[attr-defined]  # a context manager
        balance(team)
