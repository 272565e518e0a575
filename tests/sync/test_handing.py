"""Finished takes are handed over to be stored: messages may be lost, late or double, and workers may die."""

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from redis.exceptions import RedisError

from studio.enums import State
from studio.generations.progress import Saved
from studio.generations.transitions import Claim
from studio.models import Clip, Generation
from studio.providers.base import RemoteTask
from studio.simulator.app import create_app
from studio.sync import claims, handing, tasks, workers
from studio.sync.budget import Budget
from studio.sync.context import in_database
from studio.sync.engine import Engine
from studio.sync.handing import take_over
from studio.sync.tasks import pause_before_read
from studio.sync.threads import Errand, Threads
from tests.stage import START, Stage
from tests.sync.sweeping import task_reads

LEASE_S = 120


@dataclass
class Letters:
    """A queue that the story holds in its hands."""

    lease_s: float = LEASE_S
    places: int = 100
    sent: list[Claim] = field(default_factory=list)

    async def free_places(self) -> int:
        return self.places

    async def give(self, claim: Claim, task: RemoteTask | None) -> bool:
        self.sent.append(claim)
        return True

    async def wait(self) -> None:
        return

    async def stop(self, within_s: float) -> None:
        return


@dataclass
class Story:
    """An engine whose messages are letters, and a worker that reads those that it is given."""

    stage: Stage
    engine: Engine
    letters: Letters

    async def engine_pass(self, *, after_s: float = 0) -> int:
        self.stage.clock.advance(after_s)
        return await self.engine.run_once()

    async def deliver(self, claim: Claim) -> None:
        worker = Threads(self.engine.bench, places=1)
        await worker.give(claim, None)
        await worker.wait()


Tell = Callable[[Callable[[Story], Awaitable[Any]]], Any]


@pytest.fixture
def tell(stage: Stage) -> Tell:
    """Awaits a story that begins with a take whose end at the provider the engine will see in its next pass."""
    stage.launch()
    stage.run_pass()
    stage.clock.advance(600)

    async def run(story: Callable[[Story], Awaitable[Any]]) -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(stage.remote))) as client:
            engine = stage.engine(stage.provider(client))
            engine.bench.open_provider = lambda: stage.provider(client)
            letters = Letters()
            engine.storekeeper.hands = letters
            return await story(Story(stage, engine, letters))

    return async_to_sync(run)


def row() -> Generation:
    return Generation.objects.get()


def downloads(stage: Stage) -> int:
    return sum(task.downloads for task in stage.remote.tasks.values())


def test_a_finished_take_is_handed_over_in_the_pass_that_sees_it(stage: Stage, tell: Tell) -> None:
    async def story(told: Story) -> list[Claim]:
        await told.engine_pass()
        return told.letters.sent

    (claim,) = tell(story)

    generation = row()
    assert (generation.state, generation.lease_token, claim.generation_id) == (
        State.STORING,
        claim.token,
        generation.pk,
    )
    assert generation.lease_until is not None
    assert (generation.lease_until - stage.clock.now()).total_seconds() == LEASE_S


def test_how_far_clips_are_is_told_with_the_passes(tell: Tell) -> None:
    async def story(told: Story) -> dict[int, Saved] | None:
        await told.engine_pass()
        (claim,) = told.letters.sent
        told.engine.bench.saved = {claim.generation_id: Saved(claim.generation_id, claim.token, 5, 10)}
        told.engine.storekeeper._told_at -= 1
        await told.engine_pass()
        return told.engine.bench.saved

    assert tell(story) == {}
    assert (row().stored_bytes, row().total_bytes, row().state) == (5, 10, State.STORING)


def test_a_lost_message_is_sent_again_under_the_same_token(stage: Stage, tell: Tell) -> None:
    async def story(told: Story) -> list[int]:
        await told.engine_pass()
        early = await told.engine_pass(after_s=LEASE_S - 1)
        late = await told.engine_pass(after_s=2)
        await told.deliver(told.letters.sent[1])
        assert told.letters.sent[0] == told.letters.sent[1]
        return [early, late, len(told.letters.sent)]

    assert tell(story) == [0, 1, 2]
    assert (row().state, Clip.objects.count(), downloads(stage)) == (State.READY, 1, 1)


def test_a_message_that_comes_twice_does_nothing_the_second_time(stage: Stage, tell: Tell) -> None:
    async def story(told: Story) -> None:
        await told.engine_pass()
        await told.deliver(told.letters.sent[0])
        await told.deliver(told.letters.sent[0])

    tell(story)

    assert (row().state, Clip.objects.count(), downloads(stage)) == (State.READY, 1, 1)


def test_a_message_that_is_late_is_good_until_somebody_has_the_row(stage: Stage, tell: Tell) -> None:
    async def story(told: Story) -> None:
        await told.engine_pass()
        told.stage.clock.advance(10 * LEASE_S)
        await told.deliver(told.letters.sent[0])

    tell(story)

    assert (row().state, downloads(stage)) == (State.READY, 1)


def test_who_comes_while_another_has_the_row_goes_away(stage: Stage, tell: Tell) -> None:
    async def story(told: Story) -> None:
        await told.engine_pass()
        (claim,) = told.letters.sent
        own = await in_database(take_over)(claim, lease_s=60, now=told.stage.clock.now())
        assert own is not None
        await told.deliver(claim)
        assert (await in_database(row)()).lease_token == own.token

    tell(story)

    assert (row().state, downloads(stage)) == (State.STORING, 0)


