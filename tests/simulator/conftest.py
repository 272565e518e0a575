"""A remote under a clock that the test moves, and a client that speaks to it."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from studio.simulator import ManualClock, Remote
from tests.simulator.footage import shot
from tests.simulator.remotes import BASE_URL, HEADERS, PACE, START, Client, MakeClient


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def make_client(clock: ManualClock) -> Iterator[MakeClient]:
    """A function that builds a client of a fresh remote."""
    remotes: list[Remote] = []

    def make(**options: Any) -> Client:
        settings: dict[str, Any] = {"pace": PACE, "draft_clips": True} | options
        remotes.append(Remote(base_url=BASE_URL, clock=clock, **settings))
        return Client(remotes[-1], headers=HEADERS)

    yield make
    for remote in remotes:
        remote.clips.close()


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    return make_client()


@pytest.fixture
def remote(client: Client) -> Remote:
    return client.remote


@pytest.fixture
def text_body() -> dict[str, Any]:
    return {"model": "gen4.5", "promptText": "A paper boat", "ratio": "1280:720", "duration": 5, "seed": 7}


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """A function that makes an image file of a size, format and colour."""

    def make(width: int = 640, height: int = 360, *, kind: str = "PNG", colour: str = "teal") -> bytes:
        buffer = io.BytesIO()
        image = Image.effect_mandelbrot((width, height), (-2, -1.2, 1, 1.2), 9).convert("RGB")
        Image.blend(image, Image.new("RGB", (width, height), colour), 0.6).save(buffer, kind)
        return buffer.getvalue()

    return make


@pytest.fixture
def film(client: Client) -> Callable[..., str]:
    """A function that uploads a film and gives its address: two seconds of 320x180 with sound by default."""

    def make(**options: Any) -> str:
        return client.upload(shot(**options), filename="a.mp4")

    return make
