"""What a person asks for, checked against the catalog: each problem is a sentence that says what to do."""

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from studio.generations.request import Spec
from studio.models import Reference
from studio.models.generation import MAX_TAKES
from studio.providers.base import InputRole
from studio.providers.catalog import (
    DEFAULT_MODEL,
    MAX_SEED,
    MODELS,
    Model,
    Way,
    WayKind,
    active_models,
    find_model,
    ratio_label,
    utf16_units,
)


def default_spec() -> Spec:
    """What the composer shows to somebody who comes for the first time."""
    model = MODELS[DEFAULT_MODEL]
    way = model.ways[0]
    return Spec(
        model=model.name,
        prompt="",
        ratio=way.default_ratio,
        duration_s=way.default_duration_s,
        sound=model.default_sound,
        seed=None,
        takes=1,
    )


def input_kind(spec: Spec) -> WayKind:
    """What the clip is made from: what was added decides, there is no mode switch."""
    return WayKind.IMAGE if spec.inputs else WayKind.TEXT


def way_of(spec: Spec) -> Way | None:
    """How the chosen model would make this; None when it cannot."""
    model = find_model(spec.model)
    return model.way(input_kind(spec)) if model and not model.is_retired else None


def problems(spec: Spec) -> dict[str, str]:
    """Field of Spec → sentence. Empty: the provider's own rules, as we know them, are met."""
    model = find_model(spec.model)
    if model is None or model.is_retired:
        return {"model": _model_sentence(spec.model, model)}
    way = model.way(input_kind(spec))
    if way is None:
        return {"first_frame": _no_way_sentence(spec, model)}
    found: dict[str, str] = {}
    for field, sentence in _way_problems(spec, model, way):
        found.setdefault(field, sentence)
    return found


def _model_sentence(name: str, model: Model | None) -> str:
    if model is not None:
        return model.retired_sentence
    labels = ", ".join(active.label for active in active_models())
    return f"There is no model called “{name[:60]}”. Choose one of: {labels}."


def _no_way_sentence(spec: Spec, model: Model) -> str:
    if input_kind(spec) is WayKind.TEXT:
        others = " or ".join(m.label for m in active_models() if m.way(WayKind.TEXT))
        return f"{model.label} makes a clip from an image: add a first frame, or choose {others}."
    return f"{model.label} does not take images: remove the frames, or choose another model."


def _way_problems(spec: Spec, model: Model, way: Way) -> Iterator[tuple[str, str]]:
    yield from _prompt_problems(spec, model, way)
    yield from _frame_problems(spec, model, way)
    if spec.ratio not in way.ratios:
        labels = ", ".join(ratio_label(ratio) for ratio in way.ratios)
        yield "ratio", f"{model.label} does not make {spec.ratio[:20]}. Choose one of: {labels}."
    if spec.duration_s not in way.durations_s:
        asked = "a length of its own choice" if spec.duration_s is None else f"{spec.duration_s} s"
        yield "duration_s", f"{model.label} does not make {asked}. {_durations_sentence(way)}"
    if spec.sound is not None and not model.has_sound_switch:
        yield "sound", f"{model.label} has no choice of sound. Leave it out."
    yield from _number_problems(spec, model)


def _prompt_problems(spec: Spec, model: Model, way: Way) -> Iterator[tuple[str, str]]:
    units = utf16_units(spec.prompt)
    if not _has_something_to_see(spec.prompt) and (way.prompt_required or spec.prompt):
        yield "prompt", "The prompt is empty. Say what happens in the shot."
    if not _can_be_stored(spec.prompt):
        yield "prompt", "The prompt holds a character that cannot be stored. Type it anew."
    if units > way.prompt_max_units:
        over = units - way.prompt_max_units
        yield (
            "prompt",
            f"The prompt has {units:,} characters and {model.label} takes {way.prompt_max_units:,}. "
            f"Shorten it by {over:,}; an emoji counts as two.",
        )


def _has_something_to_see(text: str) -> bool:
    """Whether any letter is more than a space, a line end or an invisible mark, such as a zero-width space."""
    return any(unicodedata.category(letter)[0] not in "CZ" for letter in text)


