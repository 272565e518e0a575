"""An ear on the wire: the answers of the API as they came, beside what the client makes of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from studio.providers.addresses import loopback_origin
from studio.providers.runway.version import API_VERSION
from studio.providers.transport import TIMEOUT, USER_AGENT, Client, PublicResolver, Transport

MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer. `body` is its JSON, None where it is none; `is_empty` when there was not a byte."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: object
    is_empty: bool

    @property
    def error(self) -> str:
        """The provider's sentence, "" without one."""
        said = self.body.get("error") if isinstance(self.body, dict) else None
        return said if isinstance(said, str) else ""

    @property
    def issues(self) -> list[dict[str, object]]:
        said = self.body.get("issues") if isinstance(self.body, dict) else None
        return [issue for issue in said if isinstance(issue, dict)] if isinstance(said, list) else []


class Ear(Transport):
    """A transport that keeps what the API answers, and of other hosts status and headers alone."""

    def __init__(self, *, base_url: str) -> None:
        super().__init__(resolver=PublicResolver(loopback_origin(base_url)))
        self._api = f"{base_url.rstrip('/')}/v1/"
        self.heard: list[Heard] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if not str(request.url).startswith(self._api):
            self._keep(request, response, content=b"")
            return response
        content = bytearray()
        async for part in response.aiter_raw():
            content += part
            if len(content) > MOST_BYTES:
                raise httpx.ReadError("an answer without an end")
        await response.aclose()
        plain = httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(bytes(content)))
        self._keep(request, response, content=await plain.aread())
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(bytes(content)))

    def _keep(self, request: httpx.Request, response: httpx.Response, *, content: bytes) -> None:
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.heard.append(
            Heard(request.method, request.url.path, response.status_code, headers, _json(content), not content)
        )


def _json(content: bytes) -> object:
    try:
        body: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body


class Wire:
    """A client with an ear, and requests that the provider's client would not send: with another key or version."""

    def __init__(self, *, base_url: str, key: str, on_behalf_of: str = "") -> None:
        self._base_url = base_url.rstrip("/")
        self._behalf = {"X-Runway-On-Behalf-Of": on_behalf_of} if on_behalf_of else {}
        self._key = key
        self._ear = Ear(base_url=base_url)
        self.client = Client(
            self._ear, timeout=TIMEOUT, follow_redirects=False, trust_env=False, headers={"User-Agent": USER_AGENT}
        )

    @property
    def last(self) -> Heard:
        """The answer that came last. Raises IndexError before the first."""
        return self._ear.heard[-1]

    def last_of(self, method: str, path: str) -> Heard | None:
        """The last answer to such a request; `path` is the beginning of it."""
        told = (heard for heard in reversed(self._ear.heard) if heard.method == method and heard.path.startswith(path))
        return next(told, None)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        key: str | None = None,
        version: str | None = API_VERSION,
    ) -> Heard:
        """Ask the API once, with the key and the version unless others are given. Raises httpx.RequestError."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {key or self._key}", **self._behalf}
        if version is not None:
            headers["X-Runway-Version"] = version
        request = self.client.build_request(method, self._base_url + path, json=json, headers=headers)
        await self.client.send(request)
        return self.last

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()
