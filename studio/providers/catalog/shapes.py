"""What the records are made of: rules for files, extra fields and price cards that several models share."""

from datetime import date
from decimal import Decimal

from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog.prices import PriceCard, PriceUnit, Rate, Surcharge
from studio.providers.catalog.ratios import OUTPAINT
from studio.providers.catalog.records import Effect, Extra, ExtraKind, FileShape, InputRule

GEN4_PROMPT, KLING_PROMPT = 1000, 2500
Window = tuple[float, float]
HALF_TO_DOUBLE, HALF_TO_CINEMA = (0.5, 2.0), (0.5, 2.358)

FIRST, LAST = InputRole.FIRST, InputRole.LAST
PICTURES = InputRole.REFERENCE_IMAGE


# Files


def frames(
    *roles: InputRole,
    aspect: Window | None = None,
    side_min_px: int = 0,
    ratios: tuple[str, ...] = (),
    is_required: bool = True,
) -> tuple[InputRule, ...]:
    """A first frame in `promptImage`, and the others of `roles`, which are not taken without it."""
    return tuple(
        InputRule(
            role=role,
            field="promptImage",
            shape=FileShape.FRAMES,
            least=1 if role is FIRST and is_required else 0,
            aspect=aspect,
            side_min_px=side_min_px,
            needs=None if role is FIRST else FIRST,
            ratios=ratios,
        )
        for role in roles
    )


def frames_or_pictures(
    most: int, *, aspect: Window | None = None, ratios: tuple[str, ...] = ()
) -> tuple[InputRule, ...]:
    """First and last frame in `promptImage`, or up to `most` references there, but never both."""
    references = InputRule(
        role=PICTURES,
        field="promptImage",
        shape=FileShape.BARE,
        most=most,
        aspect=aspect,
        not_with=(FIRST, LAST),
    )
    return (*frames(FIRST, LAST, aspect=aspect, ratios=ratios, is_required=False), references)


def pictures(most: int, *, aspect: Window | None = None, resolutions: tuple[str, ...] = ()) -> InputRule:
    """Reference images in `references`."""
    return InputRule(
        role=PICTURES,
        field="references",
        shape=FileShape.BARE,
        most=most,
        aspect=aspect,
        resolutions=resolutions,
    )


def tagged_pictures(
    most: int, *, least: int = 0, shape: FileShape = FileShape.TAGGED, ratios: tuple[str, ...] = ()
) -> InputRule:
    """Reference images of a still, in `referenceImages`."""
    return InputRule(role=PICTURES, field="referenceImages", shape=shape, least=least, most=most, ratios=ratios)


def films(most: int, *, total_max_s: float, shape: FileShape = FileShape.TYPED) -> InputRule:
    """Reference films in `referenceVideos`."""
    return InputRule(
        role=InputRole.REFERENCE_VIDEO,
        field="referenceVideos",
        shape=shape,
        kinds=(MediaKind.VIDEO,),
        most=most,
        total_max_s=total_max_s,
    )


def sounds(
    most: int,
    *,
    total_max_s: float = 0,
    min_s: float = 0,
    max_s: float = 0,
    needs: InputRole | None = None,
) -> InputRule:
    """Reference sounds in `referenceAudio`."""
    return InputRule(
        role=InputRole.REFERENCE_AUDIO,
        field="referenceAudio",
        shape=FileShape.TYPED,
        kinds=(MediaKind.AUDIO,),
        most=most,
        total_max_s=total_max_s,
        min_s=min_s,
        max_s=max_s,
        needs=needs,
    )


def source(
    field: str = "videoUri", *, min_s: float = 0, max_s: float = 0, fps_max: float = 0, side_min_px: int = 0
) -> InputRule:
    """The film that is worked on."""
    return InputRule(
        role=InputRole.SOURCE,
        field=field,
        shape=FileShape.TEXT,
        kinds=(MediaKind.VIDEO,),
        least=1,
        min_s=min_s,
        max_s=max_s,
        fps_max=fps_max,
        side_min_px=side_min_px,
    )


# Extra fields


def choice(
    field: str,
    label: str,
    *choices: str,
    default: str = "",
    is_required: bool = False,
    only_with: tuple[str, ...] = (),
    effects: tuple[Effect, ...] = (),
) -> Extra:
    """One word of several."""
    return Extra(
        field=field,
        label=label,
        kind=ExtraKind.CHOICE,
        choices=choices,
        default=default,
        is_required=is_required,
        only_with=only_with,
        effects=effects,
    )


