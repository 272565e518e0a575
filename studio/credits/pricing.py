"""What a launch costs, computed from the catalog's price cards. Pure: no tables, no clock."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from studio.errors import StudioError
from studio.providers.base import InputRole, WayKind
from studio.providers.catalog import Effect, Model, PriceCard, PriceUnit, Way, find_model, ratio_size
from studio.providers.catalog.prices import rate_for

LARGE_PIXELS = 4_000_000
FILM_TIERS = ((300_000, "360p"), (450_000, "480p"), (1_150_000, "720p"), (2_400_000, "1080p"), (5_000_000, "2k"))
STILL_TIERS = ((500_000, "480p"), (2_500_000, "1k"), (5_000_000, "2k"))
SMALL_STILL, SHORT_STILL_SIDE = 1_250_000, 720
HIGHEST_FPS = 60.0
LONGEST_SOURCE_S = 30.0
BOOST = 2
SHOTS = "providerSettings.multiPrompt"
DRAFT_TIER = "720p"
"""A draft has 480 lines, which at 21:9 is more than the usual 480p."""
SETTLED = "What the provider charges is what your team pays; it may be more or less."


@dataclass(frozen=True, slots=True)
class Use:
    """What one take asks for, as far as its price goes.

    `duration_s` None: the model chooses, and its longest is priced. `source_s`, `source_fps` and `source_pixels`
    (width × height) are those of the film that is worked on, None while they are not known: then the most that the
    way takes is priced. `input_s` are the seconds of all reference films together. `extras` are those of TaskSpec.
    """

    way: WayKind = WayKind.TEXT
    ratio: str = ""
    resolution: str = ""
    duration_s: int | None = None
    sound: bool | None = None
    images: int = 0
    audios: int = 0
    input_s: float = 0
    source_s: float | None = None
    source_fps: float | None = None
    source_pixels: int | None = None
    extras: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a launch, in whole credits (a provider's fractions are rounded up, take by take).

    `warning` is a sentence for people where the price is not confirmed, "" where it is.
    """

    per_take_credits: int
    takes: int
    explanation: str
    card: dict[str, Any]
    warning: str = ""

    @property
    def total_credits(self) -> int:
        return self.per_take_credits * self.takes


class NoPrice(StudioError):
    """There is no price card for this model on this day."""


def quote(model_name: str, use: Use, *, takes: int, on: date) -> Quote:
    """The price of `takes` clips like this on the day `on` (UTC), the most that they may cost. Raises NoPrice."""
    model = find_model(model_name)
    card = model.price_card(on, way=use.way) if model else None
    if model is None or card is None:
        raise NoPrice(f"There is no price for {model_name} on {on}.")
    bill = _bill(card, use, way=model.way(use.way))
    return Quote(
        per_take_credits=math.ceil(max(bill.credits, card.minimum_credits)),
        takes=takes,
        explanation=_explanation(card, bill, takes=takes),
        card=_snapshot(card, bill),
        warning=warning_of(model, card, use),
    )


def warning_of(model: Model, card: PriceCard, use: Use) -> str:
    """A sentence where the price is not confirmed, "" where it is."""
    if not card.is_confirmed:
        return f"The price of {model.label} is not confirmed: {card.note[:1].lower()}{card.note[1:]} {SETTLED}"
    if use.extras.get("draft"):
        return (
            f"The price of a draft of {model.label} is not confirmed: it is taken to be that of a 720p clip. {SETTLED}"
        )
    return ""


# The bill


@dataclass(frozen=True, slots=True)
class _Bill:
    """One take: so many units at a rate, and what comes on top."""

    rate: Decimal
    units: Decimal
    count: int = 1
    extra: Decimal = Decimal(0)
    is_most: bool = False

    @property
    def credits(self) -> Decimal:
        return (self.rate * self.units + self.extra) * self.count


def _bill(card: PriceCard, use: Use, *, way: Way | None) -> _Bill:
    tier = _tier(use, way=way)
    seconds, is_most = _seconds(use, way=way)
    rate = rate_for(card.rates, tier=tier, sound=use.sound, setting=_setting(use, way=way))
    units = _units(card, use, seconds=seconds, way=way)
    is_most = card.unit is not PriceUnit.OUTPUT and (is_most or _is_rate_unknown(card, use))
    on_top = _files(card, use, tier=tier, way=way) + _surcharge(card, use, seconds=seconds)
    return _Bill(rate=rate, units=units, count=_count(use), extra=on_top, is_most=is_most)


def _is_rate_unknown(card: PriceCard, use: Use) -> bool:
    return card.unit is PriceUnit.FRAME and use.source_fps is None


def _units(card: PriceCard, use: Use, *, seconds: Decimal, way: Way | None) -> Decimal:
    if card.unit is PriceUnit.OUTPUT:
        return Decimal(1)
    if card.unit is PriceUnit.SOURCE_SECOND:
        return _source_s(use, way=way)[0]
    if card.unit is PriceUnit.FRAME:
        boost = BOOST if use.extras.get("fpsBoost") else 1
        fps = HIGHEST_FPS if use.source_fps is None else use.source_fps
        return Decimal(round(float(seconds) * fps * boost))
    return seconds


