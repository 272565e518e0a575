"""Listens for nudges on PostgreSQL, so that a launch need not wait for the next pass. Never needed for correctness."""

import asyncio
from typing import Any

import psycopg
import structlog
from django.db import connection

from studio.generations.nudge import CHANNEL
from studio.sync.context import in_database

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
log = structlog.get_logger()


async def listen(woken: asyncio.Event) -> None:
    """Set `woken` at each nudge, until cancelled; on other databases return at once.

    A connection that breaks is opened again, later and later; the engine's passes go on meanwhile.
    """
    if connection.vendor != "postgresql":
        return
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**await in_database(_address)(), autocommit=True) as ear:
                await ear.execute(f"LISTEN {CHANNEL}".encode())
                pause_s = FIRST_PAUSE_S
                woken.set()  # what was launched while nobody listened
                async for _ in ear.notifies():
                    woken.set()
        except (psycopg.Error, OSError) as error:
            log.info("engine.not_listening", error=type(error).__name__)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _address() -> dict[str, Any]:
    """What Django itself connects with, without what only Django's own cursors and rows need."""
    parameters = connection.get_connection_params()
    return {name: value for name, value in parameters.items() if name not in {"cursor_factory", "context", "pool"}}
