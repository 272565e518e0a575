"""CometAPI as a Provider: a gateway that sells Runway's models, in three formats.

Documented are the Runway format and the compatibility format (`/runway/pro/generate`, `/runway/feed`); `/v1/responses`
is known from a product page alone. No page tells of uploads, cancelling, limits, usage or costs, so there are none.
A create is sent once and never again by itself. docs/cometapi.md says what is certain, and what is not.
"""

import asyncio
import base64
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import httpx
import structlog

from studio.providers.base import (
    Organization,
    RemoteTask,
    RemoteUpload,
    Submitted,
    TaskSpec,
    Usage,
)
from studio.providers.calls import Answer, ask, check_key, create_once
from studio.providers.cometapi import refusals, requests, responses, wire
from studio.providers.cometapi.formats import Format, Handle, Route, handle_of
from studio.providers.cometapi.keepsakes import Keepsakes
from studio.providers.cometapi.responses import Response
from studio.providers.errors import (
    NeedsLink,
    NotSupported,
    OutcomeUnknown,
    ProviderError,
    Reason,
    RetryLater,
    TaskNotFound,
    Unreachable,
)
from studio.providers.http import HttpProvider
from studio.providers.reading import UnreadableError
from studio.providers.runway.version import API_VERSION
from studio.providers.transport import USER_AGENT

log = structlog.get_logger()

DEFAULT_BASE_URL = "https://api.cometapi.com"
# The gateway passes a create on and waits for the answer: not shorter than with Runway itself.
CREATE_DEADLINE_S = 120.0
READ_DEADLINE_S = 60.0
MOST_INLINE_CHARS = 5_242_880


