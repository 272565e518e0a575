"""What a launch costs, computed from the catalog's price cards. Pure: no tables, no clock."""

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from studio.errors import StudioError
from studio.providers.catalog import PriceCard, find_model


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a launch, in whole credits (a provider's fractions are rounded up, take by take)."""

    per_take_credits: int
    takes: int
    explanation: str
    card: dict[str, Any]

    @property
    def total_credits(self) -> int:
        return self.per_take_credits * self.takes


class NoPrice(StudioError):
    """There is no price card for this model on this day."""


def quote(model_name: str, *, duration_s: int, sound: bool | None, takes: int, on: date) -> Quote:
    """The price of `takes` clips of `duration_s` seconds on the day `on` (UTC). Raises NoPrice."""
    model = find_model(model_name)
    card = model.price_card(on) if model else None
    if card is None:
        raise NoPrice(f"There is no price for {model_name} on {on}.")
    rate = rate_of(card, sound=sound)
    per_take = max(rate * duration_s, card.minimum_credits)
    return Quote(
        per_take_credits=math.ceil(per_take),
        takes=takes,
        explanation=_explanation(card, rate=rate, duration_s=duration_s, takes=takes),
        card=_snapshot(card, rate=rate),
    )


def rate_of(card: PriceCard, *, sound: bool | None) -> Decimal:
    """Credits per second of output with this sound setting."""
    with_sound = card.credits_per_second_with_sound
    return with_sound if sound and with_sound is not None else card.credits_per_second


def _explanation(card: PriceCard, *, rate: Decimal, duration_s: int, takes: int) -> str:
    parts = [f"{duration_s} s × {rate.normalize():f} cr"]
    if rate * duration_s < card.minimum_credits:
        parts = [f"at least {card.minimum_credits.normalize():f} cr"]
    if takes > 1:
        parts.append(f"{takes} takes")
    return " × ".join(parts)


def _snapshot(card: PriceCard, *, rate: Decimal) -> dict[str, Any]:
    return {
        "key": card.key,
        "credits_per_second": str(rate),
        "minimum_credits": str(card.minimum_credits),
        "effective_from": card.effective_from.isoformat(),
        "source": card.source,
    }
