"""The only writer of the audit log.

Domain functions call `record` inside their transaction: what is undone is not told. Where a request came from is known
by the context that `accounts.middleware.OriginMiddleware` opens around each one; a command has none.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from accounts.enums import AuditAction
from accounts.models import AuditEntry, Team, User

NAME_LENGTH, TARGET_LENGTH, AGENT_LENGTH = 254, 300, 200
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What no database takes: NUL, and halves of characters that a broken client has sent."""
OF_SECRETS = re.compile(r"(?:^|_)(?:token|key|password|passphrase|hash|secret|cookie)$", re.IGNORECASE)
"""Names of things that may never stand in the log."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from. `staff` finds who views the site as somebody else; it is asked when a line is
    written, and not for every request."""

    ip: str | None = None
    agent: str = ""
    staff: Callable[[], User | None] = lambda: None


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039  # frozen


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Entries that are written inside carry this origin."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def record(
    action: AuditAction,
    *,
    by: User | None,
    team: Team | None = None,
    about: User | None = None,
    target: object = "",
    **detail: Any,
) -> AuditEntry:
    """A new line of the log. `target` in words; `detail` is what JSON can carry.

    Raises ValueError for a detail that is called like a secret, at any depth.
    """
    _refuse_secrets(detail)
    origin = _origin.get()
    return AuditEntry.objects.create(
        action=action,
        actor=by,
        actor_name=_storable(str(by or ""))[:NAME_LENGTH],
        staff=origin.staff(),
        team=team,
        about=about,
        target=_storable(str(target))[:TARGET_LENGTH],
        detail=_storable(detail),
        ip=origin.ip,
        agent=_storable(origin.agent[:AGENT_LENGTH]),
    )


def _refuse_secrets(value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if OF_SECRETS.search(str(name)):
                raise ValueError(f"The audit log keeps no secrets, and “{name}” is called like one.")
            _refuse_secrets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_secrets(inner)


def _storable(value: Any) -> Any:
    """The same, without what no database takes, also inside lists and mappings."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value
