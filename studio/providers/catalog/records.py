"""The shape of the catalog: models, the ways to use them, and what they cost. Plain records with lookups."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from studio.providers.base import InputRole, WayKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to use a model: what it takes, and what it refuses.

    `ratios` are the provider's strings in the order of the picker; `durations_s` are all legal whole seconds.
    `prompt_max_units` counts UTF-16 code units. `frames` are the roles of an image, () for text.
    `aspect_window` is the smallest and largest width / height of an image, None where no image is taken.
    `strict`: an unknown field is refused instead of ignored. `note` says what is not certain.
    """

    kind: WayKind
    ratios: tuple[str, ...]
    durations_s: tuple[int, ...]
    default_ratio: str
    default_duration_s: int
    prompt_required: bool
    prompt_max_units: int
    frames: tuple[InputRole, ...] = ()
    aspect_window: tuple[float, float] | None = None
    strict: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCard:
    """Prices of a model from one day to another, both included; `effective_to` None: until further notice.

    `credits_per_second` is the price without sound where sound is a choice, and then
    `credits_per_second_with_sound` the price with it. `minimum_credits` is the least that a clip costs.
    """

    model: str
    effective_from: date
    effective_to: date | None
    credits_per_second: Decimal
    credits_per_second_with_sound: Decimal | None
    minimum_credits: Decimal
    source: str

    @property
    def key(self) -> str:
        """The name that a generation keeps: `gen4.5@2026-08-01`."""
        return f"{self.model}@{self.effective_from.isoformat()}"

    def holds_on(self, day: date) -> bool:
        """Whether these are the prices of that day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model on offer, or one that was.

    `default_sound` is what the provider does when nothing is said, None where there is no choice.
    `retired_since` is the first day on which requests fail; `replaced_by` names a model that is on
    offer here. `retired_sentence` is for the person who asks for the model.
    """

    name: str
    label: str
    vendor: str
    tagline: str
    ways: tuple[Way, ...] = ()
    has_sound_switch: bool = False
    default_sound: bool | None = None
    takes_seed: bool = False
    price_cards: tuple[PriceCard, ...] = ()
    retired_since: date | None = None
    replaced_by: str | None = None
    retired_sentence: str = ""
    note: str = ""

    @property
    def is_retired(self) -> bool:
        return self.retired_since is not None

    def way(self, kind: WayKind) -> Way | None:
        """The way to use it with this input, None if it does not take it."""
        return next((way for way in self.ways if way.kind is kind), None)

    def price_card(self, on: date) -> PriceCard | None:
        """The prices of that day, None if none are known."""
        return next((card for card in self.price_cards if card.holds_on(on)), None)
