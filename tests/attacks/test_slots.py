"""A provider whose downloads crawl must not keep the engine from sending and reading."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import Settings

from studio.enums import State
from studio.models import Generation
from studio.providers.base import Provider
from studio.providers.errors import DownloadFailed
from studio.simulator.app import create_app
from studio.sync.context import in_database
from tests.stage import LIMITS, Stage

Places = Callable[..., Stage]


class Crawling:
    """A provider that is itself, but for downloads: they never end, until they are let go."""

    def __init__(self, inner: Provider) -> None:
        self._inner = inner
        self.open = 0
        self.released = threading.Event()  # each download has a thread and a loop of its own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def download(self, url: str, path: Path, **options: Any) -> None:
        self.open += 1
        await asyncio.to_thread(self.released.wait)
        raise DownloadFailed("broken off")


def _finished_there(stage: Stage, *, takes: int) -> None:
    for _ in range(takes):
        stage.launch()
    while Generation.objects.filter(state=State.QUEUED).exists():
        stage.run_pass()
    stage.clock.advance(6000)


async def _settled(engine: Any) -> None:
    """As many passes as it takes until nothing more is claimed."""
    for _ in range(6):
        await engine._pass()
        await engine.poller.take_on()
        await asyncio.sleep(0.3)


@pytest.mark.parametrize("places", [1, 3, 6])
@pytest.mark.django_db(transaction=True)
def test_crawling_downloads_leave_places_to_send(make_stage: Places, settings: Settings, places: int) -> None:
    settings.ENGINE_STORING = places
    stage = make_stage()
    stage.remote.max_concurrent = None  # places at the provider are not what this is about
    _finished_there(stage, takes=10)
    stage.limits = replace(LIMITS, concurrency=2)

    async def story() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(stage.remote))) as client:
            crawling = Crawling(stage.provider(client))
            engine = stage.engine(crawling)  # type: ignore[arg-type]  # all else is passed on
            engine.bench.open_provider = lambda: crawling  # type: ignore[assignment]
            await _settled(engine)
            stuck = crawling.open
            late = await in_database(stage.launch)()
            stage.clock.advance(10)
            await _settled(engine)
            state = await in_database(_state)(late)
            crawling.released.set()
            await engine.poller.finish()
            await engine.storekeeper.wait()
            assert state == State.RUNNING
            return stuck

    assert async_to_sync(story)() == places


def _state(generation: Generation) -> str:
    return Generation.objects.values_list("state", flat=True).get(pk=generation.pk)
