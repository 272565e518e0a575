"""What the provider tests share: a specimen of each request, and a provider on recorded answers."""

from collections.abc import Callable

import httpx
import pytest

from studio.providers.base import Input, InputRole, TaskSpec, WayKind
from studio.providers.runway.client import RunwayProvider

KEY = "key_" + "a1" * 64

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def spec() -> TaskSpec:
    return TaskSpec(model="gen4.5", way=WayKind.TEXT, prompt="A paper boat", ratio="1280:720", duration_s=5)


@pytest.fixture
def spec_with_both_frames() -> TaskSpec:
    return TaskSpec(
        model="veo3.1",
        way=WayKind.IMAGE,
        prompt="A paper boat",
        ratio="1280:720",
        duration_s=8,
        sound=True,
        inputs=(Input("runway://one", InputRole.FIRST), Input("runway://two", InputRole.LAST)),
    )


@pytest.fixture
def answering() -> Callable[[Handler], RunwayProvider]:
    """A provider whose requests are answered by a function."""

    def build(handler: Handler) -> RunwayProvider:
        client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
        return RunwayProvider(api_key=KEY, client=client)

    return build