def test_the_row_of_a_worker_that_died_is_handed_over_when_its_lease_has_run_out(stage: Stage, tell: Tell) -> None:
    async def story(told: Story) -> list[int]:
        await told.engine_pass()
        await in_database(take_over)(told.letters.sent[0], lease_s=60, now=told.stage.clock.now())
        early = await told.engine_pass(after_s=59)
        late = await told.engine_pass(after_s=2)
        await told.deliver(told.letters.sent[0])
        await told.deliver(told.letters.sent[1])
        return [early, late]

    assert tell(story) == [0, 1]
    assert (row().state, Clip.objects.count(), downloads(stage)) == (State.READY, 1, 1)


def test_without_a_place_the_row_is_free_and_found_by_a_later_pass(stage: Stage, tell: Tell) -> None:
    async def story(told: Story) -> list[Any]:
        told.letters.places = 0
        await told.engine_pass()
        free = (await in_database(row)()).lease_token
        still = await told.engine_pass(after_s=1)
        told.letters.places = 1
        return [free, still, await told.engine_pass(after_s=1), len(told.letters.sent)]

    assert tell(story) == [None, 0, 1, 1]


def test_a_place_that_becomes_free_while_another_is_filled_is_filled_too(
    stage: Stage, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.remote.max_concurrent = None
    stage.launch_all(takes=3)
    stage.run_pass(after_s=1)
    stage.clock.advance(600)

    async def story(told: Story) -> list[int]:
        told.letters.places = 0
        await told.engine_pass()
        free = iter([1, 2, 0])

        async def next_free() -> int:
            return next(free)

        monkeypatch.setattr(told.letters, "free_places", next_free)
        told.engine.storekeeper.refill()
        told.engine.storekeeper.refill()  # the second place, a moment later
        await told.engine.storekeeper.wait()
        return [len(told.letters.sent), len({claim.generation_id for claim in told.letters.sent})]

    assert tell(story) == [3, 3]


def test_an_engines_own_threads_use_the_link_that_was_just_read(stage: Stage) -> None:
    stage.launch()
    stage.run_pass()

    stage.run_pass(after_s=600)

    assert (row().state, task_reads(stage)) == (State.READY, 1)


def test_an_engine_that_closes_takes_on_nothing(tell: Tell) -> None:
    async def story(told: Story) -> list[Any]:
        await told.engine.storekeeper.finish(0)
        await told.engine_pass()
        return told.letters.sent

    assert tell(story) == []
    assert (row().state, row().lease_token) == (State.STORING, None)


def test_a_row_that_is_handed_over_while_the_engine_stops_is_free_at_once(
    stage: Stage, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = claims.renew

    async def story(told: Story) -> list[Claim]:
        keeper = told.engine.storekeeper

        def stops_meanwhile(*args: Any, **options: Any) -> bool:
            keeper._is_closing = True
            return renew(*args, **options)

        monkeypatch.setattr(handing, "renew", stops_meanwhile)
        await told.engine_pass()
        return told.letters.sent

    assert tell(story) == []
    assert (row().state, row().lease_token, row().lease_until) == (State.STORING, None, None)


def test_a_thread_that_is_stopped_before_it_takes_the_row_over_frees_it(
    stage: Stage, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    run = Errand.run

    def late(errand: Errand) -> None:
        begun.set()
        assert go_on.wait(20)
        run(errand)

    monkeypatch.setattr(Errand, "run", late)

    async def story(told: Story) -> None:
        await told.engine_pass()
        worker = Threads(told.engine.bench, places=1)
        await worker.give(told.letters.sent[0], None)
        assert await asyncio.to_thread(begun.wait, 20)
        asyncio.get_running_loop().call_later(0.1, go_on.set)
        await worker.stop(0)

    tell(story)
    assert (row().state, row().lease_token, downloads(stage)) == (State.STORING, None, 0)


@pytest.mark.parametrize(
    ("seen_before_s", "pause_s"), [(0, 5.0), (1.5, 3.5), (5, 0.0), (60, 0.0), (-30, 5.0), (None, 0.0)]
)
def test_a_worker_reads_a_task_when_the_providers_minimum_has_passed(
    seen_before_s: float | None, pause_s: float
) -> None:
    seen_at = None if seen_before_s is None else START - timedelta(seconds=seen_before_s)

    assert pause_before_read(Generation(rendered_at=seen_at), now=START, poll_s=5) == pause_s


def test_a_worker_alone_waits_before_it_reads(stage: Stage, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, int]] = []

    def pause(generation: Generation, **fields: Any) -> float:
        asked.append((pause_before_read(generation, **fields), task_reads(stage)))
        return 0.0

    monkeypatch.setattr(tasks, "pause_before_read", pause)

    async def story(told: Story) -> int:
        await told.engine_pass()
        before = task_reads(stage)
        (claim,) = told.letters.sent
        stage.clock.advance(2)
        await tasks._take_and_work(claim, told.engine.bench, None)
        assert asked == [(3.0, before)]
        return task_reads(stage) - before

    assert tell(story) == 1
    assert row().state == State.READY


def test_an_engines_own_thread_waits_for_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "pause_before_read", None)

    assert stage.run_until_final(stage.launch()).state == State.READY


@pytest.mark.parametrize(("is_away", "spent"), [(False, 1), (True, 0)])
def test_a_workers_read_is_taken_from_the_budget_of_its_engine(
    monkeypatch: pytest.MonkeyPatch, *, is_away: bool, spent: int
) -> None:
    class Message:
        def enqueue(self, generation_id: int, token: str) -> None:
            if is_away:
                raise RedisError("away")

    monkeypatch.setattr(workers, "store_clip", Message())
    reads = Budget(20, clock=lambda: 0.0)
    left = reads.left()

    async_to_sync(workers.Workers(lease_s=1, reads=reads).give)(Claim(1, uuid.uuid4()), None)

    assert left - reads.left() == spent
