"""A launch wakes the engines that listen; without a listener nothing is lost."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction

from studio.generations.nudge import nudge
from studio.sync.context import in_database
from studio.sync.wakeup import listen
from tests.stage import Stage

ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL can notify")
WAIT_S = 20


async def _heard(act: Any) -> bool:
    """Whether `act`, a sync function, wakes a listener."""
    woken = asyncio.Event()
    ear = asyncio.create_task(listen(woken))
    try:
        await asyncio.wait_for(woken.wait(), WAIT_S)  # it listens now
        woken.clear()
        await in_database(act)()
        try:
            await asyncio.wait_for(woken.wait(), 1)
        except TimeoutError:
            return False
        return True
    finally:
        ear.cancel()
        await asyncio.gather(ear, return_exceptions=True)


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_a_launch_and_a_cancel_wake_the_engines(stage: Stage) -> None:
    assert async_to_sync(_heard)(stage.launch)


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_wakes_nobody() -> None:
    def in_vain() -> None:
        with transaction.atomic():
            nudge()
            transaction.set_rollback(True)

    assert not async_to_sync(_heard)(in_vain)


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_a_broken_connection_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.sync.wakeup.FIRST_PAUSE_S", 0.05)

    def drop() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%%' AND pid <> pg_backend_pid() AND datname = current_database()"
            )
            assert cursor.fetchall() == [(True,)]

    assert async_to_sync(_heard)(drop)  # it is back, and looks for what it has missed
