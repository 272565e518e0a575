"""Runway's own video models. Facts as of 2026-11-22.

Names, ratios and required fields are those of the official SDK `runwayml` 5.24.0 (types/*_create_params.py), bounds
those of the OpenAPI description of 2026-08-08, prices and image windows those of docs.dev.runwayml.com.
"""

from decimal import Decimal

from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog import ratios
from studio.providers.catalog.prices import Surcharge
from studio.providers.catalog.records import FileShape, InputRule, Model, Sound, Way
from studio.providers.catalog.shapes import DOCS as PRICES_SOURCE
from studio.providers.catalog.shapes import (
    DOCS_SINCE,
    FIRST,
    GEN4_PROMPT,
    HALF_TO_CINEMA,
    HALF_TO_DOUBLE,
    MODERATION,
    OUTPAINT_RATIO,
    PRORES_PROFILE,
    card,
    choice,
    frames,
    rates,
    source,
    switch,
    whole,
)

GEN4_DURATIONS_S = tuple(range(2, 11))
PLAIN_FORMATS = ("prores", "png_sequence")
DEEP_FORMATS = (
    *("sdr_rec709_10bit", "hdr10", "hlg", "hdr_pq_12bit_master", "hdr_prores"),
    *("hdr_png_sequence", "hdr_exr_sequence", "hdr_exr_acescg_sequence_1_3", "hdr_exr_acescg_sequence_2_0"),
)
HDR_FORMATS = (
    *("hdr10", "hlg", "hdr_prores"),
    *("hdr_exr_sequence", "hdr_exr_acescg_sequence_1_3", "hdr_exr_acescg_sequence_2_0"),
)
SURCHARGES = (
    Surcharge(extra="outputFormat", values=PLAIN_FORMATS, credits=Decimal(5), large=Decimal(5)),
    Surcharge(extra="outputFormat", values=DEEP_FORMATS, credits=Decimal(20), large=Decimal(40)),
)


def _format(*formats: str, default: str) -> tuple[str, ...]:
    return (default, *(name for name in formats if name != default))


GEN4_5_EXTRAS = (
    choice(
        "outputFormat",
        "File format",
        *_format(*PLAIN_FORMATS, *DEEP_FORMATS, default="mp4"),
        default="mp4",
    ),
    PRORES_PROFILE,
    MODERATION,
)
ALEPH_EXTRAS = (
    OUTPAINT_RATIO,
    choice(
        "outputFormat",
        "File format",
        *_format(*PLAIN_FORMATS, "sdr_rec709_10bit", default="mp4"),
        default="mp4",
    ),
    PRORES_PROFILE,
    MODERATION,
)

GEN4_5 = Model(
    name="gen4.5",
    label="Gen-4.5",
    vendor="Runway",
    tagline="Text or image to video · 2–10 s · best motion",
    is_in_composer=True,
    ways=(
        Way(
            kind=WayKind.TEXT,
            prompt_required=True,
            prompt_max_units=GEN4_PROMPT,
            ratios=ratios.WIDE_AND_TALL,
            default_ratio=ratios.LANDSCAPE,
            ratio_required=True,
            durations_s=GEN4_DURATIONS_S,
            default_duration_s=5,
            takes_seed=True,
            extras=GEN4_5_EXTRAS,
        ),
        Way(
            kind=WayKind.IMAGE,
            prompt_required=True,
            prompt_max_units=GEN4_PROMPT,
            ratios=ratios.GEN4,
            default_ratio=ratios.LANDSCAPE,
            ratio_required=True,
            durations_s=GEN4_DURATIONS_S,
            default_duration_s=5,
            inputs=frames(FIRST, aspect=HALF_TO_DOUBLE),
            takes_seed=True,
            extras=GEN4_5_EXTRAS,
        ),
    ),
    price_cards=(card("gen4.5", rates(any=12), surcharges=SURCHARGES),),
)

