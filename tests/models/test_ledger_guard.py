"""Ledger entries are never changed: not by a queryset, not by raw SQL."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from studio.credits.ledger import grant
from studio.models import CreditAccount, LedgerEntry
from tests.factories import TeamFactory

pytestmark = pytest.mark.django_db
ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL guards deletion")


@pytest.fixture
def entry() -> LedgerEntry:
    return grant(TeamFactory.create(), credits=100, note="To start with", by=None)


def _raw(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_queryset_update_is_refused(entry: LedgerEntry) -> None:
    with pytest.raises(TypeError, match=r"^A ledger entry is never changed\. Write an ADJUST entry with a note\.$"):
        LedgerEntry.objects.update(amount_credits=1)

    with pytest.raises(TypeError):
        CreditAccount.objects.get().entries.update(amount_credits=1)


def test_queryset_delete_is_refused(entry: LedgerEntry) -> None:
    with pytest.raises(TypeError, match=r"^A ledger entry is never deleted\. Write an ADJUST entry with a note\.$"):
        LedgerEntry.objects.filter(pk=entry.pk).delete()

    assert LedgerEntry.objects.get() == entry


def test_saving_a_changed_entry_is_refused(entry: LedgerEntry) -> None:
    entry.amount_credits = 1_000_000

    with pytest.raises((TypeError, DatabaseError)), transaction.atomic():
        entry.save()

    assert LedgerEntry.objects.get().amount_credits == 100


def test_bulk_update_is_refused(entry: LedgerEntry) -> None:
    entry.amount_credits = 1_000_000

    with pytest.raises((TypeError, DatabaseError)), transaction.atomic():
        LedgerEntry.objects.bulk_update([entry], ["amount_credits"])

    assert LedgerEntry.objects.get().amount_credits == 100


def test_deleting_an_entry_itself_is_refused(entry: LedgerEntry) -> None:
    with pytest.raises((TypeError, DatabaseError)), transaction.atomic():
        entry.delete()

    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize(
    "change", ["amount_credits = 1", "note = 'another'", "kind = 'adjust'", "generation_id = NULL"]
)
def test_raw_update_is_refused(entry: LedgerEntry, change: str) -> None:
    with pytest.raises(IntegrityError, match="a ledger entry is never changed"):
        _raw(f"UPDATE studio_ledgerentry SET {change}")

    assert (LedgerEntry.objects.get().amount_credits, LedgerEntry.objects.get().note) == (100, "To start with")


@ON_POSTGRESQL
def test_raw_delete_is_refused_on_postgresql(entry: LedgerEntry) -> None:
    with pytest.raises(IntegrityError, match="a ledger entry is never changed or deleted"):
        _raw("DELETE FROM studio_ledgerentry")

    assert LedgerEntry.objects.count() == 1
