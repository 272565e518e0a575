"""Which of our errors an answer of Runway is.

Follows docs.dev.runwayml.com/errors as of November 2026. A create and a read differ in one thing: after a
create, whatever is not a clear answer leaves the outcome unknown; a read can always be repeated.
"""

import re
from collections.abc import Sequence

import httpx

from studio.providers.base import Input
from studio.providers.calls import Answer
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
from studio.providers.runway.wire import Refusal, read_refusal

MAX_MESSAGE_CHARS = 500

REASONS_BY_STATUS = {
    402: Reason.OUT_OF_CREDITS,  # not seen at Runway, which says 400
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
}

# "Your daily task limit has been reached." Waiting some seconds does not help, unlike with other 429s.
DAILY_LIMIT = re.compile(r"\bdaily\b", re.IGNORECASE)
# "You do not have enough credits to run this task." comes with 400, not 402.
OUT_OF_CREDITS = re.compile(r"\benough credits\b", re.IGNORECASE)
# "X-Runway-On-Behalf-Of request header was not specified for task creation"
NO_NAME = re.compile(r"\bon-behalf-of\b", re.IGNORECASE)
# "Model variant gen4 is not available"
MODEL_GONE = re.compile(r"\bmodel variant .* is not available", re.IGNORECASE)
# "Model variant gen4 is not available": with a 403 it is there, and not for this account.
NOT_AVAILABLE = re.compile(r"\bmodel variant .* is not available", re.IGNORECASE)

# "The API version that was provided in the X-Runway-Version header is not valid."
BAD_VERSION = re.compile(r"\bAPI version\b.*\b(not valid|must be provided)\b", re.IGNORECASE)


def create_refused(answer: Answer, *, inputs: Sequence[Input] = ()) -> ProviderError:
    """The error for an answer to a create that is not a success."""
    waiting = _not_now(answer)
    if waiting is not None:
        return waiting
    if not _is_clear_refusal(answer.status):
        return OutcomeUnknown(f"an answer with status {answer.status} to a create", status=answer.status)
    return rejected(answer, inputs=inputs)


def rejected(answer: Answer, *, inputs: Sequence[Input] = ()) -> Rejected:
    """The error for a refusal for good."""
    refusal = read_refusal(answer.json_or_none(), inputs=inputs)
    return Rejected(
        _message(answer, refusal),
        reason=_reason(answer.status, refusal),
        status=answer.status,
        issues=refusal.issues,
    )


def upload_refused(answer: Answer) -> ProviderError:
    """The error for a refused upload. Never OutcomeUnknown: a lost upload costs nothing."""
    return _not_now(answer) or (
        rejected(answer) if _is_clear_refusal(answer.status) else _later(answer, _server_reason(answer.status))
    )


def read_refused(answer: Answer) -> ProviderError:
    """The error for a read or delete that is not a success.

    Only the provider's own 404, in JSON, means that a task is gone: no gateway's page may lose a paid clip.
    Every other refusal may end, a wrong limit of rights too, so it is asked again later.
    """
    if answer.status == httpx.codes.NOT_FOUND:
        if isinstance(answer.json_or_none(), dict):
            return TaskNotFound("no such task", reason=Reason.NOT_FOUND, status=answer.status)
        return Unreachable("a 404 that is not the provider's", status=answer.status)
    waiting = _not_now(answer)
    if waiting is not None:
        return waiting
    if _is_clear_refusal(answer.status):
        return _later(answer, _reason(answer.status, read_refusal(answer.json_or_none())))
    return _later(answer, _server_reason(answer.status))


def _not_now(answer: Answer) -> RetryLater | None:
    """401, 429, and a version that is not answered any more: nothing was created, and it may be accepted once somebody
    or something has changed."""
    if answer.status == httpx.codes.UNAUTHORIZED:
        return _later(answer, Reason.KEY_REFUSED)
    text = read_refusal(answer.json_or_none()).text
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        return _later(answer, Reason.DAILY_LIMIT if DAILY_LIMIT.search(text) else Reason.OVERLOADED)
    if answer.status == httpx.codes.BAD_REQUEST and BAD_VERSION.search(text):
        return _later(answer, Reason.VERSION_REFUSED)
    return None


def _is_clear_refusal(status: int) -> bool:
    """A 4xx, but for 408: a gateway may say that after the body had reached the provider."""
    return httpx.codes.is_client_error(status) and status != httpx.codes.REQUEST_TIMEOUT


def _server_reason(status: int) -> Reason:
    return Reason.OVERLOADED if httpx.codes.is_server_error(status) else Reason.UNREADABLE


def _reason(status: int, refusal: Refusal) -> Reason:
    if NOT_AVAILABLE.search(refusal.text):
        return Reason.MODEL_NOT_ENABLED if status == httpx.codes.FORBIDDEN else Reason.MODEL_RETIRED
    if any(issue.field == "model" for issue in refusal.issues):
        return Reason.MODEL_RETIRED
    if OUT_OF_CREDITS.search(refusal.text):
        return Reason.OUT_OF_CREDITS
    if NO_NAME.search(refusal.text) and not refusal.issues:
        return Reason.ON_BEHALF_OF
    return REASONS_BY_STATUS.get(status, Reason.INVALID)


def _later(answer: Answer, reason: Reason) -> RetryLater:
    refusal = read_refusal(answer.json_or_none())
    return RetryLater(
        _message(answer, refusal),
        reason=reason,
        status=answer.status,
        retry_after_s=retry_after_s(answer.headers.get("retry-after", "")),
    )


def _message(answer: Answer, refusal: Refusal) -> str:
    """The provider's text, on one line and bounded: for logs, not for people."""
    text = refusal.text or "no readable text"
    return f"{answer.status}: {' '.join(text.split())[:MAX_MESSAGE_CHARS]}"
