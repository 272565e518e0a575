"""A lean remote for the benchmarks: the few answers that the engine asks for, at a fraction of the simulator's cost.

`python -m tests.bench.custody.standin PORT FILMS`, a process of its own. A task's id says what it does: `hour-…` runs
for an hour, `done-F-…` has succeeded with the film F of the folder FILMS, `quick-F-T-…` succeeds at the time T.
"""

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

HOUR_S = 3600.0
QUICK_S = 7.0
CREDITS = 25
CREATED_AT = "2026-11-01T00:00:00.000Z"
ORGANIZATION = {
    "creditBalance": 10_000_000,
    "tier": {"maxMonthlyCreditSpend": 10_000_000, "models": {}},
    "usage": {"models": {}},
}


class Reads:
    """When each task was read, since the last reset."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.count = 0
        self.last: dict[str, float] = {}
        self.gaps: list[float] = []
        self.first_download_at: float | None = None

    def note(self, task_id: str) -> None:
        now = time.monotonic()
        before = self.last.get(task_id)
        if before is not None:
            self.gaps.append(now - before)
        self.last[task_id] = now
        self.count += 1

    def told(self) -> dict[str, float | int | None]:
        """Counts since the last reset; `gap_p95_s` takes what is not over yet for a gap too."""
        now = time.monotonic()
        gaps = sorted([*self.gaps, *(now - last for last in self.last.values())])
        return {
            "window_s": now - self.since,
            "reads": self.count,
            "tasks": len(self.last),
            "gap_p95_s": statistics.quantiles(gaps, n=20)[-1] if len(gaps) > 1 else 0.0,
            "first_download_at": self.first_download_at,
        }

    def reset(self) -> None:
        self.since, self.count = time.monotonic(), 0
        self.gaps.clear()


class Standin:
    """What the stand-in knows."""

    def __init__(self, *, films: Path, base_url: str) -> None:
        self.films, self.base_url = films, base_url
        self.started = time.time()
        self.reads = Reads()
        self.created = 0

    def task(self, task_id: str) -> bytes:
        """The body of a task."""
        self.reads.note(task_id)
        kind, _, rest = task_id.partition("-")
        now = time.time()
        if kind == "hour":
            return _running(task_id, share=(now - self.started) / HOUR_S)
        film, _, rest = rest.partition("-")
        if kind == "quick":
            ends_at = float(rest.partition("-")[0])
            if now < ends_at:
                return _running(task_id, share=1 - (ends_at - now) / QUICK_S)
        return self._succeeded(task_id, film=film)

    def _succeeded(self, task_id: str, *, film: str) -> bytes:
        body = {
            "id": task_id,
            "createdAt": CREATED_AT,
            "status": "SUCCEEDED",
            "output": [f"{self.base_url}/outputs/{film}?of={task_id}"],
            "cost": {"credits": CREDITS},
        }
        return json.dumps(body).encode()

    def create(self) -> bytes:
        """The answer to a create: a task that runs for some seconds."""
        self.created += 1
        task_id = f"quick-small.mp4-{time.time() + QUICK_S:.3f}-{self.created}"
        return json.dumps({"id": task_id, "estimatedCost": {"credits": CREDITS}}).encode()

    def answer(self, method: str, path: str) -> bytes:
        """The body of an answer of 200."""
        if path.startswith("/v1/tasks/"):
            return self.task(path[10:]) if method == "GET" else b"{}"
        if path.startswith("/standin/stats"):
            told = json.dumps(self.reads.told()).encode()
            if path.endswith("reset"):
                self.reads.reset()
            elif path.endswith("forget"):
                self.reads = Reads()
            return told
        if method == "POST" and path.endswith("_to_video"):
            return self.create()
        return json.dumps(ORGANIZATION if path == "/v1/organization" else {"results": [], "models": []}).encode()


def _running(task_id: str, *, share: float) -> bytes:
    """Written by hand: this is the answer that is measured. Progress eases in and out, as the simulator's does."""
    share = min(1.0, max(0.0, share))
    progress = round(0.02 + 0.95 * share * share * (3 - 2 * share), 2)
    return (
        f'{{"id":"{task_id}","createdAt":"{CREATED_AT}","status":"RUNNING","progress":{progress},'
        f'"estimatedCost":{{"credits":{CREDITS}}}}}'
    ).encode()


class Connection(asyncio.Protocol):
    """HTTP/1.1 with kept connections, as far as the clients here need it."""

    def __init__(self, standin: Standin) -> None:
        self._standin = standin
        self._held = b""
        self._sending: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end]
            rest = end + 4 + _length(head)
            if len(self._held) < rest:
                return
            self._held = self._held[rest:]
            method, path, _ = head[: head.find(b"\r\n")].decode().split(" ")
            self._serve(method, path)

    def _serve(self, method: str, path: str) -> None:
        if path.startswith("/outputs/"):
            self._sending = asyncio.create_task(self._film(method, path))
            return
        body = self._standin.answer(method, path)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)

    async def _film(self, method: str, path: str) -> None:
        reads = self._standin.reads
        reads.first_download_at = reads.first_download_at or time.time()
        film = self._standin.films / Path(urlsplit(path).path).name
        head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {film.stat().st_size}\r\n\r\n"
        self._transport.write(head.encode())
        if method == "GET":
            with film.open("rb") as source:  # the kernel copies
                await asyncio.get_running_loop().sendfile(self._transport, source)


def _length(head: bytes) -> int:
    if not head.startswith(b"POST"):
        return 0
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n")[0]) if found else 0


async def main(port: int, films: Path) -> None:
    """Serve until the process is ended."""
    standin = Standin(films=films, base_url=f"http://127.0.0.1:{port}")
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(standin), "127.0.0.1", port, backlog=4096
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
