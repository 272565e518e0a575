"""One request, sent once: a whole answer, or the knowledge whether it ever left."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

from studio.providers.errors import OutcomeUnknown, Reason, RetryLater, Unreachable
from studio.providers.reading import UnreadableError
from studio.providers.transport import NEVER_SENT

MAX_ANSWER_BYTES = 4 * 1024 * 1024
KEY_PLACEHOLDER = b"[key]"


class NeverSentError(Exception):
    """No connection: not one byte of the request left."""


class NoAnswerError(Exception):
    """The request left, wholly or in part, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that arrived whole, whatever it says."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def is_success(self) -> bool:
        return httpx.codes.is_success(self.status)

    def json(self) -> object:
        """The body as JSON. Raises UnreadableError for HTML, nothing, or broken JSON."""
        try:
            body: object = json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("not JSON") from error
        return body

    def json_or_none(self) -> object:
        """The body as JSON, None if it is not readable."""
        try:
            return self.json()
        except UnreadableError:
            return None


async def send_once(client: httpx.AsyncClient, request: httpx.Request, *, deadline_s: float, hide: str = "") -> Answer:
    """Send a request, following no redirect, and read its whole answer within `deadline_s`.

    `hide` is taken out of the answer, so that an echo of the key cannot reach a message.
    Raises NeverSentError or NoAnswerError.
    """
    try:
        async with asyncio.timeout(deadline_s):
            response = await client.send(request, stream=True, follow_redirects=False)
            content = await _read(response)
    except NEVER_SENT as error:
        raise NeverSentError(type(error).__name__) from error
    except httpx.RequestError as error:
        raise NoAnswerError(type(error).__name__) from error
    except TimeoutError as error:
        raise NoAnswerError("no answer before the deadline") from error
    if hide:
        content = content.replace(hide.encode(), KEY_PLACEHOLDER)
    return Answer(response.status_code, response.headers, content)


async def create_once(client: httpx.AsyncClient, request: httpx.Request, *, deadline_s: float, hide: str) -> Answer:
    """Send a create, once. Raises Unreachable when it never left, OutcomeUnknown when no whole answer came."""
    try:
        return await send_once(client, request, deadline_s=deadline_s, hide=hide)
    except NeverSentError as error:
        raise Unreachable("no connection to the provider") from error
    except NoAnswerError as error:
        raise OutcomeUnknown(f"no answer to a create: {error}") from error


async def ask(client: httpx.AsyncClient, request: httpx.Request, *, deadline_s: float, hide: str) -> Answer:
    """Send a request that costs nothing and may be repeated by the caller. Raises Unreachable."""
    try:
        return await send_once(client, request, deadline_s=deadline_s, hide=hide)
    except (NeverSentError, NoAnswerError) as error:
        raise Unreachable(f"no answer from the provider: {error}") from error


def is_usable(key: str) -> bool:
    """Whether it can be a key at all: something, and what a header can carry."""
    return bool(key) and key.isascii() and key.isprintable() and " " not in key


def check_key(key: str) -> None:
    """Refuse here what cannot be a key. Raises RetryLater."""
    if not is_usable(key):
        raise RetryLater("no usable API key", reason=Reason.KEY_REFUSED)


async def _read(response: httpx.Response) -> bytes:
    """The body, given up when it is larger than any answer of the contract."""
    content = bytearray()
    try:
        async for chunk in _pieces(response):
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                raise NoAnswerError("an answer without an end")
    finally:
        await response.aclose()
    return bytes(content)


def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it comes. What is not compressed is taken from the stream itself: httpx's way to it costs more."""
    stream = response.stream
    if "content-encoding" in response.headers or not isinstance(stream, httpx.AsyncByteStream):
        return response.aiter_bytes()
    return aiter(stream)
