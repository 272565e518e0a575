"""CometAPI's answers as plain records. Pure: no network, no clock.

A task is told in several shapes: Runway's own object; the same inside `{"code", "message", "data"}`, whose `data` may
carry Runway's object once more in `data.data`; or flat. Statuses are Runway's or the gateway's, progress is a number
or a text like "42%", and old builds put the clip's link into `fail_reason`. Times have odd zones and are not read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from studio.providers.base import RemoteStatus, RemoteTask
from studio.providers.cometapi.formats import Format, Handle, Route
from studio.providers.reading import UnreadableError, number, object_of, optional_text, printable, texts

LONGEST_TASK_ID = 100
NOT_THERE_YET = "task_not_exist"
SUCCESS_CODES = frozenset({"success", "200", "0"})
STATUSES = {
    "PENDING": RemoteStatus.PENDING,
    "QUEUED": RemoteStatus.PENDING,
    "SUBMITTED": RemoteStatus.PENDING,
    "NOT_START": RemoteStatus.PENDING,
    "THROTTLED": RemoteStatus.THROTTLED,
    "RUNNING": RemoteStatus.RUNNING,
    "IN_PROGRESS": RemoteStatus.RUNNING,
    "PROCESSING": RemoteStatus.RUNNING,
    "SUCCEEDED": RemoteStatus.SUCCEEDED,
    "SUCCESS": RemoteStatus.SUCCEEDED,
    "COMPLETED": RemoteStatus.SUCCEEDED,
    "3": RemoteStatus.SUCCEEDED,
    "FAILED": RemoteStatus.FAILED,
    "FAILURE": RemoteStatus.FAILED,
    "ERROR": RemoteStatus.FAILED,
    "INCOMPLETE": RemoteStatus.FAILED,
    "CANCELLED": RemoteStatus.CANCELLED,
    "CANCELED": RemoteStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Said:
    """What an error answer, or an envelope, says: its code in lower case, and its text."""

    code: str
    text: str

    @property
    def is_not_there_yet(self) -> bool:
        """Whether it is the gateway's word for a task that it does not show (yet)."""
        return NOT_THERE_YET in (self.code, self.text.lower())


def read_said(body: object) -> Said:
    """Code and text of any answer; both empty for what has none."""
    answer = body if isinstance(body, dict) else {}
    error = answer.get("error")
    inner: Mapping[str, object] = error if isinstance(error, dict) else {}
    text = error if isinstance(error, str) else ""
    spoken = (optional_text(inner, "message"), text, optional_text(answer, "message"), optional_text(answer, "msg"))
    return Said(
        code=(_word(inner.get("code")) or _word(answer.get("code"))).lower(),
        text=next((said for said in spoken if said), ""),
    )


def read_created(body: object, form: Format) -> Handle:
    """The handle of a new task. Raises UnreadableError when none is named."""
    answer = object_of(body)
    data = answer.get("data")
    levels = [answer, data] if isinstance(data, dict) else [answer]
    names = ("task_id", "id") if form is Format.COMPAT else ("id", "task_id")
    ids = [_word(level.get(name)) for level in reversed(levels) for name in names]
    ids.append(data if isinstance(data, str) else "")
    return checked_handle(
        Route.FEED if form is Format.COMPAT else Route.TASK, next((found for found in ids if found), "")
    )


def checked_handle(route: Route, remote_id: str) -> Handle:
    """A handle that can be stored and asked for. Raises UnreadableError."""
    handle = Handle(route, remote_id)
    is_plain = remote_id.isascii() and remote_id.isprintable() and bool(remote_id.strip("."))
    if not is_plain or len(handle.task_id) > LONGEST_TASK_ID:
        raise UnreadableError("an id that cannot be one")
    return handle


def inner_code(body: object) -> int | None:
    """The number in `{"code": 400, "msg": ...}`, None where there is none."""
    word = _word(body.get("code")) if isinstance(body, dict) else ""
    return int(word) if word.isascii() and word.isdecimal() and len(word) == len("200") else None


