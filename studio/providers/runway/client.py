"""Runway's HTTP API as a Provider.

Follows api.dev.runwayml.com, version 2024-11-06 (docs.dev.runwayml.com/api). A create has no idempotency key
and no list to find a lost task in, so each is sent once and never again by itself.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import httpx

from studio.providers.addresses import check_url
from studio.providers.base import (
    Organization,
    RemoteTask,
    RemoteUpload,
    Submitted,
    TaskSpec,
    Usage,
)
from studio.providers.calls import (
    Answer,
    NeverSentError,
    NoAnswerError,
    ask,
    check_key,
    create_once,
    is_usable,
    send_once,
)
from studio.providers.errors import (
    DownloadRefused,
    OutcomeUnknown,
    Reason,
    Rejected,
    RetryLater,
    TaskNotFound,
    Unreachable,
)
from studio.providers.http import HttpProvider
from studio.providers.reading import UnreadableError
from studio.providers.retry_after import retry_after_s
from studio.providers.runway import refusals, requests, wire
from studio.providers.runway.version import API_VERSION
from studio.providers.transport import USER_AGENT

DEFAULT_BASE_URL = "https://api.dev.runwayml.com"

# A create fetches and checks the images that it names before it answers.
CREATE_DEADLINE_S = 120.0
READ_DEADLINE_S = 60.0
UPLOAD_DEADLINE_S = 600.0
# httpx's read timeout also covers the wait for the answer after a large body has been sent.
UPLOAD_TIMEOUT = httpx.Timeout(connect=10.0, read=300.0, write=300.0, pool=30.0)

MAX_UPLOAD_BYTES = 200 * 1000 * 1000
MOST_ADDRESSES = 20_000
UPLOAD_LIFETIME = timedelta(hours=24)
# An upload is not used in its last hour: it must outlive the wait in our queue and theirs.
UPLOAD_MARGIN = timedelta(hours=1)


Read = TypeVar("Read")


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


class RunwayProvider(HttpProvider):
    """Runway, or whoever answers as it does at `base_url`. `on_behalf_of` is told with each request: some accounts
    demand it."""

    name = "runway"

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = DEFAULT_BASE_URL,
        on_behalf_of: str = "",
        client: httpx.AsyncClient | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(api_key=api_key, base_url=base_url, client=client)
        self._behalf = {"X-Runway-On-Behalf-Of": on_behalf_of} if on_behalf_of else {}
        self._clock = clock
        self._waits = {"timeout": self._api.timeout.as_dict()}
        self._addresses: dict[str, httpx.URL] = {}
        self._heading = httpx.Headers(self._headers() if is_usable(self._key) else {})

    async def upload(self, path: Path, *, filename: str, content_type: str) -> RemoteUpload:
        """Store a file for 24 hours, in two requests: ask for a place, then send the form.

        Never retried; after a failure a new call starts again from the first request. An OSError of our own
        disk passes through. Raises RetryLater, Rejected, Unreachable.
        """
        check_key(self._key)
        content = await asyncio.to_thread(_read_upload, path)
        # Before the request: the 24 hours cannot begin earlier than this.
        asked_at = self._clock()
        form = await self._ask_for_place(filename)
        await self._send_form(form, file=(filename, content, content_type))
        return RemoteUpload(uri=form.uri, expires_at=asked_at + UPLOAD_LIFETIME - UPLOAD_MARGIN)

    async def submit(self, spec: TaskSpec) -> Submitted:
        """Create a task, sending it once. Raises RetryLater, Rejected, OutcomeUnknown, Unreachable."""
        request = self._request("POST", requests.create_path(spec), json=requests.create_body(spec))
        answer = await create_once(self._api, request, deadline_s=CREATE_DEADLINE_S, hide=self._key)
        if not answer.is_success:
            raise refusals.create_refused(answer, inputs=spec.inputs)
        try:
            return wire.read_submitted(answer.json())
        except UnreadableError as error:
            raise OutcomeUnknown(f"an unreadable answer to a create: {error}", status=answer.status) from error

    async def fetch(self, task_id: str) -> RemoteTask:
        """Read a task. Raises RetryLater, TaskNotFound, Unreachable."""
        if not _may_be_a_task(task_id):
            raise TaskNotFound("no task is called so", reason=Reason.NOT_FOUND)
        answer = await self._ask("GET", _task_path(task_id))
        return _readable(answer, lambda body: wire.read_task(body, task_id=task_id))

    async def delete(self, task_id: str) -> None:
        """Cancel or delete a task; one that is not there counts as done. Raises RetryLater, Unreachable."""
        if not _may_be_a_task(task_id):
            return
        answer = await self._ask("DELETE", _task_path(task_id))
        if not answer.is_success and answer.status != httpx.codes.NOT_FOUND:
            raise refusals.read_refused(answer)

    async def organization(self) -> Organization:
        """Read credits and limits of the key, and the provider's clock. Raises RetryLater, Unreachable."""
        answer = await self._ask("GET", "/v1/organization")
        if answer.status == httpx.codes.NOT_FOUND:
            raise Unreachable("no organization at this address", status=answer.status)
        said_at = wire.read_http_date(answer.headers.get("date", ""))
        return replace(_readable(answer, wire.read_organization), server_time=said_at)

    async def usage(self, start: date, before: date) -> Usage:
        """Read the credits used by day and model. A POST that changes nothing. Raises RetryLater, Unreachable."""
        answer = await self._ask("POST", "/v1/organization/usage", json=requests.usage_body(start, before=before))
        if answer.status == httpx.codes.NOT_FOUND:
            raise Unreachable("no usage at this address", status=answer.status)
        return _readable(answer, lambda body: wire.read_usage(body, start=start, before=before))

    async def _ask(self, method: str, path: str, *, json: Mapping[str, object] | None = None) -> Answer:
        """Send a request that costs nothing and may be repeated by the caller."""
        request = self._request(method, path, json=json)
        return await ask(self._api, request, deadline_s=READ_DEADLINE_S, hide=self._key)

    def _request(self, method: str, path: str, *, json: Mapping[str, object] | None = None) -> httpx.Request:
        check_key(self._key)
        if json is not None:
            return self._api.build_request(method, self._base_url + path, json=json, headers=self._headers())
        # The same without merging what never differs: that was a quarter of the CPU of a read.
        request = httpx.Request(method, self._address(path), headers=self._heading, extensions=self._waits)
        request.headers.encoding = "ascii"  # known: else all of them are decoded to find out
        return request

    def _address(self, path: str) -> httpx.URL:
        """The address of a path, parsed once: a task is read many times."""
        known = self._addresses.get(path)
        if known is None:
            if len(self._addresses) >= MOST_ADDRESSES:
                self._addresses.clear()
            known = self._addresses[path] = httpx.URL(self._base_url + path)
        return known

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Authorization": f"Bearer {self._key}",
            "User-Agent": USER_AGENT,
            "X-Runway-Version": API_VERSION,
            **self._behalf,
        }

    async def _ask_for_place(self, filename: str) -> wire.UploadForm:
        answer = await self._ask("POST", "/v1/uploads", json=requests.upload_body(filename))
        if not answer.is_success:
            raise refusals.upload_refused(answer)
        form = _readable(answer, wire.read_upload_form)
        try:
            await check_url(form.url, own=self._own)
        except DownloadRefused as error:
            raise RetryLater(f"an upload address that is {error}", reason=Reason.UNREADABLE) from error
        return form

    async def _send_form(self, form: wire.UploadForm, *, file: tuple[str, bytes, str]) -> None:
        """Send the fields in their order, then the file, as S3 wants it. Without the key: another host."""
        request = self._outside.build_request(
            "POST", form.url, data=dict(form.fields), files={"file": file}, timeout=UPLOAD_TIMEOUT
        )
        await request.aread()
        try:
            answer = await send_once(self._outside, request, deadline_s=UPLOAD_DEADLINE_S)
        except (NeverSentError, NoAnswerError) as error:
            raise Unreachable(f"the upload did not arrive: {error}") from error
        if not answer.is_success:
            raise _form_refused(answer)


