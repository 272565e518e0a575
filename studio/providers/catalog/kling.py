"""Kuaishou's Kling family. Facts as of 2026-11-22; all prices come from a reseller, or from nobody."""

from dataclasses import replace
from datetime import date

from studio.providers.base import WayKind
from studio.providers.catalog import ratios
from studio.providers.catalog.prices import Rate
from studio.providers.catalog.records import FRAMES, Extra, FileShape, Model, Sound, Way
from studio.providers.catalog.shapes import (
    CFG_SCALE,
    FIRST,
    KEEP_SOUND,
    KLING_PROMPT,
    LAST,
    NOBODY,
    RESELLER,
    SHOT_TYPE,
    SHOTS,
    by_sound,
    card,
    films,
    frames,
    pictures,
    rates,
    source,
)

SINCE = date(2026, 9, 1)
DURATIONS_S = tuple(range(3, 16))
NOTE = (
    "The lengths of a single shot are those that the SDK names for several shots together, the default of sound is "
    "inferred from other models."
)
UNSURE = ("durations_s", "default_sound", "strict")
RESOLD = "It is derived from a reseller's price list, not from Runway's page."
SPLIT = f"{RESOLD} What sound costs on top is guessed from Kling 3.0."
VIDEO_NOTE = "The clip is as long as its source. The limit of the source is guessed."

_TURBO_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=KLING_PROMPT,
    ratios=ratios.KLING_2_5,
    default_ratio="1920:1080",
    durations_s=(5, 10),
    default_duration_s=5,
    extras=(CFG_SCALE,),
    unsure=("strict",),
    note="The model is in no OpenAPI description that we have.",
)
KLING_2_5_TURBO_PRO = Model(
    name="kling2.5_turbo_pro",
    label="Kling 2.5 Turbo Pro",
    vendor="Kuaishou",
    tagline="Text or image to video · 5 or 10 s · first and last frame, 1080p",
    ways=(
        _TURBO_TEXT,
        replace(
            _TURBO_TEXT,
            kind=WayKind.IMAGE,
            ratios=(),
            default_ratio="",
            inputs=frames(FIRST, LAST),
            note="The clip has the shape of its first frame. The model is in no OpenAPI description that we have.",
        ),
    ),
    price_cards=(card("kling2.5_turbo_pro", rates(any=12), since=SINCE, source=RESELLER, guess=RESOLD),),
)


def _three(sizes: tuple[str, ...], *, extras: tuple[Extra, ...], references: int = 0) -> tuple[Way, Way]:
    """From text and from images; with `references` the latter takes pictures of things and people too."""
    text = Way(
        kind=WayKind.TEXT,
        prompt_required=True,
        prompt_max_units=KLING_PROMPT,
        ratios=sizes,
        default_ratio=sizes[0],
        ratio_required=True,
        durations_s=DURATIONS_S,
        default_duration_s=5,
        sound=Sound.SWITCH,
        default_sound=True,
        extras=extras,
        unsure=UNSURE,
        note=f"{NOTE} Without several shots there must be a prompt.",
    )
    image = replace(
        text,
        kind=WayKind.IMAGE,
        prompt_required=False,
        default_ratio="",
        ratio_required=False,
        inputs=(*frames(FIRST, LAST), *((pictures(references),) if references else ())),
        note=f"{NOTE} With a last frame the clip has the shape of its first frame.",
    )
    return text, image


def _kling_3(name: str, label: str, tagline: str, *, sizes: tuple[str, ...], wanted: tuple[Rate, ...]) -> Model:
    return Model(
        name=name,
        label=label,
        vendor="Kuaishou",
        tagline=tagline,
        ways=_three(sizes, extras=(CFG_SCALE, SHOTS, SHOT_TYPE)),
        price_cards=(card(name, wanted, since=SINCE, source=RESELLER, guess=RESOLD),),
    )


