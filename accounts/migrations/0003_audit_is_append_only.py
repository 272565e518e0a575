"""Entries of the audit log are never changed: the database itself refuses it, and on PostgreSQL a deletion too."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE ON accounts_auditentry
BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END
"""
POSTGRESQL = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'an audit entry is never changed or deleted' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE OR DELETE ON accounts_auditentry
FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
"""


def add_guard(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def drop_guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_entry_is_never_changed ON accounts_auditentry")
        schema_editor.execute("DROP FUNCTION refuse_audit_change()")
    else:
        schema_editor.execute("DROP TRIGGER audit_entry_is_never_changed")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people_and_entry")]

    operations = [migrations.RunPython(add_guard, drop_guard)]
