"""Price drift: the provider names another price than our card. Kept for a person to look at; nothing waits for it."""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from accounts.models import User
from studio.enums import WayKind
from studio.models import Generation, PriceDrift
from studio.providers.catalog import MODELS, ExtraKind

MOST_DRIFTS = 200
LONGEST_MARK = 120
PLAIN_WAYS = (WayKind.TEXT, WayKind.IMAGE)

log = structlog.get_logger()


def is_drift(generation: Generation, estimated_credits: int | None) -> bool:
    """Whether the provider's estimate contradicts the quote. A quote that is a ceiling (the provider chooses the
    length) is contradicted from above alone."""
    if estimated_credits is None:
        return False
    if generation.price_card.get("is_ceiling"):
        return estimated_credits > generation.quote_credits
    return estimated_credits != generation.quote_credits


def note_estimate(generation: Generation, *, provider: str, estimated_credits: int | None, now: datetime) -> bool:
    """Keep the drift of one create, if it is one. Whether it is one."""
    if estimated_credits is None or not is_drift(generation, estimated_credits):
        return False
    log.warning(
        "price.drift", generation_id=generation.pk, model=generation.model, ours=generation.quote_credits,
        provider=estimated_credits,
    )  # fmt: skip
    key = {
        "provider": provider,
        "model": generation.model,
        "mark": mark_of(generation),
        "card_key": str(generation.price_card.get("key", ""))[:80],
    }
    _record(key, generation, provider_credits=estimated_credits, now=now)
    return True


def mark_of(generation: Generation) -> str:
    """The settings that a price may depend on, in a few words: `1280:720 · 5 s · with sound`.

    Nothing that a person has written: the owners of all teams read it.
    """
    words = [generation.ratio, generation.resolution, _length(generation)]
    if generation.way not in PLAIN_WAYS:
        words.insert(0, generation.get_way_display())
    if generation.has_sound is not None:
        words.append("with sound" if generation.has_sound else "without sound")
    written = _written()
    told = {name: value for name, value in generation.extras.items() if isinstance(value, str | int)}
    words += [f"{name} {value}" for name, value in sorted(told.items()) if name not in written]
    return " · ".join(word for word in words if word)[:LONGEST_MARK]


def _written() -> set[str]:
    """The extras in which people write freely."""
    extras = (extra for model in MODELS.values() for way in model.ways for extra in way.extras)
    return {extra.field for extra in extras if extra.kind is ExtraKind.TEXT}


def _length(generation: Generation) -> str:
    if generation.auto_duration:
        return "a length of its own choice"
    return f"{generation.duration_s} s" if generation.duration_s else ""


@transaction.atomic
def _record(key: dict[str, str], generation: Generation, *, provider_credits: int, now: datetime) -> None:
    if not PriceDrift.objects.filter(**key).exists() and not _has_room(key["provider"]):
        log.warning("price.drifts_are_full", model=key["model"])
        return
    seen: dict[str, Any] = {
        "our_credits": generation.quote_credits,
        "provider_credits": provider_credits,
        "last_seen_at": now,
        "generation": generation,
    }
    found, is_new = PriceDrift.objects.get_or_create(**key, defaults={**seen, "first_seen_at": now})
    if is_new:
        return
    if (found.our_credits, found.provider_credits) != (generation.quote_credits, provider_credits):
        seen |= {"acknowledged_at": None, "acknowledged_by": None}
    PriceDrift.objects.filter(pk=found.pk).update(count=F("count") + 1, **seen)


def _has_room(provider: str) -> bool:
    """One that was acknowledged longest ago makes way."""
    rows = PriceDrift.objects.filter(provider=provider)
    if rows.count() < MOST_DRIFTS:
        return True
    oldest = rows.filter(acknowledged_at__isnull=False).order_by("last_seen_at").first()
    if oldest is not None:
        oldest.delete()
    return oldest is not None


def acknowledge_drift(pk: int, *, by: User, now: datetime) -> bool:
    """Somebody has taken note of it. False when somebody had before, or it is gone."""
    rows = PriceDrift.objects.filter(pk=pk, acknowledged_at__isnull=True)
    return bool(rows.update(acknowledged_at=now, acknowledged_by=by))
