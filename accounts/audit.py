"""The only writer of the audit log.

Domain functions call `record` inside their transaction: what is undone is not told. Where a request came from is known
by the context that `accounts.middleware.OriginMiddleware` opens around each one; a command has none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from accounts.enums import AuditAction
from accounts.models import AuditEntry, Team, User

NAME_LENGTH, TARGET_LENGTH, AGENT_LENGTH = 254, 300, 200


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
    """A new line of the log. `target` in words; `detail` is what JSON can carry, without secrets."""
    origin = _origin.get()
    return AuditEntry.objects.create(
        action=action,
        actor=by,
        actor_name=str(by or "")[:NAME_LENGTH],
        staff=origin.staff(),
        team=team,
        about=about,
        target=str(target)[:TARGET_LENGTH],
        detail=detail,
        ip=origin.ip,
        agent=origin.agent[:AGENT_LENGTH],
    )
