"""Runway's answers as plain records. Pure: no network, no clock.

Follows api.dev.runwayml.com, version 2024-11-06, as the official SDK `runwayml` 5.24.0 types it
(types/task_retrieve_response.py, organization_retrieve_response.py,
organization_retrieve_usage_response.py) and docs.dev.runwayml.com/errors shows its errors. A reader takes what it
knows and ignores the rest: Runway calls new fields, statuses and codes a compatible change.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from studio.providers.base import (
    Input,
    InputRole,
    ModelLimits,
    Organization,
    RemoteStatus,
    RemoteTask,
    Submitted,
    Usage,
)
from studio.providers.errors import Issue
from studio.providers.reading import UnreadableError
from studio.providers.reading import number as _number
from studio.providers.reading import object_of as _object
from studio.providers.reading import optional_text as _optional_text
from studio.providers.reading import printable as _printable
from studio.providers.reading import text as _text
from studio.providers.reading import texts as _texts
from studio.providers.reading import whole as _whole

OTHER_SPELLINGS = {"CANCELED": RemoteStatus.CANCELLED}

FIELDS_OF_OURS = {
    "promptText": "prompt",
    "model": "model",
    "ratio": "ratio",
    "resolution": "resolution",
    "duration": "duration_s",
    "audio": "sound",
    "seed": "seed",
}
# What nobody means: a number or a name that no table of ours could hold would lose the answer that it came in.
MOST_CREDITS = 1_000_000_000
LONGEST_TASK_ID = 100
LONGEST_MODEL = 60
# The fields of the contract. Others are kept apart and reported: Runway calls new ones a compatible change.
CREATED_FIELDS = frozenset({"id", "estimatedCost"})
TASK_FIELDS = CREATED_FIELDS | {"createdAt", "status", "progress", "output", "failure", "failureCode", "cost"}
ORGANIZATION_FIELDS = frozenset({"creditBalance", "tier", "usage"})
MOST_NEW_FIELDS = 10
FRAME_FIELDS = {InputRole.FIRST: "first_frame", InputRole.LAST: "last_frame"}
# Whose files stand in a field of a request, in the order in which they stand there.
ROLES_BY_FIELD: Mapping[str, tuple[InputRole, ...]] = {
    "promptImage": (InputRole.FIRST, InputRole.MIDDLE, InputRole.LAST, InputRole.REFERENCE_IMAGE),
    "references": (InputRole.REFERENCE_IMAGE,),
    "referenceImages": (InputRole.REFERENCE_IMAGE,),
    "referenceVideos": (InputRole.REFERENCE_VIDEO,),
    "referenceAudio": (InputRole.REFERENCE_AUDIO,),
    "videoUri": (InputRole.SOURCE,),
    "promptVideo": (InputRole.SOURCE,),
    "character": (InputRole.CHARACTER,),
    "reference": (InputRole.PERFORMANCE,),
    "keyframes": (InputRole.KEYFRAME,),
}


@dataclass(frozen=True, slots=True)
class UploadForm:
    """Where to send a file, and the form fields that go before it, in order."""

    url: str
    fields: Mapping[str, str]
    uri: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error answer says: its text, and its issues mapped to our fields."""

    text: str
    issues: tuple[Issue, ...]


# Answers


def read_submitted(body: object) -> Submitted:
    """`{"id": "...", "estimatedCost": {"credits": 60}}`; before August 2026 without the estimate."""
    answer = _object(body)
    task_id = _text(answer, "id")
    if len(task_id) > LONGEST_TASK_ID or not (task_id.isascii() and task_id.isprintable()):
        raise UnreadableError("an id that cannot be one")
    return Submitted(
        task_id=task_id,
        estimated_credits=_credits(answer.get("estimatedCost")),
        new_fields=_new_fields(answer, CREATED_FIELDS),
    )


def read_task(body: object, *, task_id: str) -> RemoteTask:
    """A task in any status, known or not. `task_id` is what was asked for, if the answer has none."""
    answer = _object(body)
    raw_status = _text(answer, "status")
    return RemoteTask(
        task_id=_optional_text(answer, "id") or task_id,
        status=_status(raw_status),
        progress=_progress(answer.get("progress")),
        outputs=_texts(answer.get("output")),
        failure_code=_printable(_optional_text(answer, "failureCode")),
        failure=_optional_text(answer, "failure"),
        estimated_credits=_credits(answer.get("estimatedCost")),
        cost_credits=_credits(answer.get("cost")),
        raw_status=raw_status,
        new_fields=_new_fields(answer, TASK_FIELDS),
    )


def read_upload_form(body: object) -> UploadForm:
    """`{"uploadUrl": "https://...", "fields": {...}, "runwayUri": "runway://..."}`."""
    answer = _object(body)
    fields = _object(answer.get("fields"))
    return UploadForm(
        url=_text(answer, "uploadUrl"),
        fields={name: _text(fields, name) for name in fields},
        uri=_text(answer, "runwayUri"),
    )


def read_organization(body: object) -> Organization:
    """Credits and limits; a model without readable limits is left out, a null limit is None: unlimited."""
    answer = _object(body)
    balance = _number(answer.get("creditBalance"))
    if balance is None:
        raise UnreadableError("no creditBalance")
    used = _models(answer.get("usage"))
    limits = {name: _limits(said, used.get(name)) for name, said in _models(answer.get("tier")).items()}
    new_fields = _new_fields(answer, ORGANIZATION_FIELDS)
    return Organization(credit_balance=math.floor(balance), limits=limits, new_fields=new_fields)


