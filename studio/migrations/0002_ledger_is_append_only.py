"""Entries of the ledger are never changed: the database itself refuses it, and on PostgreSQL a deletion too."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER ledger_entry_is_never_changed BEFORE UPDATE ON studio_ledgerentry
BEGIN SELECT RAISE(ABORT, 'a ledger entry is never changed'); END
"""
POSTGRESQL = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a ledger entry is never changed or deleted' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER ledger_entry_is_never_changed BEFORE UPDATE OR DELETE ON studio_ledgerentry
FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
"""


def add_guard(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def drop_guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER ledger_entry_is_never_changed ON studio_ledgerentry")
        schema_editor.execute("DROP FUNCTION refuse_ledger_change()")
    else:
        schema_editor.execute("DROP TRIGGER ledger_entry_is_never_changed")


class Migration(migrations.Migration):
    dependencies = [("studio", "0001_studio")]

    operations = [migrations.RunPython(add_guard, drop_guard)]
