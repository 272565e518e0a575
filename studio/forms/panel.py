"""Panel: every value that the composer shows, worked out before a template sees it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import MappingProxyType

from studio.credits.pricing import Quote, quote
from studio.credits.queries import Balance
from studio.forms.composer import AUTO, Composition
from studio.forms.extras import Knob, knobs
from studio.forms.inputs import FILE_FIELDS
from studio.forms.sizes import Shape, Size, shapes, sizes
from studio.forms.slots import Slot, not_priced, slots
from studio.generations.hints import hints
from studio.generations.request import Spec
from studio.generations.spec import cropped, use_of
from studio.generations.ways import durations_for, has_shots, only_length, ratios_for, resolutions_for, shown_way
from studio.models import Prompt
from studio.models.generation import MAX_TAKES
from studio.providers.base import InputRole, WayKind
from studio.providers.catalog import (
    Model,
    PriceUnit,
    Sound,
    Way,
    active_models,
    default_model,
    find_model,
    ratio_label,
    utf16_units,
)

NONE_REFUSED: Mapping[str, date] = MappingProxyType({})
SEGMENTS_MOST = 5
WAY_LABELS = {
    WayKind.TEXT: "text-to-video",
    WayKind.IMAGE: "image-to-video",
    WayKind.VIDEO: "video-to-video",
    WayKind.PERFORMANCE: "performance",
    WayKind.UPSCALE: "a finished clip",
    WayKind.HDR: "a finished clip",
    WayKind.SOUND: "a finished clip",
    WayKind.STILL: "text-to-image",
}
MAKES_CLIPS = frozenset({WayKind.TEXT, WayKind.IMAGE})
GROUPS = ("New clips", "Work on a clip", "Stills for references")
SOUND_WORDS = {
    Sound.NEVER: "Not with {model}",
    Sound.ALWAYS: "Always with {model}",
    Sound.SOURCE: "As the source has it",
}
UNITS = {
    PriceUnit.SECOND: "cr/s",
    PriceUnit.SOURCE_SECOND: "cr/s of source",
    PriceUnit.FRAME: "cr/frame",
    PriceUnit.OUTPUT: "cr each",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a radio group or a list."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model in the picker. `refused` says since when the provider refuses it, "" if it does not."""

    choice: Choice
    tagline: str
    price: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """Models that do the same sort of work."""

    label: str
    models: list[ModelChoice]


@dataclass(frozen=True, slots=True)
class Panel:
    """The composer as it is shown."""

    spec: Spec
    problems: dict[str, str]
    notes: list[str]
    prompt_hints: tuple[str, ...]
    token: str
    source_prompt: str
    is_filled: bool
    model: Model
    way: Way
    groups: list[ModelGroup]
    price_label: str
    slots: list[Slot]
    shapes: list[Shape]
    sizes: list[Size]
    resolutions: list[Choice]
    durations: list[Choice]
    length_sentence: str
    knobs: list[Knob]
    seed_text: str
    quote: Quote
    left_credits: int
    history: list[Prompt]

    @property
    def launch_problem(self) -> str:
        """A sentence about the whole launch, or about a setting that the page does not show; "" if there is none."""
        unseen = (sentence for field, sentence in self.problems.items() if field not in self._fields_with_a_place)
        return self.problems.get("") or next(unseen, "")

    @property
    def _fields_with_a_place(self) -> set[str]:
        """The fields beside which the page says what is wrong."""
        places = {
            "prompt": self.prompt_limit,
            "ratio": self.shapes,
            "size": self.sizes,
            "resolution": self.resolutions,
            "duration_s": self.durations,
            "seed": self.way.takes_seed,
            "sound": self.way.kind is not WayKind.STILL,
            "model": True,
            "takes": True,
        }
        told = {slot.field for slot in self.slots} | {knob.field for knob in self.knobs}
        return told | {name for name, place in places.items() if place}

    @property
    def prompt_units(self) -> int:
        """The length of the prompt as the provider counts it."""
        return utf16_units(self.spec.prompt)

    @property
    def prompt_limit(self) -> int:
        """The most that the way takes, 0 where it takes no prompt."""
        return self.way.prompt_max_units

    @property
    def kind_label(self) -> str:
        """What the clip is made from, in a word."""
        return WAY_LABELS[self.way.kind]

    @property
    def not_priced(self) -> str:
        """The fields that a question for the price leaves out, for htmx."""
        return not_priced()

    @property
    def durations_are_many(self) -> bool:
        """Whether they need a row of their own."""
        return len(self.durations) > SEGMENTS_MOST

    @property
    def sound_sentence(self) -> str:
        """What there is instead of a switch for the sound."""
        return SOUND_WORDS.get(self.way.sound, "").format(model=self.model.label)

    @property
    def takes(self) -> list[Choice]:
        """How many takes one launch may make."""
        return [_choice(number, str(number), chosen=self.spec.takes) for number in range(1, MAX_TAKES + 1)]

    @property
    def missing_credits(self) -> int:
        """The credits that the team lacks for this launch."""
        return max(-self.left_credits, 0)

    @property
    def summary(self) -> list[str]:
        """The settings in a few words, for the closed sheet of a phone."""
        length = f"{self.spec.duration_s} s" if self.spec.duration_s else ""
        words = [self.model.label, ratio_label(self.spec.ratio), self.spec.resolution, length]
        files = sum(1 for slot in self.slots if slot.value)
        counted = f"{files} file{'s' if files > 1 else ''}" if files else ""
        return [word for word in (*words, counted) if word]

    @property
    def file_fields(self) -> str:
        """The names of all fields for files, for htmx: a launch sends none, they have been sent before."""
        return ",".join(FILE_FIELDS)

    @property
    def first_knobs(self) -> list[Knob]:
        """The settings of this model alone without which it does nothing."""
        return [knob for knob in self.knobs if knob.is_required]

    @property
    def further_knobs(self) -> list[Knob]:
        """The settings of this model alone that may stay as they are."""
        return [knob for knob in self.knobs if not knob.is_required]

    @property
    def more_is_open(self) -> bool:
        """Whether the further settings are worth seeing: one is set, or wrong."""
        return any(knob.problem or knob.field.removeprefix("extra_") in self.spec.extras for knob in self.further_knobs)