def _kling_o3(name: str, label: str, tagline: str, *, sizes: tuple[str, ...], wanted: tuple[Rate, ...]) -> Model:
    video = Way(
        kind=WayKind.VIDEO,
        prompt_required=True,
        prompt_max_units=KLING_PROMPT,
        inputs=(source("promptVideo", max_s=30), pictures(4)),
        sound=Sound.SOURCE,
        extras=(KEEP_SOUND, SHOTS, SHOT_TYPE),
        unsure=("inputs", "strict"),
        note=VIDEO_NOTE,
    )
    return Model(
        name=name,
        label=label,
        vendor="Kuaishou",
        tagline=tagline,
        ways=(*_three(sizes, extras=(SHOTS, SHOT_TYPE), references=7), video),
        price_cards=(card(name, wanted, since=SINCE, source=RESELLER, guess=RESOLD if len(wanted) == 1 else SPLIT),),
    )


KLING_3 = (
    _kling_3(
        "kling3.0_standard",
        "Kling 3.0 Standard",
        "Text or image to video · 3–15 s · sound, several shots, 720p",
        sizes=ratios.KLING_STANDARD,
        wanted=by_sound(silent=9, heard=13),
    ),
    _kling_3(
        "kling3.0_pro",
        "Kling 3.0 Pro",
        "Text or image to video · 3–15 s · sound, several shots, 1080p",
        sizes=ratios.KLING_PRO,
        wanted=by_sound(silent=12, heard=17),
    ),
    _kling_3(
        "kling3.0_4k",
        "Kling 3.0 4K",
        "Text or image to video · 3–15 s · sound, several shots, 4K",
        sizes=ratios.KLING_4K,
        wanted=rates(any=43),
    ),
)
KLING_O3 = (
    _kling_o3(
        "klingO3_standard",
        "Kling O3 Standard",
        "Text, images or video to video · 3–15 s · sound, references, 720p",
        sizes=ratios.KLING_STANDARD,
        wanted=by_sound(silent=13, heard=19),
    ),
    _kling_o3(
        "klingO3_pro",
        "Kling O3 Pro",
        "Text, images or video to video · 3–15 s · sound, references, 1080p",
        sizes=ratios.KLING_PRO,
        wanted=by_sound(silent=17, heard=24),
    ),
    _kling_o3(
        "klingO3_4k",
        "Kling O3 4K",
        "Text, images or video to video · 3–15 s · sound, references, 4K",
        sizes=ratios.KLING_4K,
        wanted=rates(any=43),
    ),
)

_FOUR_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=KLING_PROMPT,
    ratios=ratios.KLING_4,
    default_ratio=ratios.LANDSCAPE,
    durations_s=DURATIONS_S,
    default_duration_s=5,
    inputs=(pictures(10), films(5, total_max_s=30, shape=FileShape.BARE)),
    unsure=("durations_s", "prompt_max_units", "inputs", "sound", "strict"),
    note="The model came after the OpenAPI description: its lengths are taken from Kling 3.0, and the SDK does not "
    "type a reference video. Whether it makes sound is not known.",
)
KLING_4 = Model(
    name="kling_4",
    label="Kling 4",
    vendor="Kuaishou",
    tagline="Text, images or video to video · 3–15 s · first, middle and last frame, references",
    ways=(
        _FOUR_TEXT,
        replace(
            _FOUR_TEXT,
            kind=WayKind.IMAGE,
            prompt_required=False,
            ratios=ratios.AUTO_TWO,
            default_ratio="auto_720p",
            inputs=(*frames(*FRAMES), *_FOUR_TEXT.inputs),
            images_most=10,
        ),
        replace(
            _FOUR_TEXT,
            kind=WayKind.VIDEO,
            ratios=ratios.AUTO_TWO,
            default_ratio="auto_720p",
            durations_s=(),
            default_duration_s=0,
            inputs=(source(max_s=30), pictures(10)),
            sound=Sound.SOURCE,
            unsure=("prompt_max_units", "inputs", "sound", "strict"),
            note=VIDEO_NOTE,
        ),
    ),
    price_cards=(
        card(
            "kling_4",
            rates(t720p=20, t1080p=30),
            since=SINCE,
            source=NOBODY,
            guess="No price is known; this is guessed high, above that of Kling 3.0.",
        ),
    ),
)

MODELS = (KLING_2_5_TURBO_PRO, *KLING_3, *KLING_O3, KLING_4)
