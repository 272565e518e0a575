"""Which way of a model a request takes: the files that were added decide, there is no mode switch. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import cast

from studio.credits.pricing import SHOTS
from studio.generations.request import Spec, SpecInput
from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog import Effect, Extra, InputRule, Model, Way, find_model, follows_input

Roles = Counter[InputRole]
WORKED_ON = (InputRole.SOURCE, InputRole.PERFORMANCE)
"""What gives a clip its length where the way has none of its own."""
MS = 1000


def roles_of(inputs: Iterable[SpecInput]) -> Roles:
    """How many files there are in each role."""
    return Counter(used.role for used in inputs)


def fitting_way(model: Model, roles: Roles) -> Way | None:
    """The first way that takes just these files and misses none; None when there is no such way."""
    return next((way for way in model.ways if _takes_all(way, roles) and not missing_roles(way, roles)), None)


def nearest_way(model: Model, roles: Roles) -> Way:
    """The fitting way; else the one that takes the most of these files, and misses the fewest."""
    return fitting_way(model, roles) or max(
        model.ways, key=lambda way: (len(_taken(way, roles)), -len(missing_roles(way, roles)))
    )


def shown_way(spec: Spec, model: Model) -> Way:
    """The way that the composer shows for this request, complete or not."""
    return nearest_way(model, roles_of(spec.inputs))


def way_of(spec: Spec) -> Way | None:
    """How the chosen model would make this; None when it cannot, or is gone."""
    model = find_model(spec.model)
    return None if model is None or model.is_retired else fitting_way(model, roles_of(spec.inputs))


def missing_roles(way: Way, roles: Roles) -> tuple[InputRole, ...]:
    """What the way demands and is not there. Of several of which one is enough, the first."""
    missing = [rule.role for rule in way.inputs if rule.least > roles[rule.role]]
    if way.needs_one_of and not any(roles[role] for role in way.needs_one_of):
        missing.append(way.needs_one_of[0])
    return tuple(missing)


def open_rules(model: Model, roles: Roles) -> tuple[InputRule, ...]:
    """The rules of all places that files are in or may still be put in, each role once, in the model's order."""
    found: dict[InputRole, InputRule] = {}
    present = {role for role, count in roles.items() if count}
    for way in _able(model, roles):
        for rule in way.inputs:
            if rule.role in present or not present & set(rule.not_with):
                found.setdefault(rule.role, rule)
    return tuple(found.values())


def _able(model: Model, roles: Roles) -> Iterator[Way]:
    """The ways that can still be reached by adding files; if none can, the nearest."""
    able = [way for way in model.ways if _takes_all(way, roles)]
    yield from able or [nearest_way(model, roles)]


def _taken(way: Way, roles: Roles) -> set[InputRole]:
    return {role for role, count in roles.items() if count and way.input_rule(role)}


def _takes_all(way: Way, roles: Roles) -> bool:
    return all(_has_room(way.input_rule(role), count) for role, count in roles.items() if count)


def _has_room(rule: InputRule | None, count: int) -> bool:
    return rule is not None and count <= rule.most


# What the extras that are set do to the rest


def effects_of(spec: Spec, way: Way) -> tuple[Effect, ...]:
    """The effects of the extras that are set."""
    found = (extra.effect(spec.extras.get(extra.field, "")) for extra in live_extras(spec, way))
    return tuple(effect for effect in found if effect is not None)


def live_extras(spec: Spec, way: Way) -> tuple[Extra, ...]:
    """The extras that may be sent beside the others that are set."""
    return tuple(extra for extra in way.extras if is_live(extra, spec))


def is_live(extra: Extra, spec: Spec) -> bool:
    """Whether the extra that this one depends on has one of the right values, and the file that it needs is there."""
    if extra.needs and not spec.input(extra.needs):
        return False
    if not extra.only_with:
        return True
    other, *values = extra.only_with
    return str(spec.extras.get(other, "")) in values


