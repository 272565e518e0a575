"""The database: reachable, up to date, and of one mind with this machine about the time."""

from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from studio.generations import schema
from studio.management.checkup.findings import Verdict, fail, ok, warn

WARN_SKEW = timedelta(seconds=2)
FAIL_SKEW = timedelta(seconds=30)
NOT_COMPARED = "The provider's clock is not compared."


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


def check_clock() -> Verdict:
    """Whether leases, made by this machine's clock, mean the same to the other machines."""
    if connection.vendor == "sqlite":
        return ok(f"SQLite goes by this machine's clock. {NOT_COMPARED}")
    before = timezone.now()
    theirs = _database_time()
    skew = theirs - (before + (timezone.now() - before) / 2)
    return judge_skew(skew)


def judge_skew(skew: timedelta) -> Verdict:
    """The verdict on a database that is `skew` ahead of this machine."""
    text = f"The database's clock is {abs(skew).total_seconds():.1f} s {'ahead' if skew > timedelta() else 'behind'}."
    mend = "Set both by a time service (NTP): leases and signed links go by the clock."
    if abs(skew) >= FAIL_SKEW:
        return fail(f"{text} {mend}")
    if abs(skew) >= WARN_SKEW:
        return warn(f"{text} {mend}")
    return ok(f"{text} {NOT_COMPARED}")


def _database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
        return datetime.fromtimestamp(float(cursor.fetchone()[0]), tz=UTC)
