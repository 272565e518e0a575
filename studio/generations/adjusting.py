"""The nearest legal settings of a request, and a sentence for each value that had to change. Pure."""

import math
from collections.abc import Sequence
from dataclasses import replace

from studio.generations.extras import extra_problems
from studio.generations.request import Spec
from studio.generations.spec import model_sentence
from studio.generations.ways import durations_for, ratios_for, resolutions_for, shown_way, without_strangers
from studio.providers.base import WayKind
from studio.providers.catalog import (
    CarryOver,
    ExtraKind,
    Model,
    Way,
    default_model,
    find_model,
    follows_input,
    ratio_label,
    ratio_size,
)
from studio.providers.catalog.ratios import size_mark


def adjusted(spec: Spec) -> tuple[Spec, list[str]]:
    """The nearest legal settings, and a sentence for each value that had to change.

    A model that is gone becomes its replacement; prompt and files are never touched.
    """
    notes: list[str] = []
    model = find_model(spec.model)
    if model is None or model.is_retired:
        successor = _successor(model)
        notes.append(f"{model_sentence(spec.model, model)} {successor.label} was chosen.")
        spec = _carried_over(replace(spec, model=successor.name), model.carry_over if model else None)
        model = successor
    return fitted(spec, model, shown_way(spec, model), notes), notes


def _successor(model: Model | None) -> Model:
    found = find_model(model.replaced_by) if model and model.replaced_by else None
    return default_model() if found is None or found.is_retired else found


def _carried_over(spec: Spec, rules: CarryOver | None) -> Spec:
    """The settings of a retired model, as its replacement calls them."""
    if rules is None:
        return spec
    return replace(
        spec,
        ratio=rules.ratio(spec.ratio),
        duration_s=rules.duration_s or spec.duration_s,
        sound=spec.sound if rules.sound is None else rules.sound,
    )


def fitted(spec: Spec, model: Model, way: Way, notes: list[str]) -> Spec:
    """The request as this way takes it; what changed is added to `notes`."""
    spec = _fitted_extras(spec, model, way, notes)
    spec = _fitted_size(spec, model, way, notes)
    spec = _fitted_length(spec, model, way, notes)
    sound = (way.default_sound if spec.sound is None else spec.sound) if way.has_sound_switch else None
    seed = spec.seed if way.takes_seed else None
    if seed != spec.seed:
        notes.append(f"The seed was removed: {model.label} takes none.")
    return replace(spec, sound=sound, seed=seed)


def _fitted_extras(spec: Spec, model: Model, way: Way, notes: list[str]) -> Spec:
    kept = without_strangers(spec, way)
    wrong = {field for field, _ in extra_problems(kept, way, label=model.label)}
    extras = dict(kept.extras)
    for extra in way.extras:
        is_wrong = f"extra_{extra.field}" in wrong
        if is_wrong and extra.kind is ExtraKind.CHOICE and extras.get(extra.field):
            del extras[extra.field]
            notes.append(f"{extra.label} is back to its default: {model.label} has no such choice.")
        if extra.is_required and not extras.get(extra.field):
            extras[extra.field] = extra.default or extra.choices[0]
    return replace(spec, extras=extras)


def _fitted_size(spec: Spec, model: Model, way: Way, notes: list[str]) -> Spec:
    ratios, resolutions = ratios_for(spec, way), resolutions_for(spec, way)
    if not ratios:
        if spec.ratio and way.kind is WayKind.TEXT:  # of the other ways, the shape is that of the files
            notes.append(f"Aspect ratio is left out now: {model.label} takes none this way.")
        spec = replace(spec, ratio="")
    elif spec.ratio not in ratios:
        new = nearest_ratio(spec.ratio, ratios, default=way.default_ratio)
        old_name, new_name = ratio_label(spec.ratio), ratio_label(new)
        if follows_input(spec.ratio) and spec.ratio in way.ratios:
            notes.append(f"Aspect ratio is {new_name} now: there is no input whose shape it could take.")
        elif spec.ratio and old_name != new_name:
            notes.append(f"Aspect ratio is {new_name} now: {model.label} does not make {old_name} this way.")
        spec = replace(spec, ratio=new)
    if not resolutions:
        return replace(spec, resolution="")
    if spec.resolution in resolutions:
        return spec
    new = way.default_resolution if way.default_resolution in resolutions else resolutions[0]
    if spec.resolution:
        notes.append(f"Resolution is {new} now: {model.label} does not make {spec.resolution} this way.")
    return replace(spec, resolution=new)


def _fitted_length(spec: Spec, model: Model, way: Way, notes: list[str]) -> Spec:
    lengths = durations_for(spec, way)
    if not lengths:
        return replace(spec, duration_s=None)
    if spec.duration_s in lengths or (spec.duration_s is None and way.takes_auto):
        return spec
    wanted = way.default_duration_s if spec.duration_s is None else spec.duration_s
    nearest = min(lengths, key=lambda seconds: (abs(seconds - wanted), seconds))
    if spec.duration_s is not None and way.kind is not WayKind.SOUND:  # which is as long as its clip, whatever was said
        notes.append(f"Duration is {nearest} s now: {model.label} does not make {spec.duration_s} s.")
    return replace(spec, duration_s=nearest)


def nearest_ratio(ratio: str, ratios: Sequence[str], *, default: str) -> str:
    """The ratio whose shape is nearest, and of those the nearest in size; the default for a text that is no ratio.

    Where all follow the input, the one of the same size.
    """
    wanted = _shape(ratio)
    shaped = [candidate for candidate in ratios if _shape(candidate)]
    if wanted is None or not shaped:
        alike = [candidate for candidate in ratios if follows_input(candidate) and candidate.endswith(_mark(ratio))]
        return alike[0] if wanted and alike else default if default in ratios else ratios[0]
    return min(shaped, key=lambda candidate: _distance(candidate, wanted))


def _mark(ratio: str) -> str:
    """The end of the name of a ratio that follows the input and is as large: `_480p`."""
    size = ratio_size(ratio)
    return f"_{size_mark(*size).lower()}" if size else "?"


def _distance(ratio: str, wanted: tuple[float, int]) -> tuple[float, int]:
    slope, pixels = _shape(ratio) or (math.inf, 0)
    return round(abs(slope - wanted[0]), 2), abs(pixels - wanted[1])


def _shape(ratio: str) -> tuple[float, int] | None:
    """The logarithm of width / height, in which a square is as far from 16:9 as from 9:16; and the pixels.

    None for a text that is no ratio.
    """
    try:
        width, height = (int(part) for part in ratio.split(":"))
        return math.log(width / height), width * height
    except (ValueError, ArithmeticError):
        return None
