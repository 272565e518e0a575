"""Alarms: what has changed at the provider and nobody has acknowledged yet, for the banner above each page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Value

from studio.models import PriceDrift, Surprise
from studio.providers.catalog import find_model

DRIFT_FIELDS = ("model", "mark", "our_credits", "provider_credits")


class Beside(Subquery):
    """One value of another table in the one row of an aggregate: a page asks no query more for it."""

    contains_aggregate = True


@dataclass(frozen=True, slots=True)
class Alarm:
    """The newest price that differs, with both numbers, and how many others; how many surprises."""

    sentence: str
    mark: str


def asked_of_prices() -> dict[str, Subquery]:
    """What is asked beside an aggregate: the drift that was seen last, and how many there are."""
    waiting = PriceDrift.objects.filter(acknowledged_at__isnull=True)
    newest = waiting.order_by("-last_seen_at", "-pk")
    told = {f"drift_{name}": Beside(newest.values(name)[:1]) for name in DRIFT_FIELDS}
    return {**told, "drifts": Beside(_count(waiting))}


def asked_of_surprises() -> dict[str, Subquery]:
    """What is asked beside an aggregate: how many surprises nobody has acknowledged."""
    return {"surprises": Beside(_count(Surprise.objects.filter(acknowledged_at__isnull=True)))}


def _count(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    counted = rows.order_by().annotate(all=Value(1)).values("all").annotate(count=Count("pk"))
    counts: QuerySet[Any, Any] = counted.values("count")[:1]
    return counts


def price_alarm(told: Mapping[str, Any]) -> Alarm | None:
    """The alarm about prices, with both numbers of the newest one; None where none was asked for, or there is none."""
    count = told.get("drifts")
    if not count:
        return None
    model = find_model(told["drift_model"])
    label = model.label if model else told["drift_model"]
    ours, theirs = told["drift_our_credits"], told["drift_provider_credits"]
    more = count - 1
    others = f" {more:,} more {'price differs' if more == 1 else 'prices differ'}." if more else ""
    sentence = (
        f"The provider asks {theirs:,} credits for {label} ({told['drift_mark']}); our price list says {ours:,}. "
        f"Takes settle on the provider's number.{others}"
    )
    return Alarm(sentence, f"prices{count}.{theirs}")


def surprise_alarm(told: Mapping[str, Any]) -> Alarm | None:
    """The alarm about what this version does not know; None where none was asked for, or there is none."""
    count = told.get("surprises")
    if not count:
        return None
    things = "something" if count == 1 else f"{count:,} things"
    return Alarm(f"The provider said {things} that this version does not know. No take was lost by it.", f"new{count}")
