"""What is done beside the engine's loop, as tasks: one code path for its own threads and for workers over Redis."""

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connections
from django_tasks import task

from studio.generations import transitions
from studio.generations.sentences import known_code
from studio.generations.transitions import Claim
from studio.models import Generation
from studio.providers.base import RemoteTask
from studio.sync.claims import let_go
from studio.sync.context import Bench, in_database
from studio.sync.following import resume_storing
from studio.sync.gateway import open_provider, open_provider_with
from studio.sync.handing import take_over
from studio.sync.keyring import read_key
from studio.sync.leases import lease_kept
from studio.sync.queues import CLIPS_QUEUE
from studio.sync.storing import set_back, store

log = structlog.get_logger()

SET_ASIDE = timedelta(minutes=15)
Cancel = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Given:
    """What an engine gives its own thread: its bench, the task that it has just read, and where to say how the work
    can be cancelled."""

    bench: Bench
    task: RemoteTask | None
    tell_cancel: Callable[[Cancel], None]


given_here: ContextVar[Given | None] = ContextVar("given_here", default=None)


@task(queue_name=CLIPS_QUEUE)
def store_clip(generation_id: int, token: str) -> bool:
    """Whether the row was handed over under this token, and is so no more: a message that comes twice does nothing."""
    return asyncio.run(_store_clip(Claim(generation_id, UUID(token))))


async def _store_clip(handed: Claim) -> bool:
    given = given_here.get()
    _be_cancellable(given)
    try:
        return await _with_its_key(handed, given)
    finally:
        if given is None:
            await in_database(connections.close_all)()


async def _with_its_key(handed: Claim, given: Given | None) -> bool:
    """With the key that the task was sent with, on connections of this thread."""
    account = await in_database(_account_of)(handed)
    bench = _bench_here(given.bench.of_account(account)) if given else await _own_bench(account)
    try:
        return await _take_and_work(handed, bench, given.task if given else None)
    finally:
        await bench.provider.aclose()


def _be_cancellable(given: Given | None) -> None:
    """By the engine that waits for this thread; in a worker's process by SIGTERM."""
    loop, work = asyncio.get_running_loop(), asyncio.current_task()
    assert work is not None  # noqa: S101  # for the types: a coroutine is in a task
    if given:
        given.tell_cancel(lambda: loop.call_soon_threadsafe(work.cancel))
    elif threading.current_thread() is threading.main_thread():
        loop.add_signal_handler(signal.SIGTERM, work.cancel)


def _account_of(handed: Claim) -> str:
    """Of the key that it was sent with."""
    return Generation.objects.values_list("account", flat=True).filter(pk=handed.generation_id).first() or ""


def _bench_here(of_engine: Bench) -> Bench:
    """The engine's, with connections of this thread: its reads are the engine's reads, of one budget."""
    bench = replace(of_engine, provider=(of_engine.open_provider or open_provider)())
    bench.reads = of_engine.reads
    return bench


async def _own_bench(account: str) -> Bench:
    """A worker's, with the key that the task was sent with: a team's, or the installation's."""
    from studio.sync.engine import make_bench  # the engine knows its tasks

    key = await in_database(read_key)(account)
    if key is None:
        return make_bench(open_provider())
    return replace(make_bench(open_provider_with(key.key, on_behalf_of=key.on_behalf_of)), account=account)


async def _take_and_work(handed: Claim, bench: Bench, task: RemoteTask | None) -> bool:
    claim = await in_database(take_over)(handed, lease_s=bench.limits.lease_s, now=bench.now())
    if claim:
        async with lease_kept(bench, claim):
            await _work(bench, claim, task)
    return claim is not None


async def _work(bench: Bench, claim: Claim, task: RemoteTask | None) -> None:
    """The one step. Its trouble touches this take alone; when it is cancelled, the row is free at once."""
    try:
        await _store(bench, claim, task)
    except asyncio.CancelledError:
        await in_database(let_go)([claim])
        raise
    except Exception:
        log.exception("generation.step_failed", generation_id=claim.generation_id)
        await _set_back(bench, claim)


async def _store(bench: Bench, claim: Claim, task: RemoteTask | None) -> None:
    generation = await in_database(_load)(claim)
    if generation is None:
        return
    if task is None:
        if not given_here.get():
            await asyncio.sleep(pause_before_read(generation, now=bench.now(), poll_s=bench.limits.poll_s))
        await resume_storing(bench, claim, generation)
    else:
        await store(bench, claim, generation, task)


def pause_before_read(generation: Generation, *, now: datetime, poll_s: float) -> float:
    """Seconds until a worker may read the task: the engine has read it at `rendered_at`, and the provider's minimum
    lies between two reads. Never more than that, whatever the clocks of two machines say."""
    seen_at = generation.rendered_at
    return 0.0 if seen_at is None else max(0.0, min(poll_s, poll_s - (now - seen_at).total_seconds()))


def _load(claim: Claim) -> Generation | None:
    held = Generation.objects.select_related("prompt", "project", "team")
    return held.filter(pk=claim.generation_id, lease_token=claim.token).first()


async def _set_back(bench: Bench, claim: Claim) -> None:
    """After a step that broke: look at it again later."""
    try:
        generation = await in_database(_load)(claim)
        if generation:
            await set_back(bench, claim, generation, known_code(generation.status_code))
    except (OperationalError, InterfaceError):
        return
    except Exception:  # the row itself cannot be read
        log.exception("generation.unreadable", generation_id=claim.generation_id)
        with suppress(OperationalError, InterfaceError):
            await in_database(transitions.set_aside)(claim, due_at=bench.now() + SET_ASIDE)
