"""The recount finds what does not agree, and names it with both numbers."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from studio.credits import ledger
from studio.credits.audit import differences
from studio.enums import EntryKind, State
from studio.models import CreditAccount, Generation, LedgerEntry
from tests.factories import GenerationFactory, TeamFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def take() -> Generation:
    """A finished take of 60 credits that cost 24, its books in order."""
    team = TeamFactory.create(slug="northlight")
    ledger.grant(team, credits=1_000, note="To start with", by=None)
    take = GenerationFactory.create(prompt__project__team=team, state=State.READY, quote_credits=60, cost_credits=24)
    with transaction.atomic():
        account = ledger.lock_account(team.pk)
        ledger.hold(account, generation=take, by=take.created_by, now=NOW)
        ledger.settle(account, generation=take, cost_credits=24, now=NOW)
    return take


def _found() -> list[str]:
    return [str(difference) for difference in differences()]


def _raw(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _insert(take: Generation, kind: EntryKind, amount: int) -> None:
    """An entry past the ledger: the balance does not follow."""
    account = CreditAccount.objects.get(team=take.team)
    LedgerEntry.objects.create(account=account, kind=kind, amount_credits=amount, generation=take)


def test_books_in_order_have_no_difference(take: Generation) -> None:
    open_take = GenerationFactory.create(prompt=take.prompt)
    with transaction.atomic():
        account = ledger.lock_account(take.team_id)
        ledger.hold(account, generation=open_take, by=take.created_by, now=NOW)

    assert _found() == []


def test_tampered_balance_is_found(take: Generation) -> None:
    _raw("UPDATE studio_creditaccount SET balance_credits = balance_credits + 1000000")

    assert _found() == ["balance of northlight: is 1,000,976, should be 976"]


def test_balance_without_any_entry_is_found() -> None:
    CreditAccount.objects.create(team=TeamFactory.create(slug="mallory"), balance_credits=5)

    assert _found() == ["balance of mallory: is 5, should be 0"]


def test_missing_hold_is_found(take: Generation) -> None:
    other = GenerationFactory.create(prompt=take.prompt)

    assert _found() == [f"holds of {other.public_id}: is 0, should be 1"]


@pytest.mark.parametrize("state", [State.READY, State.FAILED, State.CANCELLED])
def test_missing_closing_is_found(take: Generation, state: State) -> None:
    other = GenerationFactory.create(prompt=take.prompt, state=state, cost_credits=60, quote_credits=60)
    with transaction.atomic():
        ledger.hold(ledger.lock_account(take.team_id), generation=other, by=take.created_by, now=NOW)

    assert _found() == [f"closing entries of {other.public_id}: is 0, should be 1"]


def test_early_closing_is_found(take: Generation) -> None:
    other = GenerationFactory.create(prompt=take.prompt, state=State.RUNNING, quote_credits=60)
    with transaction.atomic():
        account = ledger.lock_account(take.team_id)
        ledger.hold(account, generation=other, by=take.created_by, now=NOW)
        ledger.release(account, generation=other, now=NOW)

    assert _found() == [f"closing entries of {other.public_id}: is 1, should be 0"]


def test_wrong_cost_is_found(take: Generation) -> None:
    _raw("UPDATE studio_generation SET cost_credits = 20 WHERE id = %s", take.pk)

    assert _found() == [f"charge of {take.public_id}: is 24, should be 20"]


def test_failed_take_that_was_charged_without_a_cost_is_found(take: Generation) -> None:
    _raw("UPDATE studio_generation SET cost_credits = NULL, state = 'failed' WHERE id = %s", take.pk)

    assert _found() == [f"charge of {take.public_id}: is 24, should be 0"]


def test_tampered_quote_of_an_open_take_is_found(take: Generation) -> None:
    other = GenerationFactory.create(prompt=take.prompt, quote_credits=60)
    with transaction.atomic():
        ledger.hold(ledger.lock_account(take.team_id), generation=other, by=take.created_by, now=NOW)
    _raw("UPDATE studio_generation SET quote_credits = 1 WHERE id = %s", other.pk)

    assert _found() == [f"credits held of {other.public_id}: is 60, should be 1"]


def test_take_on_another_teams_account_is_found(take: Generation) -> None:
    other = GenerationFactory.create()
    with transaction.atomic():
        account = ledger.lock_account(take.team_id)
        ledger.hold(account, generation=other, by=take.created_by, now=NOW)

    assert _found() == [f"entries of {other.public_id} on another team's account: is 1, should be 0"]


def test_entry_past_the_ledger_is_found(take: Generation) -> None:
    other = GenerationFactory.create(prompt=take.prompt)
    _insert(other, EntryKind.HOLD, -60)

    assert _found() == ["balance of northlight: is 976, should be 916"]


def test_command_prints_each_difference_and_exits_with_1(take: Generation, capsys: pytest.CaptureFixture[str]) -> None:
    _raw("UPDATE studio_creditaccount SET balance_credits = 0")
    _raw("UPDATE studio_generation SET cost_credits = 20 WHERE id = %s", take.pk)

    with pytest.raises(SystemExit) as caught:
        call_command("check_ledger", no_color=True)

    assert caught.value.code == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "balance of northlight: is 0, should be 976",
        f"charge of {take.public_id}: is 24, should be 20",
        "1 accounts, 3 entries: 2 differences.",
    ]


def test_command_says_that_all_is_well(take: Generation, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_ledger", no_color=True)

    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("1 accounts, 3 entries: no difference.\n", "")
