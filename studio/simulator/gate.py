"""What every request passes first: the log, then the version header, then the key. Routes come after."""

from email.utils import format_datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.simulator.answers import Refused, refused
from studio.simulator.remote import Remote
from studio.simulator.responses import refused as answer

API_VERSION = "2024-11-06"
NO_VERSION = "The API version must be provided in the X-Runway-Version header."
BAD_VERSION = "The API version that was provided in the X-Runway-Version header is not valid."


class Gate:
    """ASGI middleware; leaves `record` and `key` in the request's state, and dates answers by the remote's clock."""

    def __init__(self, app: ASGIApp, remote: Remote) -> None:
        self._app = app
        self._remote = remote

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_simulator/"):
            await self._app(scope, receive, send)
            return

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["date"] = format_datetime(self._remote.clock.now(), usegmt=True)
            await send(message)

        try:
            self._admit(scope)
        except Refused as error:
            await answer(error)(scope, receive, send_dated)
            return
        await self._app(scope, receive, send_dated)

    def _admit(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["record"] = self._remote.record(scope["method"], scope["path"], headers=headers)
        if scope["path"].startswith("/v1/"):
            _check_version(headers.get("x-runway-version"))
            state["key"] = self._remote.check_key(headers.get("authorization", ""))


def _check_version(version: str | None) -> None:
    if version is None:
        raise refused(400, NO_VERSION)
    if version != API_VERSION:
        raise refused(400, BAD_VERSION)
