"""Audit entries are never changed: not by a queryset, not by raw SQL."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import AuditEntry
from tests.factories import TeamFactory

pytestmark = pytest.mark.django_db
ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL guards deletion")


@pytest.fixture
def entry() -> AuditEntry:
    return record(AuditAction.TEAM_CREATED, by=None, team=TeamFactory.create(), target="Northlight")


def _raw(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_queryset_update_is_refused(entry: AuditEntry) -> None:
    with pytest.raises(TypeError, match=r"^An audit entry is never changed\.$"):
        AuditEntry.objects.update(target="Else")

    with pytest.raises(TypeError):
        AuditEntry.objects.filter(team=entry.team).update(target="Else")


def test_queryset_delete_is_refused(entry: AuditEntry) -> None:
    with pytest.raises(TypeError, match=r"^An audit entry is never deleted\.$"):
        AuditEntry.objects.filter(pk=entry.pk).delete()

    assert AuditEntry.objects.get() == entry


def test_saving_a_changed_entry_is_refused(entry: AuditEntry) -> None:
    entry.target = "Else"

    with pytest.raises((TypeError, DatabaseError)), transaction.atomic():
        entry.save()

    assert AuditEntry.objects.get().target == "Northlight"


def test_bulk_update_is_refused(entry: AuditEntry) -> None:
    entry.target = "Else"

    with pytest.raises((TypeError, DatabaseError)), transaction.atomic():
        AuditEntry.objects.bulk_update([entry], ["target"])

    assert AuditEntry.objects.get().target == "Northlight"


def test_deleting_an_entry_itself_is_refused(entry: AuditEntry) -> None:
    with pytest.raises((TypeError, DatabaseError)), transaction.atomic():
        entry.delete()

    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    "change", ["target = 'Else'", "action = 'shared'", "actor_name = 'Mallory'", "ip = NULL", "team_id = NULL"]
)
def test_raw_update_is_refused(entry: AuditEntry, change: str) -> None:
    with pytest.raises(IntegrityError, match="an audit entry is never changed"):
        _raw(f"UPDATE accounts_auditentry SET {change}")

    assert AuditEntry.objects.get().target == "Northlight"


@ON_POSTGRESQL
def test_raw_delete_is_refused_on_postgresql(entry: AuditEntry) -> None:
    with pytest.raises(IntegrityError, match="an audit entry is never changed or deleted"):
        _raw("DELETE FROM accounts_auditentry")

    assert AuditEntry.objects.count() == 1
