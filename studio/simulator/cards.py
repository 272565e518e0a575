"""The models of this remote: who takes what, at which price. API version 2024-11-06, prices of August 2026."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

TEXT = "text_to_video"
IMAGE = "image_to_video"

WIDE_AND_TALL = ("1280:720", "720:1280")
SIX = ("1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672")
VEO = ("1280:720", "720:1280", "1080:1920", "1920:1080")
TWO_TO_TEN = tuple(range(2, 11))
GEN_DEFAULT_S = 5
VEO_DEFAULT_S = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One model: what its fields may hold and what a second costs."""

    name: str
    ratios: Mapping[str, tuple[str, ...]]
    durations_s: tuple[int, ...]
    default_duration_s: int
    price_per_s: int
    silent_price_per_s: int | None = None
    aspect: tuple[float, float] = (0.5, 2.0)
    required: Mapping[str, frozenset[str]] = field(default_factory=dict)
    takes_last_frame: bool = False
    is_strict: bool = False

    @property
    def has_sound(self) -> bool:
        return self.silent_price_per_s is not None

    def price_credits(self, *, duration_s: int, sound: bool) -> int:
        """What a clip costs at most."""
        silent = self.price_per_s if self.silent_price_per_s is None else self.silent_price_per_s
        return duration_s * (self.price_per_s if sound else silent)


def _veo(name: str, *, price: int, silent: int) -> Card:
    return Card(
        name=name,
        ratios={TEXT: VEO, IMAGE: VEO},
        durations_s=(4, 6, 8),
        default_duration_s=VEO_DEFAULT_S,
        price_per_s=price,
        silent_price_per_s=silent,
        required={TEXT: frozenset({"promptText", "ratio"}), IMAGE: frozenset({"promptImage", "ratio"})},
        takes_last_frame=True,
        is_strict=True,
    )


_GEN45 = Card(
    name="gen4.5",
    ratios={TEXT: WIDE_AND_TALL, IMAGE: SIX},
    durations_s=TWO_TO_TEN,
    default_duration_s=GEN_DEFAULT_S,
    price_per_s=12,
    required={
        TEXT: frozenset({"promptText", "ratio", "duration"}),
        IMAGE: frozenset({"promptImage", "promptText", "ratio", "duration"}),
    },
)
_GEN4_TURBO = Card(
    name="gen4_turbo",
    ratios={IMAGE: SIX},
    durations_s=TWO_TO_TEN,
    default_duration_s=GEN_DEFAULT_S,
    price_per_s=5,
    aspect=(0.5, 2.358),
    required={IMAGE: frozenset({"promptImage", "ratio"})},
)

CARDS: Mapping[str, Card] = MappingProxyType(
    {
        card.name: card
        for card in (
            _GEN45,
            _GEN4_TURBO,
            _veo("veo3.1", price=40, silent=20),
            _veo("veo3.1_fast", price=15, silent=10),
        )
    }
)

NOT_ENABLED = ("gen4", "robotics_v1")
"""Known to the validator, open to nobody."""

RETIRED = ("gen3a_turbo", "gen4_aleph", "veo3")
"""Still counted by the organization's answers, no longer taken."""


def models_for(endpoint: str) -> tuple[str, ...]:
    """What `model` may say at this endpoint, in the order in which refusals enumerate it."""
    return (*(name for name, card in CARDS.items() if endpoint in card.ratios), *NOT_ENABLED)
