"""The provider's words in ours: every reason, every failure code of the contract, and those it may invent."""

import pytest

from studio.enums import StatusCode
from studio.providers.base import RemoteStatus, RemoteTask
from studio.providers.errors import Reason, RetryLater, Unreachable
from studio.sync.codes import failure_code, is_charged_by_rule, progress_code, refusal_code, waiting_code

C = StatusCode


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.KEY_REFUSED, C.KEY_REFUSED),
        (Reason.DAILY_LIMIT, C.DAILY_LIMIT),
        (Reason.OVERLOADED, C.PROVIDER_BUSY),
        (Reason.OUT_OF_CREDITS, C.PROVIDER_OUT_OF_CREDITS),
        (Reason.UNREADABLE, C.PROVIDER_BUSY),
        (Reason.FORBIDDEN, C.PROVIDER_BUSY),
    ],
)
def test_why_we_wait(reason: Reason, code: StatusCode) -> None:
    assert waiting_code(RetryLater("wait", reason=reason)) == code


def test_no_answer_is_a_provider_that_is_down() -> None:
    assert waiting_code(Unreachable("no route")) == C.PROVIDER_DOWN


@pytest.mark.parametrize(
    ("reason", "fields", "code"),
    [
        (Reason.INVALID, set(), C.INVALID_INPUT),
        (Reason.INVALID, {"prompt"}, C.INVALID_INPUT),
        (Reason.INVALID, {"first_frame"}, C.INVALID_ASSET),
        (Reason.INVALID, {"first_frame", "last_frame"}, C.INVALID_ASSET),
        (Reason.INVALID, {"first_frame", "ratio"}, C.INVALID_INPUT),
        (Reason.MODEL_RETIRED, {"model"}, C.MODEL_RETIRED),
        (Reason.MODEL_NOT_ENABLED, set(), C.MODEL_NOT_ENABLED),
        (Reason.FORBIDDEN, set(), C.REFUSED),
        (Reason.NOT_FOUND, {"first_frame"}, C.REFUSED),
        (Reason.UNREADABLE, set(), C.REFUSED),
    ],
)
def test_why_it_was_refused(reason: Reason, fields: set[str], code: StatusCode) -> None:
    assert refusal_code(reason, fields=frozenset(fields)) == code


# Contract C.5, and shapes that are not in it.
FAILURES = [
    ("SAFETY.INPUT.TEXT", C.MODERATED_INPUT, True),
    ("SAFETY.INPUT.IMAGE", C.MODERATED_INPUT, True),
    ("SAFETY.OUTPUT.VIDEO", C.MODERATED_OUTPUT, False),
    ("SAFETY", C.MODERATED_OUTPUT, False),
    ("INPUT_PREPROCESSING.SAFETY.TEXT", C.MODERATED_INPUT, False),
    ("INPUT_PREPROCESSING.SAFETY.THIRD_PARTY", C.MODERATED_INPUT, False),
    ("INPUT_PREPROCESSING.INTERNAL", C.PROVIDER_INTERNAL, False),
    ("INTERNAL.BAD_OUTPUT.01", C.BAD_OUTPUT, False),
    ("INTERNAL.BAD_OUTPUT.CODE01", C.BAD_OUTPUT, False),
    ("INTERNAL", C.PROVIDER_INTERNAL, False),
    ("INTERNAL.SOMETHING_ELSE", C.PROVIDER_INTERNAL, False),
    ("ASSET.INVALID", C.INVALID_ASSET, False),
    ("ASSET.INVALID.DIMENSIONS", C.INVALID_ASSET, False),
    ("THIRD_PARTY.INPUT_VALIDATION", C.INVALID_INPUT, False),
    ("THIRD_PARTY.UNAVAILABLE", C.PROVIDER_UNAVAILABLE, False),
    ("", C.PROVIDER_INTERNAL, False),
    ("NEVER.HEARD.OF", C.PROVIDER_INTERNAL, False),
]


@pytest.mark.parametrize(("provider_code", "code", "is_charged"), FAILURES)
def test_why_it_failed_and_whether_that_is_charged(provider_code: str, code: StatusCode, is_charged: bool) -> None:
    assert failure_code(provider_code) == code
    assert is_charged_by_rule(provider_code) is is_charged


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RemoteStatus.PENDING, C.PROVIDER_PENDING),
        (RemoteStatus.THROTTLED, C.THROTTLED),
        (RemoteStatus.RUNNING, C.NONE),
        (RemoteStatus.UNKNOWN, C.UNKNOWN_STATUS),
    ],
)
def test_what_is_shown_of_a_task_under_way(status: RemoteStatus, code: StatusCode) -> None:
    assert progress_code(RemoteTask(task_id="1", status=status)) == code
