"""Clocks: whether this machine agrees about the time with the database, the storage and the provider."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from studio.management.checkup import provider
from studio.management.checkup.findings import Verdict, ok, warn
from studio.media.errors import StorageDown, StorageFull
from studio.media.inventory import storage_clock
from studio.providers.errors import ProviderError
from studio.sync.clocks import APART, database_time, skew

ASK_S = 10.0
MEND = "Set them by a time service (NTP): signed links, leases and prices go by the clock."


def check_clocks() -> Verdict:
    """Whether the clocks of all who sign, lease or charge are near this machine's."""
    clocks = {"database": database_time, "storage": _storage_time, "provider": _provider_time}
    return judge({whose: _compared(read) for whose, read in clocks.items()})


def judge(skews: dict[str, timedelta | None]) -> Verdict:
    """The verdict on clocks that are so far ahead of this machine's; None: it could not be read."""
    apart = [_told(whose, one) for whose, one in skews.items() if one is not None and abs(one) > APART]
    if apart:
        return warn(f"{' '.join(apart)} {MEND}")
    agree = [whose for whose, one in skews.items() if one is not None]
    unread = [whose for whose, one in skews.items() if one is None]
    not_compared = f" Not compared: {', '.join(unread)}." if unread else ""
    return ok(f"Within {APART.total_seconds():.0f} s of this machine: {', '.join(agree) or 'none'}.{not_compared}")


def _told(whose: str, apart: timedelta) -> str:
    where = "ahead of" if apart > timedelta() else "behind"
    return f"The {whose}'s clock is {abs(apart).total_seconds():,.0f} s {where} this machine's."


def _compared(read: Callable[[], datetime | None]) -> timedelta | None:
    before = timezone.now()
    theirs = read()
    return None if theirs is None else skew(theirs, before=before, after=timezone.now())


def _storage_time() -> datetime | None:
    try:
        return storage_clock()
    except (StorageDown, StorageFull):  # its own check tells it
        return None


def _provider_time() -> datetime | None:
    if provider.why_not_ask():
        return None
    try:
        return asyncio.run(asyncio.wait_for(provider.ask(), ASK_S)).server_time
    except (ProviderError, TimeoutError):  # the same
        return None
