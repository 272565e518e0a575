"""`Retry-After` of reads of the account is kept before the next one."""

from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync

from studio.enums import StatusCode
from studio.generations.checking import Key
from studio.generations.evidence import Unknown
from studio.providers.errors import ProviderError
from studio.sync import checking
from studio.sync.context import Bench
from tests.stage import Stage

ORGANIZATION, USAGE = "/v1/organization", "/v1/organization/usage"


class Refusing:
    """A provider that asks for two minutes of peace each time."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        return httpx.Response(429, headers={"Retry-After": "120"}, json={"error": "Too many requests"})


def _with_bench(stage: Stage, refusing: Refusing, work: Any) -> Any:
    async def run() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(refusing)) as client:
            return await work(stage.engine(stage.provider(client)).bench)

    return async_to_sync(run)()


def test_the_organization_is_not_asked_before_the_wish_is_over(stage: Stage) -> None:
    refusing = Refusing()

    async def ask_at(bench: Bench) -> list[int]:
        counts = []
        for after_s in (0, 60, 59, 1):
            stage.clock.advance(after_s)
            with pytest.raises(ProviderError):
                await bench.organization()
            counts.append(len(refusing.asked))
        return counts

    assert _with_bench(stage, refusing, ask_at) == [1, 1, 1, 2]


def test_a_wish_that_is_kept_unasked_does_not_change_the_trouble(stage: Stage) -> None:
    async def ask_twice(bench: Bench) -> StatusCode:
        with pytest.raises(ProviderError):
            await bench.organization()
        bench.trouble = StatusCode.NONE  # something else went well
        with pytest.raises(ProviderError):
            await bench.organization()
        return bench.trouble

    assert _with_bench(stage, Refusing(), ask_twice) == StatusCode.NONE


def test_usage_and_balance_keep_a_wish_each(stage: Stage) -> None:
    refusing = Refusing()

    async def check_at(bench: Bench) -> list[str]:
        key = Key(bench.provider_name, bench.account)
        unknown = Unknown(1, "gen4.5", stage.clock.now(), 24)
        for after_s in (0, 119, 1):
            stage.clock.advance(after_s)
            await checking._read_usage(bench, key, [unknown])
            await checking._read_balance(bench, key)
        return refusing.asked

    assert _with_bench(stage, refusing, check_at) == [USAGE, ORGANIZATION] * 2
