"""The models on offer and those that were, as known on 2026-11-22.

Sources: the types of the official SDK `runwayml` 5.24.0 for names, ratios and required fields; the OpenAPI
description of 2026-08-08 for bounds; docs.dev.runwayml.com (guides/pricing, assets/inputs, changelog) for
prices, image windows and the end of models. What none of them settles is said in a `note`.
"""

from datetime import date
from decimal import Decimal

from studio.providers.base import InputRole, WayKind
from studio.providers.catalog.records import Model, PriceCard, Way

PROMPT_MAX_UNITS = 1000

LANDSCAPE, PORTRAIT = "1280:720", "720:1280"
GEN45_TEXT_RATIOS = (LANDSCAPE, PORTRAIT)
# The docs' prose still names 672:1584 for gen4.5; the SDK took it out as invalid on 2026-02-13.
GEN4_IMAGE_RATIOS = (LANDSCAPE, PORTRAIT, "1104:832", "832:1104", "960:960", "1584:672")
VEO_RATIOS = (LANDSCAPE, PORTRAIT, "1920:1080", "1080:1920")

GEN4_DURATIONS_S = tuple(range(2, 11))
VEO_DURATIONS_S = (4, 6, 8)

FIRST_ONLY = (InputRole.FIRST,)
FIRST_AND_LAST = (InputRole.FIRST, InputRole.LAST)

HALF_TO_DOUBLE = (0.5, 2.0)
HALF_TO_CINEMA = (0.5, 2.358)

PRICES_SINCE = date(2026, 8, 1)
PRICES_SOURCE = "docs.dev.runwayml.com/guides/pricing, as copied on 2026-08-15"
OLD_PRICES_SINCE = date(2026, 3, 16)
OLD_PRICES_SOURCE = "docs.dev.runwayml.com/guides/pricing, copies from before the model's end"

VEO_DURATION_NOTE = "The default duration is not documented by Runway; 8 s is Google's own."
VEO_STRICT_NOTE = "Refusal of unknown fields since 2026-09-02 is inferred from the SDK's history."


def _flat_card(model: str, per_second: int) -> PriceCard:
    """Today's card of a model whose price does not depend on sound."""
    return PriceCard(
        model=model,
        effective_from=PRICES_SINCE,
        effective_to=None,
        credits_per_second=Decimal(per_second),
        credits_per_second_with_sound=None,
        minimum_credits=Decimal(0),
        source=PRICES_SOURCE,
    )


def _sound_card(model: str, *, silent: int, with_sound: int) -> PriceCard:
    """Today's card of a model with a sound switch."""
    return PriceCard(
        model=model,
        effective_from=PRICES_SINCE,
        effective_to=None,
        credits_per_second=Decimal(silent),
        credits_per_second_with_sound=Decimal(with_sound),
        minimum_credits=Decimal(0),
        source=PRICES_SOURCE,
    )


def _old_card(model: str, per_second: int, *, last_day: date) -> PriceCard:
    """The last card of a retired model, to explain old spending."""
    return PriceCard(
        model=model,
        effective_from=OLD_PRICES_SINCE,
        effective_to=last_day,
        credits_per_second=Decimal(per_second),
        credits_per_second_with_sound=None,
        minimum_credits=Decimal(0),
        source=OLD_PRICES_SOURCE,
    )


VEO_TEXT = Way(
    kind=WayKind.TEXT,
    ratios=VEO_RATIOS,
    durations_s=VEO_DURATIONS_S,
    default_ratio=LANDSCAPE,
    default_duration_s=8,
    prompt_required=True,
    prompt_max_units=PROMPT_MAX_UNITS,
    strict=True,
    note=f"{VEO_DURATION_NOTE} {VEO_STRICT_NOTE}",
)
VEO_IMAGE = Way(
    kind=WayKind.IMAGE,
    ratios=VEO_RATIOS,
    durations_s=VEO_DURATIONS_S,
    default_ratio=LANDSCAPE,
    default_duration_s=8,
    prompt_required=False,
    prompt_max_units=PROMPT_MAX_UNITS,
    frames=FIRST_AND_LAST,
    aspect_window=HALF_TO_DOUBLE,
    strict=True,
    note=f"{VEO_DURATION_NOTE} {VEO_STRICT_NOTE}",
)

