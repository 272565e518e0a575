"""An engine and a database of different releases."""

import asyncio

import pytest
from asgiref.sync import async_to_sync

from studio.generations import schema
from studio.sync import release


def test_an_engine_waits_for_migrate_and_then_goes_on(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    answers = [2, 1, 0]
    monkeypatch.setattr(schema, "unapplied", lambda: answers.pop(0))

    async def story() -> bool:
        return await release.wait_for_schema(asyncio.Event(), retry_s=0.01)

    assert (async_to_sync(story)(), answers) == (True, [])


def test_an_engine_that_waits_can_be_stopped(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(schema, "unapplied", lambda: 1)

    async def story() -> bool:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        return await release.wait_for_schema(stop, retry_s=5)

    assert async_to_sync(story)() is False
