"""What can go wrong between us and a provider, split by what the caller does next.

| Error            | Was it sent?     | Caller                                                        |
|------------------|------------------|---------------------------------------------------------------|
| `RetryLater`     | refused for now  | waits, then asks again; nothing was created                   |
| `Rejected`       | refused for good | gives the request up and tells the person why                 |
| `OutcomeUnknown` | perhaps          | never sends it again by itself; keeps the hold                |
| `Unreachable`    | certainly not    | waits, then asks again                                        |

`TaskNotFound` is the one refusal that belongs to reading: the task is not there (any more).
`NotSupported` is no trouble: this provider has no such call, nothing was sent, and the studio does without.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a provider refused, in the words that the rest of the product branches on."""

    KEY_REFUSED = "key_refused"  # 401: no key, a wrong one, a disabled one
    OVERLOADED = "overloaded"  # 429 without a daily limit, 502, 503, 504
    DAILY_LIMIT = "daily_limit"  # 429: the model's generations per rolling day are used up
    INVALID = "invalid"  # 400 with issues: a field, or an asset, is not acceptable
    MODEL_RETIRED = "model_retired"  # the model is gone
    MODEL_NOT_ENABLED = "model_not_enabled"  # the model is there, and not for this account
    OUT_OF_CREDITS = "out_of_credits"  # the provider's own account is empty
    FORBIDDEN = "forbidden"  # 403 for another reason
    ON_BEHALF_OF = "on_behalf_of"  # the account wants to be told for whom a task is made
    VERSION_REFUSED = "version_refused"  # the version of the API that we speak is not answered any more
    NOT_FOUND = "not_found"  # 404
    NOT_SUPPORTED = "not_supported"  # this provider has no such call
    UNREADABLE = "unreadable"  # an answer that is not what the contract says


UNKNOWN_FIELDS = "unrecognized_keys"
KNOWN_ISSUE_CODES = frozenset(
    {
        UNKNOWN_FIELDS, "custom", "invalid_element", "invalid_format", "invalid_key", "invalid_type", "invalid_union",
        "invalid_value", "not_multiple_of", "too_big", "too_small",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issue:
    """One complaint of the provider's validator, mapped to the field of our form that caused it.

    `field` is one of the names in `TaskSpec` (`prompt`, `model`, `ratio`, `duration_s`, `sound`, `seed`,
    `first_frame`, `last_frame`), or "" when no field of ours is to blame. `message` is the provider's text:
    for logs and for mapping, not for people. `values` are those that it would take instead, or, of unknown fields, the
    fields.
    """

    field: str
    code: str
    message: str
    values: tuple[str, ...] = ()


class ProviderError(Exception):
    """The base: catch the four below, not this."""

    retry_after_s: float | None = None
    """For how many seconds the other side asked for peace, where it did."""

    def __init__(self, message: str, *, reason: Reason, status: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


class RetryLater(ProviderError):
    """The provider said "not now". Nothing was created. `retry_after_s` is its own wish, where it had one."""

    def __init__(
        self, message: str, *, reason: Reason, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.retry_after_s = retry_after_s


class Rejected(ProviderError):
    """The provider said "never". Nothing was created and nothing was charged."""

    def __init__(
        self, message: str, *, reason: Reason, status: int | None = None, issues: Sequence[Issue] = ()
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.issues = tuple(issues)


class TaskNotFound(Rejected):
    """No such task: it never was, it was deleted, or it belongs to another key.

    `appears_within_s`: at this provider a task may stay invisible for so long after its create. Until then this means
    "not visible yet".
    """

    def __init__(
        self, message: str, *, reason: Reason, status: int | None = None, appears_within_s: float = 0.0
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.appears_within_s = appears_within_s


class NeedsLink(Rejected):
    """This provider keeps no files, and this one does not go along with a request: it takes only a public link."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=Reason.INVALID)


class NotSupported(ProviderError):
    """This provider has no such call. Nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=Reason.NOT_SUPPORTED)


class OutcomeUnknown(ProviderError):
    """A create was sent and no clear answer came: a task may exist and may be charged."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message, reason=Reason.UNREADABLE, status=status)


class Unreachable(ProviderError):
    """The request never left, or (for a request that changes nothing) no readable answer came."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message, reason=Reason.OVERLOADED, status=status)


class LinkExpired(ProviderError):
    """An output link was refused (403, 404, 410): read the task again for a fresh one."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message, reason=Reason.NOT_FOUND, status=status)


class DownloadFailed(ProviderError):
    """The bytes did not arrive whole: broken off, fewer or more than announced, an error page."""

    def __init__(self, message: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message, reason=Reason.OVERLOADED, status=status)
        self.retry_after_s = retry_after_s


class DownloadRefused(ProviderError):
    """We will not fetch this: not https, not a public address, a redirect, or larger than the limit."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message, reason=Reason.INVALID, status=status)
