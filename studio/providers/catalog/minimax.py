"""MiniMax's Hailuo 3 and H3 Max. Facts as of 2026-11-22."""

from dataclasses import replace

from studio.providers.base import WayKind
from studio.providers.catalog import ratios
from studio.providers.catalog.records import Model, Way
from studio.providers.catalog.shapes import (
    FIRST,
    LAST,
    OCTOBER,
    OCTOBER_SINCE,
    PICTURES,
    PROMPT_EXPANSION,
    card,
    films,
    frames,
    frames_or_pictures,
    pictures,
    rates,
    sounds,
    source,
)

WINDOW = (0.2, 4.0)
DURATIONS_S = tuple(range(5, 16))
HAILUO_PRICES = rates(t768p=10, t2k=15)

_HAILUO_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=6000,
    ratios=ratios.HAILUO,
    default_ratio="16:9",
    resolutions=("768p", "2k"),
    default_resolution="2k",
    durations_s=DURATIONS_S,
    default_duration_s=5,
    inputs=(pictures(9, aspect=WINDOW), films(3, total_max_s=15), sounds(3, total_max_s=15)),
    strict=True,
)
HAILUO_3 = Model(
    name="hailuo3",
    label="Hailuo 3",
    vendor="MiniMax",
    tagline="Text, images or video to video · 5–15 s · references, up to 2K",
    ways=(
        _HAILUO_TEXT,
        replace(
            _HAILUO_TEXT,
            kind=WayKind.IMAGE,
            inputs=(*frames_or_pictures(9, aspect=WINDOW), sounds(3, total_max_s=15, needs=PICTURES)),
            needs_one_of=(FIRST, PICTURES),
        ),
        replace(
            _HAILUO_TEXT,
            kind=WayKind.VIDEO,
            inputs=(
                source("promptVideo", max_s=15),
                pictures(9, aspect=WINDOW),
                films(2, total_max_s=15),
                sounds(3, total_max_s=15),
            ),
            unsure=("inputs",),
            note="The limit of the video is inferred from that of reference videos.",
        ),
    ),
    price_cards=(card("hailuo3", HAILUO_PRICES, input_rates=HAILUO_PRICES, per_image=2),),
)

_H3_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=2500,
    resolutions=("480p", "768p"),
    default_resolution="768p",
    durations_s=DURATIONS_S,
    default_duration_s=5,
    takes_seed=True,
    extras=(PROMPT_EXPANSION,),
    unsure=("prompt_max_units", "durations_s", "strict"),
    note="The model came after the OpenAPI description: the limit of the prompt is guessed low, that of the length "
    "is from a reader of the docs.",
)
H3_MAX = Model(
    name="h3_max",
    label="H3 Max",
    vendor="MiniMax",
    tagline="Text or image to video · 5–15 s · quick and cheap",
    ways=(
        _H3_TEXT,
        replace(_H3_TEXT, kind=WayKind.IMAGE, inputs=frames(FIRST, LAST, side_min_px=256)),
    ),
    price_cards=(card("h3_max", rates(t480p=5, t768p=8), since=OCTOBER_SINCE, source=OCTOBER),),
)

MODELS = (HAILUO_3, H3_MAX)
