"""The HTTP clients: httpx on aiohttp's connection pool, with errors that say whether a request left.

`httpx_aiohttp` 0.2.0 reports as `ConnectTimeout` every `aiohttp.ClientConnectionError`, among them a
connection that was reset or closed after the request had been sent, and lets aiohttp's own errors through for
an answer that is not HTTP. To us that difference is money: a create that never left may be sent again, one
that left may not. `Transport` therefore translates from aiohttp's error, and keeps nothing of it, since those
carry the request's headers.
"""

import socket
import ssl
from collections.abc import AsyncIterator
from functools import cache
from typing import Any, cast

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

from studio import __version__
from studio.providers.addresses import Origin, is_public, parse_address

USER_AGENT = f"Dailies/{__version__}"

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
WRITE_TIMEOUT_S = 60.0  # aiohttp has no such limit: callers set a deadline of their own
# aiohttp counts the making of a connection as a part of waiting for one: not shorter than connecting itself.
POOL_TIMEOUT_S = 30.0
TIMEOUT = httpx.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S, write=WRITE_TIMEOUT_S, pool=POOL_TIMEOUT_S)

MAX_CONNECTIONS = 100
# Shorter than the 5 s after which common servers drop an idle connection: a create that is sent into a
# connection that is just being closed would have an unknown outcome for nothing.
KEEPALIVE_S = 4.0
LIMITS = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=None, keepalive_expiry=KEEPALIVE_S)

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Errors of httpx that are raised before the first byte of a request left."""


def build_client() -> httpx.AsyncClient:
    """A client for the provider's API: no redirects, no proxy or key from the environment, no cookies."""
    return _client(Transport())


def build_outside_client(own: Origin | None) -> httpx.AsyncClient:
    """A client for links that a provider named: it connects to public addresses only, and to `own`."""
    return _client(Transport(resolver=PublicResolver(own)))


class Client(httpx.AsyncClient):
    """httpx's client without what no provider needs: login flows, redirects, cookies and hooks are a third of the CPU
    of a short read."""

    def __init__(self, transport: httpx.AsyncBaseTransport, **options: Any) -> None:
        super().__init__(transport=transport, **options)
        self._straight = transport

    async def send(self, request: httpx.Request, *, stream: bool = False, **_: Any) -> httpx.Response:
        """The answer to the request as it is; its body is read unless it is to be streamed."""
        response = await self._straight.handle_async_request(request)
        if not stream:
            await response.aread()
        return response


def _client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    return Client(
        transport,
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT},
    )


CAUGHT = (aiohttp.ClientError, httpx.TransportError)


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients of the process: reading the certificates takes 15 ms and a megabyte."""
    return httpx.create_ssl_context(trust_env=False)


class Transport(AiohttpTransport):
    """aiohttp's pool under httpx, raising httpx's errors with the meaning that httpx gives them."""

    def __init__(self, *, resolver: AbstractResolver | None = None) -> None:
        super().__init__(verify=_tls(), trust_env=False, limits=LIMITS)
        self._resolver = resolver

    def get_client(self) -> aiohttp.ClientSession:
        """Open the pool; called by the first request, inside the running loop."""
        connector = aiohttp.TCPConnector(
            limit=MAX_CONNECTIONS,
            keepalive_timeout=KEEPALIVE_S,
            ssl=self.ssl_context,
            resolver=self._resolver,
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), read_bufsize=_TranslatedStream.CHUNK_SIZE
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await super().handle_async_request(request)
        except CAUGHT as error:
            failure = _translate(error)
        else:
            response.stream = _TranslatedStream(cast("httpx.AsyncByteStream", response.stream))
            return response
        raise failure


class _TranslatedStream(httpx.AsyncByteStream):
    """The body of an answer, with the same translation of errors."""

    CHUNK_SIZE = 256 * 1024
    """As much as has arrived is taken at once. The transport's own 16 KB a step cost more than hashing and writing."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream
        vars(stream)["CHUNK_SIZE"] = self.CHUNK_SIZE

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                yield chunk
        except CAUGHT as error:
            failure = _translate(error)
        else:
            return
        raise failure

    async def aclose(self) -> None:
        await self._stream.aclose()


def _translate(error: Exception) -> httpx.TransportError:
    """httpx's error for one of aiohttp's. Raise it outside the handler: a chain would hold the key."""
    cause = error.__cause__ if isinstance(error, httpx.TransportError) else error
    return _kind_of(cause)(type(cause).__name__)


def _kind_of(cause: BaseException | None) -> type[httpx.TransportError]:
    """Which of httpx's errors an error of aiohttp is."""
    match cause:
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return httpx.UnsupportedProtocol
        case TimeoutError():
            return httpx.ReadTimeout
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError() | aiohttp.ServerDisconnectedError():
            return httpx.RemoteProtocolError
        case _:
            return httpx.ReadError


class PublicResolver(AbstractResolver):
    """Resolves names for a connector, keeping public addresses only; `own` is the one host let off."""

    def __init__(self, own: Origin | None) -> None:
        self._own = own
        self._inner: AbstractResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if self._inner is None:
            self._inner = aiohttp.ThreadedResolver()
        found = await self._inner.resolve(host, port, family)
        allowed = found if self._is_own(host, port) else [entry for entry in found if _is_public(entry)]
        if not allowed:
            raise OSError("no public address")
        return allowed

    async def close(self) -> None:
        if self._inner is not None:
            await self._inner.close()

    def _is_own(self, host: str, port: int) -> bool:
        return self._own is not None and (self._own.host, self._own.port) == (host, port)


def _is_public(entry: ResolveResult) -> bool:
    address = parse_address(entry["host"])
    return address is not None and is_public(address)