class CometProvider(HttpProvider):
    """CometAPI, or whoever answers as it does at `base_url`.

    `form` is how new clips are asked for; tasks are read as their ids say. `keep_in` is the folder for answers that
    brought a clip along (None: in memory only). `sends_images` False: an image never goes along with a request.
    """

    name = "cometapi"

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = DEFAULT_BASE_URL,
        form: Format = Format.RUNWAY,
        callback_url: str = requests.UNUSED_CALLBACK_URL,
        sends_images: bool = True,
        keep_in: Path | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(api_key=api_key, base_url=base_url, client=client)
        self._form = form
        self._callback_url = callback_url
        self._sends_images = sends_images
        self._keepsakes = Keepsakes(keep_in)

    async def upload(self, path: Path, *, filename: str, content_type: str) -> RemoteUpload:
        """The file as a `data:` address, since the gateway keeps no files. Raises NeedsLink when it is too large."""
        uri = await asyncio.to_thread(_inline, path, content_type) if self._sends_images else None
        if uri is None:
            raise NeedsLink("CometAPI keeps no files, and this one does not go along with a request")
        return RemoteUpload(uri=uri, expires_at=None)

    async def submit(self, spec: TaskSpec) -> Submitted:
        """Create a task, sending it once. Raises RetryLater, Rejected, OutcomeUnknown, Unreachable."""
        body = requests.create_body(spec, self._form, callback_url=self._callback_url)
        request = self._request("POST", requests.create_path(spec, self._form), json=body)
        answer = await create_once(self._api, request, deadline_s=CREATE_DEADLINE_S, hide=self._key)
        status = refusals.enveloped_status(answer)
        if not httpx.codes.is_success(status):
            raise refusals.create_refused(answer, status=status, inputs=spec.inputs)
        try:
            handle = await self._created(answer.json())
        except UnreadableError as error:
            raise OutcomeUnknown(f"an unreadable answer to a create: {error}", status=answer.status) from error
        return Submitted(task_id=handle.task_id, estimated_credits=None)

    async def fetch(self, task_id: str) -> RemoteTask:
        """Read a task the way its id says. Raises RetryLater, TaskNotFound, Unreachable."""
        handle = handle_of(task_id)
        if not handle.remote_id.strip("."):
            raise TaskNotFound("no task is called so", reason=Reason.NOT_FOUND)
        match handle.route:
            case Route.KEPT:
                return await self._kept(task_id, otherwise=None)
            case Route.RESPONSE:
                return await self._fetch_response(handle)
            case _:
                return await self._fetch_task(handle, task_id=task_id)

    async def delete(self, task_id: str) -> None:
        """Raises NotSupported: no page tells how a task is cancelled."""
        raise NotSupported("CometAPI cannot cancel a task")

    async def organization(self) -> Organization:
        """Raises NotSupported: no page tells how credits and limits are read with a key."""
        raise NotSupported("CometAPI tells no limits")

    async def usage(self, start: date, before: date) -> Usage:
        """Raises NotSupported: no page tells how usage is read with a key."""
        raise NotSupported("CometAPI tells no usage")

    # Creates

    async def _created(self, body: object) -> Handle:
        """The handle of what an answer tells of. Raises UnreadableError."""
        if self._form is not Format.RESPONSES:
            return wire.read_created(body, self._form)
        found = responses.read_response(body)
        handle = responses.handle_to_keep(found, spare_id=secrets.token_hex(16))
        if found.task.status.is_final:
            await self._keep(handle, body)
        return handle

    async def _keep(self, handle: Handle, body: object) -> None:
        """Written down before anybody knows of the task. A disk that refuses must not lose what has been paid for."""
        try:
            await asyncio.to_thread(self._keepsakes.keep, handle.task_id, body)
        except OSError as error:
            log.warning("comet.answer_not_kept", task_id=handle.task_id, error=type(error).__name__)

    # Reads

    async def _fetch_task(self, handle: Handle, *, task_id: str) -> RemoteTask:
        """A task of Runway's route or of the feed. One whose create was finished at once has a kept answer."""
        try:
            return await self._read_task(handle, task_id=task_id)
        except (TaskNotFound, RetryLater, Unreachable) as error:
            return await self._kept(task_id, otherwise=error)

    async def _read_task(self, handle: Handle, *, task_id: str) -> RemoteTask:
        if handle.route is Route.FEED:
            request = self._request("POST", requests.FEED_PATH, json=requests.feed_body(handle.remote_id))
        else:
            request = self._request("GET", f"{requests.RUNWAY_PREFIX}/v1/tasks/{quote(handle.remote_id, safe='')}")
        answer = await self._ask(request)
        try:
            return wire.read_task(answer.json(), task_id=task_id)
        except UnreadableError as error:
            raise Unreachable(f"an unreadable answer: {error}", status=answer.status) from error

    async def _fetch_response(self, handle: Handle) -> RemoteTask:
        """A response; when it turns out to be a task's, that task. The kept answer where it cannot be read again."""
        try:
            found = await self._read_response(handle)
        except (TaskNotFound, RetryLater, Unreachable) as error:
            return await self._kept(handle.task_id, otherwise=error)
        if found.remote_task_id and not found.task.status.is_final:
            return await self._read_task(Handle(Route.TASK, found.remote_task_id), task_id=handle.task_id)
        return _named(found.task, handle.task_id)

    async def _read_response(self, handle: Handle) -> Response:
        path = f"{requests.RESPONSES_PATH}/{quote(handle.remote_id, safe='')}"
        answer = await self._ask(self._request("GET", path))
        try:
            return responses.read_response(answer.json())
        except UnreadableError as error:
            raise Unreachable(f"an unreadable answer: {error}", status=answer.status) from error

    async def _kept(self, task_id: str, *, otherwise: ProviderError | None) -> RemoteTask:
        """The task as the kept answer told it; `otherwise` is raised when there is none."""
        try:
            body = await asyncio.to_thread(self._keepsakes.find, task_id)
            if body is not None:
                return _named(responses.read_response(body).task, task_id)
        except (OSError, ValueError) as error:
            log.warning("comet.kept_answer_unreadable", task_id=task_id, error=type(error).__name__)
        raise otherwise or RetryLater("the answer with the clip is not kept here", reason=Reason.UNREADABLE)

    async def _ask(self, request: httpx.Request) -> Answer:
        """A readable answer to a read. Raises RetryLater, TaskNotFound, Unreachable."""
        answer = await ask(self._api, request, deadline_s=READ_DEADLINE_S, hide=self._key)
        status = refusals.enveloped_status(answer)
        if not httpx.codes.is_success(status) or wire.read_said(answer.json_or_none()).is_not_there_yet:
            raise refusals.read_refused(answer, status=status)
        return answer

    def _request(self, method: str, path: str, *, json: Mapping[str, object] | None = None) -> httpx.Request:
        check_key(self._key)
        return self._api.build_request(method, self._base_url + path, json=json, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Authorization": f"Bearer {self._key}",
            "User-Agent": USER_AGENT,
            "X-Runway-Version": API_VERSION,
        }


def _inline(path: Path, content_type: str) -> str | None:
    """The file as a `data:` address, None when that is longer than an image may be."""
    prefix = f"data:{content_type};base64,"
    if len(prefix) + 4 * ((path.stat().st_size + 2) // 3) > MOST_INLINE_CHARS:
        return None
    return prefix + base64.b64encode(path.read_bytes()).decode()


def _named(task: RemoteTask, task_id: str) -> RemoteTask:
    return replace(task, task_id=task_id)
