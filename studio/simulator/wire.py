"""The endpoints under /v1. docs.dev.runwayml.com, API version 2024-11-06."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from studio.simulator.answers import Refused, created_body, refused
from studio.simulator.outputs import BUCKET_PATH
from studio.simulator.remote import Remote
from studio.simulator.responses import TOO_LARGE, ApiResponse

BODY_MAX_BYTES = 20 * 1024 * 1024
"""Room for one film as a data URI."""
BODY_KEPT_BYTES = 100_000


def remote_of(request: Request) -> Remote:
    """The remote behind this app."""
    remote: Remote = request.app.state.remote
    return remote


async def json_body(request: Request) -> Any:
    """The body, also noted in the log of requests unless it is large. An empty one counts as {}."""
    raw = await _limited(request)
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise refused(400, "The request body is not valid JSON.") from error
    if len(raw) <= BODY_KEPT_BYTES:
        request.state.record.body = body
    return body


async def _limited(request: Request) -> bytes:
    parts: list[bytes] = []
    size_bytes = 0
    async for part in request.stream():
        size_bytes += len(part)
        if size_bytes > BODY_MAX_BYTES:
            raise Refused(413, TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def create_at(endpoint: str) -> Callable[[Request], Awaitable[Response]]:
    """POST /v1/<endpoint>, for those that make a task."""

    async def create(request: Request) -> Response:
        return await _create(request, endpoint=endpoint)

    return create


async def _create(request: Request, *, endpoint: str) -> Response:
    remote, key = remote_of(request), request.state.key
    remote.check_behalf(request.headers.get("x-runway-on-behalf-of", ""))
    order = remote.check_order(await json_body(request), endpoint=endpoint)
    # Decoding takes long for large pictures, and the event loop serves everybody.
    pictures = await asyncio.to_thread(remote.check_pictures, order, key=key)
    task = remote.launch(order, pictures=pictures, key=key)
    if task.scenario == "create_lost":
        raise Refused(504, None)
    if task.scenario == "slow_create":
        await asyncio.sleep(remote.pace.slow_create_s)
    return ApiResponse(created_body(task))


async def read_task(request: Request) -> Response:
    """GET /v1/tasks/{id}."""
    remote = remote_of(request)
    return ApiResponse(remote.read(request.path_params["task_id"], key=request.state.key))


async def delete_task(request: Request) -> Response:
    """DELETE /v1/tasks/{id}: 204, and 404 from then on."""
    remote_of(request).delete(request.path_params["task_id"], key=request.state.key)
    return Response(status_code=204)


async def issue_upload(request: Request) -> Response:
    """POST /v1/uploads: where to send the file, and with which fields."""
    remote = remote_of(request)
    upload, fields = remote.issue_upload(await json_body(request), key=request.state.key)
    url = f"{remote.base_url}{BUCKET_PATH}"
    return ApiResponse({"uploadUrl": url, "fields": fields, "runwayUri": upload.uri})


async def organization(request: Request) -> Response:
    """GET /v1/organization."""
    return ApiResponse(remote_of(request).organization())


async def usage(request: Request) -> Response:
    """POST /v1/organization/usage."""
    return ApiResponse(remote_of(request).usage(await json_body(request)))


async def health(request: Request) -> Response:
    """GET /_simulator/health: no part of the API, for whoever waits for the simulator to come up."""
    remote = remote_of(request)
    return ApiResponse({"status": "ok", "scenario": remote.scenario, "tasks": len(remote.tasks)})
