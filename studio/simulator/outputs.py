"""The bucket that takes uploads and the CDN that hands out clips: other hosts at the provider, other paths here."""

import asyncio

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from studio.simulator.remote import Remote
from studio.simulator.tasks import Task
from studio.simulator.uploads import MAX_BYTES, UploadRefused

BUCKET_PATH = "/runway-uploads-prod"
FORM_SLACK_BYTES = 64 * 1024
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
    task = remote.output(request.path_params["task_id"], token=request.query_params.get("_jwt", ""))
    if task is None:
        return _bucket_error(403, "AccessDenied")
    content = await _content(task, remote=remote)
    if request.method == "HEAD":
        return Response(headers={"content-length": str(len(content))}, media_type=CLIP_TYPE)
    task.downloads += 1
    is_cut = task.scenario == "truncated_download" and task.downloads == 1
    return (TruncatedResponse if is_cut else Response)(content, media_type=CLIP_TYPE)


async def _content(task: Task, *, remote: Remote) -> bytes:
    if task.scenario == "not_a_video":
        return NOT_A_VIDEO
    # Shielded: one client that hangs up must not cancel the rendering for the others.
    return await asyncio.shield(asyncio.wrap_future(remote.clip(task)))


class BrokenOff(Exception):
    """A download ends in the middle, on purpose: nothing to report."""


class TruncatedResponse(Response):
    """Announces the whole body and sends two thirds of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        part = bytes(self.body)[: len(self.body) * 2 // 3]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        try:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except Exception as error:
            # The server refuses to end a body that is too short. It drops the connection, which is what is wanted.
            raise BrokenOff from error
