"""Clocks: this machine's against those of the others. Leases, signed links and prices go by them; nothing stops."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from django.db import connection

from studio.providers.base import Organization
from studio.sync.context import Bench, in_database

APART = timedelta(seconds=30)
TICK = timedelta(seconds=1)
"""A header, or an object's date, is cut off to the second."""
log = structlog.get_logger()


def skew(theirs: datetime, *, before: datetime, after: datetime) -> timedelta:
    """How far another clock is ahead of ours (below zero: behind), which it showed between `before` and `after`.

    As little as that allows: an answer that took its time is not taken for a wrong clock.
    """
    if theirs > after:
        return theirs - after
    return min(theirs + TICK - before, timedelta())


def database_time() -> datetime | None:
    """The database server's clock; None for SQLite, which goes by this machine's."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
        return datetime.fromtimestamp(float(cursor.fetchone()[0]), tz=UTC)


@dataclass(slots=True)
class Clocks:
    """What an engine compares once a minute. It says once a change whose clock is apart from its own."""

    bench: Bench
    _apart: set[str] = field(default_factory=set)

    async def compare(self, organization: Organization, *, asked_at: datetime) -> None:
        """The provider's, as it has just answered, and the database's. Raises the database's errors."""
        self._judge("provider", organization.server_time, before=asked_at)
        before = self.bench.now()
        self._judge("database", await in_database(database_time)(), before=before)

    def _judge(self, whose: str, theirs: datetime | None, *, before: datetime) -> None:
        if theirs is None:
            return
        apart = skew(theirs, before=before, after=self.bench.now())
        was_apart = whose in self._apart
        if abs(apart) > APART and not was_apart:
            self._apart.add(whose)
            log.warning("engine.clock_apart", against=whose, seconds=round(apart.total_seconds()))
        elif abs(apart) <= APART and was_apart:
            self._apart.remove(whose)
            log.info("engine.clock_agrees", against=whose)
