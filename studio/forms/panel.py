"""Panel: every value that the composer shows, worked out before a template sees it."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from studio.credits.pricing import Quote, quote
from studio.credits.queries import Balance
from studio.forms.composer import Composition
from studio.generations.cards import size_of
from studio.generations.request import FIELDS, Spec
from studio.generations.spec import input_kind
from studio.models import Prompt, Reference
from studio.models.generation import MAX_TAKES
from studio.providers.base import InputRole
from studio.providers.catalog import (
    DEFAULT_MODEL,
    MODELS,
    Model,
    Way,
    WayKind,
    active_models,
    find_model,
    ratio_label,
    utf16_units,
)

NONE_REFUSED: Mapping[str, date] = MappingProxyType({})
SHAPE_AREA = 190
SEGMENTS_MOST = 5
SLOT_LABELS = {InputRole.FIRST: "First frame", InputRole.LAST: "Last frame"}
IN_THE_PANEL = ("model", "ratio", "duration_s", "sound", "seed", "takes")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a radio group or a list."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A ratio to choose, with a rectangle of its shape: width and height in units of a 26 × 20 box."""

    choice: Choice
    width: float
    height: float
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model in the picker."""

    choice: Choice
    tagline: str
    price: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a reference image. `field` is the form's name of it."""

    field: str
    label: str
    reference: Reference | None
    problem: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The composer as it is shown. `launch_problem` is a sentence about the whole launch, "" if there is none."""

    spec: Spec
    problems: dict[str, str]
    notes: list[str]
    launch_problem: str
    token: str
    source_prompt: str
    is_filled: bool
    prompt_units: int
    prompt_limit: int
    kind_label: str
    model: Model
    models: list[ModelChoice]
    price_label: str
    slots: list[Slot]
    shapes: list[Shape]
    durations: list[Choice]
    durations_are_many: bool
    takes: list[Choice]
    seed_text: str
    quote: Quote
    left_credits: int
    missing_credits: int
    history: list[Prompt]

    @property
    def summary(self) -> list[str]:
        """The settings in a few words, for the closed sheet of a phone."""
        words = [self.model.label, ratio_label(self.spec.ratio), f"{self.spec.duration_s} s"]
        images = sum(1 for slot in self.slots if slot.reference)
        return [*words, f"{images} image{'s' if images > 1 else ''}"] if images else words


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
    spec = composition.spec
    model = _shown_model(spec)
    way = model.way(input_kind(spec)) or model.ways[0]
    price = quote(model.name, duration_s=spec.duration_s or 0, sound=spec.sound, takes=spec.takes, on=today)
    left = balance.balance_credits - price.total_credits
    return Panel(
        spec=spec,
        problems=composition.problems,
        notes=composition.notes,
        launch_problem=composition.problems.get("", ""),
        token=str(uuid.uuid4()),
        source_prompt=str(composition.source_prompt.public_id) if composition.source_prompt else "",
        is_filled=composition.is_filled,
        prompt_units=utf16_units(spec.prompt),
        prompt_limit=way.prompt_max_units,
        kind_label="image-to-video" if input_kind(spec) is WayKind.IMAGE else "text-to-video",
        model=model,
        models=[_model_choice(offer, chosen=model, today=today, refused=refused) for offer in active_models()],
        price_label=price_label(model, today=today),
        slots=list(_slots(spec, model, composition.problems)),
        shapes=[_shape(ratio, chosen=spec.ratio) for ratio in way.ratios],
        durations=[_choice(seconds, f"{seconds} s", chosen=spec.duration_s) for seconds in way.durations_s],
        durations_are_many=len(way.durations_s) > SEGMENTS_MOST,
        takes=[_choice(number, str(number), chosen=spec.takes) for number in range(1, MAX_TAKES + 1)],
        seed_text=composition.seed_text or ("" if spec.seed is None else str(spec.seed)),
        quote=price,
        left_credits=left,
        missing_credits=max(-left, 0),
        history=history,
    )


def _shown_model(spec: Spec) -> Model:
    model = find_model(spec.model)
    return model if model and not model.is_retired else MODELS[DEFAULT_MODEL]


def _choice(value: object, label: str, *, chosen: object) -> Choice:
    return Choice(value=str(value), label=label, is_chosen=value == chosen)


def _model_choice(model: Model, *, chosen: Model, today: date, refused: Mapping[str, date]) -> ModelChoice:
    since = refused.get(model.name)
    return ModelChoice(
        choice=_choice(model.name, model.label, chosen=chosen.name),
        tagline=model.tagline,
        price=price_label(model, today=today),
        refused=f"Refused for this account since {since:%-d %B}" if since else "",
    )


def price_label(model: Model, *, today: date) -> str:
    """Credits a second, without and with sound where that is a choice: `20–40 cr/s`."""
    card = model.price_card(today)
    if card is None:
        return ""
    rates = {card.credits_per_second, card.credits_per_second_with_sound or card.credits_per_second}
    return "–".join(_plain(rate) for rate in sorted(rates)) + " cr/s"


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _slots(spec: Spec, model: Model, problems: dict[str, str]) -> Iterator[Slot]:
    """The slots that the model takes, and those that hold an image or a problem which it does not take."""
    way: Way | None = model.way(WayKind.IMAGE)
    for role, label in SLOT_LABELS.items():
        field = FIELDS[role]
        reference: Reference | None = getattr(spec, field)
        problem = problems.get(field, "")
        if reference or problem or (way and role in way.frames):
            yield Slot(field=field, label=label, reference=reference, problem=problem)


def _shape(ratio: str, *, chosen: str) -> Shape:
    width, height = size_of(ratio)
    scale = (SHAPE_AREA / (width * height)) ** 0.5
    drawn_width, drawn_height = min(width * scale, 24), min(height * scale, 18)
    return Shape(
        choice=_choice(ratio, ratio_label(ratio), chosen=chosen),
        width=round(drawn_width, 1),
        height=round(drawn_height, 1),
        left=round((26 - drawn_width) / 2, 1),
        top=round((20 - drawn_height) / 2, 1),
    )
