"""A client that speaks to a remote over ASGI, and what the tests of the simulator share."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from studio.simulator import ManualClock, Pace, Remote
from studio.simulator.app import create_app

KEY = "key_" + "a" * 128
OTHER_KEY = "key_" + "b" * 128
HEADERS = {"Authorization": f"Bearer {KEY}", "X-Runway-Version": "2024-11-06"}
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PACE = Pace(pending_s=2, running_s=10)
BASE_URL = "http://simulator.test"


class Client:
    """Sync requests to the app of `remote`; no socket is opened."""

    def __init__(self, remote: Remote, *, headers: dict[str, str]) -> None:
        self.remote = remote
        self.headers = dict(headers)
        self._app = create_app(remote)

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """One request; `headers` are added to the client's own."""
        return asyncio.run(self._request(method, url, **options))

    async def _request(self, method: str, url: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=self.headers) as client:
            return await client.request(method, url, **options)

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> httpx.Response:
        return self.request("HEAD", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self.request("POST", url, **options)

    def delete(self, url: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", url, **options)

    def create(self, body: dict[str, Any], *, endpoint: str = "text_to_video") -> str:
        """The id of a new task."""
        answer = self.post(f"/v1/{endpoint}", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def seen(self, task_id: str) -> dict[str, Any]:
        """The task as it is told now."""
        body: dict[str, Any] = self.get(f"/v1/tasks/{task_id}").json()
        return body

    def made(self, body: dict[str, Any], *, endpoint: str, clock: ManualClock) -> list[tuple[str, bytes]]:
        """The outputs of a new task, each with what the name of its file ends on."""
        task_id = self.create(body, endpoint=endpoint)
        clock.advance(600)
        links = self.seen(task_id)["output"]
        return [(link.partition("?")[0].rpartition(".")[2], self.get(link).content) for link in links]

    def upload(self, content: bytes, *, filename: str = "a.png") -> str:
        """The address of an uploaded file."""
        ticket = self.post("/v1/uploads", json={"filename": filename, "type": "ephemeral"}).json()
        sent = self.post(ticket["uploadUrl"], data=ticket["fields"], files={"file": (filename, content)})
        assert sent.status_code == 204, sent.text
        return str(ticket["runwayUri"])


MakeClient = Callable[..., Client]