def _can_be_stored(text: str) -> bool:
    """Half a character comes from a shell in another encoding; PostgreSQL refuses NUL."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _frame_problems(spec: Spec, model: Model, way: Way) -> Iterator[tuple[str, str]]:
    if spec.last_frame and not spec.first_frame:
        yield "last_frame", "A last frame needs a first frame before it. Add one, or remove the last frame."
    if spec.last_frame and InputRole.LAST not in way.frames:
        yield "last_frame", f"{model.label} takes no last frame. Remove it, or choose a Veo model."
    for field, reference in (("first_frame", spec.first_frame), ("last_frame", spec.last_frame)):
        if reference and way.aspect_window:
            yield from _aspect_problem(field, reference, model, way.aspect_window)


def _aspect_problem(
    field: str, reference: Reference, model: Model, window: tuple[float, float]
) -> Iterator[tuple[str, str]]:
    least, most = window
    measured = reference.width / reference.height
    if not least <= measured <= most:
        yield (
            field,
            f"This image is {reference.width} × {reference.height}, {measured:.2f} times as wide as high. "
            f"{model.label} takes {float(least):g} to {float(most):g}: crop it, or choose another image.",
        )


def _durations_sentence(way: Way) -> str:
    first, last = way.durations_s[0], way.durations_s[-1]
    if len(way.durations_s) == last - first + 1 and len(way.durations_s) > 1:
        return f"Choose {first} to {last} seconds."
    return f"Choose {', '.join(str(seconds) for seconds in way.durations_s)} seconds."


def _number_problems(spec: Spec, model: Model) -> Iterator[tuple[str, str]]:
    if spec.seed is not None and not model.takes_seed:
        yield "seed", f"{model.label} takes no seed. Leave it empty."
    if spec.seed is not None and not 0 <= spec.seed <= MAX_SEED:
        yield "seed", f"A seed is a whole number from 0 to {MAX_SEED:,}. Leave it empty for a random one."
    if not 1 <= spec.takes <= MAX_TAKES:
        yield "takes", f"Choose 1 to {MAX_TAKES} takes."


def adjusted(spec: Spec) -> tuple[Spec, list[str]]:
    """The nearest legal settings, and a sentence for each value that had to change.

    A model that is gone becomes its replacement; prompt and frames are never touched.
    """
    notes: list[str] = []
    model = find_model(spec.model)
    if model is None or model.is_retired:
        successor = (model.replaced_by if model else None) or DEFAULT_MODEL
        notes.append(f"{_model_sentence(spec.model, model)} {MODELS[successor].label} was chosen.")
        spec, model = replace(spec, model=successor), MODELS[successor]
    way = model.way(input_kind(spec)) or model.ways[0]
    return _fitted(spec, model, way, notes), notes


def _fitted(spec: Spec, model: Model, way: Way, notes: list[str]) -> Spec:
    changes: dict[str, object] = {}
    if spec.ratio not in way.ratios:
        changes["ratio"] = nearest_ratio(spec.ratio, way)
        old, new = ratio_label(spec.ratio), ratio_label(nearest_ratio(spec.ratio, way))
        if old != new:
            notes.append(f"Aspect ratio is {new} now: {model.label} does not make {old} this way.")
    if spec.duration_s not in way.durations_s:
        wanted = way.default_duration_s if spec.duration_s is None else spec.duration_s
        nearest = min(way.durations_s, key=lambda seconds: (abs(seconds - wanted), seconds))
        changes["duration_s"] = nearest
        asked = "a length of its own choice" if spec.duration_s is None else f"{spec.duration_s} s"
        notes.append(f"Duration is {nearest} s now: {model.label} does not make {asked}.")
    if not model.has_sound_switch:
        changes["sound"] = None
    elif spec.sound is None:
        changes["sound"] = model.default_sound
    if spec.seed is not None and not model.takes_seed:
        changes["seed"] = None
        notes.append(f"The seed was removed: {model.label} takes none.")
    return replace(spec, **changes)  # type: ignore[arg-type]  # the keys are fields of Spec, with their types


def nearest_ratio(ratio: str, way: Way) -> str:
    """The way's ratio whose shape is nearest; the default for a text that is no ratio."""
    try:
        wanted = _shape(ratio)
    except (ValueError, ArithmeticError):
        return way.default_ratio
    return min(way.ratios, key=lambda candidate: _distance(candidate, wanted))


def _distance(ratio: str, wanted: tuple[float, int]) -> tuple[float, int]:
    slope, pixels = _shape(ratio)
    return round(abs(slope - wanted[0]), 2), abs(pixels - wanted[1])


def _shape(ratio: str) -> tuple[float, int]:
    """The logarithm of width / height, in which a square is as far from 16:9 as from 9:16; and the pixels."""
    width, height = (int(part) for part in ratio.split(":"))
    return math.log(width / height), width * height
