"""Writes what must not be forgotten, through a database that is away for a moment."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections

from studio.sync.context import in_database

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 42
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 16

log = structlog.get_logger()


async def insist(write: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `write` until it succeeds: for nine minutes and a half, which is longer than a database takes to restart or
    to fail over. Then the database's error passes through."""
    for attempt in range(TRIES - 1):
        try:
            return await in_database(write)(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            log.warning("database.away", attempt=attempt + 1, error=type(error).__name__)
            await in_database(close_old_connections)()
            await asyncio.sleep(min(FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S))
    return await in_database(write)(*args, **kwargs)
