"""Keeps what the provider says that a key may do. Plain sync functions."""

from datetime import datetime

from django.db import transaction

from studio.generations.breakers import hear_of_key
from studio.generations.line import last_limits_at, record_limit
from studio.providers.base import Organization


@transaction.atomic
def record_limits(
    organization: Organization,
    *,
    provider: str,
    account: str,
    now: datetime,
    most: int | None = None,
    most_a_day: int | None = None,
) -> None:
    """Store the limits of each model; `most` takes of a model at a time, and `most_a_day`, where the studio itself
    allows fewer.

    The first answer since a line was stopped means that the key reads again: it is tried at once.
    """
    last_read_at = last_limits_at(provider=provider, account=account)
    for model, limits in sorted(organization.limits.items()):
        record_limit(
            provider=provider,
            account=account,
            model=model,
            max_concurrent=_lowest(limits.max_concurrent, most),
            max_daily=_lowest(limits.max_daily, most_a_day),
            used_today=limits.used_today,
            now=now,
        )
    if organization.limits:  # last: sending locks limits before breakers
        hear_of_key(provider=provider, account=account, last_read_at=last_read_at, now=now)


def _lowest(theirs: int | None, ours: int | None) -> int | None:
    known = [number for number in (theirs, ours) if number is not None]
    return min(known, default=None)
