"""The shape of the catalog: models and the ways to use them. Plain records with lookups."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog.prices import PriceCard

FRAMES = (InputRole.FIRST, InputRole.MIDDLE, InputRole.LAST)


class Sound(StrEnum):
    """Where the sound of a clip comes from."""

    NEVER = "never"
    SWITCH = "switch"
    """The request says so by `audio`."""
    ALWAYS = "always"
    SOURCE = "source"
    """As the source has it."""


class FileShape(StrEnum):
    """How the files of one role stand in a request."""

    FRAMES = "frames"
    """One first frame as a plain text, else a list of `{uri, position}`."""
    BARE = "bare"
    """A list of `{uri}`."""
    TYPED = "typed"
    """A list of `{type, uri}`."""
    TAGGED = "tagged"
    """A list of `{uri, tag?}`, where the prompt calls a file by `@tag`."""
    TEXT = "text"
    """A plain text: there is one file alone."""
    OBJECT = "object"
    """One `{type, uri}`."""
    KEYFRAMES = "keyframes"
    """A list of `{uri, seconds}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRule:
    """Which files of one role a way takes, and where they stand in the request.

    `field` is the provider's name of the place. `aspect` is the smallest and largest width / height; `side_min_px`
    the least of either side. `min_s` and `max_s` bound one film or sound, `total_max_s` all of this role together;
    0 means no limit that is known. `needs` is a role without which this one is not taken, `not_with` are roles that
    exclude it. `ratios` and `resolutions` are the only ones beside such a file, () means all of the way's.
    """

    role: InputRole
    field: str
    shape: FileShape
    kinds: tuple[MediaKind, ...] = (MediaKind.IMAGE,)
    least: int = 0
    most: int = 1
    aspect: tuple[float, float] | None = None
    side_min_px: int = 0
    min_s: float = 0
    max_s: float = 0
    total_max_s: float = 0
    fps_max: float = 0
    needs: InputRole | None = None
    not_with: tuple[InputRole, ...] = ()
    ratios: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()


class ExtraKind(StrEnum):
    """What sort of value an extra field holds."""

    CHOICE = "choice"
    WHOLE = "whole"
    NUMBER = "number"
    SWITCH = "switch"
    TEXT = "text"
    SHOTS = "shots"
    """A list of `{prompt, duration}`, one a shot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one value of an extra does to the rest of the request.

    `drops` are fields of the request that must not be sent beside it; `is_auto` leaves the length to the model;
    `needs_prompt`: the prompt may not be empty then.
    """

    value: str
    drops: tuple[str, ...] = ()
    is_auto: bool = False
    needs_prompt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A field that only some models have.

    `field` is the provider's name and the key in `TaskSpec.extras`, with a dot where it lies in an object
    (`providerSettings.shotType`). `least` and `most` bound a number, or the length of a text in UTF-16 units.
    `default` is what the provider does when nothing is said, "" where that is not known or depends.
    `only_with` is another extra and those of its values beside which this one may be sent, in one text each:
    `("outputFormat", "prores", "hdr_prores")`; () is always. `needs` is a role without which it may not be sent.
    """

    field: str
    label: str
    kind: ExtraKind
    choices: tuple[str, ...] = ()
    least: float = 0
    most: float = 0
    default: str = ""
    is_required: bool = False
    only_with: tuple[str, ...] = ()
    needs: InputRole | None = None
    effects: tuple[Effect, ...] = ()

    def effect(self, value: object) -> Effect | None:
        """What this value does to the rest of the request, None for nothing."""
        said = str(value).lower() if isinstance(value, bool) else str(value)
        return next((effect for effect in self.effects if effect.value == said), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to use a model: what it takes, and what it refuses.

    `ratios` are the provider's strings in the order of the picker, () where the size follows the source;
    `resolutions` are those of models that take a `resolution` beside a ratio or instead of one. `durations_s` are all
    legal whole seconds, () where the length follows the source; `takes_auto`: the model may choose it.
    `prompt_max_units` counts UTF-16 code units, 0: no prompt is taken. `needs_one_of`: at least one file of these
    roles must be there; `images_most`: the most images of all roles together, 0 for no such limit. `default_sound`
    is what the provider does when nothing is said, None where there is no choice. `strict`: an unknown field is
    refused instead of ignored. `unsure` names the fields of this record that are not confirmed, `note` says why.
    """

    kind: WayKind
    prompt_required: bool = False
    prompt_max_units: int = 0
    prompt_min_units: int = 1
    ratios: tuple[str, ...] = ()
    default_ratio: str = ""
    ratio_required: bool = False
    resolutions: tuple[str, ...] = ()
    default_resolution: str = ""
    durations_s: tuple[int, ...] = ()
    default_duration_s: int = 0
    takes_auto: bool = False
    inputs: tuple[InputRule, ...] = ()
    needs_one_of: tuple[InputRole, ...] = ()
    images_most: int = 0
    sound: Sound = Sound.NEVER
    default_sound: bool | None = None
    takes_seed: bool = False
    extras: tuple[Extra, ...] = ()
    strict: bool = False
    unsure: tuple[str, ...] = ()
    note: str = ""

    @property
    def has_sound_switch(self) -> bool:
        """Whether the request says if there is sound."""
        return self.sound is Sound.SWITCH

    @property
    def frames(self) -> tuple[InputRole, ...]:
        """The places of frames that it takes, () for none."""
        return tuple(role for role in FRAMES if self.input_rule(role))

    @property
    def aspect_window(self) -> tuple[float, float] | None:
        """The smallest and largest width / height of a first frame, None where there is no such limit."""
        rule = self.input_rule(InputRole.FIRST)
        return rule.aspect if rule else None

    def input_rule(self, role: InputRole) -> InputRule | None:
        """The rule of a role, None if no such file is taken."""
        return next((rule for rule in self.inputs if rule.role == role), None)

    def extra_field(self, field: str) -> Extra | None:
        """The extra of that field (the provider's name), None if there is none."""
        return next((extra for extra in self.extras if extra.field == field), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver:
    """How settings of a retired model become those of its replacement.

    None and () keep what was set. `ratios` are pairs: the old one, the new one. `way` is the replacement's way.
    `note` is a sentence for people about what does not carry over.
    """

    way: WayKind | None = None
    duration_s: int | None = None
    sound: bool | None = None
    ratios: tuple[tuple[str, str], ...] = ()
    note: str = ""

    def ratio(self, old: str) -> str:
        """The ratio of the replacement for this one of the retired model; the same where nothing is said."""
        return dict(self.ratios).get(old, old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model on offer, or one that was.

    `is_in_composer`: the composer offers it. `retired_since` is the first day on which requests fail;
    `replaced_by` names a model that is on offer here. `retired_sentence` is for the person who asks for the model.
    """

    name: str
    label: str
    vendor: str
    tagline: str
    ways: tuple[Way, ...] = ()
    price_cards: tuple[PriceCard, ...] = ()
    is_in_composer: bool = False
    retired_since: date | None = None
    replaced_by: str | None = None
    retired_sentence: str = ""
    carry_over: CarryOver | None = None
    note: str = ""

    @property
    def is_retired(self) -> bool:
        return self.retired_since is not None

    def way(self, kind: WayKind) -> Way | None:
        """The way to use it like this, None if there is none."""
        return next((way for way in self.ways if way.kind == kind), None)

    def price_card(self, on: date, *, way: WayKind | None = None) -> PriceCard | None:
        """The prices of that day, None if none are known. One for this way goes before one for all, then the latest."""
        cards = [card for card in self.price_cards if card.holds_on(on) and card.way in {None, way}]
        return max(cards, key=lambda card: (card.way is not None, card.effective_from), default=None)
