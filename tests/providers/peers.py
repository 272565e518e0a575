"""A peer on a real loopback socket that behaves as it is told, and records what reached it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class Peer:
    """Where it listens, and what came."""

    base_url: str
    received: list[Received] = field(default_factory=list)


def answer(status: int, body: bytes = b"", *, content_type: str = "application/json", **headers: str) -> Behaviour:
    """Answer properly and close."""
    return raw(_head(status, {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}) + body)


def answer_json(status: int, body: object, **headers: str) -> Behaviour:
    """Answer with JSON."""
    return answer(status, json.dumps(body).encode(), **headers)


def raw(data: bytes) -> Behaviour:
    """Send these bytes, whatever they are, and close."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return behave


def truncated(body: bytes, *, announced: int) -> Behaviour:
    """Announce more than is sent."""
    return raw(_head(200, {"Content-Length": str(announced)}) + body)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close without an answer."""


async def reset(writer: asyncio.StreamWriter) -> None:
    """Abort the connection without an answer."""
    writer.transport.abort()


async def stay_silent(writer: asyncio.StreamWriter) -> None:
    """Keep the connection and say nothing for longer than any test's timeout."""
    await asyncio.sleep(30)


@contextlib.asynccontextmanager
async def peer(*behaviours: Behaviour) -> AsyncIterator[Peer]:
    """Listen on loopback; the n-th request meets the n-th behaviour, later ones the last."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            here.received.append(await _receive(reader))
            await behaviours[min(len(here.received), len(behaviours)) - 1](writer)
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    here = Peer(base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield here
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def quick_client(transport: httpx.AsyncBaseTransport, *, read_s: float) -> httpx.AsyncClient:
    """A client on a given transport whose patience fits a test."""
    return httpx.AsyncClient(transport=transport, timeout=httpx.Timeout(5.0, read=read_s), trust_env=False)


async def _receive(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [
        f"HTTP/1.1 {status} X",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
