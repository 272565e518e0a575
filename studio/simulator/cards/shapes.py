"""What the tables of models are made of: objects, lists of references, limits, and the fields of whole families."""

from collections.abc import Mapping

from studio.simulator import schema
from studio.simulator.cards import fields, ratios, rules
from studio.simulator.cards.card import Limits, Role
from studio.simulator.schema import Check, Shape

FORMATS = (
    "mp4", "prores", "png_sequence", "hdr10", "hlg", "sdr_rec709_10bit", "hdr_pq_12bit_master", "hdr_prores",
    "hdr_png_sequence", "hdr_exr_sequence", "hdr_exr_acescg_sequence_1_3", "hdr_exr_acescg_sequence_2_0",
)  # fmt: skip


DELIVERY: dict[str, Check] = {
    "contentModeration": fields.MODERATION,
    "outputFormat": schema.choice(FORMATS),
    "proresProfile": schema.choice(fields.PRORES),
}


DELIVERY_RULES = (rules.supported_format, rules.prores_profile)


VEO: dict[str, Check] = {"audio": schema.boolean, "negativePrompt": fields.prompt()}


H3: dict[str, Check] = {
    "resolution": schema.choice(("480p", "768p")),
    "promptExpansionMode": schema.choice(("disabled", "balanced", "quality")),
    "seed": fields.SEED,
}


HAILUO_RESOLUTION = schema.choice(("768p", "2k", "768P", "2K"))


GROK_RESOLUTION = schema.choice(("480p", "720p", "1080p"))


def body(model: str, own: Mapping[str, Check], *, required: str = "promptText", is_strict: bool = True) -> Shape:
    """The object of one model: its own fields, in order, and the names of those that must be there."""
    names = frozenset(required.split())
    return Shape({"model": schema.choice((model,)), **own}, required=names, is_strict=is_strict)


def references(images: int, *, films: int, sounds: int) -> dict[str, Check]:
    """The three lists of references."""
    return {
        "references": fields.pictures(images),
        "referenceVideos": fields.many_media("video", films),
        "referenceAudio": fields.many_media("audio", sounds),
    }


def combined(total_s: float, *, aspect: tuple[float, float] | None = None) -> dict[Role, Limits]:
    """The most seconds of all films, and of all sounds, together."""
    return {
        Role.REFERENCE: Limits(aspect=aspect),
        Role.REFERENCE_VIDEO: Limits(total_s=total_s),
        Role.REFERENCE_AUDIO: Limits(total_s=total_s),
    }


def kling_fields(sizes: tuple[str, ...], *, has_scale: bool) -> dict[str, Check]:
    """What Kling 3 and O3 take beside a picture or without one."""
    own: dict[str, Check] = {
        "promptText": fields.prompt(2500),
        "ratio": schema.choice(sizes),
        "duration": fields.seconds(3, 15),
        "audio": schema.boolean,
        "providerSettings": fields.provider_settings(),
    }
    return own | ({"cfgScale": fields.CFG_SCALE} if has_scale else {})


KLING: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "kling3.0_standard": (ratios.KLING_STANDARD, True),
    "kling3.0_pro": (ratios.KLING_PRO, True),
    "kling3.0_4k": (ratios.KLING_4K, True),
    "klingO3_standard": (ratios.KLING_STANDARD, False),
    "klingO3_pro": (ratios.KLING_PRO, False),
    "klingO3_4k": (ratios.KLING_4K, False),
}
"""Sizes, and whether there is a `cfgScale`."""


def framed(aspect: tuple[float, float] | None = None, *, side_min_px: int = 0) -> dict[Role, Limits]:
    """The window of every picture, whatever it is there for."""
    limits = Limits(aspect=aspect, side_min_px=side_min_px)
    return dict.fromkeys((Role.FIRST, Role.MIDDLE, Role.LAST, Role.REFERENCE), limits)


def heard(total_s: float, *, films_s: float | None = None) -> dict[Role, Limits]:
    """The most seconds of all sounds together, and of all films."""
    return {Role.REFERENCE_AUDIO: Limits(total_s=total_s), Role.REFERENCE_VIDEO: Limits(total_s=films_s)}
