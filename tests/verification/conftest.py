"""The official SDK, unchanged, in front of a simulator on a loopback port."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from runwayml import RunwayML
from runwayml.lib import polling

from studio.simulator import Pace, Remote
from studio.simulator.server import served

KEY = "key_" + "c" * 128
POLL_S = 0.03

Connect = Callable[..., tuple[RunwayML, Remote]]


@pytest.fixture(autouse=True)
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits six seconds between polls; here a task takes less than a tenth of one."""
    monkeypatch.setattr(polling, "POLL_TIME", POLL_S)
    monkeypatch.setattr(polling, "POLL_JITTER", 0)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A function that starts a remote and gives an SDK client of it, with strict validation and no retries."""
    with ExitStack() as stack:

        def make(*, api_key: str = KEY, **options: Any) -> tuple[RunwayML, Remote]:
            settings: dict[str, Any] = {"pace": Pace.instant(), "draft_clips": True} | options
            remote = stack.enter_context(served(lambda url: Remote(base_url=url, **settings)))
            client = RunwayML(
                api_key=api_key, base_url=remote.base_url, max_retries=0, _strict_response_validation=True
            )
            return stack.enter_context(client), remote

        yield make
