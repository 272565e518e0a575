"""Answers of `/v1/responses` for `runway-video`. Pure.

No page documents them, so an answer is looked through for what it may bring: a finished output, a task's id, or a
result's payload, also as JSON or as a link inside a text. What echoes the request is passed over.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from studio.providers.base import RemoteStatus, RemoteTask
from studio.providers.cometapi.formats import Handle, Route
from studio.providers.cometapi.wire import STATUSES, checked_handle, is_link, ordered, read_said
from studio.providers.reading import UnreadableError, object_of, optional_text, printable

DEEPEST = 12
MOST_PARTS = 5_000
ECHOES = frozenset({"input", "instructions", "prompt", "request", "error", "tools", "reference", "promptImage"})
LINK_NAMES = frozenset({"video_url", "result_url", "download_url", "url", "uri", "output", "video", "videos"})
TASK_ID_NAMES = ("task_id", "taskId")
VIDEO_LINK = re.compile(r"https?://[^\s\"'<>()\[\]]+\.(?:mp4|mov|webm)(?:\?[^\s\"'<>()\[\]]*)?", re.IGNORECASE)
NO_VIDEO = "GATEWAY.NO_VIDEO"


@dataclass(frozen=True, slots=True)
class Response:
    """What an answer brings: how it is asked for again (None: it names no id), the id of a task (""), and the state
    of the clip as far as the answer tells it."""

    handle: Handle | None
    remote_task_id: str
    task: RemoteTask


def read_response(body: object) -> Response:
    """Whatever can be found in an answer. Raises UnreadableError when it names neither clip, task, nor itself."""
    answer = object_of(body)
    parts = list(_parts(answer))
    links = ordered([link for part in parts for link in _links_in(part)])
    remote_task_id = next((found for part in parts if (found := _task_id_in(part))), "")
    handle = _handle(answer)
    if not (links or remote_task_id or handle):
        raise UnreadableError("neither a clip, nor a task, nor an id")
    task = _task(answer, links=links, remote_task_id=remote_task_id)
    return Response(handle, remote_task_id, task)


def handle_to_keep(found: Response, *, spare_id: str) -> Handle:
    """How the answer's clip is read later: as a task, as a response, or from the kept answer under `spare_id`."""
    if found.remote_task_id:
        return Handle(Route.TASK, found.remote_task_id)
    return found.handle or Handle(Route.KEPT, spare_id)


def _task(answer: Mapping[str, object], *, links: tuple[str, ...], remote_task_id: str) -> RemoteTask:
    raw = _raw_status(answer)
    status = STATUSES.get(raw.upper(), RemoteStatus.UNKNOWN) if raw else RemoteStatus.PENDING
    task = RemoteTask(task_id="", status=status, raw_status=raw)
    if links and status not in {RemoteStatus.FAILED, RemoteStatus.CANCELLED}:
        is_over = status is RemoteStatus.SUCCEEDED or not raw
        return replace(task, status=RemoteStatus.SUCCEEDED, outputs=links) if is_over else task
    if status is RemoteStatus.SUCCEEDED and remote_task_id:  # the answer is complete, the clip is not
        return replace(task, status=RemoteStatus.PENDING)
    if status is RemoteStatus.SUCCEEDED:
        text = "The gateway answered without a video."
        return replace(task, status=RemoteStatus.FAILED, failure_code=NO_VIDEO, failure=text)
    return replace(task, failure=printable(read_said(answer).text)) if status is RemoteStatus.FAILED else task


def _raw_status(answer: Mapping[str, object]) -> str:
    """The status, also inside an envelope; "" where none is told."""
    inner = (answer.get(name) for name in ("response", "data"))
    levels = [answer, *(level for level in inner if isinstance(level, dict))]
    return next((said for level in levels if (said := optional_text(level, "status"))), "")


def _handle(answer: Mapping[str, object]) -> Handle | None:
    said = optional_text(answer, "id")
    try:
        return checked_handle(Route.RESPONSE, said)
    except UnreadableError:
        return None


def _task_id_in(part: Mapping[str, object]) -> str:
    """`{"task_id": ...}`, or `{"task": {"id": ...}}`; "" for one that cannot be stored and asked for."""
    task = part.get("task")
    named = optional_text(task, "id") if isinstance(task, dict) else ""
    said = next((found for name in TASK_ID_NAMES if (found := optional_text(part, name))), named)
    try:
        return checked_handle(Route.TASK, said).remote_id
    except UnreadableError:
        return ""


def _links_in(part: Mapping[str, object]) -> Iterator[str]:
    """Links under names that mean a clip, and links to video files in texts; not those of images."""
    if "image" in optional_text(part, "type"):
        return
    for name, value in part.items():
        for text in () if name in ECHOES else _texts_of(value):
            if name in LINK_NAMES and is_link(text):
                yield text
            else:
                yield from VIDEO_LINK.findall(text)


def _texts_of(value: object) -> Iterator[str]:
    entries: list[object] = value if isinstance(value, list) else [value]
    return (entry for entry in entries if isinstance(entry, str))


def _parts(answer: dict[str, object]) -> Iterator[dict[str, object]]:
    """Every object in the answer, the outermost first, also those that are JSON inside a text; bounded."""
    waiting: list[tuple[object, int]] = [(answer, 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        value, depth = waiting.pop(0)
        if isinstance(value, dict):
            yield value
            inside = [entry for name, entry in value.items() if name not in ECHOES]
        else:
            inside = value if isinstance(value, list) else []
        if depth < DEEPEST:
            waiting += [(found, depth + 1) for entry in inside if isinstance(found := _opened(entry), dict | list)]


def _opened(value: object) -> object:
    """A text that is JSON as what it says."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
