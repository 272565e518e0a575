"""Following tasks: our client's reads against the official SDK's, in CPU seconds of this process."""

import asyncio
import resource
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from runwayml import AsyncRunwayML

from studio.providers.base import TaskSpec
from studio.providers.runway.client import RunwayProvider
from tests.bench.figures import Figure
from tests.journeys.simulator import simulator

KEY = "key_" + "5" * 128
TASKS = 40
ROUNDS = 15


def custody() -> list[Figure]:
    """CPU milliseconds a read, 40 tasks at a time, 600 reads each way; the simulator is another process."""
    with tempfile.TemporaryDirectory() as folder, simulator(Path(folder)) as url:
        task_ids = asyncio.run(_create(url))
        theirs = asyncio.run(_by_sdk(url, task_ids))
        ours = asyncio.run(_by_us(url, task_ids))
    return [Figure("read of a task against the SDK's tasks.retrieve", ours, theirs, "ms CPU", "lower")]


async def _create(url: str) -> list[str]:
    provider = RunwayProvider(api_key=KEY, base_url=url)
    spec = TaskSpec(model="gen4.5", prompt="A paper boat", ratio="1280:720", duration_s=2)
    try:
        return [(await provider.submit(spec)).task_id for _ in range(TASKS)]
    finally:
        await provider.aclose()


async def _by_us(url: str, task_ids: list[str]) -> float:
    provider = RunwayProvider(api_key=KEY, base_url=url)
    try:
        return await _cpu_ms_a_read(provider.fetch, task_ids)
    finally:
        await provider.aclose()


async def _by_sdk(url: str, task_ids: list[str]) -> float:
    async with AsyncRunwayML(api_key=KEY, base_url=url) as client:
        return await _cpu_ms_a_read(client.tasks.retrieve, task_ids)


async def _cpu_ms_a_read(read: Callable[[str], Awaitable[object]], task_ids: list[str]) -> float:
    await asyncio.gather(*(read(task_id) for task_id in task_ids))
    before = _cpu_s()
    for _ in range(ROUNDS):
        await asyncio.gather(*(read(task_id) for task_id in task_ids))
    return (_cpu_s() - before) * 1000 / (ROUNDS * len(task_ids))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
