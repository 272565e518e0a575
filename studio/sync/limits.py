"""Keeps what the provider says that a key may do. Plain sync functions."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db import transaction

from studio.generations.breakers import hear_of_key
from studio.generations.line import last_limits_at, record_limit
from studio.models import Generation
from studio.providers.base import Organization

NO_LIMITS: Mapping[str, int] = MappingProxyType({})
A_DAY = timedelta(days=1)


@transaction.atomic
def record_limits(
    organization: Organization,
    *,
    provider: str,
    account: str,
    now: datetime,
    most: Mapping[str, int] = NO_LIMITS,
    most_a_day: Mapping[str, int] = NO_LIMITS,
) -> None:
    """Store the limits of each model; `most` takes of it at a time, and `most_a_day`, where the studio itself allows
    fewer.

    The first answer since a line was stopped means that the key reads again: it is tried at once.
    """
    last_read_at = last_limits_at(provider=provider, account=account)
    for model, limits in sorted(organization.limits.items()):
        record_limit(
            provider=provider,
            account=account,
            model=model,
            max_concurrent=_lowest(limits.max_concurrent, own_limit(most, model)),
            max_daily=_lowest(limits.max_daily, own_limit(most_a_day, model)),
            used_today=limits.used_today,
            now=now,
        )
    if organization.limits:  # last: sending locks limits before breakers
        hear_of_key(provider=provider, account=account, last_read_at=last_read_at, now=now)


def own_limit(numbers: Mapping[str, int], model: str) -> int | None:
    """What the studio itself allows of a model: its own number, else the one for all (under ""); None: any number."""
    return numbers.get(model, numbers.get("", 0)) or None


@transaction.atomic
def record_own_limits(
    models: Iterable[str],
    *,
    provider: str,
    account: str,
    now: datetime,
    most: Mapping[str, int] = NO_LIMITS,
    most_a_day: Mapping[str, int] = NO_LIMITS,
) -> None:
    """Store the studio's own limits alone, for a provider that tells none (None: no limit). The day's takes are counted
    here. It says nothing of the key."""
    for model in sorted(models):
        sent = Generation.objects.filter(provider=provider, account=account, model=model)
        record_limit(
            provider=provider,
            account=account,
            model=model,
            max_concurrent=own_limit(most, model),
            max_daily=own_limit(most_a_day, model),
            used_today=sent.filter(submitted_at__gt=now - A_DAY).count() if own_limit(most_a_day, model) else 0,
            now=now,
        )


def _lowest(theirs: int | None, ours: int | None) -> int | None:
    known = [number for number in (theirs, ours) if number is not None]
    return min(known, default=None)
