"""CometAPI's routes: Runway's format under /runwayml, the compatibility format under /runway, and /v1/responses."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from studio.simulator.answers import Refused, no_task
from studio.simulator.cards import IMAGE, TEXT
from studio.simulator.comet import orders, telling
from studio.simulator.comet.tags import tags_of
from studio.simulator.remote import Remote
from studio.simulator.tasks import Status, Task
from studio.simulator.wire import json_body

KEY = re.compile(r"sk-[A-Za-z0-9]{8,}")
HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>cloudflare</body></html>"


def check_key(remote: Remote, authorization: str) -> str:
    """The key of a request: one of the gateway's kind, or one that the remote takes. Raises Refused."""
    kind, _, key = authorization.partition(" ")
    if remote.keys is None and remote.scenario != "key_revoked" and kind.lower() == "bearer" and KEY.fullmatch(key):
        return key
    try:
        return remote.check_key(authorization)
    except Refused as error:
        raise Refused(401, orders.gateway_error("Invalid token", code="")) from error


async def create_from_image(request: Request) -> Response:
    """POST /runwayml/v1/image_to_video."""
    return await _create_as_runway(request, IMAGE)


async def create_from_text(request: Request) -> Response:
    """POST /runwayml/v1/text_to_video: no page shows it; here it works, unless the remote is told otherwise."""
    return await _create_as_runway(request, TEXT)


async def _create_as_runway(request: Request, endpoint: str) -> Response:
    task = await _launch(request, await json_body(request), endpoint=endpoint)
    return await _after_create(task, {"id": task.id}, remote=_remote(request))


async def generate(request: Request) -> Response:
    """POST /runway/pro/generate."""
    body, endpoint = orders.from_compat(await json_body(request))
    task = await _launch(request, body, endpoint=endpoint)
    made = {"code": 200, "message": "", "msg": "success", "data": {"task_id": task.id}, "exec_time": 0.1}
    return await _after_create(task, made, remote=_remote(request))


async def respond(request: Request) -> Response:
    """POST /v1/responses: at once and asynchronous, or when the clip is finished."""
    remote = _remote(request)
    body, endpoint = orders.from_response(await json_body(request))
    task = await _launch(request, body, endpoint=endpoint)
    tags = tags_of(task.order.prompt)
    if tags & {"comet_finished", "comet_nameless"}:
        await _finish(task, remote=remote)
    made = telling.response(remote.read(task.id, key=task.key), tags=tags)
    return await _after_create(task, made, remote=remote)


async def _finish(task: Task, *, remote: Remote) -> None:
    """Bring the task to its end now, with its clip."""
    task.released_at = remote.clock.now() - timedelta(seconds=task.busy_s)
    if task.final_status is Status.SUCCEEDED:
        await asyncio.shield(asyncio.wrap_future(remote.clip(task)))


async def _launch(request: Request, body: Any, *, endpoint: str) -> Task:
    remote, key = _remote(request), request.state.key
    order = remote.check_order(body, endpoint=endpoint)
    pictures = await asyncio.to_thread(remote.check_pictures, order, key=key)
    return remote.launch(order, pictures=pictures, key=key)


async def _after_create(task: Task, body: Mapping[str, Any], *, remote: Remote) -> Response:
    tags = tags_of(task.order.prompt)
    for tag, status in (("comet_html_500", 500), ("comet_html_524", 524)):
        if tag in tags:
            raise Refused(status, HTML.format(status))
    if task.scenario == "create_lost":
        raise Refused(504, None)
    if task.scenario == "slow_create":
        await asyncio.sleep(remote.pace.slow_create_s)
    return JSONResponse(dict(body))


async def read_task(request: Request) -> Response:
    """GET /runwayml/v1/tasks/{id}."""
    task, body = _read(request, request.path_params["task_id"])
    return JSONResponse(telling.told(body, tags=tags_of(task.order.prompt)))


async def feed(request: Request) -> Response:
    """POST /runway/feed."""
    body = await json_body(request)
    task, told = _read(request, str(body.get("task_id", "")) if isinstance(body, dict) else "")
    tags = tags_of(task.order.prompt)
    return JSONResponse(telling.told(told, tags=tags or frozenset({"comet_flat"})))


async def read_response(request: Request) -> Response:
    """GET /v1/responses/{id}."""
    response_id = request.path_params["response_id"]
    try:
        task, body = _read(request, response_id.removeprefix("resp_"))
    except Refused as error:
        if error.status != 400:
            raise
        raise Refused(404, orders.gateway_error(f"Response not found: {response_id}")) from error
    tags = tags_of(task.order.prompt)
    if "comet_forgets" in tags:
        raise Refused(404, orders.gateway_error(f"Invalid URL (GET /v1/responses/{response_id})"))
    return JSONResponse(telling.response(body, tags=tags))


def _read(request: Request, task_id: str) -> tuple[Task, dict[str, Any]]:
    """The task, and what the remote says of it. Raises Refused: `task_not_exist`, or the gateway's page."""
    remote, key = _remote(request), request.state.key
    try:
        task = remote.find(task_id, key=key)
    except Refused as error:
        raise Refused(400, orders.task_error("task_not_exist")) if error.status == no_task().status else error from None
    tags = tags_of(task.order.prompt)
    is_early = remote.clock.now() < task.created_at + timedelta(seconds=remote.pace.outage_s)
    if is_early and "comet_hidden" in tags:
        raise Refused(400, orders.task_error("task_not_exist"))
    if is_early and "comet_html_read" in tags:
        raise Refused(503, HTML.format(503))
    return task, remote.read(task_id, key=key)


async def refusal(_: Request | None, error: Exception) -> Response:
    """A refusal in the gateway's words: Runway's own JSON is worded anew, pages are passed on."""
    if not isinstance(error, Refused):
        raise error
    body = error.body
    if isinstance(body, dict):
        is_ours = "code" in body or isinstance(body.get("error"), dict)
        text = str(body.get("error", ""))
        issues = {"issues": body["issues"]} if "issues" in body else {}
        return JSONResponse(body if is_ours else orders.gateway_error(text) | issues, error.status)
    return Response(status_code=error.status) if body is None else HTMLResponse(body, error.status)


async def no_route(request: Request, error: Exception) -> Response:
    """The gateway sends whoever goes wrong to its pages."""
    answer = RedirectResponse("https://www.example.com/docs", 301)
    answer.body = HTML.format("301 Moved Permanently").encode()
    answer.headers["content-type"] = "text/html"
    answer.headers["content-length"] = str(len(answer.body))
    return answer


def _remote(request: Request) -> Remote:
    remote: Remote = request.app.state.remote
    return remote