def _read_upload(path: Path) -> bytes:
    if path.stat().st_size > MAX_UPLOAD_BYTES:
        raise Rejected("larger than an upload may be", reason=Reason.INVALID)
    return path.read_bytes()


def _may_be_a_task(task_id: str) -> bool:
    """Not of dots alone: in an address they mean the folder above, quoted or not."""
    return bool(task_id.strip("."))


def _task_path(task_id: str) -> str:
    return f"/v1/tasks/{quote(task_id, safe='')}"


def _readable(answer: Answer, read: Callable[[object], Read]) -> Read:
    """What `read` makes of a success; what is not a success, or not readable, as an error."""
    if not answer.is_success:
        raise refusals.read_refused(answer)
    try:
        return read(answer.json())
    except UnreadableError as error:
        raise Unreachable(f"an unreadable answer: {error}", status=answer.status) from error


def _form_refused(answer: Answer) -> RetryLater | Rejected:
    """The store's refusal, not Runway's: 400 and 413 are about the file, the rest about the place."""
    if answer.status in {httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE}:
        return Rejected("the store refuses the file", reason=Reason.INVALID, status=answer.status)
    wish_s = retry_after_s(answer.headers.get("retry-after", ""))
    return RetryLater("the upload was refused", reason=Reason.OVERLOADED, status=answer.status, retry_after_s=wish_s)
