"""What a remote can do: reads a second, asked by plain sockets that cost next to nothing."""

import asyncio
import time
from urllib.parse import urlsplit

from tests.bench.custody.machine import KEY, size

CONNECTIONS = 16
IN_A_ROW = 8


def capacity(url: str, *, task_id: str = "hour-0") -> float:
    """Reads of a task a second that the remote at `url` answers, over kept connections with requests in a row."""
    return asyncio.run(_asked(url, task_id, for_s=size("CAPACITY_S", 3)))


async def _asked(url: str, task_id: str, *, for_s: float) -> float:
    parts = urlsplit(url)
    request = (
        f"GET /v1/tasks/{task_id} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {KEY}\r\n"
        "X-Runway-Version: 2024-11-06\r\nAccept: application/json\r\n\r\n"
    ).encode()
    started = time.monotonic()
    ask = (_ask(parts.port or 80, request, until=started + for_s) for _ in range(CONNECTIONS))
    counts = await asyncio.gather(*ask)
    return sum(counts) / (time.monotonic() - started)


async def _ask(port: int, request: bytes, *, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.monotonic() < until:
        writer.write(request * IN_A_ROW)
        for _ in range(IN_A_ROW):
            await _answer(reader)
        count += IN_A_ROW
    writer.close()
    return count


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(head.decode())
    await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
