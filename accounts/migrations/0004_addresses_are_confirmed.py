"""Whoever has signed in until now came by an operator's command: their addresses count as confirmed."""

from django.db import migrations


def confirm(apps, schema_editor):
    user_model = apps.get_model("accounts", "User")
    address_model = apps.get_model("account", "EmailAddress")
    known = set(address_model.objects.values_list("user_id", flat=True))
    address_model.objects.bulk_create(
        [
            address_model(user_id=pk, email=email, verified=True, primary=True)
            for pk, email in user_model.objects.values_list("pk", "email").iterator()
            if pk not in known
        ],
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_audit_is_append_only"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [migrations.RunPython(confirm, migrations.RunPython.noop)]
