"""Every step of the ledger: what it writes, what a repeat does, and what is refused."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.transaction import TransactionManagementError

from accounts.models import Team, User
from studio.credits import ledger
from studio.credits.audit import differences
from studio.enums import EntryKind
from studio.errors import NotEnoughCredits
from studio.models import CreditAccount, Generation, LedgerEntry
from tests.factories import GenerationFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


@pytest.fixture
def alice() -> User:
    return UserFactory.create(email="alice@example.com")


@pytest.fixture
def team(alice: User) -> Team:
    return TeamFactory.create(owner=alice)


@pytest.fixture
def generation(team: Team, alice: User) -> Generation:
    """A take of 60 credits whose hold is written, of a team that had 100."""
    ledger.grant(team, credits=100, note="To start with", by=alice, now=NOW)
    take = GenerationFactory.create(prompt__project__team=team, quote_credits=60)
    ledger.hold(ledger.lock_account(team.pk), generation=take, by=alice, now=NOW)
    return take


def _lines(team: Team) -> list[tuple[str, int, str]]:
    return list(LedgerEntry.objects.filter(account__team=team).values_list("kind", "amount_credits", "note"))


def _balance(team: Team) -> int:
    return CreditAccount.objects.get(team=team).balance_credits


def test_grant_adds_a_line_and_raises_the_balance(team: Team, alice: User) -> None:
    entry = ledger.grant(team, credits=100, note="To start with", by=alice, now=NOW)

    assert (entry.kind, entry.amount_credits, entry.note) == (EntryKind.GRANT, 100, "To start with")
    assert (entry.by, entry.created_at, entry.generation) == (alice, NOW, None)
    assert _balance(team) == 100


@pytest.mark.parametrize("credits", [0, -1])
def test_grant_of_nothing_is_refused(team: Team, credits: int) -> None:
    with pytest.raises(ValueError, match=r"^A grant gives at least one credit\.$"):
        ledger.grant(team, credits=credits, note="", by=None)

    assert not LedgerEntry.objects.exists()


def test_adjust_takes_away_and_gives(team: Team, alice: User) -> None:
    ledger.adjust(team, credits=-30, note="Booked twice in October", by=alice, now=NOW)
    ledger.adjust(team, credits=10, note="Goodwill", by=alice, now=NOW)

    assert _lines(team) == [("adjust", -30, "Booked twice in October"), ("adjust", 10, "Goodwill")]
    assert _balance(team) == -20


@pytest.mark.parametrize(("credits", "note"), [(0, "Nothing"), (5, ""), (-5, "")])
def test_adjust_needs_an_amount_and_a_note(team: Team, credits: int, note: str) -> None:
    with pytest.raises(ValueError, match=r"^An adjustment has an amount that is not 0, and a note\.$"):
        ledger.adjust(team, credits=credits, note=note, by=None)

    assert not LedgerEntry.objects.exists()


def test_hold_sets_the_quote_aside(team: Team, alice: User, generation: Generation) -> None:
    entry = generation.entries.get()

    assert (entry.kind, entry.amount_credits, entry.by, entry.created_at) == (EntryKind.HOLD, -60, alice, NOW)
    assert _balance(team) == 40


def test_second_hold_is_refused(team: Team, alice: User, generation: Generation) -> None:
    account = ledger.lock_account(team.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.hold(account, generation=generation, by=alice, now=LATER)

    assert _balance(team) == 40


@pytest.mark.parametrize(
    ("cost", "given_back", "balance"),
    [(60, 0, 40), (24, 36, 76), (0, 60, 100), (61, -1, 39), (500, -440, -400)],
    ids=["as quoted", "cheaper", "for nothing", "one more", "beyond the balance"],
)
def test_settle_charges_what_it_cost(
    team: Team, generation: Generation, cost: int, given_back: int, balance: int
) -> None:
    entry = ledger.settle(ledger.lock_account(team.pk), generation=generation, cost_credits=cost, now=LATER, note="Why")

    assert entry is not None
    assert (entry.kind, entry.amount_credits, entry.note) == (EntryKind.SETTLE, given_back, "Why")
    assert entry.created_at == LATER
    assert _balance(team) == balance


def test_release_gives_the_whole_hold_back(team: Team, generation: Generation) -> None:
    entry = ledger.release(ledger.lock_account(team.pk), generation=generation, now=LATER)

    assert entry is not None
    assert (entry.kind, entry.amount_credits) == (EntryKind.RELEASE, 60)
    assert _balance(team) == 100


@pytest.mark.parametrize("first", ["settle", "release"])
@pytest.mark.parametrize("second", ["settle", "release"])
def test_second_closing_does_nothing(team: Team, generation: Generation, first: str, second: str) -> None:
    account = ledger.lock_account(team.pk)

    def close(kind: str) -> LedgerEntry | None:
        if kind == "settle":
            return ledger.settle(account, generation=generation, cost_credits=24, now=LATER)
        return ledger.release(account, generation=generation, now=LATER)

    assert close(first) is not None
    balance = _balance(team)
    assert close(second) is None
    assert (_balance(team), generation.entries.count()) == (balance, 2)


def test_require_passes_up_to_the_last_credit(team: Team) -> None:
    ledger.grant(team, credits=60, note="", by=None)
    account = ledger.lock_account(team.pk)

    ledger.require(account, credits=60)

    with pytest.raises(NotEnoughCredits) as caught:
        ledger.require(account, credits=61)
    assert caught.value.missing_credits == 1


@pytest.mark.parametrize(
    ("balance", "quote", "sentence"),
    [
        (0, 60, "This costs 60 credits and the team has 0: 60 are missing."),
        (1_000, 2_400, "This costs 2,400 credits and the team has 1,000: 1,400 are missing."),
        (-400, 60, "This costs 60 credits and the team has -400: 460 are missing."),
    ],
)
def test_missing_credits_are_told(balance: int, quote: int, sentence: str) -> None:
    error = NotEnoughCredits(quote_credits=quote, balance_credits=balance)

    assert str(error) == f"{sentence} Choose a shorter clip or fewer takes, or ask an owner for more."


def test_account_is_made_when_it_is_missing(team: Team) -> None:
    first = ledger.lock_account(team.pk)
    second = ledger.lock_account(team.pk)

    assert (first.pk, first.balance_credits) == (second.pk, 0)


def test_locked_account_knows_its_balance_after_each_line(team: Team, generation: Generation) -> None:
    account = ledger.lock_account(team.pk)
    assert account.balance_credits == 40

    ledger.release(account, generation=generation, now=LATER)

    assert account.balance_credits == 100


@pytest.mark.django_db(transaction=True)
def test_account_is_not_locked_outside_a_transaction() -> None:
    team = TeamFactory.create()

    with pytest.raises(TransactionManagementError):
        ledger.lock_account(team.pk)


def test_teams_do_not_share_an_account(team: Team, generation: Generation) -> None:
    other = TeamFactory.create()
    ledger.grant(other, credits=7, note="", by=None)

    assert (_balance(team), _balance(other)) == (40, 7)
    assert [str(difference) for difference in differences()] == []
