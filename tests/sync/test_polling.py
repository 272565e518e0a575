"""Reading many running tasks at once: one lease, one round, one budget; and one bad row that takes nobody along."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from studio.enums import State, StatusCode
from studio.generations.cancel import cancel_generation
from studio.generations.progress import record_seen
from studio.generations.transitions import Claim
from studio.models import Generation, ModelPace
from studio.providers.base import RemoteTask
from studio.providers.errors import TaskNotFound
from studio.simulator.app import create_app
from studio.sync import polling
from studio.sync.budget import Budget
from studio.sync.claims import claim_due
from studio.sync.context import Bench, in_database
from studio.sync.engine import step
from studio.sync.polling import Poller
from tests.stage import Stage

Story = Callable[[Poller], Awaitable[Any]]


def running(stage: Stage, *, takes: int) -> list[Generation]:
    """So many takes that run at the provider, all due now."""
    stage.remote.max_concurrent = None
    launched = [take for _ in range(-(-takes // 4)) for take in stage.launch_all(takes=min(4, takes))][:takes]
    while Generation.objects.filter(state=State.QUEUED).exists():
        stage.run_pass(after_s=1)
    stage.clock.advance(6)
    Generation.objects.update(due_at=stage.clock.now())
    return launched


def with_poller(stage: Stage, story: Story, *, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> Any:
    """Await `story` with a poller that speaks to the stage's remote, or to `answer`."""

    async def run() -> Any:
        transport = httpx.MockTransport(answer) if answer else httpx.ASGITransport(app=create_app(stage.remote))
        async with httpx.AsyncClient(transport=transport) as client:
            engine = stage.engine(stage.provider(client))
            try:
                return await story(engine.poller)
            finally:
                await engine.storekeeper.wait()

    return async_to_sync(run)()


async def one_round(poller: Poller) -> int:
    count = await poller.take_on()
    await poller.finish()
    return count


def reads(stage: Stage) -> int:
    return len([record for record in stage.remote.requests if record.path.startswith("/v1/tasks/")])


@pytest.mark.django_db(transaction=True)
def test_a_round_reads_each_due_task_once(stage: Stage) -> None:
    running(stage, takes=12)
    before = reads(stage)

    assert with_poller(stage, one_round) == 12

    assert reads(stage) - before == 12
    rows = Generation.objects.filter(state=State.RUNNING)
    assert {(row.lease_token, row.failures) for row in rows} == {(None, 0)}
    assert all(row.due_at >= stage.clock.now() + timedelta(seconds=5) for row in rows)
    assert with_poller(stage, one_round) == 0


@pytest.mark.django_db(transaction=True)
def test_statements_of_a_round_do_not_grow_with_its_tasks(stage: Stage) -> None:
    counts = []
    for takes in (4, 12):
        running(stage, takes=takes)
        with_poller(stage, one_round)  # what is told once: that they run
        Generation.objects.filter(state=State.RUNNING).update(due_at=stage.clock.now())
        with CaptureQueriesContext(connection) as asked:
            with_poller(stage, one_round)
        updates = [query for query in asked if not re.match(r"UPDATE .studio_generation. SET .due_at.", query["sql"])]
        counts.append(len(updates))

    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_the_budget_bounds_a_round_and_the_rest_comes_later(stage: Stage) -> None:
    running(stage, takes=8)

    async def story(poller: Poller) -> list[int]:
        poller.bench.reads.spend(195)
        first = await one_round(poller)
        await asyncio.sleep(0.1)
        return [first, await one_round(poller)]

    assert with_poller(stage, story) == [5, 3]


@pytest.mark.django_db(transaction=True)
def test_a_wish_to_wait_holds_all_reads(stage: Stage) -> None:
    takes = running(stage, takes=3)

    async def story(poller: Poller) -> tuple[int, int]:
        await one_round(poller)
        await in_database(Generation.objects.update)(due_at=stage.clock.now())
        return poller.bench.reads.left(), await one_round(poller)

    busy = httpx.Response(429, headers={"Retry-After": "90"}, json={"error": "Too many requests"})
    assert with_poller(stage, story, answer=lambda _: busy) == (0, 0)

    takes[0].refresh_from_db()
    assert (takes[0].state, takes[0].status_code, takes[0].failures) == (State.RUNNING, StatusCode.PROVIDER_BUSY, 1)