def read_http_date(value: str) -> datetime | None:
    """The moment of a `Date` header, aware, in UTC; None for none, and for one that cannot be read."""
    try:
        said = parsedate_to_datetime(value)
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_usage(body: object, *, start: date, before: date) -> Usage:
    """`{"results": [{"date": "2026-11-20", "usedCredits": [{"model": "gen4.5", "amount": 120}]}]}`.

    A part of a credit counts as a whole one, away from 0: it must never look like nothing. The same model twice on
    a day is added up; days outside the window are left out.
    """
    results = _object(body).get("results")
    if not isinstance(results, list):
        raise UnreadableError("no results")
    credits: dict[tuple[date, str], int] = {}
    is_whole = True
    for key, amount in (entry for result in results for entry in _used(result)):
        if key is None or amount is None:
            is_whole = False
        elif start <= key[0] < before:
            credits[key] = credits.get(key, 0) + amount
    return Usage(start=start, before=before, credits=credits, is_whole=is_whole)


def read_refusal(body: object, *, inputs: Sequence[Input] = ()) -> Refusal:
    """`{"error": "...", "issues": [...]}`, where `issues` may be missing; anything else reads as empty."""
    answer = body if isinstance(body, dict) else {}
    said = answer.get("issues")
    issues = said if isinstance(said, list) else []
    return Refusal(
        text=_optional_text(answer, "error"),
        issues=tuple(_issue(issue, inputs) for issue in issues if isinstance(issue, dict)),
    )


# Pieces


def _issue(issue: Mapping[str, object], inputs: Sequence[Input]) -> Issue:
    said = issue.get("path")
    path = said if isinstance(said, list) else []
    return Issue(
        field=_field(path, inputs),
        code=_optional_text(issue, "code"),
        message=_optional_text(issue, "message"),
        values=_texts(issue.get("values")) or _texts(issue.get("keys")),
    )


def _field(path: Sequence[object], inputs: Sequence[Input]) -> str:
    """Our field for a path like `["promptImage", 1, "uri"]`; "" when none of ours is to blame."""
    if not path:
        return ""
    roles = ROLES_BY_FIELD.get(str(path[0]))
    if roles is None:
        return FIELDS_OF_OURS.get(str(path[0]), "")
    role = _role(path[1:], sorted((used.role for used in inputs if used.role in roles), key=roles.index), roles)
    return FRAME_FIELDS.get(role, role.value)


def _role(path: Sequence[object], placed: Sequence[InputRole], roles: Sequence[InputRole]) -> InputRole:
    """Which file a path below a field means: by index among those that stand there, by name, else the first one."""
    for part in path:
        if isinstance(part, int) and 0 <= part < len(placed):
            return placed[part]
    named = next((role for role in roles if role.value in path), None)
    return named or (placed[0] if placed else roles[0])


def _new_fields(answer: Mapping[str, object], known: frozenset[str]) -> tuple[str, ...]:
    """Names beside the known ones, in their order; the first few of them."""
    new = answer.keys() - known
    return tuple(sorted(_printable(name) for name in new)[:MOST_NEW_FIELDS]) if new else ()


def _status(raw: str) -> RemoteStatus:
    upper = raw.upper()
    try:
        return OTHER_SPELLINGS.get(upper) or RemoteStatus(upper)
    except ValueError:
        return RemoteStatus.UNKNOWN


def _progress(value: object) -> float | None:
    number = _number(value)
    return None if number is None else min(1.0, max(0.0, number))


def _credits(value: object) -> int | None:
    """`{"credits": 63}` as whole credits, a fraction rounded up; None when it is not said, or beyond belief."""
    number = _number(value.get("credits")) if isinstance(value, dict) else None
    return None if number is None or not 0 <= number <= MOST_CREDITS else math.ceil(number)


def _used(result: object) -> list[tuple[tuple[date, str] | None, int | None]]:
    """((day, model), credits) of one day's entries, None for what cannot be read."""
    answer = result if isinstance(result, dict) else {}
    day, used = _date(answer.get("date")), answer.get("usedCredits")
    if day is None or not isinstance(used, list):
        return [(None, None)]
    return [_used_by_model(entry, day) for entry in used]


def _used_by_model(entry: object, day: date) -> tuple[tuple[date, str] | None, int | None]:
    answer = entry if isinstance(entry, dict) else {}
    model = _printable(_optional_text(answer, "model"))
    amount = _number(answer.get("amount"))
    if not 0 < len(model) <= LONGEST_MODEL or amount is None or abs(amount) > MOST_CREDITS:
        return None, None
    return (day, model), int(math.copysign(math.ceil(abs(amount)), amount))


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _models(value: object) -> dict[str, Mapping[str, object]]:
    """The `models` map of `tier` or `usage`, without the entries that are not objects."""
    models = value.get("models") if isinstance(value, dict) else None
    if not isinstance(models, dict):
        return {}
    return {name: entry for name, entry in models.items() if isinstance(entry, dict)}


def _limits(said: Mapping[str, object], used: Mapping[str, object] | None) -> ModelLimits:
    return ModelLimits(
        max_concurrent=_whole(said.get("maxConcurrentGenerations")),
        max_daily=_whole(said.get("maxDailyGenerations")),
        used_today=_whole((used or {}).get("dailyGenerations")) or 0,
    )
