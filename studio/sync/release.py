"""Whether this engine and the database are of the same release, at the start and once a minute."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections

from studio.generations import schema
from studio.sync.context import in_database
from studio.sync.heartbeat import Vitals

RETRY_S = 5.0
WATCH_S = 60.0
log = structlog.get_logger()


@dataclass(slots=True)
class Readiness:
    """Looks whether the database has every migration of this code, and says once a change why not."""

    _told: str = ""

    def look(self) -> bool:
        """Whether work may begin. A database that does not answer, or has no tables, is not ready."""
        try:
            missing = schema.unapplied()
        except (DatabaseError, InterfaceError) as error:
            close_old_connections()
            self._tell("engine.waits_for_database", error=type(error).__name__, todo="check DATABASE_URL, then migrate")
            return False
        if missing:
            self._tell("engine.waits_for_migrate", missing=missing, todo="python manage.py migrate")
        return not missing

    def _tell(self, event: str, **facts: object) -> None:
        if event != self._told:
            self._told = event
            log.error(event, **facts)


async def wait_for_schema(stop: asyncio.Event, *, retry_s: float = RETRY_S) -> bool:
    """Wait until the database has every migration of this code; False when asked to stop before. It is said once.

    An engine on tables that lack a column would break each take; one that ends would be started again and again.
    """
    readiness = Readiness()
    while not stop.is_set():
        if await in_database(readiness.look)():
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), retry_s)
    return False


def wait_here(*, retry_s: float = RETRY_S) -> None:
    """The same in this thread, for a process that forks: its children would lack a thread of the database."""
    readiness = Readiness()
    while not readiness.look():
        time.sleep(retry_s)


@dataclass(slots=True)
class Watch:
    """Compares code and database while an engine works, and says once a change what differs. It works on: a newer
    database has what this code needs, and what an older one lacks breaks the steps that need it, one by one."""

    vitals: Vitals
    _newer: list[str] = field(default_factory=list)
    _missing: int = 0

    def look(self) -> None:
        """One comparison. Raises the database's errors."""
        newer, missing = schema.unknown(), schema.unapplied()
        if newer and newer != self._newer:
            log.warning("engine.older_than_database", migrations=newer)
        if missing and missing != self._missing:
            log.error("engine.newer_than_database", missing=missing, todo="python manage.py migrate")
        self._newer, self._missing = newer, missing
        self.vitals.is_outdated = bool(newer)


async def watch_schema(vitals: Vitals, *, every_s: float = WATCH_S) -> None:
    """Look once a minute, for ever."""
    watch = Watch(vitals)
    while True:
        with contextlib.suppress(DatabaseError, InterfaceError):
            await in_database(watch.look)()
        await asyncio.sleep(every_s)
