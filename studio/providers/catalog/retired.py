"""Models that are no longer taken, kept to explain old takes and what replaces them."""

from datetime import date
from decimal import Decimal

from studio.providers.base import WayKind
from studio.providers.catalog.prices import PriceCard, Rate
from studio.providers.catalog.records import CarryOver, Model

OLD_PRICES_SINCE = date(2026, 3, 16)
OLD_PRICES_SOURCE = "docs.dev.runwayml.com/guides/pricing, copies from before the model's end"


def _old_card(model: str, per_second: int, *, last_day: date) -> PriceCard:
    """The last card of a retired model."""
    return PriceCard(
        model=model,
        effective_from=OLD_PRICES_SINCE,
        effective_to=last_day,
        rates=(Rate(credits=Decimal(per_second)),),
        source=OLD_PRICES_SOURCE,
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
    carry_over=CarryOver(
        way=WayKind.IMAGE,
        ratios=(("1280:768", "1280:720"), ("768:1280", "720:1280")),
        note="Gen-4 Turbo takes a first frame and no last frame.",
    ),
)

GEN4_ALEPH = Model(
    name="gen4_aleph",
    label="Gen-4 Aleph",
    vendor="Runway",
    tagline="Retired on 30 July 2026",
    price_cards=(_old_card("gen4_aleph", 15, last_day=date(2026, 7, 29)),),
    retired_since=date(2026, 7, 30),
    replaced_by="aleph2",
    retired_sentence=(
        "Runway switched Gen-4 Aleph off on 30 July 2026. Its successor Aleph 2 edits videos of 2 to 30 seconds, "
        "for 28 credits a second and 56 at least. Nothing was charged."
    ),
    carry_over=CarryOver(
        way=WayKind.VIDEO,
        note="Aleph 2 keeps the size of the video, and takes the reference image as a keyframe.",
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
    carry_over=CarryOver(duration_s=8, sound=True),
    note="Gone between 2026-07-27 and 2026-08-07; the exact day is not known.",
)

MODELS = (GEN3A_TURBO, GEN4_ALEPH, VEO3)