def whole(field: str, label: str, *, least: int, most: int, default: str = "") -> Extra:
    """A whole number within bounds."""
    return Extra(field=field, label=label, kind=ExtraKind.WHOLE, least=least, most=most, default=default)


def switch(
    field: str,
    label: str,
    *,
    default: str = "false",
    needs: InputRole | None = None,
    effects: tuple[Effect, ...] = (),
) -> Extra:
    """On or off."""
    return Extra(field=field, label=label, kind=ExtraKind.SWITCH, default=default, needs=needs, effects=effects)


def output_count(*numbers: int) -> Extra:
    """How many stills one request makes."""
    words = tuple(str(number) for number in numbers)
    return Extra(
        field="outputCount",
        label="Images",
        kind=ExtraKind.WHOLE,
        choices=words,
        least=numbers[0],
        most=numbers[-1],
        default="1",
    )


NEGATIVE_PROMPT = Extra(
    field="negativePrompt",
    label="What must not be seen",
    kind=ExtraKind.TEXT,
    least=1,
    most=1000,
)
MODERATION = choice(
    "contentModeration.publicFigureThreshold",
    "Check for public figures",
    "auto",
    "low",
    default="auto",
)
PRORES_PROFILES = ("422", "4444", "422 Proxy", "422 LT", "422 HQ", "4444 XQ")
PRORES_PROFILE = choice(
    "proresProfile",
    "ProRes profile",
    *PRORES_PROFILES,
    only_with=("outputFormat", "prores", "hdr_prores"),
)
CFG_SCALE = Extra(
    field="cfgScale",
    label="How closely to follow the prompt",
    kind=ExtraKind.NUMBER,
    least=0,
    most=1,
    default="0.5",
)
PROMPT_EXPANSION = choice(
    "promptExpansionMode",
    "Rewrite the prompt",
    "disabled",
    "balanced",
    "quality",
    default="balanced",
)
OUTPAINT_RATIO = choice("targetAspectRatio", "Extend the picture to", *OUTPAINT)
SHOTS = Extra(field="providerSettings.multiPrompt", label="Shots", kind=ExtraKind.SHOTS, least=1, most=15)
SHOT_TYPE = choice(
    "providerSettings.shotType",
    "How shots are cut",
    "intelligence",
    "customize",
    effects=(Effect(value="intelligence", needs_prompt=True),),
)
KEEP_SOUND = switch("providerSettings.keepOriginalSound", "Keep the original sound", default="true")
DRAFT = switch(
    "draft",
    "480p draft",
    effects=(Effect(value="true", drops=("outputFormat",)),),
)


# Price cards

DOCS_SINCE = date(2026, 8, 1)
DOCS = "docs.dev.runwayml.com/guides/pricing, as copied on 2026-08-15"
OCTOBER_SINCE = date(2026, 10, 4)
OCTOBER = "docs.dev.runwayml.com/guides/pricing, as read on 2026-10-04"
RESELLER = "timeweb.cloud/docs/ai-gateway/video-api, a reseller's list, divided by its factor for known prices"
NOBODY = "none: no page that we know of names a price"


def rates(**by_tier: float | str) -> tuple[Rate, ...]:
    """Rates by size: `rates(t480p=5, t720p=10)`, and `any=3` for all others."""
    return tuple(
        Rate(credits=Decimal(str(credits)), tier="" if name == "any" else name.removeprefix("t"))
        for name, credits in by_tier.items()
    )


def by_sound(*, silent: float, heard: float, tier: str = "") -> tuple[Rate, ...]:
    """Two rates: without sound, and with it."""
    return (
        Rate(credits=Decimal(str(silent)), tier=tier, sound=False),
        Rate(credits=Decimal(str(heard)), tier=tier, sound=True),
    )


def card(
    model: str,
    wanted: tuple[Rate, ...],
    *,
    since: date = DOCS_SINCE,
    source: str = DOCS,
    minimum: int = 0,
    unit: PriceUnit = PriceUnit.SECOND,
    way: WayKind | None = None,
    input_rates: tuple[Rate, ...] = (),
    per_image: int = 0,
    per_audio: int = 0,
    surcharges: tuple[Surcharge, ...] = (),
    guess: str = "",
) -> PriceCard:
    """A card that holds until further notice. With `guess` it is not confirmed, and that says why."""
    return PriceCard(
        model=model,
        effective_from=since,
        way=way,
        unit=unit,
        rates=wanted,
        input_rates=input_rates,
        per_image=Decimal(per_image),
        per_audio=Decimal(per_audio),
        minimum_credits=Decimal(minimum),
        surcharges=surcharges,
        source=source,
        is_confirmed=not guess,
        note=guess,
    )
