"""Clocks that are wrong: told once a change, and no take is lost or sent twice by them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from structlog.testing import capture_logs

from studio.credits.audit import differences
from studio.enums import State, StatusCode
from studio.models import Clip, Generation
from studio.providers.base import Organization
from studio.simulator.app import create_app
from studio.sync import claims, clocks
from studio.sync.clocks import Clocks, skew
from studio.sync.context import in_database
from studio.sync.engine import Engine
from studio.sync.waking import wake
from tests.stage import LIMITS, START, Stage

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
Story = Callable[[Engine, Engine], Awaitable[None]]


@asynccontextmanager
async def engine_at(stage: Stage, off: timedelta, name: str) -> Any:
    """An engine whose clock is `off` ahead of the stage's."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(stage.remote))) as client:
        bench_of = stage.engine(stage.provider(client)).bench
        bench_of.now = lambda: stage.clock.now() + off
        bench_of.open_provider = lambda: stage.provider(client)
        yield Engine(bench_of, name=name)


def tell(stage: Stage, story: Story, *, off: timedelta) -> None:
    """A story of an engine with the right time, and of one that is `off`."""

    async def run() -> None:
        async with engine_at(stage, timedelta(), "right:1") as right, engine_at(stage, off, "wrong:1") as wrong:
            await story(right, wrong)

    async_to_sync(run)()


def creates(stage: Stage) -> int:
    return len(stage.remote.creates)


@pytest.mark.parametrize(
    ("theirs_s", "after_s", "skew_s"),
    [(0, 0, 0), (-1, 0, 0), (45, 0, 45), (-60, 0, -59), (20, 40, 0), (0, 40, 0), (41, 40, 1)],
)
def test_an_answer_that_took_its_time_is_no_wrong_clock(theirs_s: int, after_s: int, skew_s: int) -> None:
    found = skew(START + theirs_s * SECOND, before=START, after=START + after_s * SECOND)

    assert found == skew_s * SECOND


