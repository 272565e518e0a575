"""What a task costs: tariffs by model, prices of November 2026, and the sum of one task.

The contract's parts B.1 and B.2. A tariff that is not confirmed is this remote's own guess.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

PIXELS: tuple[tuple[int, str], ...] = ((450_000, "480p"), (1_150_000, "720p"), (2_400_000, "1080p"), (5_000_000, "2k"))
LADDER = ("480p", "720p", "768p", "1k", "1080p", "2k", "4k")
LARGE_PIXELS = 4_000_000
EXTRA_FORMATS = {"prores": 5, "png_sequence": 5}
DEEP_EXTRA, DEEP_LARGE_EXTRA = 20, 40
PLAIN = frozenset({"", "mp4", "mov"})

Rates = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Credits: for a second of output by tier, without sound, at least, and on top.

    Keys of rates are resolutions; "" is for all that have none of their own.
    """

    per_s: Rates = field(default_factory=dict)
    silent_per_s: Rates | None = None
    per_source_s: Rates | None = None
    """For a second of the source, instead of one of the output."""
    per_input_s: Rates = field(default_factory=dict)
    """On top, for each second of source and of reference films."""
    per_frame: Rates = field(default_factory=dict)
    per_picture: float = 0
    per_sound: float = 0
    flat: Rates = field(default_factory=dict)
    minimum: int = 0
    is_confirmed: bool = True


def _even(price: float) -> Rates:
    return {"": price}


def _kling(price: float, sound: float | None = None) -> Tariff:
    return Tariff(per_s=_even(price if sound is None else sound), silent_per_s=_even(price))


