"""Which of our errors an answer of CometAPI is.

Stricter than with Runway: in front of the gateway stand others that answer in HTML. After a create only what is
plainly a refusal counts as one; whatever else comes leaves the outcome unknown.
"""

import re
from collections.abc import Sequence

import httpx

from studio.providers.base import Input
from studio.providers.calls import Answer
from studio.providers.cometapi.wire import Said, inner_code, read_said
from studio.providers.errors import (
    OutcomeUnknown,
    ProviderError,
    Reason,
    Rejected,
    RetryLater,
    TaskNotFound,
    Unreachable,
)
from studio.providers.retry_after import retry_after_s
from studio.providers.runway.wire import read_refusal

APPEARS_WITHIN_S = 120.0
"""For so long after its create a task may not be shown: CometAPI says some seconds, users saw minutes."""

MAX_MESSAGE_CHARS = 500
MOVED = frozenset({301, 307, 308})  # 302 and 303 may follow on something that was done
OUT_OF_CREDITS = re.compile(r"\b(quota|balance|enough credits|insufficient\w*)\b", re.IGNORECASE)
MODEL_GONE = re.compile(r"model_not_found|no available channel|model variant .* is not available", re.IGNORECASE)
NO_TASK = re.compile(r"could not find task|response[ _]not[ _]found|no response found", re.IGNORECASE)
REASONS = {402: Reason.OUT_OF_CREDITS, 403: Reason.FORBIDDEN, 404: Reason.NOT_FOUND}


def create_refused(answer: Answer, *, status: int | None = None, inputs: Sequence[Input] = ()) -> ProviderError:
    """The error for an answer to a create that is not a success; `status` is that inside its envelope."""
    status = answer.status if status is None else status
    said = read_said(answer.json_or_none())
    if status == httpx.codes.UNAUTHORIZED:
        return _later(answer, said, Reason.KEY_REFUSED)
    if status == httpx.codes.TOO_MANY_REQUESTS and not OUT_OF_CREDITS.search(f"{said.code} {said.text}"):
        return _later(answer, said, Reason.OVERLOADED)
    if answer.status in MOVED:
        return Rejected(f"{answer.status}: this address leads elsewhere", reason=Reason.NOT_FOUND, status=answer.status)
    if not _is_clear_refusal(answer, status=status, said=said):
        return OutcomeUnknown(f"an answer with status {status} to a create", status=answer.status)
    issues = read_refusal(answer.json_or_none(), inputs=inputs).issues
    return Rejected(_message(answer, said), reason=_reason(status, said), status=answer.status, issues=issues)


def enveloped_status(answer: Answer) -> int:
    """The status of an answer: its own, or where it is a success, that in `{"code": 400}`."""
    code = inner_code(answer.json_or_none()) if answer.is_success else None
    return answer.status if code is None else code


def read_refused(answer: Answer, *, status: int | None = None) -> ProviderError:
    """The error for a read that is not a success. A task is gone only by the gateway's own word for that."""
    status = answer.status if status is None else status
    said = read_said(answer.json_or_none())
    if said.is_not_there_yet or (status == httpx.codes.NOT_FOUND and NO_TASK.search(f"{said.code} {said.text}")):
        return TaskNotFound(
            "no such task (yet)", reason=Reason.NOT_FOUND, status=status, appears_within_s=APPEARS_WITHIN_S
        )
    if status == httpx.codes.UNAUTHORIZED:
        return _later(answer, said, Reason.KEY_REFUSED)
    if httpx.codes.is_redirect(answer.status):
        return Unreachable(f"{answer.status}: this address leads elsewhere", status=answer.status)
    if status == httpx.codes.NOT_FOUND:
        return Unreachable("a 404 that says nothing of a task", status=status)
    is_ours = httpx.codes.is_client_error(status) and status not in {
        httpx.codes.REQUEST_TIMEOUT,
        httpx.codes.TOO_MANY_REQUESTS,
    }
    return _later(answer, said, _reason(status, said) if is_ours else Reason.OVERLOADED)


def _is_clear_refusal(answer: Answer, *, status: int, said: Said) -> bool:
    """A 4xx in JSON that says something; but for 408, and for what belongs to a read. A body that is too large is
    refused by whoever stands in front, in HTML."""
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return True
    is_json = isinstance(answer.json_or_none(), dict)
    is_refusal = httpx.codes.is_client_error(status) and status != httpx.codes.REQUEST_TIMEOUT
    return is_json and is_refusal and not said.is_not_there_yet


def _reason(status: int, said: Said) -> Reason:
    text = f"{said.code} {said.text}"
    if MODEL_GONE.search(text):
        return Reason.MODEL_RETIRED
    if OUT_OF_CREDITS.search(text):
        return Reason.OUT_OF_CREDITS
    return REASONS.get(status, Reason.INVALID)


def _later(answer: Answer, said: Said, reason: Reason) -> RetryLater:
    wish_s = retry_after_s(answer.headers.get("retry-after", ""))
    return RetryLater(_message(answer, said), reason=reason, status=answer.status, retry_after_s=wish_s)


def _message(answer: Answer, said: Said) -> str:
    """The gateway's text, on one line and bounded: for logs, not for people."""
    text = " ".join((said.text or said.code or "no readable text").split())
    return f"{answer.status}: {text[:MAX_MESSAGE_CHARS]}"
