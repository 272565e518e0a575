"""The models of this remote: who takes what. API version 2024-11-06, models and fields of November 2026."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from studio.simulator.cards import image, stills, text, tools, video
from studio.simulator.cards.card import (
    AUDIO,
    ENDPOINTS,
    HDR,
    IMAGE,
    PERFORMANCE,
    STILL,
    TEXT,
    UPSCALE,
    VIDEO,
    Card,
    Limits,
    Role,
    Sound,
    Variant,
    Way,
)

__all__ = [
    "CARDS",
    "ENDPOINTS",
    "IMAGE",
    "NOT_ENABLED",
    "RETIRED",
    "TABLES",
    "TEXT",
    "VIDEO",
    "Card",
    "Limits",
    "Role",
    "Sound",
    "Variant",
    "Way",
    "models_for",
]

TABLES: Mapping[str, Mapping[str, Variant]] = MappingProxyType(
    {
        IMAGE: image.VARIANTS,
        TEXT: text.VARIANTS,
        VIDEO: video.VARIANTS,
        PERFORMANCE: {"act_two": tools.ACT_TWO},
        UPSCALE: {
            "magnific_video_upscaler_creative": tools.UPSCALER,
            "enhance_frame_rate": tools.FRAME_RATE,
        },
        HDR: {"ruby": tools.RUBY},
        AUDIO: {"mirelo_sfx_2_0": tools.MIRELO},
        STILL: stills.VARIANTS,
    }
)
"""Who takes what, by endpoint and model. Refusals enumerate models in this order."""

NOT_ENABLED = ("gen4", "robotics_v1")
"""Known to the validator, open to nobody."""

RETIRED = ("gen3a_turbo", "gen4_aleph", "veo3")
"""Still counted by the organization's answers, no longer taken."""


def _names() -> Iterator[str]:
    for table in TABLES.values():
        yield from table


CARDS: Mapping[str, Card] = MappingProxyType(
    {
        name: Card(name=name, variants={place: table[name] for place, table in TABLES.items() if name in table})
        for name in dict.fromkeys(_names())
    }
)


def models_for(endpoint: str) -> tuple[str, ...]:
    """What `model` may say at this endpoint, in the order in which refusals enumerate it."""
    return (*TABLES[endpoint], *NOT_ENABLED)