@pytest.mark.django_db(transaction=True)
def test_a_row_keeps_the_wish_that_is_longer_than_its_pause(stage: Stage) -> None:
    (take,) = running(stage, takes=1)

    with_poller(stage, one_round, answer=lambda _: httpx.Response(503, headers={"Retry-After": "400"}))

    take.refresh_from_db()
    assert take.due_at == stage.clock.now() + timedelta(seconds=400)


@pytest.mark.django_db(transaction=True)
def test_a_revoked_key_fails_nothing_and_rests(stage: Stage) -> None:
    takes = running(stage, takes=4)

    async def story(poller: Poller) -> int:
        await one_round(poller)
        return poller.bench.reads.left()

    assert with_poller(stage, story, answer=lambda _: httpx.Response(401, json={"error": "Invalid key"})) == 0
    states = Generation.objects.values_list("state", "status_code")
    assert set(states) == {(State.RUNNING, StatusCode.KEY_REFUSED)}

    for take in takes:
        assert stage.run_until_final(take, step_s=60).state == State.READY


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_written_takes_no_other_along(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    takes = running(stage, takes=3)
    bad = takes[1].pk

    def spoiled(found: Any, **options: Any) -> int:
        if any(seen.row.pk == bad for seen in found):
            raise ValueError("This row cannot be written.")
        return record_seen(found, **options)

    monkeypatch.setattr(polling, "record_seen", spoiled)

    with_poller(stage, one_round)

    leased = Generation.objects.exclude(lease_token=None)
    assert [take.pk for take in leased] == [bad]
    assert Generation.objects.filter(status_code=StatusCode.NONE).count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_is_over_or_gone_is_handed_on_with_its_lease(stage: Stage) -> None:
    done, gone = running(stage, takes=2)
    gone.refresh_from_db()
    del stage.remote.tasks[gone.provider_task_id or ""]
    stage.clock.advance(600)
    handed: dict[int, tuple[str, bool]] = {}

    async def story(bench: Bench) -> None:
        async def on_end(claim: Claim, answer: RemoteTask | TaskNotFound) -> None:
            mine = Generation.objects.filter(pk=claim.generation_id, lease_token=claim.token)
            handed[claim.generation_id] = (type(answer).__name__, await in_database(mine.exists)())

        await one_round(Poller(bench, on_end=on_end))

    with_poller(stage, lambda poller: story(poller.bench))

    assert handed == {done.pk: ("RemoteTask", True), gone.pk: ("TaskNotFound", True)}


@pytest.mark.django_db(transaction=True)
def test_a_stop_gives_back_the_leases_of_reads_that_hang(stage: Stage) -> None:
    running(stage, takes=3)

    async def story(poller: Poller) -> int:
        released = asyncio.Event()
        poller.bench.provider.fetch = lambda task_id: released.wait()  # type: ignore[method-assign,assignment,return-value]
        count = await poller.take_on()
        await asyncio.sleep(0.05)
        await poller.finish(timeout_s=0.05)
        return count

    assert with_poller(stage, story) == 3
    assert not Generation.objects.exclude(lease_token=None).exists()


@pytest.mark.django_db(transaction=True)
def test_tasks_of_another_provider_wait_for_it(stage: Stage) -> None:
    running(stage, takes=1)
    Generation.objects.update(provider="runway")

    assert with_poller(stage, one_round) == 0


@pytest.mark.django_db(transaction=True)
def test_a_task_of_another_key_is_never_given_up(stage: Stage) -> None:
    (take,) = running(stage, takes=1)
    stage.remote.tasks.clear()
    Generation.objects.update(account="another")

    for _ in range(6):
        stage.run_pass(after_s=400)

    take.refresh_from_db()
    assert (take.state, take.status_code) == (State.RUNNING, StatusCode.OTHER_KEY)


@pytest.mark.django_db(transaction=True)
def test_a_hung_up_lease_is_taken_over_when_it_has_run_out(stage: Stage) -> None:
    (take,) = running(stage, takes=1)
    Generation.objects.update(lease_token=uuid.uuid4(), lease_until=stage.clock.now() + timedelta(seconds=60))

    assert with_poller(stage, one_round) == 0
    stage.clock.advance(61)
    assert with_poller(stage, one_round) == 1
    assert stage.run_until_final(take).state == State.READY


@pytest.mark.django_db(transaction=True)
def test_what_one_engine_has_learned_the_next_one_knows(stage: Stage) -> None:
    running(stage, takes=3)

    async def to_the_end(poller: Poller) -> int:
        under_way = Generation.objects.filter(state=State.RUNNING)
        for _ in range(20):
            stage.clock.advance(2)
            await in_database(under_way.update)(due_at=stage.clock.now())
            await one_round(poller)
        return poller.almanac._manner("gen4.5").learned

    async def what_is_known(poller: Poller) -> int:
        await one_round(poller)
        return poller.almanac._manner("gen4.5").learned

    assert with_poller(stage, to_the_end) == 3
    pace = ModelPace.objects.get()
    assert (pace.provider, pace.model, pace.learned["learned"]) == ("simulator", "gen4.5", 3)
    running(stage, takes=1)
    assert with_poller(stage, what_is_known) == 3


@pytest.mark.django_db(transaction=True)
def test_a_pace_that_cannot_be_read_is_learned_anew(stage: Stage) -> None:
    ModelPace.objects.create(provider="simulator", model="gen4.5", learned={"curve": "none"})
    running(stage, takes=1)

    assert with_poller(stage, one_round) == 1


@pytest.mark.django_db(transaction=True)
def test_what_it_has_told_of_tasks_that_others_end_is_forgotten(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    takes = running(stage, takes=3)
    monkeypatch.setattr(polling, "MOST_TOLD", 2)

    async def story(poller: Poller) -> list[int]:
        await one_round(poller)
        return sorted(poller._told)

    assert len(with_poller(stage, story)) == 2
    assert Generation.objects.filter(pk__in=[take.pk for take in takes], state=State.RUNNING).count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("headers", "left"), [({}, 4), ({"Retry-After": "90"}, 0)])
def test_a_read_for_a_cancel_is_of_the_same_budget(stage: Stage, headers: dict[str, str], left: int) -> None:
    (take,) = running(stage, takes=1)
    cancel_generation(take, by=stage.owner, now=stage.clock.now())

    async def story(poller: Poller) -> int:
        poller.bench.reads = Budget(per_s=5, clock=lambda: 0.0)
        (claim,) = await in_database(claim_due)(limit=1, lease_s=60, now=stage.clock.now())
        await step(poller.bench, claim)
        return poller.bench.reads.left()

    busy = httpx.Response(429, headers=headers, json={"error": "Too many requests"})
    assert with_poller(stage, story, answer=lambda _: busy) == left

    take.refresh_from_db()
    assert (take.state, take.status_code) == (State.RUNNING, StatusCode.PROVIDER_BUSY)


@pytest.mark.django_db(transaction=True)
def test_it_looks_again_at_the_very_moment_an_end_is_expected_and_else_after_a_while(stage: Stage) -> None:
    async def story(poller: Poller) -> list[float]:
        now = stage.clock.now().timestamp()
        found = [poller.rest_s()]
        for sharp_in_s in (3.0, 0.3, 0.2, 0.1, -1.0):
            poller._sharp = [now + sharp_in_s]
            found.append(round(poller.rest_s(), 3))
        return [*found, len(poller._sharp)]

    assert with_poller(stage, story) == [0.3, 0.3, 0.3, 0.205, 0.15, 0.3, 0]
