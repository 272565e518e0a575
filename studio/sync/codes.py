"""Translates the provider's words into our status codes. Pure."""

from studio.enums import StatusCode
from studio.generations.request import field_of
from studio.providers.base import InputRole, RemoteStatus, RemoteTask
from studio.providers.errors import ProviderError, Reason, Unreachable

WAIT_CODES = {
    Reason.KEY_REFUSED: StatusCode.KEY_REFUSED,
    Reason.DAILY_LIMIT: StatusCode.DAILY_LIMIT,
    Reason.OVERLOADED: StatusCode.PROVIDER_BUSY,
    Reason.OUT_OF_CREDITS: StatusCode.PROVIDER_OUT_OF_CREDITS,
    Reason.VERSION_REFUSED: StatusCode.VERSION_REFUSED,
}
REFUSAL_CODES = {
    Reason.INVALID: StatusCode.INVALID_INPUT,
    Reason.MODEL_RETIRED: StatusCode.MODEL_RETIRED,
    Reason.MODEL_NOT_ENABLED: StatusCode.MODEL_NOT_ENABLED,
}
KEY_CODES = {
    Reason.KEY_REFUSED: StatusCode.KEY_REFUSED,
    Reason.OUT_OF_CREDITS: StatusCode.PROVIDER_OUT_OF_CREDITS,
    Reason.FORBIDDEN: StatusCode.LINE_STOPPED,
    Reason.ON_BEHALF_OF: StatusCode.ON_BEHALF_OF,
    Reason.VERSION_REFUSED: StatusCode.VERSION_REFUSED,
}
# Longest prefix first: codes grow at their end. Contract C.5.
FAILURE_CODES = (
    ("INPUT_PREPROCESSING.SAFETY", StatusCode.MODERATED_INPUT),
    ("INPUT_PREPROCESSING", StatusCode.PROVIDER_INTERNAL),
    ("SAFETY.INPUT", StatusCode.MODERATED_INPUT),
    ("SAFETY", StatusCode.MODERATED_OUTPUT),
    ("INTERNAL.BAD_OUTPUT", StatusCode.BAD_OUTPUT),
    ("GATEWAY.NO_VIDEO", StatusCode.BAD_OUTPUT),
    ("ASSET", StatusCode.INVALID_ASSET),
    ("THIRD_PARTY.INPUT_VALIDATION", StatusCode.INVALID_INPUT),
    ("THIRD_PARTY", StatusCode.PROVIDER_UNAVAILABLE),
)
PROGRESS_CODES = {
    RemoteStatus.PENDING: StatusCode.PROVIDER_PENDING,
    RemoteStatus.THROTTLED: StatusCode.THROTTLED,
    RemoteStatus.RUNNING: StatusCode.NONE,
    RemoteStatus.SUCCEEDED: StatusCode.NONE,  # finished there, and all places to save it are taken
}
FILE_FIELDS = frozenset(field_of(role) for role in InputRole)
CHARGED_ALTHOUGH_FAILED = ("SAFETY.INPUT",)


def waiting_code(error: ProviderError) -> StatusCode:
    """Why we wait, after "not now" or no answer."""
    if isinstance(error, Unreachable):
        return StatusCode.PROVIDER_DOWN
    return WAIT_CODES.get(error.reason, StatusCode.PROVIDER_BUSY)


def is_about_the_key(error: ProviderError) -> bool:
    """Whether the key or its account is refused, and not this one request."""
    return error.reason in KEY_CODES


def key_code(error: ProviderError) -> StatusCode:
    """Why we wait, where the key or its account is refused."""
    return KEY_CODES[error.reason]


def refusal_code(reason: Reason, *, fields: frozenset[str]) -> StatusCode:
    """Why it failed, after "never". `fields` are those of ours that the provider blamed."""
    if reason is Reason.INVALID and fields and fields <= FILE_FIELDS:
        return StatusCode.INVALID_ASSET
    return REFUSAL_CODES.get(reason, StatusCode.REFUSED)


def failure_code(provider_code: str) -> StatusCode:
    """Why it failed, after the provider's own failure code; an unknown one is the provider's trouble."""
    for prefix, code in FAILURE_CODES:
        if provider_code.startswith(prefix):
            return code
    return StatusCode.PROVIDER_INTERNAL


def is_known_failure(provider_code: str) -> bool:
    """Whether the table above has the code, or says nothing of it on purpose."""
    prefixes = ("INTERNAL", *(prefix for prefix, _ in FAILURE_CODES))
    return not provider_code or provider_code.startswith(prefixes)


def progress_code(task: RemoteTask) -> StatusCode:
    """What to show of a task that is not final."""
    return PROGRESS_CODES.get(task.status, StatusCode.UNKNOWN_STATUS)


def is_charged_by_rule(provider_code: str) -> bool:
    """Whether a failed task is charged when the provider does not name a cost (contract B.4)."""
    return provider_code.startswith(CHARGED_ALTHOUGH_FAILED)
