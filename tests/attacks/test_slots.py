"""A provider whose downloads crawl must not keep the engine from sending and reading."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync

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
        self.released = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def download(self, url: str, path: Path, **options: Any) -> None:
        self.open += 1
        await self.released.wait()
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


@pytest.mark.parametrize(("concurrency", "most"), [(4, 3), (2, 1), (8, 6)])
@pytest.mark.django_db(transaction=True)
def test_crawling_downloads_leave_places_to_send(make_stage: Places, concurrency: int, most: int) -> None:
    stage = make_stage()
    stage.remote.max_concurrent = None  # places at the provider are not what this is about
    _finished_there(stage, takes=10)
    stage.limits = replace(LIMITS, concurrency=concurrency)

    async def story() -> tuple[int, int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(stage.remote))) as client:
            crawling = Crawling(stage.provider(client))
            engine = stage.engine(crawling)  # type: ignore[arg-type]  # all else is passed on
            await _settled(engine)
            stuck = crawling.open
            late = await in_database(stage.launch)()
            stage.clock.advance(10)
            await _settled(engine)
            state = await in_database(_state)(late)
            crawling.released.set()
            while engine._working:
                await asyncio.wait(engine._working)
            await engine.poller.finish()
            assert state == State.RUNNING
            return stuck, engine.bench.saving

    assert async_to_sync(story)() == (most, 0)


def _state(generation: Generation) -> str:
    return Generation.objects.values_list("state", flat=True).get(pk=generation.pk)
