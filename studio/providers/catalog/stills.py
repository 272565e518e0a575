"""Image models that make references: Runway's own, and the others whose price is known. Facts as of 2026-11-22."""

from datetime import date
from decimal import Decimal

from studio.providers.base import InputRole, WayKind
from studio.providers.catalog import ratios
from studio.providers.catalog.prices import PriceUnit, Rate
from studio.providers.catalog.records import Extra, FileShape, InputRule, Model, Way
from studio.providers.catalog.shapes import (
    DOCS_SINCE,
    GEN4_PROMPT,
    MODERATION,
    card,
    choice,
    output_count,
    rates,
    switch,
    tagged_pictures,
)

SOURCE = "docs.dev.runwayml.com/guides/pricing (images), as copied on 2026-08-15"
PROMPT = "The SDK names no limit of the prompt; it is guessed low."
REFERENCES = "The SDK names no limit of references; it is guessed low."
ANY_COUNT = output_count(1, 2, 3, 4)
ONE_OR_FOUR = output_count(1, 4)
GROUNDING = switch("grounding", "Look things up first")
PNG_OR_JPEG = choice("outputFormat", "File format", "png", "jpeg")


def _still(
    name: str,
    label: str,
    vendor: str,
    tagline: str,
    *,
    sizes: tuple[str, ...],
    default_ratio: str,
    references: InputRule,
    wanted: tuple[Rate, ...],
    extras: tuple[Extra, ...] = (),
    ratio_required: bool = True,
    prompt_max_units: int = 2000,
    takes_seed: bool = False,
    unsure: tuple[str, ...] = ("prompt_max_units",),
    note: str = PROMPT,
    per_image: int = 0,
    minimum: int = 0,
    guess: str = "",
    since: date = DOCS_SINCE,
) -> Model:
    """An image model; most of them do not say how long a prompt may be."""
    way = Way(
        kind=WayKind.STILL,
        prompt_required=True,
        prompt_max_units=prompt_max_units,
        ratios=sizes,
        default_ratio=default_ratio,
        ratio_required=ratio_required,
        inputs=(references,),
        takes_seed=takes_seed,
        extras=extras,
        unsure=unsure,
        note=note,
    )
    price = card(
        name,
        wanted,
        unit=PriceUnit.OUTPUT,
        per_image=per_image,
        minimum=minimum,
        since=since,
        source=SOURCE,
        guess=guess,
    )
    return Model(name=name, label=label, vendor=vendor, tagline=tagline, ways=(way,), price_cards=(price,))


def _by_quality(**credits: tuple[int, int]) -> tuple[Rate, ...]:
    """Rates by the word for quality: up to 2K, and 4K."""
    return tuple(
        Rate(credits=Decimal(price), tier=tier, setting=quality)
        for quality, prices in credits.items()
        for tier, price in zip(("2k", "4k"), prices, strict=True)
    )


