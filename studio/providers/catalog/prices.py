"""Price cards: what a model costs from one day to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from studio.providers.base import WayKind

LADDER = ("360p", "480p", "720p", "768p", "1k", "1080p", "2k", "4k")
"""Sizes by name, the smallest first."""


class PriceUnit(StrEnum):
    """What is counted."""

    SECOND = "second"
    """A second of the clip."""
    SOURCE_SECOND = "source second"
    """A second of the film that is worked on."""
    FRAME = "frame"
    """A frame of the clip."""
    OUTPUT = "output"
    """A file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Credits for one unit. "" and None: for all that no other rate is for.

    `tier` is a size by name (`720p`, `4k`, `large` for a source above about 4 megapixels), `sound` whether the clip
    has any, `setting` the value of `quality`.
    """

    credits: Decimal
    tier: str = ""
    sound: bool | None = None
    setting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """Credits on top for each second when the extra `extra` has one of `values`; `large` above about 4 megapixels."""

    extra: str
    values: tuple[str, ...]
    credits: Decimal
    large: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCard:
    """Prices of a model from one day to another, both included; `effective_to` None: until further notice.

    `way` None: for all ways. `input_rates` are on top, for each second of source and reference films; `per_image` and
    `per_audio` for each such file, frames included. `minimum_credits` is the least that one take costs.
    `is_confirmed` False: somebody's guess; then `note` says where it comes from.
    """

    model: str
    effective_from: date
    effective_to: date | None = None
    way: WayKind | None = None
    unit: PriceUnit = PriceUnit.SECOND
    rates: tuple[Rate, ...]
    input_rates: tuple[Rate, ...] = ()
    per_image: Decimal = Decimal(0)
    per_audio: Decimal = Decimal(0)
    minimum_credits: Decimal = Decimal(0)
    surcharges: tuple[Surcharge, ...] = ()
    source: str
    is_confirmed: bool = True
    note: str = ""

    @property
    def key(self) -> str:
        """The name that a generation keeps: `gen4.5@2026-08-01`."""
        way = f"/{self.way.value}" if self.way else ""
        return f"{self.model}{way}@{self.effective_from.isoformat()}"

    def holds_on(self, day: date) -> bool:
        """Whether these are the prices of that day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def range(self) -> tuple[Decimal, Decimal]:
        """The lowest and the highest rate for one unit."""
        credits = [rate.credits for rate in self.rates]
        return min(credits), max(credits)


def rate_for(rates: Sequence[Rate], *, tier: str = "", sound: bool | None = None, setting: str = "") -> Decimal:
    """The credits for one unit: of this size, sound and setting, or the nearest above them; 0 without any rates.

    A size that has no rate counts as the next larger one that has, and beyond the largest as the dearest: what
    nobody told us is never quoted too low. Sound that is not said counts as on where it has a price of its own.
    """
    fitting = [rate for rate in rates if rate.setting in {setting, ""}]
    fitting = [rate for rate in fitting if rate.setting] or fitting or list(rates)
    heard = [rate for rate in fitting if rate.sound is None or rate.sound is (sound is not False)]
    heard = heard or fitting
    for name in _tiers_from(tier):
        found = [rate.credits for rate in heard if rate.tier == name]
        if found:
            return max(found)
    return max((rate.credits for rate in heard), default=Decimal(0))


def _tiers_from(tier: str) -> tuple[str, ...]:
    """The tier itself, then "" (all others), then the larger ones."""
    larger = LADDER[LADDER.index(tier) + 1 :] if tier in LADDER else ()
    return (tier, "", *larger)