def panel(
    composition: Composition,
    *,
    balance: Balance,
    today: date,
    history: list[Prompt],
    refused: Mapping[str, date] = NONE_REFUSED,
) -> Panel:
    """The panel of a composition; its token is a new one each time. `refused`: model → since when the provider has
    refused it to the account."""
    spec, problems = composition.spec, composition.problems
    model = shown_model(spec)
    way = shown_way(spec, model)
    price = quote(model.name, use_of(spec), takes=spec.takes, on=today)
    left = balance.balance_credits - price.total_credits
    warnings = hints(cropped(spec), way)
    lengths = durations_for(spec, way)
    ratios = ratios_for(spec, way)
    return Panel(
        spec=spec,
        problems=problems,
        notes=composition.notes,
        prompt_hints=tuple(hint.sentence for hint in warnings if hint.field == "prompt"),
        token=str(uuid.uuid4()),
        source_prompt=str(composition.source_prompt.public_id) if composition.source_prompt else "",
        is_filled=composition.is_filled,
        model=model,
        way=way,
        groups=model_groups(model, today=today, refused=refused),
        price_label=price_label(model, today=today),
        slots=slots(spec, model, problems=problems, warnings=warnings),
        shapes=shapes(spec.ratio, ratios),
        sizes=sizes(spec.ratio, ratios),
        resolutions=[_choice(name, name, chosen=spec.resolution) for name in resolutions_for(spec, way)],
        durations=_durations(spec, way, lengths),
        length_sentence="" if len(lengths) > 1 else _length_sentence(spec, way),
        knobs=knobs(spec, way, problems=problems, texts=composition.texts),
        seed_text=composition.seed_text or ("" if spec.seed is None else str(spec.seed)),
        quote=price,
        left_credits=left,
        history=history,
    )


def shown_model(spec: Spec) -> Model:
    """The chosen model; the default one instead of what is gone or unknown."""
    model = find_model(spec.model)
    return model if model and not model.is_retired else default_model()


def _choice(value: object, label: str, *, chosen: object) -> Choice:
    return Choice(value=str(value), label=label, is_chosen=value == chosen)


def _durations(spec: Spec, way: Way, lengths: Sequence[int]) -> list[Choice]:
    if only_length(spec, way):
        return []
    choices = [_choice(seconds, str(seconds), chosen=spec.duration_s) for seconds in lengths]
    if lengths and way.takes_auto:
        choices.append(Choice(value=AUTO, label="Auto", is_chosen=spec.duration_s is None))
    return choices


def _length_sentence(spec: Spec, way: Way) -> str:
    if way.kind is WayKind.STILL:
        return ""
    if has_shots(spec):
        return "The sum of the shots"
    if spec.input(InputRole.SOURCE) or not way.durations_s:
        return "As long as the source"
    return "The model decides"


def model_groups(chosen: Model, *, today: date, refused: Mapping[str, date] = NONE_REFUSED) -> list[ModelGroup]:
    """The picker's models by what they do."""
    offered = sorted((model for model in active_models() if model.is_in_composer or model is chosen), key=_group)
    return [
        ModelGroup(
            label=GROUPS[number],
            models=[_model_choice(model, chosen=chosen, today=today, refused=refused) for model in models],
        )
        for number, models in groupby(offered, key=_group)
    ]


def _group(model: Model) -> int:
    kinds = {way.kind for way in model.ways}
    if kinds & MAKES_CLIPS:
        return 0
    return 2 if kinds == {WayKind.STILL} else 1


def _model_choice(model: Model, *, chosen: Model, today: date, refused: Mapping[str, date]) -> ModelChoice:
    since = refused.get(model.name)
    return ModelChoice(
        choice=_choice(model.name, model.label, chosen=chosen.name),
        tagline=model.tagline,
        price=price_label(model, today=today),
        refused=f"Refused for this account since {since:%-d %B}" if since else "",
    )


def price_label(model: Model, *, today: date) -> str:
    """The lowest and the highest price for one unit: `20–40 cr/s`; a `?` behind one that is not confirmed."""
    card = model.price_card(today, way=model.ways[0].kind if model.ways else None)
    if card is None:
        return ""
    amounts = "–".join(f"{amount.normalize():f}" for amount in sorted(set(card.range())))
    return f"{amounts} {UNITS[card.unit]}{'' if card.is_confirmed else ' ?'}"