TARIFFS: Mapping[str, Tariff] = MappingProxyType(
    {
        "gen4.5": Tariff(per_s=_even(12)),
        "gen4_turbo": Tariff(per_s=_even(5)),
        "act_two": Tariff(per_s=_even(5)),
        "aleph2": Tariff(per_s=_even(28), minimum=56),
        "veo3.1": Tariff(per_s=_even(40), silent_per_s=_even(20)),
        "veo3.1_fast": Tariff(per_s=_even(15), silent_per_s=_even(10)),
        "seedance2": Tariff(per_s={"": 36, "1080p": 40, "4k": 150}),
        "seedance2_fast": Tariff(per_s=_even(29)),
        "seedance2_mini": Tariff(per_s=_even(16), minimum=64),
        "seedance2_5": Tariff(
            per_s={"480p": 20, "720p": 30, "1080p": 68}, per_input_s={"480p": 10, "720p": 15, "1080p": 34}, minimum=80
        ),
        "hailuo3": Tariff(per_s={"768p": 10, "2k": 15}, per_input_s={"768p": 10, "2k": 15}, per_picture=2),
        "h3_max": Tariff(per_s={"480p": 5, "768p": 8}),
        "grok_imagine_1_5": Tariff(per_s={"480p": 10, "720p": 16, "1080p": 29}, per_picture=1, per_sound=1),
        "grok_imagine_1_5_lite": Tariff(per_s={"480p": 2, "720p": 3, "1080p": 14}, per_picture=1),
        "happyhorse_1_0": Tariff(per_s={"720p": 15, "1080p": 30}),
        "gemini_omni_flash": Tariff(per_s=_even(10), per_source_s=_even(11), per_picture=1),
        "gemini_omni_flash_1.1": Tariff(per_s={"480p": 3.4, "720p": 10, "1080p": 15, "4k": 30}, is_confirmed=False),
        "wan3": Tariff(per_s={"480p": 5, "720p": 10, "1080p": 20}),
        "wan3_prime": Tariff(per_s={"480p": 6.8, "720p": 14, "1080p": 28}),
        "kling2.5_turbo_pro": Tariff(per_s=_even(12)),
        "kling3.0_standard": _kling(9, 13),
        "kling3.0_pro": _kling(12, 17),
        "kling3.0_4k": _kling(43),
        "klingO3_standard": _kling(13),
        "klingO3_pro": _kling(17),
        "klingO3_4k": _kling(43),
        "kling_4": Tariff(per_s={"720p": 14, "1080p": 20}, is_confirmed=False),
        "ruby": Tariff(per_s={"": 20, "large": 40}),
        "magnific_video_upscaler_creative": Tariff(per_frame={"720p": 0.7, "1k": 0.7, "2k": 0.9, "4k": 1.2}, minimum=1),
        "enhance_frame_rate": Tariff(per_s=_even(1), minimum=1, is_confirmed=False),
        "mirelo_sfx_2_0": Tariff(per_s=_even(1), minimum=1, is_confirmed=False),
        "gen4_image": Tariff(flat={"720p": 5, "1080p": 8}),
        "gen4_image_turbo": Tariff(flat=_even(2)),
        "gpt_image_2": Tariff(flat={"low": 1, "low 4k": 2, "medium": 5, "medium 4k": 11, "high": 20, "high 4k": 41}),
        "gemini_2.5_flash": Tariff(flat=_even(5)),
        "gemini_image3_pro": Tariff(flat={"": 20, "4k": 40}),
        "gemini_image3.1_flash": Tariff(flat={"480p": 5, "1k": 7, "2k": 11, "4k": 16}, is_confirmed=False),
        "muse_image": Tariff(flat=_even(1)),
        "seedream5_lite": Tariff(flat=_even(4)),
        "seedream5_pro": Tariff(flat={"": 5, "2k": 9}),
        "grok_imagine_image_2": Tariff(
            flat={"low": 4, "medium": 6, "low 2k": 6, "medium 2k": 8}, per_picture=1, minimum=6, is_confirmed=False
        ),
        "bria_fibo_1_5": Tariff(flat={"": 5, "2k": 10}),
        "bria_fibo_edit_1_5": Tariff(flat=_even(5)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a task takes: of one tier, so many seconds, frames, pictures."""

    tier: str = ""
    seconds: float = 0.0
    has_sound: bool = False
    source_s: float | None = None
    input_s: float = 0.0
    frames: int = 0
    pictures: int = 0
    sounds: int = 0
    count: int = 1
    extra_per_s: int = 0


def tier_of(width: int, height: int) -> str:
    """The name of a size of film."""
    return next((name for most, name in PIXELS if width * height <= most), "4k")


def format_extra(output_format: str, *, width: int, height: int) -> int:
    """Credits a second on top for anything but plain files."""
    if output_format in PLAIN:
        return 0
    deep = DEEP_LARGE_EXTRA if width * height > LARGE_PIXELS else DEEP_EXTRA
    return EXTRA_FORMATS.get(output_format, deep)


def price_of(model: str, use: Use) -> float:
    """Credits, perhaps not whole."""
    tariff = TARIFFS[model]
    if tariff.flat:
        one = _rate(tariff.flat, use.tier) + tariff.per_picture * use.pictures
        return max(tariff.minimum, one * use.count)
    if tariff.per_frame:
        return max(tariff.minimum, math.ceil(round(_rate(tariff.per_frame, use.tier) * use.frames, 6)))
    total = _by_second(tariff, use) + use.extra_per_s * use.seconds
    total += _rate(tariff.per_input_s, use.tier) * use.input_s
    total += tariff.per_picture * use.pictures + tariff.per_sound * use.sounds
    return round(max(tariff.minimum, total * use.count), 4)


def _by_second(tariff: Tariff, use: Use) -> float:
    if tariff.per_source_s is not None and use.source_s is not None:
        return _rate(tariff.per_source_s, use.tier) * use.source_s
    is_silent = tariff.silent_per_s is not None and not use.has_sound
    rates = tariff.silent_per_s if is_silent and tariff.silent_per_s is not None else tariff.per_s
    return _rate(rates, use.tier) * use.seconds


def _rate(rates: Rates, tier: str) -> float:
    """The rate of a tier, or the one for all others; 0 where there are no rates."""
    if not rates:
        return 0
    if tier in rates or "" in rates:
        return rates.get(tier, rates.get("", 0))
    # A film may be smaller than anything that the model makes: then the smallest counts.
    larger = LADDER[LADDER.index(tier) :] if tier in LADDER else LADDER
    return next((rates[name] for name in larger if name in rates), max(rates.values()))


def shown(credits: float) -> Any:
    """Credits as JSON says them: a whole number where it is one."""
    return int(credits) if float(credits).is_integer() else credits


def whole(credits: float) -> int:
    """What is taken from the balance."""
    return math.ceil(credits - 1e-9)
