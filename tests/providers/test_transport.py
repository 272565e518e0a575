"""What the HTTP client raises on real sockets: whether a request left decides whether it may be sent again."""

import asyncio
import tomllib
from pathlib import Path

import httpx
import pytest

from studio.providers.addresses import Origin
from studio.providers.transport import (
    NEVER_SENT,
    USER_AGENT,
    PublicResolver,
    Transport,
    build_client,
    build_outside_client,
)
from tests.providers.peers import (
    Behaviour,
    answer,
    hang_up,
    peer,
    quick_client,
    raw,
    reset,
    stay_silent,
    truncated,
)

MOVED = (
    b"HTTP/1.1 307 X\r\nConnection: close\r\nLocation: http://127.0.0.1:1/\r\n"
    b"Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
)


async def _failure(behaviour: Behaviour) -> tuple[type[BaseException], int]:
    """What a POST raises when the peer behaves so, and how often it arrived."""
    async with peer(behaviour) as here, quick_client(Transport(), read_s=0.3) as client:
        with pytest.raises(httpx.TransportError) as caught:
            await client.post(here.base_url, content=b"{}", headers={"Authorization": "Bearer key_secret"})
        # aiohttp's errors carry the request's headers, and with them the key.
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
        return caught.type, len(here.received)


@pytest.mark.parametrize(
    ("behaviour", "raised"),
    [
        pytest.param(hang_up, httpx.RemoteProtocolError, id="closed without an answer"),
        pytest.param(reset, httpx.RemoteProtocolError, id="reset"),
        pytest.param(stay_silent, httpx.ReadTimeout, id="silent"),
        pytest.param(raw(b"this is no HTTP\r\n\r\n"), httpx.RemoteProtocolError, id="not HTTP"),
        pytest.param(truncated(b"abc", announced=10), httpx.RemoteProtocolError, id="truncated"),
    ],
)
def test_a_request_that_left_never_raises_a_connection_error(behaviour: Behaviour, raised: type[BaseException]) -> None:
    assert asyncio.run(_failure(behaviour)) == (raised, 1)
    assert not issubclass(raised, NEVER_SENT)


def test_a_refused_connection_raises_a_connection_error() -> None:
    async def ask() -> None:
        async with peer(hang_up) as here:
            gone = here.base_url
        async with build_client() as client:
            await client.get(gone)

    with pytest.raises(httpx.ConnectError):
        asyncio.run(ask())


def test_a_chunked_body_without_its_end_is_an_error() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n"
    assert asyncio.run(_failure(raw(head))) == (httpx.RemoteProtocolError, 1)


def test_redirects_cookies_and_the_environment_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    async def ask() -> tuple[int, list[dict[str, str]]]:
        moved = raw(MOVED)
        async with peer(moved, answer(200, b"{}")) as here, build_client() as client:
            first = await client.get(here.base_url)
            await client.get(here.base_url)
            return first.status_code, [request.headers for request in here.received]

    status, headers = asyncio.run(ask())
    assert status == 307
    assert [entry["user-agent"] for entry in headers] == [USER_AGENT, USER_AGENT]
    # httpx keeps cookies for a client; aiohttp's own jar must not add a second set.
    assert headers[1].get("cookie", "").count("a=b") <= 1


def test_user_agent_carries_the_version_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert f"Dailies/{project['version']}" == USER_AGENT


def test_outside_client_does_not_connect_to_a_name_on_loopback() -> None:
    async def ask() -> int:
        async with peer(answer(200, b"secret")) as here, build_outside_client(None) as client:
            port = httpx.URL(here.base_url).port
            with pytest.raises(httpx.ConnectError):
                await client.get(f"http://localhost:{port}/")
            return len(here.received)

    assert asyncio.run(ask()) == 0


def test_outside_client_connects_to_the_providers_own_name_and_port_only() -> None:
    async def ask() -> tuple[int, int]:
        async with peer(answer(200, b"mine")) as own, peer(answer(200, b"other")) as other:
            ports = [httpx.URL(here.base_url).port or 0 for here in (own, other)]
            async with build_outside_client(Origin("http", "localhost", ports[0])) as client:
                status = (await client.get(f"http://localhost:{ports[0]}/")).status_code
                with pytest.raises(httpx.ConnectError):
                    await client.get(f"http://localhost:{ports[1]}/")
            return status, len(other.received)

    assert asyncio.run(ask()) == (200, 0)


def test_resolver_refuses_a_name_with_private_addresses_only() -> None:
    async def resolve() -> None:
        resolver = PublicResolver(None)
        await resolver.close()
        await resolver.resolve("localhost", 443)

    with pytest.raises(OSError, match="no public address"):
        asyncio.run(resolve())
