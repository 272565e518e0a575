"""Follows tasks as the official SDK does: `python -m tests.bench.custody.by_sdk URL CLIENT IDS`.

IDS is a JSON file of task ids. A coroutine each in `wait_for_task_output()`, with the SDK's own pauses. CLIENT is
`default` or `aiohttp`. Ends when all tasks have.
"""

import asyncio
import json
import sys
from pathlib import Path

from runwayml import AsyncRunwayML, DefaultAioHttpClient
from runwayml.lib.polling import AsyncNewTaskCreatedResponse, create_async_waitable_resource

from tests.bench.custody.machine import KEY


async def follow(url: str, kind: str, task_ids: list[str]) -> None:
    """Wait for all of them at once, for as long as it takes."""
    http_client = DefaultAioHttpClient() if kind == "aiohttp" else None
    async with AsyncRunwayML(api_key=KEY, base_url=url, http_client=http_client) as client:
        created = create_async_waitable_resource(AsyncNewTaskCreatedResponse, client)
        waits = (created.construct(id=task_id).wait_for_task_output(timeout=None) for task_id in task_ids)
        await asyncio.gather(*waits)


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1], sys.argv[2], json.loads(Path(sys.argv[3]).read_text())))