GEN4_5 = Model(
    name="gen4.5",
    label="Gen-4.5",
    vendor="Runway",
    tagline="Text or image to video · 2–10 s · best motion",
    takes_seed=True,
    ways=(
        Way(
            kind=WayKind.TEXT,
            ratios=GEN45_TEXT_RATIOS,
            durations_s=GEN4_DURATIONS_S,
            default_ratio=LANDSCAPE,
            default_duration_s=5,
            prompt_required=True,
            prompt_max_units=PROMPT_MAX_UNITS,
        ),
        Way(
            kind=WayKind.IMAGE,
            ratios=GEN4_IMAGE_RATIOS,
            durations_s=GEN4_DURATIONS_S,
            default_ratio=LANDSCAPE,
            default_duration_s=5,
            prompt_required=True,
            prompt_max_units=PROMPT_MAX_UNITS,
            frames=FIRST_ONLY,
            aspect_window=HALF_TO_DOUBLE,
        ),
    ),
    price_cards=(_flat_card("gen4.5", 12),),
)

GEN4_TURBO = Model(
    name="gen4_turbo",
    label="Gen-4 Turbo",
    vendor="Runway",
    tagline="Image to video · 2–10 s · quick and cheap",
    takes_seed=True,
    ways=(
        Way(
            kind=WayKind.IMAGE,
            ratios=GEN4_IMAGE_RATIOS,
            durations_s=GEN4_DURATIONS_S,
            default_ratio=LANDSCAPE,
            default_duration_s=5,
            prompt_required=False,
            prompt_max_units=PROMPT_MAX_UNITS,
            frames=FIRST_ONLY,
            aspect_window=HALF_TO_CINEMA,
            note="The provider's default duration is not documented, so one is always sent.",
        ),
    ),
    price_cards=(_flat_card("gen4_turbo", 5),),
)

VEO3_1 = Model(
    name="veo3.1",
    label="Veo 3.1",
    vendor="Google",
    tagline="Text or image to video · 4, 6 or 8 s · sound, first and last frame, 1080p",
    has_sound_switch=True,
    default_sound=True,
    takes_seed=True,
    ways=(VEO_TEXT, VEO_IMAGE),
    price_cards=(_sound_card("veo3.1", silent=20, with_sound=40),),
    note="The seed came after the OpenAPI description of 2026-08-08; its bounds are taken from the others.",
)

VEO3_1_FAST = Model(
    name="veo3.1_fast",
    label="Veo 3.1 Fast",
    vendor="Google",
    tagline="Text or image to video · 4, 6 or 8 s · sound, at under half the price",
    has_sound_switch=True,
    default_sound=True,
    takes_seed=True,
    ways=(VEO_TEXT, VEO_IMAGE),
    price_cards=(_sound_card("veo3.1_fast", silent=10, with_sound=15),),
    note="The seed came after the OpenAPI description of 2026-08-08; its bounds are taken from the others.",
)

GEN3A_TURBO = Model(
    name="gen3a_turbo",
    label="Gen-3 Alpha Turbo",
    vendor="Runway",
    tagline="Retired on 30 July 2026",
    price_cards=(_old_card("gen3a_turbo", 5, last_day=date(2026, 7, 29)),),
    retired_since=date(2026, 7, 30),
    replaced_by="gen4_turbo",
    retired_sentence=(
        "Runway switched Gen-3 Alpha Turbo off on 30 July 2026. "
        "Use Gen-4 Turbo, which costs the same, or Gen-4.5 for better motion. Nothing was charged."
    ),
)

GEN4_ALEPH = Model(
    name="gen4_aleph",
    label="Gen-4 Aleph",
    vendor="Runway",
    tagline="Retired on 30 July 2026",
    price_cards=(_old_card("gen4_aleph", 15, last_day=date(2026, 7, 29)),),
    retired_since=date(2026, 7, 30),
    # Runway's own successor is aleph2, which takes a video; this is what can be asked for here.
    replaced_by="gen4.5",
    retired_sentence=(
        "Runway switched Gen-4 Aleph off on 30 July 2026. Its successor Aleph 2 edits existing videos and is "
        "not offered here yet; for a new clip use Gen-4.5. Nothing was charged."
    ),
)

VEO3 = Model(
    name="veo3",
    label="Veo 3",
    vendor="Google",
    tagline="Retired in August 2026",
    price_cards=(_old_card("veo3", 40, last_day=date(2026, 8, 6)),),
    retired_since=date(2026, 8, 7),
    replaced_by="veo3.1",
    retired_sentence=(
        "Runway took Veo 3 off its list in the first week of August 2026. "
        "Use Veo 3.1 with sound and 8 seconds, at the same price. Nothing was charged."
    ),
    note="Gone between 2026-07-27 and 2026-08-07; the exact day is not known.",
)

OFFERS = (GEN4_5, GEN4_TURBO, VEO3_1, VEO3_1_FAST, GEN3A_TURBO, GEN4_ALEPH, VEO3)
