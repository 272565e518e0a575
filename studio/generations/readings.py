"""Keeps what the provider says of its credits: the balance now and then, the usage by day and model."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from studio.models import BalanceReading, UsageReading
from studio.providers.base import Usage

AGAIN_AFTER = timedelta(minutes=10)
KEPT = timedelta(days=14)
A_DAY = timedelta(days=1)


def record_balance(credits: int, *, provider: str, account: str, now: datetime) -> bool:
    """Store the balance of a key, when it has changed or the last reading is ten minutes old. True when stored.

    Readings older than 14 days are removed with it.
    """
    of_key = BalanceReading.objects.filter(provider=provider, account=account)
    last = of_key.order_by("-read_at").first()
    if last and last.credit_balance == credits and now - last.read_at < AGAIN_AFTER:
        return False
    BalanceReading.objects.create(provider=provider, account=account, credit_balance=credits, read_at=now)
    of_key.filter(read_at__lt=now - KEPT).delete()
    return True


@transaction.atomic
def record_usage(usage: Usage, *, provider: str, account: str, models: Iterable[str], now: datetime) -> None:
    """Store what was used by day and model; the latest reading wins.

    Days of `models` that the answer does not name are stored as 0, up to today: nothing was used. Not so when a part
    of the answer could not be read.
    """
    credits = dict(usage.credits)
    if usage.is_whole:
        last = min(usage.before, now.date() + A_DAY)
        for model in models:
            for number in range((last - usage.start).days):
                credits.setdefault((usage.start + number * A_DAY, model), 0)
    rows = [
        UsageReading(provider=provider, account=account, day=day, model=model, credits=amount, read_at=now)
        for (day, model), amount in sorted(credits.items())
    ]
    UsageReading.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["provider", "account", "day", "model"],
        update_fields=["credits", "read_at"],
    )


def usage_by_day(*, provider: str, account: str, model: str, since: date) -> dict[date, tuple[int, datetime]]:
    """(credits, when read) by day of one model, from `since` on."""
    rows = UsageReading.objects.filter(provider=provider, account=account, model=model, day__gte=since)
    return {row.day: (row.credits, row.read_at) for row in rows}


def balances(*, provider: str, account: str, since: datetime) -> list[tuple[datetime, int]]:
    """(when read, credits left), oldest first, from `since` on."""
    rows = BalanceReading.objects.filter(provider=provider, account=account, read_at__gte=since).order_by("read_at")
    return list(rows.values_list("read_at", "credit_balance"))


def last_usage_at(*, provider: str, account: str) -> datetime | None:
    """When the usage of the key was read last, by any engine."""
    of_key = UsageReading.objects.filter(provider=provider, account=account).order_by("-read_at")
    return of_key.values_list("read_at", flat=True).first()
