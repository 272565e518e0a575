"""Alibaba's Happy Horse and Wan 3. Facts as of 2026-11-22."""

from dataclasses import replace
from datetime import date

from studio.providers.base import WayKind
from studio.providers.catalog import ratios
from studio.providers.catalog.prices import Rate
from studio.providers.catalog.records import Model, Sound, Way
from studio.providers.catalog.shapes import (
    FIRST,
    OCTOBER,
    OCTOBER_SINCE,
    PICTURES,
    card,
    films,
    frames,
    frames_or_pictures,
    pictures,
    rates,
    sounds,
)

WAN_SINCE = date(2026, 9, 27)
WAN_SOURCE = "docs.dev.runwayml.com/guides/pricing, as read on 2026-09-27"
WAN_NOTE = (
    "The model came after the OpenAPI description: the shortest length, the limit of the prompt and the numbers of "
    "reference videos and sounds are guessed. That sound is on when nothing is said is inferred."
)

_HORSE_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=2500,
    prompt_min_units=2,
    ratios=ratios.HAPPYHORSE,
    default_ratio=ratios.LANDSCAPE,
    durations_s=tuple(range(3, 16)),
    default_duration_s=5,
    strict=True,
)
HAPPYHORSE = Model(
    name="happyhorse_1_0",
    label="Happy Horse 1.0",
    vendor="Alibaba",
    tagline="Text or image to video · 3–15 s · 720p or 1080p",
    ways=(
        _HORSE_TEXT,
        replace(
            _HORSE_TEXT,
            kind=WayKind.IMAGE,
            prompt_required=False,
            ratios=(),
            default_ratio="",
            resolutions=("720p", "1080p"),
            default_resolution="720p",
            inputs=frames(FIRST, aspect=(0.55, 1.8), side_min_px=300),
            note="The clip has the shape of its first frame.",
        ),
    ),
    price_cards=(card("happyhorse_1_0", rates(t720p=15, t1080p=30)),),
)


def _wan(name: str, label: str, tagline: str, *, wanted: tuple[Rate, ...], since: date, source: str) -> Model:
    references = (films(3, total_max_s=15), sounds(3, total_max_s=15))
    text = Way(
        kind=WayKind.TEXT,
        prompt_required=True,
        prompt_max_units=2500,
        ratios=ratios.WAN,
        default_ratio=ratios.LANDSCAPE,
        durations_s=tuple(range(3, 31)),
        default_duration_s=5,
        inputs=(pictures(10), *references),
        sound=Sound.SWITCH,
        default_sound=True,
        unsure=("prompt_max_units", "durations_s", "inputs", "default_sound", "strict"),
        note=WAN_NOTE,
    )
    image = replace(
        text,
        kind=WayKind.IMAGE,
        default_ratio="auto_720p",
        inputs=(*frames_or_pictures(10, ratios=ratios.AUTO_THREE), *references),
        needs_one_of=(FIRST, PICTURES),
    )
    return Model(
        name=name,
        label=label,
        vendor="Alibaba",
        tagline=tagline,
        ways=(text, image),
        price_cards=(card(name, wanted, since=since, source=source),),
    )


WAN_3 = _wan(
    "wan3",
    "Wan 3",
    "Text or images to video · 3–30 s · sound, references, up to 1080p",
    wanted=rates(t480p=5, t720p=10, t1080p=20),
    since=WAN_SINCE,
    source=WAN_SOURCE,
)
WAN_3_PRIME = _wan(
    "wan3_prime",
    "Wan 3 Prime",
    "Text or images to video · 3–30 s · sound, references, up to 1080p, finer",
    wanted=rates(t480p=6.8, t720p=14, t1080p=28),
    since=OCTOBER_SINCE,
    source=OCTOBER,
)

MODELS = (HAPPYHORSE, WAN_3, WAN_3_PRIME)
