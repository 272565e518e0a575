"""The line between the product and the simulator: a real socket on loopback, on which chosen calls meet trouble."""

import asyncio
import contextlib
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx

from studio.simulator.app import create_app
from studio.simulator.remote import Remote

HOP_HEADERS = {"connection", "content-length", "transfer-encoding", "host"}
LONGER_THAN_ANY_TEST_S = 60.0


class Call(StrEnum):
    """What the product asks of the provider."""

    ORGANIZATION = "GET /v1/organization"
    TICKET = "POST /v1/uploads"
    FORM = "POST /runway-uploads-prod"
    CREATE = "POST /v1/*_to_video"
    READ = "GET /v1/tasks/*"
    DELETE = "DELETE /v1/tasks/*"
    FILE = "GET /outputs/*"

    @classmethod
    def of(cls, method: str, path: str) -> "Call | None":
        if path.endswith("_to_video"):
            return cls.CREATE
        return next((call for call in cls if f"{method} {path}".startswith(call.rstrip("*"))), None)


@dataclass(slots=True)
class Exchange:
    """One request, and the socket on which it is answered."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    writer: asyncio.StreamWriter
    line: "Line"
    remote: Remote

    async def forwarded(self) -> httpx.Response:
        """The simulator's own answer."""
        answer = await self._answer()
        self.line.bought += answer.status_code == httpx.codes.OK and self.target.endswith("_to_video")
        return answer

    async def _answer(self) -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(self.remote))
        headers = {name: value for name, value in self.headers.items() if name not in HOP_HEADERS}
        async with httpx.AsyncClient(transport=transport, base_url=self.remote.base_url) as client:
            return await client.request(self.method, self.target, headers=headers, content=self.body)

    def reply(
        self, status: int, body: bytes, *, content_type: str = "application/json", announced: int | None = None
    ) -> None:
        """Write an answer that announces `announced` bytes, or as many as there are."""
        length = len(body) if announced is None else announced
        head = f"HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {length}"
        self.writer.write(f"{head}\r\n\r\n".encode() + body)

    def relay(self, answer: httpx.Response, *, body: bytes | None = None, announced: int | None = None) -> None:
        """Write the simulator's answer, with another body where one is given."""
        content_type = answer.headers.get("content-type", "text/plain")
        content = answer.content if body is None else body
        self.reply(answer.status_code, content, content_type=content_type, announced=announced)


Behaviour = Callable[[Exchange], Awaitable[None]]


@dataclass(slots=True)
class Trouble:
    """The next `times` requests of a kind meet a behaviour; `skip` of them pass first."""

    call: Call
    behave: Behaviour
    times: int = 1
    skip: int = 0


def says(
    status: int,
    body: bytes = b"",
    *,
    content_type: str = "application/json",
    after: bool = False,
    announced: int | None = None,
) -> Behaviour:
    """This in place of the simulator's answer; `after`: once the simulator has had the request."""

    async def behave(exchange: Exchange) -> None:
        if after:
            await exchange.forwarded()
        exchange.reply(status, body, content_type=content_type, announced=announced)

    return behave


def silent(*, after: bool = False) -> Behaviour:
    """Nothing, for longer than the client waits."""

    async def behave(exchange: Exchange) -> None:
        if after:
            await exchange.forwarded()
        await asyncio.sleep(LONGER_THAN_ANY_TEST_S)

    return behave


def reset(*, after: bool = False) -> Behaviour:
    """The connection is aborted without an answer."""

    async def behave(exchange: Exchange) -> None:
        if after:
            await exchange.forwarded()
        exchange.writer.transport.abort()

    return behave


async def breaks_off(exchange: Exchange) -> None:
    """Two thirds of what was announced, then a reset."""
    answer = await exchange.forwarded()
    exchange.relay(answer, body=answer.content[: len(answer.content) * 2 // 3], announced=len(answer.content))
    await exchange.writer.drain()
    exchange.writer.transport.abort()


async def short(exchange: Exchange) -> None:
    """Two thirds of what was announced, then a proper end."""
    answer = await exchange.forwarded()
    exchange.relay(answer, body=answer.content[: len(answer.content) * 2 // 3], announced=len(answer.content))


async def cut(exchange: Exchange) -> None:
    """Two thirds, and announced as if that were all."""
    answer = await exchange.forwarded()
    exchange.relay(answer, body=answer.content[: len(answer.content) * 2 // 3])


async def long(exchange: Exchange) -> None:
    """All of it, with two thirds announced."""
    answer = await exchange.forwarded()
    exchange.relay(answer, announced=len(answer.content) * 2 // 3)


def replaced(body: bytes) -> Behaviour:
    """The simulator's status and headers, with another body."""

    async def behave(exchange: Exchange) -> None:
        exchange.relay(await exchange.forwarded(), body=body)

    return behave


def edited(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Behaviour:
    """The simulator's JSON, changed by `edit`."""

    async def behave(exchange: Exchange) -> None:
        answer = await exchange.forwarded()
        exchange.relay(answer, body=json.dumps(edit(answer.json())).encode())

    return behave


@dataclass
class Line:
    """Listens as long as it is open; answers while somebody is inside `answering`.

    `seen` counts what left the product, `met` how often it met trouble, `bought` the tasks that the simulator made.
    """

    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    troubles: list[Trouble] = field(default_factory=list)
    seen: Counter[Call] = field(default_factory=Counter)
    met: int = 0
    bought: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    @contextlib.asynccontextmanager
    async def answering(self, remote: Remote) -> AsyncIterator[None]:
        """Serve the remote in the running loop."""
        tasks: set[asyncio.Task[None]] = set()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await self._serve(await _received(reader, writer, line=self, remote=remote))
            writer.close()

        server = await asyncio.start_server(handle, sock=self.listener.dup())
        try:
            yield
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, exchange: Exchange) -> None:
        call = Call.of(exchange.method, exchange.target.partition("?")[0])
        trouble = self._next_trouble(call)
        if call:
            self.seen[call] += 1
        if trouble is None:
            exchange.relay(await exchange.forwarded())
        else:
            self.met += 1
            await trouble.behave(exchange)
        if not exchange.writer.transport.is_closing():
            await exchange.writer.drain()

    def _next_trouble(self, call: Call | None) -> Trouble | None:
        for trouble in self.troubles:
            if trouble.call is not call or trouble.times <= 0:
                continue
            if trouble.skip:
                trouble.skip -= 1
                return None
            trouble.times -= 1
            return trouble
        return None

    def close(self) -> None:
        self.listener.close()


async def _received(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, line: Line, remote: Remote
) -> Exchange:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in head[1:] if row)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join([chunk async for chunk in _chunks(reader)])
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Exchange(method, target, headers, body, writer, line, remote)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