def test_an_engine_tells_once_that_a_clock_is_apart(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    skews_s = {"provider": 0, "database": 0}
    monkeypatch.setattr(clocks, "database_time", lambda: START + skews_s["database"] * SECOND)

    async def compare(compared: Clocks, **skews: int) -> None:
        skews_s.update(skews)
        said_at = START + skews_s["provider"] * SECOND
        await compared.compare(Organization(7, server_time=said_at), asked_at=START)

    async def story(right: Engine, wrong: Engine) -> None:
        compared = Clocks(right.bench)
        await compare(compared)
        await compare(compared, provider=31)
        await compare(compared, provider=40)
        await compare(compared, database=-3600)
        await compare(compared, provider=30)
        await compared.compare(Organization(7), asked_at=START)

    with capture_logs() as said:
        tell(stage, story, off=HOUR)

    told = [(entry["event"], entry["against"], entry.get("seconds")) for entry in said]
    assert told == [
        ("engine.clock_apart", "provider", 31),
        ("engine.clock_apart", "database", -3599),
        ("engine.clock_agrees", "provider", None),
    ]


def test_a_pass_reads_the_time_of_the_provider(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "database_time", lambda: None)

    async def story(right: Engine, wrong: Engine) -> None:
        await right.run_once()
        await wrong.run_once()

    with capture_logs() as said:
        tell(stage, story, off=HOUR)

    told = [(entry["against"], entry["seconds"]) for entry in said if entry["event"] == "engine.clock_apart"]
    assert told == [("provider", -3599)]


def test_the_databases_own_clock(db: None) -> None:
    found = clocks.database_time()

    assert (found is None) == (connection.vendor == "sqlite")


@pytest.mark.parametrize("off", [HOUR, -HOUR])
def test_two_engines_an_hour_apart_make_one_clip_of_each_take(stage: Stage, off: timedelta) -> None:
    takes = [stage.launch() for _ in range(4)]

    async def story(right: Engine, wrong: Engine) -> None:
        for _ in range(30):
            await asyncio.gather(right.run_once(), wrong.run_once())
            stage.clock.advance(7)

    tell(stage, story, off=off)

    assert set(Generation.objects.values_list("state", flat=True)) == {State.READY}
    assert (creates(stage), Clip.objects.count()) == (len(takes), len(takes))
    assert [stage.amounts(take) for take in takes] == [[("hold", -24), ("settle", 0)]] * 4
    assert list(differences()) == []


def test_an_engine_ahead_takes_a_lease_for_run_out_and_nothing_is_sent_twice(stage: Stage) -> None:
    """The worst that it can do: a take that is just being sent looks as if its engine were gone. Its answer heals."""
    take = stage.launch()

    async def story(right: Engine, wrong: Engine) -> None:
        submit, meanwhile, found = right.bench.provider.submit, list[int](), list[tuple[str, str]]()

        async def slow(spec: Any) -> Any:
            answer = await submit(spec)
            meanwhile.append(await wrong.run_once())
            found.append(await in_database(_state)(take))
            return answer

        right.bench.provider.submit = slow  # type: ignore[method-assign]
        await right.run_once()
        assert (meanwhile, found) == ([1], [(State.SUBMITTING, StatusCode.OUTCOME_UNKNOWN)])
        assert await in_database(_state)(take) == (State.RUNNING, StatusCode.PROVIDER_PENDING)

    tell(stage, story, off=HOUR)

    assert stage.run_until_final(take).state == State.READY
    assert (creates(stage), Clip.objects.count(), list(differences())) == (1, 1, [])


def _state(take: Generation) -> tuple[str, str]:
    return Generation.objects.values_list("state", "status_code").get(pk=take.pk)


def test_an_engine_behind_waits_for_its_clock_and_then_sends_once(stage: Stage) -> None:
    take = stage.launch()

    async def story(right: Engine, wrong: Engine) -> None:
        assert await wrong.run_once() == 0
        assert await wake(wrong.bench) == 0
        assert creates(stage) == 0
        stage.clock.advance(HOUR.total_seconds())
        assert await wrong.run_once() == 1

    tell(stage, story, off=-HOUR)

    take.refresh_from_db()
    assert (take.state, creates(stage)) == (State.RUNNING, 1)


def test_an_engine_behind_wakes_what_is_only_to_be_read(stage: Stage) -> None:
    """A read costs nothing: its sweep brings it near, whatever its clock says."""
    take = stage.launch()
    stage.run_pass()

    async def story(right: Engine, wrong: Engine) -> None:
        assert await wrong.run_once() == 0
        assert await wake(wrong.bench) == 1
        stage.clock.advance(120)
        assert await wrong.run_once() == 1

    tell(stage, story, off=-HOUR)

    take.refresh_from_db()
    assert (take.state, creates(stage)) == (State.READY, 1)


@pytest.mark.parametrize(("ahead", "is_ended"), [(timedelta(days=7), True), (HOUR, False)])
def test_a_lease_from_the_future_is_ended_by_the_sweep(stage: Stage, ahead: timedelta, *, is_ended: bool) -> None:
    """One of an hour runs out by itself, and nobody ends it: no lease is told from that of a store at work."""
    take = stage.launch()

    async def story(right: Engine, wrong: Engine) -> None:
        claim = in_database(claims.claim_due)
        assert len(await claim(limit=1, lease_s=LIMITS.lease_s, now=wrong.bench.now())) == 1  # and it is killed
        assert await right.run_once() == 0
        await wake(right.bench)
        assert await right.run_once() == (1 if is_ended else 0)
        stage.clock.advance(0 if is_ended else (ahead.total_seconds() + LIMITS.lease_s + 1))
        await right.run_once()

    tell(stage, story, off=ahead)

    take.refresh_from_db()
    assert (take.state, creates(stage)) == (State.RUNNING, 1)
