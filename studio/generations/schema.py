"""Schema: whether the database and this code are of the same release."""

from functools import lru_cache

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

OUR_APPS = frozenset({"accounts", "studio"})


@lru_cache(maxsize=1)
def known() -> frozenset[tuple[str, str]]:
    """(app, name) of every migration that this code has. Read from the disk once a process."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def applied() -> frozenset[tuple[str, str]]:
    """(app, name) of every migration that the database has. One query; DatabaseError before the first `migrate`."""
    return frozenset(MigrationRecorder.Migration.objects.values_list("app", "name"))


def unapplied() -> int:
    """How many migrations of this code the database lacks: this code must not run before `migrate`."""
    return len(known() - applied())


def unknown() -> list[str]:
    """Our migrations in the database that this code does not know, by name: this code is older than the database."""
    return sorted(name for app, name in applied() - known() if app in OUR_APPS)
