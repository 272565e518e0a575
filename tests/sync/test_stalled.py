"""An engine that lives and does no work: its heartbeat, the banner, `doctor` and `/readyz` say so."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError

from studio.enums import StatusCode
from studio.management.checkup import Level
from studio.management.checkup.engine import check_engine_here
from studio.models import WorkerHeartbeat
from studio.simulator.app import create_app
from studio.sync import claims, engine
from studio.sync.context import in_database
from studio.sync.engine import Engine, engine_name
from studio.sync.heartbeat import MOST_KEPT, Vitals, beat, say_goodbye
from studio.sync.polling import Poller
from tests.stage import LIMITS, START, Stage

LONG = 61.0
Story = Callable[[Engine], Awaitable[None]]


@pytest.fixture
def stage(make_stage: Callable[..., Stage]) -> Stage:
    return make_stage(limits=replace(LIMITS, pass_s=0.01))


def live(stage: Stage, story: Story) -> None:
    """Let an engine run beside the story, as in its process, and stop it."""

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(stage.remote))) as client:
            alive = stage.engine(stage.provider(client))
            alive.bench.open_provider = lambda: stage.provider(client)
            stop = asyncio.Event()
            running = asyncio.create_task(alive.run(stop))
            try:
                await story(alive)
            finally:
                stop.set()
                await running

    async_to_sync(run)()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # it watches numbers, not an event
            await asyncio.sleep(0.005)


async def more_passes(alive: Engine, count: int = 3) -> None:
    goal = alive.passes + count
    await until(lambda: alive.passes >= goal)


async def heartbeat() -> WorkerHeartbeat:
    return await in_database(WorkerHeartbeat.objects.get)()


def test_one_that_works_is_not_stalled(stage: Stage) -> None:
    async def story(alive: Engine) -> None:
        await more_passes(alive)
        stage.clock.advance(LONG)
        await until(lambda: alive.vitals.worked_at == stage.clock.now())
        await more_passes(alive)
        worker = await heartbeat()
        assert worker.is_at_work(now=stage.clock.now())
        assert worker.worked_at == START + timedelta(seconds=LONG)

    live(stage, story)


def test_claims_that_always_fail(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**options: Any) -> None:
        raise OperationalError("deadlock detected")

    monkeypatch.setattr(claims, "claim_due", away)

    async def story(alive: Engine) -> None:
        await more_passes(alive)
        stage.clock.advance(LONG - 2)
        await more_passes(alive)
        assert (await heartbeat()).is_at_work(now=stage.clock.now())
        stage.clock.advance(2)
        await more_passes(alive)
        worker = await heartbeat()
        assert worker.is_stalled(now=stage.clock.now())
        assert (worker.seen_at, worker.worked_at) == (START + timedelta(seconds=LONG), START)

    live(stage, story)


def test_reads_that_hang_while_the_passes_go_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LAST_POLL_S", 0.1)

    async def hangs(poller: Poller) -> int:
        return int(await asyncio.Event().wait())

    monkeypatch.setattr(Poller, "take_on", hangs)

    async def story(alive: Engine) -> None:
        stage.clock.advance(LONG)
        await more_passes(alive)
        assert alive.vitals.passed_at == stage.clock.now()
        assert (await heartbeat()).is_stalled(now=stage.clock.now())

    live(stage, story)  # and it stops all the same
    assert WorkerHeartbeat.objects.get().stopped_at == stage.clock.now()


def test_a_database_thread_that_hangs_is_silence(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, go_on = threading.Event(), threading.Event()
    claim, found = claims.claim_due, list[tuple[bool, datetime]]()

    def hangs(**options: Any) -> Any:
        if WorkerHeartbeat.objects.exists() and not found:
            hanging.set()
            assert go_on.wait(20)
            worker = WorkerHeartbeat.objects.get()
            found.append((worker.is_alive(now=stage.clock.now()), worker.seen_at))
        return claim(**options)

    monkeypatch.setattr(claims, "claim_due", hangs)

    async def story(alive: Engine) -> None:
        await until(hanging.is_set)
        passes = alive.passes
        stage.clock.advance(31)
        await asyncio.sleep(0.1)
        assert alive.passes == passes
        go_on.set()
        await more_passes(alive)
        assert (await heartbeat()).is_at_work(now=stage.clock.now())

    live(stage, story)
    assert found == [(False, START)]


def test_an_older_version_does_not_say_what_it_does(db: None) -> None:
    worker = WorkerHeartbeat.objects.create(name="old:1", provider="simulator", seen_at=START)

    assert (worker.is_stalled(now=START), worker.is_at_work(now=START)) == (False, True)


def test_each_start_has_a_name_of_its_own(db: None) -> None:
    """In a container the process is often number 1, and the host may be called the same."""
    old, new = engine_name(), engine_name()
    told = {"provider": "simulator", "passes": 1, "trouble": StatusCode.NONE}
    beat(old, **told, now=START)  # type: ignore[arg-type]
    beat(new, **told, now=START)  # type: ignore[arg-type]

    say_goodbye(old, now=START)

    assert old != new
    assert all(name.startswith(f"{socket.gethostname()}:") for name in (old, new))
    assert [worker.is_alive(now=START) for worker in WorkerHeartbeat.objects.order_by("stopped_at")].count(True) == 1
    assert WorkerHeartbeat.objects.get(name=new).is_alive(now=START)


def test_doctor_finds_the_engine_of_this_machine_by_its_name(db: None) -> None:
    assert check_engine_here().level == Level.FAIL
    name = engine_name()
    WorkerHeartbeat.objects.create(name=name, provider="simulator")

    assert (check_engine_here().level, check_engine_here().text) == (Level.OK, f"At work: {name}.")


def test_starts_without_end_do_not_fill_the_table(db: None) -> None:
    WorkerHeartbeat.objects.bulk_create(
        WorkerHeartbeat(name=f"crash:{number}", provider="simulator", seen_at=START - timedelta(minutes=number))
        for number in range(400)
    )

    beat(
        "new:1",
        provider="simulator",
        passes=1,
        trouble=StatusCode.NONE,
        now=START,
        vitals=Vitals(passed_at=START, polled_at=START),
    )

    assert WorkerHeartbeat.objects.count() == MOST_KEPT
    assert WorkerHeartbeat.objects.filter(name="new:1", worked_at=START).exists()
