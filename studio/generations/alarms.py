"""Alarms: what has changed at the provider and nobody has acknowledged yet, for the banner above each page."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, JSONField, Subquery, Value, Window
from django.db.models.functions import JSONObject

from studio.models import PriceDrift, Surprise
from studio.providers.catalog import find_model


class Beside(Subquery):
    """One value of another table in the one row of an aggregate: a page asks no query more for it."""

    contains_aggregate = True


@dataclass(frozen=True, slots=True)
class Alarm:
    """The newest price that differs, with both numbers, and how many others; how many surprises."""

    sentence: str
    mark: str


def newest_drift() -> Subquery:
    """What is asked beside an aggregate: the drift that was seen last, and how many there are."""
    rows = PriceDrift.objects.filter(acknowledged_at__isnull=True).order_by("-last_seen_at", "-pk")
    told = JSONObject(
        model="model", mark="mark", ours="our_credits", theirs="provider_credits", count=Window(Count("pk"))
    )
    return Beside(rows.annotate(told=told).values("told")[:1], output_field=JSONField())


def surprise_count() -> Subquery:
    """What is asked beside an aggregate: how many surprises nobody has acknowledged."""
    rows = Surprise.objects.filter(acknowledged_at__isnull=True).order_by()
    return Beside(rows.annotate(all=Value(1)).values("all").annotate(count=Count("pk")).values("count")[:1])


def price_alarm(drift: dict[str, Any] | None) -> Alarm | None:
    """The alarm about prices, with both numbers of the newest one."""
    if not drift:
        return None
    model = find_model(str(drift["model"]))
    label = model.label if model else drift["model"]
    more = drift["count"] - 1
    others = f" {more:,} more {'price differs' if more == 1 else 'prices differ'}." if more else ""
    sentence = (
        f"The provider asks {drift['theirs']:,} credits for {label} ({drift['mark']}); our price list says "
        f"{drift['ours']:,}. Takes settle on the provider's number.{others}"
    )
    return Alarm(sentence, f"prices{drift['count']}.{drift['theirs']}")


def surprise_alarm(count: int | None) -> Alarm | None:
    """The alarm about what this version does not know."""
    if not count:
        return None
    things = "something" if count == 1 else f"{count:,} things"
    return Alarm(f"The provider said {things} that this version does not know. No take was lost by it.", f"new{count}")