def drops(spec: Spec, way: Way, field: str) -> bool:
    """Whether an extra that is set forbids this field of the provider's."""
    return any(field in effect.drops for effect in effects_of(spec, way))


def ratios_for(spec: Spec, way: Way) -> tuple[str, ...]:
    """The ratios that are legal with these files and extras; () where none is sent."""
    if drops(spec, way, "ratio"):
        return ()
    allowed = (ratio for ratio in way.ratios if _is_allowed(ratio, spec, way, "ratios"))
    return tuple(ratio for ratio in allowed if not follows_input(ratio) or _may_follow(spec, way))


def _may_follow(spec: Spec, way: Way) -> bool:
    """Whether there is a picture whose shape a clip could take, or there will have to be one."""
    return any(used.kind is not MediaKind.AUDIO for used in spec.inputs) or bool(missing_roles(way, Roles()))


def resolutions_for(spec: Spec, way: Way) -> tuple[str, ...]:
    """The resolutions that are legal with these files; () where none is sent."""
    return tuple(name for name in way.resolutions if _is_allowed(name, spec, way, "resolutions"))


def _is_allowed(value: str, spec: Spec, way: Way, field: str) -> bool:
    rules = (way.input_rule(role) for role in roles_of(spec.inputs))
    limited = [getattr(rule, field) for rule in rules if rule and getattr(rule, field)]
    return all(value in allowed for allowed in limited)


def has_shots(spec: Spec) -> bool:
    """Whether the clip is made of several shots, each with a prompt and a length of its own."""
    return bool(shots_of(spec))


def shots_of(spec: Spec) -> list[Mapping[str, object]]:
    """The shots of which the clip is made, each `{prompt, duration}`; [] for one shot."""
    return list(cast("list[Mapping[str, object]]", spec.extras.get(SHOTS) or []))


def source_length_s(spec: Spec) -> float | None:
    """The seconds of the film that gives the clip its length, None where there is none."""
    for role in WORKED_ON:
        used = spec.input(role)
        if used and used.kind is MediaKind.VIDEO:
            return used.media.duration_ms / MS
    return None


def durations_for(spec: Spec, way: Way) -> tuple[int, ...]:
    """The whole seconds that are legal; () where no length is sent: it follows the source, the shots or the mode.

    The sound of a clip is as long as the clip: that is the one length then.
    """
    if way.kind is WayKind.SOUND and (length_s := source_length_s(spec)):
        return (min(max(math.ceil(length_s), way.durations_s[0]), way.durations_s[-1]),)
    if has_shots(spec) or any(effect.is_auto for effect in effects_of(spec, way)):
        return ()
    return way.durations_s


def only_length(spec: Spec, way: Way) -> int | None:
    """The seconds where there is no choice between several, None where there is, or where no length is sent."""
    lengths = durations_for(spec, way)
    return lengths[0] if len(lengths) == 1 and not way.takes_auto else None


def as_taken(spec: Spec, way: Way) -> Spec:
    """Without the words, shape, size, length and extras for which this way has no place: they would be stored, and
    priced, as if it had.

    Where there is just one length, that one: nobody was asked.
    """
    spec = without_strangers(spec, way)
    return replace(
        spec,
        prompt=spec.prompt if way.prompt_max_units else "",
        ratio=spec.ratio if ratios_for(spec, way) else "",
        resolution=spec.resolution if resolutions_for(spec, way) else "",
        duration_s=only_length(spec, way) or (spec.duration_s if durations_for(spec, way) else None),
    )


def without_strangers(spec: Spec, way: Way) -> Spec:
    """Without the extras that this way does not have, or not beside the others; what depends on one goes with it."""
    names = {extra.field for extra in live_extras(spec, way)}
    kept = {name: value for name, value in spec.extras.items() if name in names}
    if len(kept) == len(spec.extras):
        return spec
    return without_strangers(replace(spec, extras=kept), way)
