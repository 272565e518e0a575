"""Sends one message to a browser's push service: RFC 8030, encrypted by RFC 8291, signed by RFC 8292.

The address is one that a person has entered by their browser. It is asked only by https at a public address, no
redirect is followed, and of the answer nothing counts but its status and `Retry-After`.
"""

import time
from dataclasses import dataclass, field

import httpx
from py_vapid import Vapid02, VapidException
from pywebpush import WebPusher, WebPushException

from studio.providers.addresses import Origin, check_url, origin_of
from studio.providers.calls import NeverSentError, NoAnswerError, send_once
from studio.providers.errors import DownloadRefused, Reason, Rejected, RetryLater, Unreachable
from studio.providers.retry_after import retry_after_s
from studio.providers.transport import build_outside_client
from studio.providers.vapid import is_browser_key

DEADLINE_S = 15.0
KEPT_FOR_S = 24 * 3600
"""For so long the push service keeps it for a browser that is not running."""
SIGNED_FOR_S = 12 * 3600
MOST_BYTES = 3000
"""What every push service takes, with room for what the encryption adds (4,096 bytes by RFC 8030)."""
GONE = frozenset({404, 410})
TOO_MANY = 429
SERVER_ERRORS = 500


class SubscriptionGone(Exception):
    """The browser takes no pushes any more: forget it."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser takes its pushes, and its keys in base64url."""

    endpoint: str
    p256dh: str
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signer:
    """Our key in base64url, and whom a push service may write to."""

    private_key: str = field(repr=False)
    contact: str

    def authorization(self, endpoint: str) -> str:
        """The header for one push service."""
        origin = origin_of(endpoint)
        is_usual = (origin.scheme, origin.port) in {("https", 443), ("http", 80)}
        audience = f"{origin.scheme}://{origin.host}" + ("" if is_usual else f":{origin.port}")
        claims = {"aud": audience, "exp": int(time.time()) + SIGNED_FOR_S, "sub": self.contact}
        key = Vapid02.from_raw(self.private_key.encode())
        try:
            signed: str = key.sign(claims)["Authorization"]
        except VapidException as error:
            raise Rejected("our key or contact cannot sign", reason=Reason.INVALID) from error
        return signed


class Pusher:
    """Sends messages. To be used within one event loop; `aclose` when done.

    `own` is an origin on loopback that is let off (a test's push service); nothing else in the product sets it.
    """

    def __init__(self, signer: Signer, *, own: Origin | None = None) -> None:
        self._signer = signer
        self._own = own
        self._client = build_outside_client(own)

    async def send(self, browser: Browser, content: bytes, *, topic: str = "") -> None:
        """Send `content`, once. With a `topic` (32 letters of base64url at the most) it replaces one that still waits.

        Raises SubscriptionGone; RetryLater and Unreachable for what may do better later; Rejected for what never will.
        """
        await self._check(browser)
        request = self._client.build_request(
            "POST", browser.endpoint, content=_encrypted(browser, content), headers=self._headers(browser, topic)
        )
        try:
            answer = await send_once(self._client, request, deadline_s=DEADLINE_S)
        except (NeverSentError, NoAnswerError) as error:
            raise Unreachable("the push service does not answer") from error
        _judge(answer.status, answer.headers)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _check(self, browser: Browser) -> None:
        if not is_browser_key(browser.p256dh, browser.auth):
            raise Rejected("the browser's key is none", reason=Reason.INVALID)
        try:
            await check_url(browser.endpoint, own=self._own)
        except DownloadRefused as error:
            raise Rejected(f"the endpoint is {error}", reason=Reason.INVALID) from error

    def _headers(self, browser: Browser, topic: str) -> dict[str, str]:
        headers = {
            "Authorization": self._signer.authorization(browser.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_FOR_S),
            "Urgency": "normal",
        }
        return {**headers, "Topic": topic} if topic else headers


def _encrypted(browser: Browser, content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise Rejected("the message is too long", reason=Reason.INVALID)
    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    try:
        body: bytes = WebPusher({"endpoint": browser.endpoint, "keys": keys}).encode(content)["body"]
    except (WebPushException, ValueError) as error:
        raise Rejected("the message cannot be encrypted for that key", reason=Reason.INVALID) from error
    return body


def _judge(status: int, headers: httpx.Headers) -> None:
    """What the answer means. Raises, unless it is success."""
    if httpx.codes.is_success(status):
        return
    if status in GONE:
        raise SubscriptionGone
    wish = retry_after_s(headers.get("Retry-After", ""))
    if status == TOO_MANY or status >= SERVER_ERRORS:
        raise RetryLater("the push service asks to wait", reason=Reason.OVERLOADED, status=status, retry_after_s=wish)
    raise Rejected("the push service refuses it", reason=Reason.INVALID, status=status)