GEN4_TURBO = Model(
    name="gen4_turbo",
    label="Gen-4 Turbo",
    vendor="Runway",
    tagline="Image to video · 2–10 s · quick and cheap",
    is_in_composer=True,
    ways=(
        Way(
            kind=WayKind.IMAGE,
            prompt_max_units=GEN4_PROMPT,
            ratios=ratios.GEN4,
            default_ratio=ratios.LANDSCAPE,
            ratio_required=True,
            durations_s=GEN4_DURATIONS_S,
            default_duration_s=5,
            inputs=frames(FIRST, aspect=HALF_TO_CINEMA),
            takes_seed=True,
            extras=(MODERATION,),
            note="The provider's default duration is not documented, so one is always sent.",
        ),
    ),
    price_cards=(card("gen4_turbo", rates(any=5)),),
)

ALEPH_2 = Model(
    name="aleph2",
    label="Aleph 2",
    vendor="Runway",
    tagline="Edits a video of 2–30 s · keyframes, wider or taller frame",
    ways=(
        Way(
            kind=WayKind.VIDEO,
            prompt_max_units=GEN4_PROMPT,
            inputs=(
                source(min_s=2, max_s=30, fps_max=30),
                InputRule(
                    role=InputRole.KEYFRAME,
                    field="keyframes",
                    shape=FileShape.KEYFRAMES,
                    most=5,
                ),
            ),
            takes_seed=True,
            extras=ALEPH_EXTRAS,
            strict=True,
            note="The clip is as long as its source and keeps its size up to 1080p.",
        ),
    ),
    price_cards=(card("aleph2", rates(any=28), minimum=56, surcharges=SURCHARGES),),
)

ACT_TWO = Model(
    name="act_two",
    label="Act-Two",
    vendor="Runway",
    tagline="A character acts as a filmed person does · 3–30 s",
    ways=(
        Way(
            kind=WayKind.PERFORMANCE,
            ratios=ratios.GEN4,
            default_ratio=ratios.LANDSCAPE,
            inputs=(
                InputRule(
                    role=InputRole.CHARACTER,
                    field="character",
                    shape=FileShape.OBJECT,
                    kinds=(MediaKind.IMAGE, MediaKind.VIDEO),
                    least=1,
                    aspect=HALF_TO_CINEMA,
                ),
                InputRule(
                    role=InputRole.PERFORMANCE,
                    field="reference",
                    shape=FileShape.OBJECT,
                    kinds=(MediaKind.VIDEO,),
                    least=1,
                    min_s=3,
                    max_s=30,
                ),
            ),
            sound=Sound.SOURCE,
            takes_seed=True,
            extras=(
                switch("bodyControl", "Gestures too"),
                whole("expressionIntensity", "Expression", least=1, most=5, default="3"),
                MODERATION,
            ),
            note="The clip is as long as the performance.",
        ),
    ),
    price_cards=(card("act_two", rates(any=5)),),
)

RUBY = Model(
    name="ruby",
    label="Ruby HDR",
    vendor="Runway",
    tagline="Makes a clip of up to 30 s HDR",
    ways=(
        Way(
            kind=WayKind.HDR,
            inputs=(source(max_s=30),),
            sound=Sound.SOURCE,
            extras=(
                choice(
                    "outputFormat",
                    "File format",
                    *HDR_FORMATS,
                    default="hdr10",
                ),
                choice(
                    "proresProfile",
                    "ProRes profile",
                    *("422", "4444", "422 HQ"),
                    only_with=("outputFormat", "hdr_prores"),
                ),
            ),
        ),
    ),
    price_cards=(
        card(
            "ruby",
            rates(any=20, tlarge=40),
            since=DOCS_SINCE,
            source=f"{PRICES_SOURCE}; and charges that users have published",
        ),
    ),
    note="A fraction of a second costs its fraction.",
)

MODELS = (GEN4_5, GEN4_TURBO, ALEPH_2, ACT_TWO, RUBY)
