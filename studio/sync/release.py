"""Whether this engine and the database are of the same release, at the start and once a minute."""

import asyncio
import contextlib

import structlog
from django.db import DatabaseError

from studio.generations import schema
from studio.sync.context import in_database

RETRY_S = 5.0
WATCH_S = 60.0
log = structlog.get_logger()


async def wait_for_schema(stop: asyncio.Event, *, retry_s: float = RETRY_S) -> bool:
    """Wait until the database has every migration of this code; False when asked to stop before. It is said once.

    An engine on tables that lack a column would break each take; one that ends would be started again and again.
    """
    is_told = False
    while not stop.is_set():
        missing = await _missing()
        if missing == 0:
            return True
        if not is_told:
            is_told = True
            log.error("engine.waits_for_migrate", missing=missing, todo="python manage.py migrate")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), retry_s)
    return False


async def _missing() -> int | None:
    """None: nobody can tell, for the database does not answer or has no tables."""
    try:
        return await in_database(schema.unapplied)()
    except DatabaseError:
        return None


async def watch_schema(*, every_s: float = WATCH_S) -> None:
    """Say once a change when the database is newer than this engine. It works on: migrations add first."""
    told: list[str] = []
    while True:
        with contextlib.suppress(DatabaseError):
            newer = await in_database(schema.unknown)()
            if newer and newer != told:
                log.warning("engine.older_than_database", migrations=newer)
            told = newer
        await asyncio.sleep(every_s)
