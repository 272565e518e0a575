"""The database: reachable, and up to date."""

from django.db import DatabaseError, connection

from studio.generations import schema
from studio.management.checkup.findings import Verdict, fail, ok, warn


def check_database() -> Verdict:
    """Whether the database answers and has all migrations."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        return fail(
            f"{connection.display_name} does not answer ({type(error).__name__}). Start it; check DATABASE_URL."
        )
    missing = schema.unapplied()
    if missing:
        return fail(f"Migrations not applied: {missing}. Run: python manage.py migrate.")
    newer = schema.unknown()
    if newer:
        return warn(f"The database is newer than this version: {', '.join(newer)}. It works on; update it soon.")
    return ok(_kind())


def _kind() -> str:
    if connection.vendor == "sqlite":
        return "SQLite, up to date. It serves one machine; for more, set DATABASE_URL to PostgreSQL."
    version = connection.get_database_version()
    return f"{connection.display_name} {version[0]}.{version[1]}, up to date."
