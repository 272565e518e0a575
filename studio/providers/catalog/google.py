"""Google's video models: Veo 3.1 and Gemini Omni Flash. Facts as of 2026-11-22."""

from dataclasses import replace

from studio.providers.base import WayKind
from studio.providers.catalog import ratios
from studio.providers.catalog.prices import PriceUnit
from studio.providers.catalog.records import FileShape, Model, Sound, Way
from studio.providers.catalog.shapes import (
    FIRST,
    GEN4_PROMPT,
    HALF_TO_DOUBLE,
    LAST,
    NEGATIVE_PROMPT,
    OCTOBER,
    OCTOBER_SINCE,
    by_sound,
    card,
    choice,
    films,
    frames,
    pictures,
    rates,
    source,
)

OMNI_PROMPT = 4000
OMNI_DURATIONS_S = tuple(range(3, 11))

VEO_NOTE = (
    "The default duration is not documented by Runway; 8 s is Google's own, and one is always sent. "
    "Refusal of unknown fields since 2026-09-02 is inferred from the SDK's history. The seed came after the OpenAPI "
    "description of 2026-08-08; its bounds are taken from the others."
)
OMNI_NOTE = "That there is always sound is inferred: the request has no switch."
OMNI_1_1_NOTE = (
    "The model came after the OpenAPI description: limits of prompt and references are taken from Gemini Omni Flash."
)
OMNI_UNSURE = ("prompt_max_units", "inputs", "sound")


def _veo(name: str, label: str, tagline: str, *, silent: int, heard: int) -> Model:
    shared = Way(
        kind=WayKind.TEXT,
        prompt_required=True,
        prompt_max_units=GEN4_PROMPT,
        ratios=ratios.VEO,
        default_ratio=ratios.LANDSCAPE,
        ratio_required=True,
        durations_s=(4, 6, 8),
        default_duration_s=8,
        sound=Sound.SWITCH,
        default_sound=True,
        takes_seed=True,
        extras=(NEGATIVE_PROMPT,),
        strict=True,
        unsure=("strict",),
        note=VEO_NOTE,
    )
    image = replace(
        shared,
        kind=WayKind.IMAGE,
        prompt_required=False,
        inputs=frames(FIRST, LAST, aspect=HALF_TO_DOUBLE),
    )
    return Model(
        name=name,
        label=label,
        vendor="Google",
        tagline=tagline,
        is_in_composer=True,
        ways=(shared, image),
        price_cards=(card(name, by_sound(silent=silent, heard=heard)),),
    )


VEO3_1 = _veo(
    "veo3.1",
    "Veo 3.1",
    "Text or image to video · 4, 6 or 8 s · sound, first and last frame, 1080p",
    silent=20,
    heard=40,
)
VEO3_1_FAST = _veo(
    "veo3.1_fast",
    "Veo 3.1 Fast",
    "Text or image to video · 4, 6 or 8 s · sound, at under half the price",
    silent=10,
    heard=15,
)

_OMNI_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=OMNI_PROMPT,
    ratios=ratios.WIDE_AND_TALL,
    default_ratio=ratios.LANDSCAPE,
    durations_s=OMNI_DURATIONS_S,
    default_duration_s=5,
    sound=Sound.ALWAYS,
    unsure=("sound",),
    note=OMNI_NOTE,
)
GEMINI_OMNI_FLASH = Model(
    name="gemini_omni_flash",
    label="Gemini Omni Flash",
    vendor="Google",
    tagline="Text, image or video to video · 3–10 s · sound",
    ways=(
        _OMNI_TEXT,
        replace(
            _OMNI_TEXT,
            kind=WayKind.IMAGE,
            prompt_required=False,
            inputs=frames(FIRST, aspect=HALF_TO_DOUBLE),
        ),
        Way(
            kind=WayKind.VIDEO,
            prompt_required=True,
            prompt_max_units=OMNI_PROMPT,
            inputs=(source(max_s=10), pictures(5)),
            sound=Sound.ALWAYS,
            strict=True,
            unsure=("sound",),
            note=f"The clip is as long as its source, in 720p. {OMNI_NOTE}",
        ),
    ),
    price_cards=(
        card("gemini_omni_flash", rates(any=10), per_image=1),
        card(
            "gemini_omni_flash",
            rates(any=11),
            unit=PriceUnit.SOURCE_SECOND,
            way=WayKind.VIDEO,
            per_image=1,
        ),
    ),
)

_OMNI_1_1_TEXT = Way(
    kind=WayKind.TEXT,
    prompt_required=True,
    prompt_max_units=OMNI_PROMPT,
    ratios=ratios.OMNI_1_1,
    default_ratio=ratios.LANDSCAPE,
    durations_s=OMNI_DURATIONS_S,
    default_duration_s=5,
    takes_auto=True,
    inputs=(pictures(5), films(3, total_max_s=30, shape=FileShape.BARE)),
    sound=Sound.ALWAYS,
    unsure=OMNI_UNSURE,
    note=f"{OMNI_1_1_NOTE} {OMNI_NOTE}",
)
GEMINI_OMNI_FLASH_1_1 = Model(
    name="gemini_omni_flash_1.1",
    label="Gemini Omni Flash 1.1",
    vendor="Google",
    tagline="Text, image or video to video · 3–10 s · up to 4K, references",
    ways=(
        _OMNI_1_1_TEXT,
        replace(
            _OMNI_1_1_TEXT,
            kind=WayKind.IMAGE,
            inputs=frames(FIRST, LAST, aspect=HALF_TO_DOUBLE),
        ),
        replace(
            _OMNI_1_1_TEXT,
            kind=WayKind.VIDEO,
            inputs=(source(max_s=30), pictures(5)),
            extras=(
                choice(
                    "mode",
                    "What to do with the video",
                    "reference",
                    "extend",
                    "edit",
                ),
            ),
        ),
    ),
    price_cards=(
        card(
            "gemini_omni_flash_1.1",
            rates(t360p=3.4, t720p=15, t1080p=20, t4k=30),
            since=OCTOBER_SINCE,
            source=OCTOBER,
            guess="Only the lowest and the highest price are known, 3.4 and 30 credits a second; the steps between "
            "them are guessed high.",
        ),
    ),
)

MODELS = (VEO3_1, VEO3_1_FAST, GEMINI_OMNI_FLASH, GEMINI_OMNI_FLASH_1_1)
