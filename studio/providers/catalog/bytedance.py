"""ByteDance's Seedance family. Facts as of 2026-11-22."""

from dataclasses import replace

from studio.providers.base import WayKind
from studio.providers.catalog import ratios
from studio.providers.catalog.prices import Rate
from studio.providers.catalog.records import Effect, InputRule, Model, Sound, Way
from studio.providers.catalog.shapes import (
    DOCS,
    DRAFT,
    FIRST,
    PICTURES,
    card,
    choice,
    films,
    frames_or_pictures,
    pictures,
    rates,
    sounds,
    source,
)

WINDOW = (0.4, 4.0)
NOTE = "The seed came after the OpenAPI description of 2026-08-08; its bounds are taken from the others."
MODES_NOTE = (
    "In August 2026 the live service took images with a position only; references without one are from the SDK."
)
MODE = choice(
    "mode",
    "What to do with the video",
    "reference",
    "extend",
    "edit",
    default="reference",
    effects=(
        Effect(value="extend", drops=("ratio",), needs_prompt=True),
        Effect(value="edit", drops=("ratio",), is_auto=True, needs_prompt=True),
    ),
)
MOV = choice("outputFormat", "File format", "mp4", "mov", default="mp4")


def _text(sizes: tuple[str, ...], *, prompt_max_units: int, longest_s: int, inputs: tuple[InputRule, ...]) -> Way:
    """From text, and references."""
    return Way(
        kind=WayKind.TEXT,
        prompt_required=True,
        prompt_max_units=prompt_max_units,
        ratios=sizes,
        default_ratio=ratios.LANDSCAPE,
        durations_s=tuple(range(4, longest_s + 1)),
        default_duration_s=5,
        takes_auto=True,
        inputs=inputs,
        sound=Sound.SWITCH,
        default_sound=True,
        takes_seed=True,
        strict=True,
        note=NOTE,
    )


def _ways(
    sizes: tuple[str, ...],
    *,
    prompt_max_units: int,
    longest_s: int,
    most: tuple[int, int, int],
    source_films: int,
    source_side_px: int = 0,
) -> tuple[Way, Way, Way]:
    """From text, from images, from a video. `most`: reference images, films and sounds; films and sounds may be as
    long together as the longest clip."""
    images, clips, tunes = most
    references, heard = pictures(images, aspect=WINDOW), sounds(tunes, total_max_s=longest_s)
    text = _text(
        sizes,
        prompt_max_units=prompt_max_units,
        longest_s=longest_s,
        inputs=(references, films(clips, total_max_s=longest_s), heard),
    )
    image = replace(
        text,
        kind=WayKind.IMAGE,
        prompt_required=False,
        inputs=(*frames_or_pictures(images, aspect=WINDOW), heard),
        needs_one_of=(FIRST, PICTURES),
        unsure=("inputs",),
        note=f"{NOTE} {MODES_NOTE}",
    )
    video = replace(
        text,
        kind=WayKind.VIDEO,
        prompt_required=False,
        inputs=(
            source("promptVideo", max_s=longest_s, side_min_px=source_side_px),
            references,
            films(source_films, total_max_s=longest_s),
            heard,
        ),
    )
    return text, image, video


def _seedance_2(
    name: str, label: str, tagline: str, *, sizes: tuple[str, ...], wanted: tuple[Rate, ...], minimum: int = 0
) -> Model:
    return Model(
        name=name,
        label=label,
        vendor="ByteDance",
        tagline=tagline,
        ways=_ways(sizes, prompt_max_units=3500, longest_s=15, most=(9, 3, 3), source_films=3),
        price_cards=(card(name, wanted, minimum=minimum),),
    )


SEEDANCE_2 = _seedance_2(
    "seedance2",
    "Seedance 2",
    "Text, images or video to video · 4–15 s · sound, references, up to 4K",
    sizes=ratios.SEEDANCE,
    wanted=rates(any=36, t1080p=40, t4k=150),
)
SEEDANCE_2_FAST = _seedance_2(
    "seedance2_fast",
    "Seedance 2 Fast",
    "Text, images or video to video · 4–15 s · sound, references, 720p",
    sizes=ratios.SEEDANCE_SMALL,
    wanted=rates(any=29),
)
SEEDANCE_2_MINI = _seedance_2(
    "seedance2_mini",
    "Seedance 2 Mini",
    "Text, images or video to video · 4–15 s · sound, references, cheaper",
    sizes=ratios.SEEDANCE_SMALL,
    wanted=rates(any=16),
    minimum=64,
)
_TEXT, _IMAGE, _VIDEO = _ways(
    ratios.SEEDANCE_2_5,
    prompt_max_units=15_000,
    longest_s=30,
    most=(30, 10, 10),
    source_films=9,
    source_side_px=480,
)
SEEDANCE_2_5 = Model(
    name="seedance2_5",
    label="Seedance 2.5",
    vendor="ByteDance",
    tagline="Text, images or video to video · 4–30 s · sound, many references, 1080p",
    ways=(
        replace(_TEXT, extras=(DRAFT, MOV)),
        replace(_IMAGE, extras=(DRAFT, MOV)),
        replace(_VIDEO, extras=(MODE, DRAFT, MOV)),
    ),
    price_cards=(
        card(
            "seedance2_5",
            rates(t480p=20, t720p=30, t1080p=68),
            input_rates=rates(t480p=10, t720p=15, t1080p=34),
            minimum=80,
            source=f"{DOCS}; 1080p as read on 2026-10-04",
        ),
    ),
    note="What a draft costs is not confirmed: it is priced as 720p.",
)

MODELS = (SEEDANCE_2, SEEDANCE_2_FAST, SEEDANCE_2_MINI, SEEDANCE_2_5)
