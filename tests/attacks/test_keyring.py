"""The ring of keys where it is not what it should be: no take goes by a key that is not its own."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import httpx
import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import Settings

from studio.enums import State
from studio.generations.provider_keys import enter_key
from studio.sync.engine import Engine
from studio.sync.keyring import Found
from tests.stage import Stage

KEY = f"key_{'ab' * 64}"
R = TypeVar("R")


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> None:
    settings.PROVIDER_KEYS_SECRET = ["a secret of forty characters or so, for tests"]


def with_engine(stage: Stage, look: Callable[[Engine], Awaitable[R]]) -> R:
    """`look` at a fresh engine that has not made a pass yet."""

    async def run() -> R:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=stage._app())) as client:
            engine = stage.engine(stage.provider(client))
            engine.keyring.open_with = partial(stage.with_key, client)
            return await look(engine)

    return async_to_sync(run)()


def test_a_team_whose_key_has_no_bench_does_not_send_with_the_installations(stage: Stage) -> None:
    async def look(engine: Engine) -> object:
        engine.keyring._found = Found({}, {stage.team.pk: "gone"}, {}, frozenset(), frozenset())
        return engine.keyring.sender_of(stage.team.pk)

    assert with_engine(stage, look) is None


def test_an_engine_that_begins_reads_no_task_before_it_knows_the_keys(stage: Stage) -> None:
    theirs = stage.add_account(KEY)
    enter_key(stage.team, key=KEY, on_behalf_of="", by=stage.owner, now=stage.clock.now())
    take = stage.launch()
    stage.run_pass()
    take.refresh_from_db()
    assert take.state == State.RUNNING
    stage.clock.advance(7)
    before = len(stage.remote.requests)

    async def read(engine: Engine) -> None:
        await engine._read_round()
        await engine.poller.finish()
        await engine.storekeeper.wait()
        await engine.keyring.aclose()

    with_engine(stage, read)

    assert f"/v1/tasks/{take.provider_task_id}" in [record.path for record in theirs.requests]
    assert [record.path for record in stage.remote.requests[before:] if "/tasks/" in record.path] == []
