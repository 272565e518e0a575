"""A provider's wish for peace (`Retry-After`) from reads of the account: kept before the next one, not after it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from studio.providers.errors import Reason, RetryLater, Unreachable
from studio.sync.schedule import wish_of

R = TypeVar("R")


@dataclass(slots=True)
class Peace:
    """What an engine remembers of such wishes, by the kind of read. A wish of more than an hour counts as an hour."""

    now: Callable[[], datetime]
    _until: dict[str, datetime] = field(default_factory=dict)

    async def keep(self, kind: str, read: Callable[[], Awaitable[R]]) -> R:
        """What `read` answers. While the provider's wish of the last one of this kind lasts, RetryLater unasked."""
        left_s = (self._until.get(kind, self.now()) - self.now()).total_seconds()
        if left_s > 0:
            raise RetryLater("asked to wait", reason=Reason.OVERLOADED, retry_after_s=left_s)
        try:
            return await read()
        except (RetryLater, Unreachable) as error:
            self._until[kind] = self.now() + wish_of(error)
            raise
