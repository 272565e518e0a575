"""Keeps what the provider says that a key may do. Plain sync functions."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from studio.generations.breakers import hear_of_key
from studio.generations.line import record_limit
from studio.models import Generation
from studio.providers.base import Organization

A_DAY = timedelta(days=1)


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

    An answer means that the key reads: a line that was stopped because it did not is tried at once.
    """
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
    hear_of_key(provider=provider, account=account, now=now)  # last: sending locks limits before breakers


@transaction.atomic
def record_own_limits(
    models: Iterable[str], *, provider: str, account: str, now: datetime, most: int | None, most_a_day: int | None
) -> None:
    """Store the studio's own limits alone, for a provider that tells none (None: no limit). The day's takes are counted
    here. It says nothing of the key."""
    for model in sorted(models):
        sent = Generation.objects.filter(provider=provider, account=account, model=model)
        record_limit(
            provider=provider,
            account=account,
            model=model,
            max_concurrent=most,
            max_daily=most_a_day,
            used_today=sent.filter(submitted_at__gt=now - A_DAY).count() if most_a_day else 0,
            now=now,
        )


def _lowest(theirs: int | None, ours: int | None) -> int | None:
    known = [number for number in (theirs, ours) if number is not None]
    return min(known, default=None)
