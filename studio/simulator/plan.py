"""From an order and its files to what will be made of them: size, length, sound, format, and what it costs."""

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from studio.simulator import films, prices
from studio.simulator.assets import Media, Pictures
from studio.simulator.cards import Role, Sound, Way
from studio.simulator.prices import Use
from studio.simulator.validator import Order

SHORT_SIDES = {"480p": 480, "720p": 720, "768p": 768, "1k": 1080, "1080p": 1080, "2k": 1440, "4k": 2160}
STILL_SIDES = {"1k": 1024, "2k": 2048}
DRAFT_RESOLUTION = "480p"
PIXELS = re.compile(r"(\d+):(\d+)")
WORDS = 40
"""A side up to this is a proportion, as in 16:9, a longer one counts pixels."""
FPS = Fraction(24)
BOOST = 2
HUGE_STILL, LARGE_STILL, SMALL_STILL = 9_000_000, 2_500_000, 500_000

Size = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one task makes. `estimate` is the most that it may cost, `final` what it costs when it succeeds."""

    way: Way
    width: int
    height: int
    duration_s: float
    fps: float
    has_sound: bool
    format: str = "mp4"
    count: int = 1
    estimate: float = 0
    final: float = 0


def plan_of(order: Order, pictures: Pictures, *, seed: int) -> Plan:
    """Everything that follows from an order, its files and its seed."""
    base = pictures.of(Role.SOURCE, Role.PERFORMANCE)
    source = base[0] if base else None
    way = _way(order)
    width, height = _size(order, pictures, source=source)
    duration_s = _duration(order, source=source, way=way, seed=seed)
    plan = Plan(
        way=way,
        width=width,
        height=height,
        duration_s=duration_s,
        fps=_fps(order, source=source, way=way),
        has_sound=_has_sound(order, source=source),
        format=_format(order),
        count=_count(order),
    )
    longest = order.variant.longest_s if _is_auto(order, way=way) else duration_s
    bill = _biller(order, pictures, source=source, plan=plan)
    return replace(plan, estimate=bill(max(longest, duration_s)), final=bill(duration_s))


def _way(order: Order) -> Way:
    modes = {"reference": Way.GUIDED, "extend": Way.EXTEND, "edit": Way.EDIT}
    return modes.get(str(order.settings.get("mode")), order.variant.way)


def _is_auto(order: Order, *, way: Way) -> bool:
    return order.settings.get("duration") == "auto" or (way is Way.EDIT and "duration" in order.settings)


# Size


def even(side: float) -> int:
    """The nearest even number of pixels, as encoders want it."""
    return max(2, round(side / 2) * 2)


def _size(order: Order, pictures: Pictures, *, source: Media | None) -> Size:
    if order.endpoint == "text_to_image":
        return _still_size(order, pictures)
    if "targetAspectRatio" in order.settings and source is not None:
        return expanded(source.facts.size, ratio=order.settings["targetAspectRatio"])
    match = PIXELS.fullmatch(order.ratio)
    is_asked = "ratio" in order.settings or source is None or order.variant.way is Way.PERFORM
    follows = _way(order) in {Way.EDIT, Way.EXTEND}
    if match and int(match[1]) > WORDS and is_asked and not follows:
        return _drafted((int(match[1]), int(match[2])), order=order)
    return _fitted(order, pictures, source=source, match=match)


def _drafted(size: Size, *, order: Order) -> Size:
    """A draft is small whatever its ratio says; what is made of one is large."""
    is_named = "resolution" in order.variant.shape.fields
    if is_named or not (order.settings.get("draft") or "resolution" in order.settings):
        return size
    scale = SHORT_SIDES[resolution_of(order)] / min(size)
    return even(size[0] * scale), even(size[1] * scale)


def _fitted(order: Order, pictures: Pictures, *, source: Media | None, match: re.Match[str] | None) -> Size:
    """The size by resolution and proportion: those of the body, or those of its first picture or film."""
    like = _first_size(pictures, source=source)
    if _keeps_size(order):
        return even(like[0]), even(like[1])
    proportion = int(match[1]) / int(match[2]) if match and int(match[1]) <= WORDS else like[0] / like[1]
    short = SHORT_SIDES[resolution_of(order)]
    if _way(order) is Way.UPSCALE:
        short = max(short, min(like))
    elif _way(order) in {Way.EDIT, Way.EXTEND}:
        short = min(short, *like)
    wide, tall = (short * proportion, short) if proportion >= 1 else (short, short / proportion)
    return even(wide), even(tall)


def _keeps_size(order: Order) -> bool:
    is_kept = _way(order) in {Way.EDIT, Way.EXTEND} and not order.variant.resolution
    return is_kept or _way(order) in {Way.HDR, Way.FRAME_RATE, Way.SOUND}


def _first_size(pictures: Pictures, *, source: Media | None) -> Size:
    if source is not None:
        return source.facts.size
    seen = pictures.of(Role.FIRST, Role.REFERENCE, Role.REFERENCE_VIDEO)
    if pictures.first is not None:
        return _picture_size(pictures.first)
    return seen[0].facts.size if seen else (16, 9)


def _picture_size(content: bytes) -> Size:
    return films.look_at(content, kind="image").size


def resolution_of(order: Order) -> str:
    """The name of the size that is asked for, in small letters."""
    if order.settings.get("draft"):
        return DRAFT_RESOLUTION
    if order.ratio.startswith("auto_"):
        return order.ratio.removeprefix("auto_")
    return str(order.settings.get("resolution") or order.variant.resolution or "720p").lower()


def expanded(size: Size, *, ratio: str) -> Size:
    """The smallest frame of this proportion that holds all of `size`."""
    across, down = (int(side) for side in ratio.split(":"))
    width, height = size
    if width * down >= height * across:
        return even(width), even(width * down / across)
    return even(height * across / down), even(height)


def _still_size(order: Order, pictures: Pictures) -> Size:
    match = PIXELS.fullmatch(order.ratio)
    if match:
        return int(match[1]), int(match[2])
    side = STILL_SIDES.get(order.ratio.removeprefix("auto_"), 2048)
    references = pictures.of(Role.REFERENCE)
    width, height = references[0].facts.size if references else (1, 1)
    scale = side / math.sqrt(width * height)
    return even(width * scale), even(height * scale)


# Length, rate, sound, format


def _duration(order: Order, *, source: Media | None, way: Way, seed: int) -> float:
    length_s = 0.0 if source is None else source.facts.duration_s
    if way is Way.SOUND:
        return float(order.settings["duration"])
    if way in {Way.EDIT, Way.PERFORM, Way.UPSCALE, Way.FRAME_RATE, Way.HDR}:
        return length_s
    shots = order.settings.get("providerSettings", {}).get("multiPrompt")
    if shots:
        return float(sum(shot["duration"] for shot in shots))
    if order.settings.get("duration") == "auto":
        return float(_chosen(order, seed=seed))
    return 0.0 if way is Way.STILL else float(order.duration_s)


def _chosen(order: Order, *, seed: int) -> int:
    """The length that the model would choose: between 4 seconds and its longest but one."""
    digest = hashlib.sha256(f"{seed}:{order.prompt}".encode("utf-8", "backslashreplace")).digest()
    return 4 + digest[0] % max(1, min(8, order.variant.longest_s - 4))


def _fps(order: Order, *, source: Media | None, way: Way) -> float:
    if source is None or way in {Way.GUIDED, Way.SCENE, Way.STILL}:
        return float(FPS)
    if way is Way.FRAME_RATE:
        return float(target_rate(order.settings["targetFramerate"]))
    return source.facts.fps * (BOOST if order.settings.get("fpsBoost") else 1)


def target_rate(name: str) -> Fraction:
    """Frames a second by name: "23_98" is the film rate of television, 24000/1001."""
    whole, _, part = name.partition("_")
    return Fraction((int(whole) + 1) * 1000, 1001) if part else Fraction(int(whole))


def _has_sound(order: Order, *, source: Media | None) -> bool:
    if order.variant.sound in {Sound.SOURCE, Sound.ORIGINAL}:
        return order.sound and source is not None and source.facts.has_sound
    return order.sound


def _format(order: Order) -> str:
    if order.endpoint == "text_to_image":
        is_clear = order.settings.get("background") == "transparent"
        return str(order.settings.get("outputFormat", "png" if is_clear or order.card.name != "muse_image" else "webp"))
    if order.endpoint == "video_to_audio":
        return str(order.settings.get("format", "mp3"))
    return str(order.settings.get("outputFormat", "hdr10" if order.variant.way is Way.HDR else "mp4"))


def _count(order: Order) -> int:
    return int(order.settings.get("outputCount", order.settings.get("numVariants", 1)))


# Price


def _biller(order: Order, pictures: Pictures, *, source: Media | None, plan: Plan) -> Callable[[float], float]:
    """A function from seconds of output to credits."""
    seen = pictures.of(Role.REFERENCE)
    first = [one for one in (pictures.first, pictures.last) if one is not None]
    films = pictures.of(Role.SOURCE, Role.REFERENCE_VIDEO)
    is_hdr = plan.way is Way.HDR
    use = Use(
        tier=_tier(order, source=source, plan=plan),
        has_sound=plan.has_sound,
        source_s=None if source is None else source.facts.duration_s,
        input_s=sum(one.facts.duration_s for one in films),
        pictures=len(seen) + len(first),
        sounds=len(pictures.of(Role.REFERENCE_AUDIO)),
        count=plan.count,
        extra_per_s=0 if is_hdr else prices.format_extra(_paid_format(plan), width=plan.width, height=plan.height),
    )

    def bill(seconds: float) -> float:
        frames = round(seconds * plan.fps)
        return prices.price_of(order.card.name, replace(use, seconds=seconds, frames=frames))

    return bill


def _paid_format(plan: Plan) -> str:
    return "" if plan.way in {Way.STILL, Way.SOUND} else plan.format


def _tier(order: Order, *, source: Media | None, plan: Plan) -> str:
    if plan.way is Way.STILL:
        return _still_tier(order, plan=plan)
    if plan.way is Way.HDR and source is not None:
        return "large" if plan.width * plan.height > prices.LARGE_PIXELS else ""
    is_named = "resolution" in order.variant.shape.fields or order.ratio.startswith("auto_")
    return resolution_of(order) if is_named else prices.tier_of(plan.width, plan.height)


def _still_tier(order: Order, *, plan: Plan) -> str:
    pixels = plan.width * plan.height
    size = (
        "4k"
        if pixels > HUGE_STILL or (order.card.name == "gpt_image_2" and (pixels > 5_000_000 or order.ratio == "auto"))
        else "2k"
        if pixels > LARGE_STILL
        else "480p"
        if pixels < SMALL_STILL
        else "1k"
    )
    if order.card.name == "gen4_image":
        return "1080p" if min(plan.width, plan.height) > 720 else "720p"
    quality = order.settings.get("quality", "high" if order.card.name == "gpt_image_2" else "medium")
    quality = "high" if quality == "auto" else quality
    large = "4k" if order.card.name == "gpt_image_2" else "2k"
    named = f"{quality} {large}" if size == large else str(quality)
    return named if named in prices.TARIFFS[order.card.name].flat else size