def read_task(body: object, *, task_id: str) -> RemoteTask:
    """A task in any shape and status. Raises UnreadableError for what is no task."""
    levels = _levels(object_of(body))
    links = _links(levels)
    raw_status, status = _status(levels, has_link=bool(links))
    is_done = status is RemoteStatus.SUCCEEDED
    return RemoteTask(
        task_id=task_id,
        status=status,
        progress=_progress(levels),
        outputs=links if is_done else (),
        failure_code="" if is_done else printable(_first_text(levels, "failureCode", "failure_code")),
        failure="" if is_done else _failure(levels, object_of(body)),
        raw_status=raw_status,
    )


# Pieces


def _levels(body: dict[str, object]) -> tuple[dict[str, object], ...]:
    """The objects that may tell of the task, the innermost (Runway's own) first."""
    outer = body
    if isinstance(body.get("data"), dict) and "code" in body:
        outer = object_of(body["data"])
    elif "code" in body and not ({"status", "state"} & body.keys()):
        raise UnreadableError("an envelope without a task")
    inner = outer.get("data")
    return (inner, outer) if isinstance(inner, dict) else (outer,)


def _status(levels: tuple[dict[str, object], ...], *, has_link: bool) -> tuple[str, RemoteStatus]:
    """The inner status, but for what is final outside: a failure, or a success that has its link."""
    said = [word for level in levels if (word := _word(level.get("status")) or _word(level.get("state")))]
    if not said:
        raise UnreadableError("no status")
    read = [(word, STATUSES.get(word.upper(), RemoteStatus.UNKNOWN)) for word in said]
    finals = [pair for pair in read if pair[1].is_final]
    done = [pair for pair in finals if pair[1] is RemoteStatus.SUCCEEDED]
    if done and has_link:
        return done[0]
    ended = [pair for pair in finals if pair not in done]
    return ended[0] if ended else read[0]


def _links(levels: tuple[dict[str, object], ...]) -> tuple[str, ...]:
    """The clip's links, most trusted first; `fail_reason` is where old builds put it."""
    found = [link for level in levels for link in _in_output(level.get("output"))]
    found += [
        link
        for name in ("result_url", "video_url", "url", "fail_reason")
        for level in reversed(levels)
        if is_link(link := _word(level.get(name)))
    ]
    return ordered(found)


def _in_output(value: object) -> Iterator[str]:
    entries: tuple[object, ...] = tuple(value) if isinstance(value, list) else (value,)
    yield from (link for link in texts(list(entries)) if is_link(link))
    for entry in entries:
        if isinstance(entry, dict) and is_link(link := optional_text(entry, "url")):
            yield link


def ordered(links: list[str]) -> tuple[str, ...]:
    """Without repetitions, https first: http is good for nothing but a simulator on this machine."""
    return tuple(sorted(dict.fromkeys(links), key=lambda link: not link.startswith("https://")))


def is_link(text: str) -> bool:
    """Whether a text is an address as a whole."""
    return text.startswith(("https://", "http://")) and text.isascii() and text.isprintable() and " " not in text


def _progress(levels: tuple[dict[str, object], ...]) -> float | None:
    """0 to 1, out of 0.42, 42 or "42%"."""
    for level in levels:
        value = level.get("progress")
        is_percent = isinstance(value, str)
        found = number(_number_in(value)) if isinstance(value, str) else number(value)
        if found is not None:
            return min(1.0, max(0.0, found / 100 if is_percent or found > 1 else found))
    return None


def _number_in(text: str) -> float | None:
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        return None


def _failure(levels: tuple[dict[str, object], ...], body: Mapping[str, object]) -> str:
    said = _first_text(tuple(reversed(levels)), "fail_reason", "failure") or read_said(body).text
    return "" if is_link(said) else printable(said)


def _first_text(levels: tuple[dict[str, object], ...], *names: str) -> str:
    return next((said for name in names for level in levels if (said := optional_text(level, name))), "")


def _word(value: object) -> str:
    """A text, or a whole number as one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""
