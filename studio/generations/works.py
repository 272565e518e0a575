"""Works: what can be done with a finished clip, by which model, at what price, and why something cannot."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from studio.credits.pricing import NoPrice, Quote, Use, quote
from studio.models import Clip
from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog import DEFAULT_MODEL, InputRule, Model, Way, find_model

MS = 1000
SLACK_S = 0.05
"""A film of 30 s may be told as 30.02: the last frame is shown until the next would come."""
PARTS = {InputRole.SOURCE, InputRole.PERFORMANCE}
"""The roles of a film by whose length a take is priced."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A work before there is a clip: in which role the clip goes which way, and by which models, the first that can.
    The last is the one that can most."""

    name: str
    label: str
    icon: str
    does: str
    role: InputRole
    way: WayKind
    models: tuple[str, ...]


OFFERS = (
    Offer(
        "edit",
        "Edit by words",
        "edit",
        "Say what is to be different; keyframes, and a wider or taller picture.",
        InputRole.SOURCE,
        WayKind.VIDEO,
        ("aleph2",),
    ),
    Offer(
        "guide",
        "Use as a reference",
        "guide",
        "A new clip that looks or moves like this one.",
        InputRole.REFERENCE_VIDEO,
        WayKind.TEXT,
        ("seedance2", "seedance2_5"),
    ),
    Offer(
        "perform",
        "Use as the performance",
        "perform",
        "A character that you add does what the person in it does.",
        InputRole.PERFORMANCE,
        WayKind.PERFORMANCE,
        ("act_two",),
    ),
    Offer(
        "character",
        "Use as the character",
        "character",
        "Who is seen here does what a filmed person does, whom you add.",
        InputRole.CHARACTER,
        WayKind.PERFORMANCE,
        ("act_two",),
    ),
    Offer(
        "upscale",
        "Make it larger",
        "larger",
        "The same clip with more pixels and finer detail.",
        InputRole.SOURCE,
        WayKind.UPSCALE,
        ("magnific_video_upscaler_creative",),
    ),
    Offer(
        "frame_rate",
        "Change the frame rate",
        "frames",
        "The same clip with more or fewer frames a second.",
        InputRole.SOURCE,
        WayKind.UPSCALE,
        ("enhance_frame_rate",),
    ),
    Offer(
        "hdr",
        "Make it HDR",
        "sun",
        "Brighter lights and deeper colours, for HDR screens and for grading.",
        InputRole.SOURCE,
        WayKind.HDR,
        ("ruby",),
    ),
    Offer(
        "sound",
        "Add sound",
        "sound",
        "Sounds and noises that fit what is seen.",
        InputRole.SOURCE,
        WayKind.SOUND,
        ("mirelo_sfx_2_0",),
    ),
)
REPLACES_SOUND = "Other sounds and noises in place of those that it has."


@dataclass(frozen=True, slots=True)
class Price:
    """The least that one take costs, in whole credits."""

    credits: int
    is_confirmed: bool

    def __str__(self) -> str:
        return f"from {self.credits:,} credits"


@dataclass(frozen=True, slots=True)
class Work:
    """A work as a menu shows it. `does` is a line; `price` is None where none is known. `problem` is a sentence that
    says why this clip cannot, "" where it can."""

    name: str
    label: str
    icon: str
    does: str
    role: InputRole
    way: WayKind
    model: Model
    price: Price | None
    problem: str


@dataclass(frozen=True, slots=True)
class Menu:
    """All that a clip's menu offers; `extend` is the price of going on from its last frame, None if none is known."""

    clip: Clip
    works: tuple[Work, ...]
    extend: Price | None

    @property
    def has_frames(self) -> bool:
        return self.clip.kind == MediaKind.VIDEO

    @property
    def is_still(self) -> bool:
        return self.clip.kind == MediaKind.IMAGE

    @property
    def is_gone(self) -> bool:
        return self.clip.missing_since is not None


def menu_of(clip: Clip, *, on: date) -> Menu:
    """The menu of a clip on that day (UTC)."""
    return Menu(clip=clip, works=works_of(clip, on=on), extend=price_to_extend(clip, on=on))


def works_of(clip: Clip, *, on: date) -> tuple[Work, ...]:
    """What can be done with the clip on that day (UTC), and what could be with another clip of its kind."""
    found = (_work(offer, clip, on=on) for offer in OFFERS)
    return tuple(work for work in found if work is not None)


def work_of(clip: Clip, name: str, *, on: date) -> Work | None:
    """The work of that name; None where there is no such work for this kind of clip."""
    offer = next((one for one in OFFERS if one.name == name), None)
    return _work(offer, clip, on=on) if offer else None


def model_to_extend(name: str) -> Model | None:
    """The model that goes on from a frame of a clip of the model `name`: itself, what replaced it, or the usual one."""
    named = find_model(name)
    candidates = (named, find_model(named.replaced_by) if named and named.replaced_by else None)
    able = (model for model in candidates if model and not model.is_retired and _begins_with_frame(model))
    return next(able, find_model(DEFAULT_MODEL))


