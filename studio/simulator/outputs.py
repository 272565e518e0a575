"""The bucket that takes uploads and the CDN that hands out clips: other hosts at the provider, other paths here."""

import asyncio
import re

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.simulator import works
from studio.simulator.remote import Remote
from studio.simulator.tasks import Task
from studio.simulator.uploads import MAX_BYTES, UploadRefused

BUCKET_PATH = "/runway-uploads-prod"
FORM_SLACK_BYTES = 64 * 1024
ONE_RANGE = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})", re.ASCII)
CLIP_TYPE = "binary/octet-stream"
NOT_A_VIDEO = b"The clip could not be found in this region. " * 40


async def store_upload(request: Request) -> Response:
    """The multipart POST: signed fields first, the file last. 204 when it is stored, S3's XML when it is not."""
    try:
        _check_length(request)
        await _store(request)
    except UploadRefused as error:
        return _bucket_error(error.status, error.code)
    return Response(status_code=204)


def _check_length(request: Request) -> None:
    if int(request.headers.get("content-length", "0")) > MAX_BYTES + FORM_SLACK_BYTES:
        raise UploadRefused(400, "EntityTooLarge")


async def _store(request: Request) -> None:
    async with request.form() as form:
        parts = form.multi_items()
        name, file = parts[-1] if parts else ("", "")
        if name != "file" or not isinstance(file, UploadFile):
            raise UploadRefused(400, "InvalidArgument")
        if (file.size or 0) > MAX_BYTES:
            raise UploadRefused(400, "EntityTooLarge")
        fields = {key: value for key, value in parts[:-1] if isinstance(value, str)}
        remote: Remote = request.app.state.remote
        remote.uploads.store(fields, content=await file.read())


def _bucket_error(status: int, code: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return Response(body, status, media_type="application/xml")


async def download(request: Request) -> Response:
    """GET and HEAD of an output; 403 when the link has expired or was never one."""
    remote: Remote = request.app.state.remote
    name = request.path_params["name"]
    task = remote.output(name, token=request.query_params.get("_jwt", ""))
    if task is None:
        return _bucket_error(403, "AccessDenied")
    content = await _content(task, name=name, remote=remote)
    if request.method == "HEAD":
        headers = {"content-length": str(len(content)), "accept-ranges": "bytes"}
        return Response(headers=headers, media_type=CLIP_TYPE)
    if remote.count_download(task) == 1 and task.scenario == "truncated_download":
        return TruncatedResponse(content, media_type=CLIP_TYPE)
    return _ranged(content, asked=request.headers.get("range", ""))


def _ranged(content: bytes, *, asked: str) -> Response:
    """The whole clip, or the one range of it that was asked for; several ranges get the whole, as at S3."""
    size_bytes = len(content)
    span = _span(asked, size_bytes=size_bytes)
    if span is None:
        return Response(content, headers={"accept-ranges": "bytes"}, media_type=CLIP_TYPE)
    if not span:
        error = _bucket_error(416, "InvalidRange")
        error.headers["content-range"] = f"bytes */{size_bytes}"
        return error
    headers = {"accept-ranges": "bytes", "content-range": f"bytes {span.start}-{span.stop - 1}/{size_bytes}"}
    return Response(content[span.start : span.stop], 206, headers=headers, media_type=CLIP_TYPE)


def _span(asked: str, *, size_bytes: int) -> range | None:
    """The bytes of a Range header; empty when none of them are there, None when the header says nothing."""
    match = ONE_RANGE.fullmatch(asked)
    if match is None:
        return None
    first, last = match["first"], match["last"]
    if not first:
        return range(max(0, size_bytes - int(last)), size_bytes) if last else None
    end = min(int(last) + 1, size_bytes) if last else size_bytes
    # A range that runs backwards is no range, and is passed over.
    return None if last and int(last) < int(first) else range(int(first), end)


async def _content(task: Task, *, name: str, remote: Remote) -> bytes:
    if task.scenario == "not_a_video":
        return NOT_A_VIDEO
    # Shielded: one client that hangs up must not cancel the rendering for the others.
    return await asyncio.shield(asyncio.wrap_future(remote.output_file(task, number=works.number_in(name))))


class BrokenOff(Exception):
    """A download ends in the middle, on purpose: nothing to report."""


HANG_UP = "simulator.hang_up"
"""The ASGI extension of a server that closes the connection when an answer ends by an exception."""


def hanging_up(app: ASGIApp) -> ASGIApp:
    """The app for such a server."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), HANG_UP: {}}
        await app({**scope, "extensions": extensions}, receive, send)

    return wrapped


class TruncatedResponse(Response):
    """Announces the whole body, sends two thirds of it, and hangs up where there is a line."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        can_hang_up = HANG_UP in scope.get("extensions", {})
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        part = bytes(self.body)[: len(self.body) * 2 // 3]
        await send({"type": "http.response.body", "body": part, "more_body": can_hang_up})
        if can_hang_up:
            # A body that is too short cannot be ended in HTTP; to the server this is a crash, and it drops the line.
            raise BrokenOff