def _seconds(use: Use, *, way: Way | None) -> tuple[Decimal, bool]:
    """The seconds of the clip, and whether they are only the most that it may have."""
    if way is None:
        return Decimal(use.duration_s or 0), False
    if not way.durations_s:
        return _source_s(use, way=way)
    shots = use.extras.get(SHOTS)
    if isinstance(shots, list | tuple) and shots:
        return Decimal(sum(int(shot["duration"]) for shot in shots)), False
    if use.duration_s is None or any(effect.is_auto for effect in _effects(use, way)):
        return Decimal(max(way.durations_s)), True
    return Decimal(use.duration_s), False


def _effects(use: Use, way: Way | None) -> list[Effect]:
    """What the extras that are set do to the rest of the request."""
    said = (extra.effect(use.extras.get(extra.field, "")) for extra in (way.extras if way else ()))
    return [effect for effect in said if effect is not None]


def _source_s(use: Use, *, way: Way | None) -> tuple[Decimal, bool]:
    """The seconds of the film that is worked on, or the most that the way takes."""
    if use.source_s is not None:
        return Decimal(str(round(use.source_s, 3))), False
    roles = (InputRole.SOURCE, InputRole.PERFORMANCE)
    rules = [way.input_rule(role) for role in roles] if way else []
    longest = max((rule.max_s for rule in rules if rule), default=0)
    return Decimal(str(longest or LONGEST_SOURCE_S)), True


def _files(card: PriceCard, use: Use, *, tier: str, way: Way | None) -> Decimal:
    """What files cost on top: a piece each, and by the second of film."""
    pieces = card.per_image * use.images + card.per_audio * use.audios
    seconds = Decimal(str(round(use.input_s, 3)))
    if way and way.input_rule(InputRole.SOURCE):
        seconds += _source_s(use, way=way)[0]
    return pieces + rate_for(card.input_rates, tier=tier) * seconds


def _surcharge(card: PriceCard, use: Use, *, seconds: Decimal) -> Decimal:
    size = ratio_size(use.ratio)
    pixels = use.source_pixels or (size[0] * size[1] if size else 0)
    for surcharge in card.surcharges:
        if use.extras.get(surcharge.extra) in surcharge.values:
            return (surcharge.large if pixels > LARGE_PIXELS else surcharge.credits) * seconds
    return Decimal(0)


def _setting(use: Use, *, way: Way | None) -> str:
    """The value of `quality`, said or the provider's default."""
    extra = way.extra_field("quality") if way else None
    return str(use.extras.get("quality") or (extra.default if extra else ""))


def _count(use: Use) -> int:
    """How many files one request makes."""
    said = use.extras.get("outputCount") or use.extras.get("numVariants") or 1
    return int(str(said))


def _tier(use: Use, *, way: Way | None) -> str:
    """The size by name, "" where it is not known."""
    if use.extras.get("draft"):
        return DRAFT_TIER
    if use.way is WayKind.STILL:
        return _still_tier(use)
    if use.way is WayKind.HDR:
        return "large" if use.source_pixels is None or use.source_pixels > LARGE_PIXELS else ""
    if way and way.resolutions:
        return (use.resolution or way.default_resolution).lower()
    ratio = "" if any("ratio" in effect.drops for effect in _effects(use, way)) else use.ratio
    if ratio.startswith("auto_"):
        return ratio.removeprefix("auto_")
    size = ratio_size(ratio)
    pixels = size[0] * size[1] if size else use.source_pixels
    return "" if pixels is None else _named(pixels, FILM_TIERS)


def _still_tier(use: Use) -> str:
    size = ratio_size(use.ratio)
    if size is None:
        return use.ratio.removeprefix("auto_") if use.ratio.startswith("auto_") else ""
    pixels = size[0] * size[1]
    tier = _named(pixels, STILL_TIERS)
    return "720p" if tier == "1k" and pixels <= SMALL_STILL and min(size) <= SHORT_STILL_SIDE else tier


def _named(pixels: int, tiers: tuple[tuple[int, str], ...]) -> str:
    return next((name for most, name in tiers if pixels <= most), "4k")


# In words


def _explanation(card: PriceCard, bill: _Bill, *, takes: int) -> str:
    one = f"{_plain(bill.rate)} cr"
    if card.unit is not PriceUnit.OUTPUT:
        one = f"{_plain(bill.units)} {'frames' if card.unit is PriceUnit.FRAME else 's'} × {one}"
    factors = [f"{number} {word}" for number, word in ((bill.count, "files"), (takes, "takes")) if number > 1]
    if bill.credits < card.minimum_credits:
        one = f"at least {_plain(card.minimum_credits)} cr"
        factors = factors[-1:] if takes > 1 else []
    elif bill.extra:
        one = f"{one} + {_plain(bill.extra)} cr"
        one = f"({one})" if factors else one
    return f"{'up to ' if bill.is_most else ''}{' × '.join([one, *factors])}"


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _snapshot(card: PriceCard, bill: _Bill) -> dict[str, Any]:
    return {
        "key": card.key,
        "unit": card.unit.value,
        "credits": str(bill.rate),
        "credits_on_top": str(bill.extra),
        "minimum_credits": str(card.minimum_credits),
        "effective_from": card.effective_from.isoformat(),
        "is_confirmed": card.is_confirmed,
        "is_ceiling": bill.is_most,
        "source": card.source,
    }