def price_to_extend(clip: Clip, *, on: date) -> Price | None:
    """What going on from a frame of the clip costs at least."""
    model = model_to_extend(clip.generation.model)
    way = model.way(WayKind.IMAGE) if model else None
    return _cheapest(model, way, Use(way=WayKind.IMAGE, images=1), on=on) if model and way else None


def _begins_with_frame(model: Model) -> bool:
    way = model.way(WayKind.IMAGE)
    return way is not None and way.input_rule(InputRole.FIRST) is not None


# Which model, and whether it can


def _work(offer: Offer, clip: Clip, *, on: date) -> Work | None:
    does = REPLACES_SOUND if offer.way is WayKind.SOUND and clip.has_sound else offer.does
    works = [
        Work(
            name=offer.name,
            label=offer.label,
            icon=offer.icon,
            does=does,
            role=offer.role,
            way=offer.way,
            model=model,
            price=None if problem else _price(model, way, offer.role, clip, on=on),
            problem=problem,
        )
        for model, way, problem in _candidates(offer, clip)
    ]
    return next((work for work in works if not work.problem), works[-1] if works else None)


def _candidates(offer: Offer, clip: Clip) -> Iterator[tuple[Model, Way | None, str]]:
    """The models of an offer that take this kind of clip, each with its way and what is wrong."""
    for name in offer.models:
        model = _present(find_model(name), offer)
        if model is None:
            continue
        way = model.way(offer.way)
        rule = way.input_rule(offer.role) if way else None
        if model.is_retired:
            yield model, way, f"{model.label} does this, and it is retired."
        elif rule and MediaKind(clip.kind) in rule.kinds:
            yield model, way, _problem(rule, clip, label=model.label)


def _present(model: Model | None, offer: Offer) -> Model | None:
    """The model, or what replaced it if that does the same."""
    successor = find_model(model.replaced_by) if model and model.is_retired and model.replaced_by else None
    way = successor.way(offer.way) if successor else None
    return successor if way and way.input_rule(offer.role) else model


def _problem(rule: InputRule, clip: Clip, *, label: str) -> str:
    """What the model refuses and nobody can convert. Too many frames a second are taken away before it is sent, and
    the composer offers a crop."""
    length_s = clip.duration_ms / MS
    longest_s = min((most for most in (rule.max_s, rule.total_max_s) if most), default=math.inf)
    if length_s > longest_s + SLACK_S:
        return f"{label} takes clips of up to {longest_s:g} s, and this one is {length_s:.1f} s long."
    if clip.kind != MediaKind.IMAGE and length_s < rule.min_s - SLACK_S:
        return f"{label} takes clips of {rule.min_s:g} s and more, and this one is {length_s:.1f} s long."
    if min(clip.width, clip.height) < rule.side_min_px:
        return f"{label} needs {rule.side_min_px} px a side, and this one is {clip.width} × {clip.height}."
    return ""


# What it costs at least


def _price(model: Model, way: Way | None, role: InputRole, clip: Clip, *, on: date) -> Price | None:
    if way is None:
        return None
    length_s = clip.duration_ms / MS
    use = Use(way=way.kind)
    if role in PARTS:
        use = replace(
            use, source_s=length_s, source_fps=float(clip.fps) or None, source_pixels=clip.width * clip.height
        )
    elif role is InputRole.CHARACTER:
        performance = way.input_rule(InputRole.PERFORMANCE)
        use = replace(use, source_s=performance.min_s if performance else None)
    else:
        use = replace(use, input_s=length_s)
    if way.kind is WayKind.SOUND:
        use = replace(use, duration_s=_nearest(way, length_s))
    return _cheapest(model, way, use, on=on)


def _nearest(way: Way, length_s: float) -> int | None:
    """The length of sound for a film: none of it stays silent, as far as the model goes."""
    enough = [seconds for seconds in way.durations_s if seconds >= length_s - SLACK_S]
    return min(enough, default=max(way.durations_s, default=None))


def _cheapest(model: Model, way: Way, use: Use, *, on: date) -> Price | None:
    """Over all sizes, with the shortest length where none is given."""
    if use.duration_s is None and way.durations_s:
        use = replace(use, duration_s=min(way.durations_s))
    if way.has_sound_switch:
        use = replace(use, sound=False)
    quotes = list(_quotes(model, way, use, on=on))
    cheapest = min(quotes, key=lambda one: one.total_credits, default=None)
    return Price(cheapest.total_credits, is_confirmed=not cheapest.warning) if cheapest else None


def _quotes(model: Model, way: Way, use: Use, *, on: date) -> Iterator[Quote]:
    for ratio, resolution in product(way.ratios or ("",), way.resolutions or ("",)):
        try:
            yield quote(model.name, replace(use, ratio=ratio, resolution=resolution), takes=1, on=on)
        except NoPrice:
            return