GEN4_IMAGE = _still(
    "gen4_image",
    "Gen-4 Image",
    "Runway",
    "Stills from text and up to 3 tagged references",
    sizes=ratios.GEN4_IMAGE,
    default_ratio="1920:1080",
    references=tagged_pictures(3),
    wanted=rates(t720p=5, t1080p=8),
    extras=(MODERATION,),
    prompt_max_units=GEN4_PROMPT,
    takes_seed=True,
    unsure=(),
    note="",
)
GEN4_IMAGE_TURBO = _still(
    "gen4_image_turbo",
    "Gen-4 Image Turbo",
    "Runway",
    "Stills from text and 1–3 tagged references · quick and cheap",
    sizes=ratios.GEN4_IMAGE,
    default_ratio="1920:1080",
    references=tagged_pictures(3, least=1),
    wanted=rates(any=2),
    extras=(MODERATION,),
    prompt_max_units=GEN4_PROMPT,
    takes_seed=True,
    unsure=(),
    note="",
)
GPT_IMAGE_2 = _still(
    "gpt_image_2",
    "GPT Image 2",
    "OpenAI",
    "Stills from text and references · up to 4K",
    sizes=ratios.GPT_IMAGE,
    default_ratio="1920:1088",
    references=tagged_pictures(16),
    wanted=_by_quality(low=(1, 2), medium=(5, 11), high=(20, 41), auto=(20, 41)),
    extras=(
        choice("quality", "Quality", "low", "medium", "high", "auto", default="high"),
        choice("background", "Background", "transparent", "opaque", "auto"),
        ANY_COUNT,
    ),
    prompt_max_units=32_000,
    unsure=(),
    note="Up to 10 images at a time, of which 4 are offered.",
)
GEMINI_2_5_FLASH = _still(
    "gemini_2.5_flash",
    "Gemini 2.5 Flash",
    "Google",
    "Stills from text and up to 3 references",
    sizes=ratios.GEMINI_1K,
    default_ratio="1344:768",
    references=tagged_pictures(3),
    wanted=rates(any=5),
)
GEMINI_3_PRO = _still(
    "gemini_image3_pro",
    "Gemini Image 3 Pro",
    "Google",
    "Stills from text and references · up to 4K",
    sizes=ratios.GEMINI_3_PRO,
    default_ratio="1344:768",
    references=tagged_pictures(14),
    wanted=rates(any=20, t4k=40),
    extras=(ONE_OR_FOUR,),
)
GEMINI_3_1_FLASH = _still(
    "gemini_image3.1_flash",
    "Gemini Image 3.1 Flash",
    "Google",
    "Stills from text and references · up to 4K, very wide or tall",
    sizes=ratios.GEMINI_3_1_FLASH,
    default_ratio="1344:768",
    references=tagged_pictures(14),
    wanted=rates(t480p=5, t1k=9, t2k=13, t4k=16),
    extras=(ONE_OR_FOUR,),
    guess="Only the lowest and the highest price are known, 5 and 16 credits; the steps between are guessed high.",
)
MUSE_IMAGE = _still(
    "muse_image",
    "Muse Image",
    "Meta",
    "Stills from text and references · the cheapest",
    sizes=ratios.MUSE,
    default_ratio="2016:1152",
    references=tagged_pictures(10, shape=FileShape.BARE),
    wanted=rates(any=1),
    extras=(ANY_COUNT, choice("outputFormat", "File format", "webp", "png", "jpeg", default="png")),
)
SEEDREAM_5_LITE = _still(
    "seedream5_lite",
    "Seedream 5 Lite",
    "ByteDance",
    "Stills from text and references · 2K and larger",
    sizes=ratios.SEEDREAM_LITE,
    default_ratio="2848:1600",
    references=tagged_pictures(4, shape=FileShape.BARE),
    wanted=rates(any=4),
    extras=(GROUNDING, ANY_COUNT, PNG_OR_JPEG),
    prompt_max_units=4000,
    unsure=("inputs",),
    note=REFERENCES,
)
SEEDREAM_5_PRO = _still(
    "seedream5_pro",
    "Seedream 5 Pro",
    "ByteDance",
    "Stills from text and references · 1K or 2K",
    sizes=ratios.SEEDREAM_PRO,
    default_ratio="1376:768",
    references=tagged_pictures(4, shape=FileShape.BARE),
    wanted=rates(t1k=5, t2k=9),
    extras=(GROUNDING, ANY_COUNT, PNG_OR_JPEG),
    prompt_max_units=4000,
    unsure=("inputs",),
    note=REFERENCES,
)
GROK_IMAGINE_IMAGE = _still(
    "grok_imagine_image_2",
    "Grok Imagine Image 2",
    "xAI",
    "Stills from text and references · 1K or 2K",
    sizes=ratios.GROK_IMAGE,
    default_ratio="1280:720",
    references=tagged_pictures(3, shape=FileShape.BARE),
    wanted=(
        Rate(credits=Decimal(4), tier="1k", setting="low"),
        Rate(credits=Decimal(6), tier="2k", setting="low"),
        Rate(credits=Decimal(6), tier="1k", setting="medium"),
        Rate(credits=Decimal(8), tier="2k", setting="medium"),
    ),
    extras=(
        choice("quality", "Quality", "low", "medium", default="medium"),
        switch("edit", "Change the reference instead of making a new image", needs=InputRole.REFERENCE_IMAGE),
        ANY_COUNT,
    ),
    per_image=1,
    minimum=6,
    guess="4 to 8 credits are known; which quality and size cost how much is guessed.",
)
BRIA_FIBO = _still(
    "bria_fibo_1_5",
    "Bria Fibo 1.5",
    "Bria",
    "Stills from text and a reference · 1K or 2K",
    sizes=ratios.BRIA,
    default_ratio="1024:576",
    references=tagged_pictures(1, shape=FileShape.BARE),
    wanted=rates(t1k=5, t2k=10),
    extras=(PNG_OR_JPEG,),
    takes_seed=True,
)
BRIA_FIBO_EDIT = _still(
    "bria_fibo_edit_1_5",
    "Bria Fibo Edit 1.5",
    "Bria",
    "Changes a still by words",
    sizes=ratios.BRIA_EDIT,
    default_ratio="auto",
    ratio_required=False,
    references=tagged_pictures(1, least=1, shape=FileShape.BARE, ratios=("auto",)),
    wanted=rates(any=5),
    extras=(PNG_OR_JPEG,),
    takes_seed=True,
    note=f"{PROMPT} Up to 4 images at a time, of which 1 is offered: only with several a size may be chosen.",
)

MODELS = (
    *(GEN4_IMAGE, GEN4_IMAGE_TURBO, GPT_IMAGE_2, GEMINI_2_5_FLASH, GEMINI_3_PRO, GEMINI_3_1_FLASH),
    *(MUSE_IMAGE, SEEDREAM_5_LITE, SEEDREAM_5_PRO, GROK_IMAGINE_IMAGE, BRIA_FIBO, BRIA_FIBO_EDIT),
)
