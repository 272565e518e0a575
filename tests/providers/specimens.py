"""For each way of each model on offer the smallest request and the fullest one, made from the catalog alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from studio.providers.base import Input, InputRole, MediaKind, TaskSpec, WayKind
from studio.providers.catalog import MAX_SEED, Extra, ExtraKind, InputRule, Model, Way, active_models

PROMPT = "A paper boat 😀 sails “home”"
SHOT = {"prompt": "The boat leaves", "duration": 4}
SHOTS = "providerSettings.multiPrompt"


@dataclass(frozen=True)
class Specimen:
    """One request, and the way that it is for."""

    model: Model
    way: Way
    name: str
    spec: TaskSpec

    @property
    def id(self) -> str:
        return f"{self.model.name}-{self.way.kind.value}-{self.name}"


def specimens() -> list[Specimen]:
    """All of them."""
    return [one for model in active_models() for way in model.ways for one in _of_way(model, way)]


def _of_way(model: Model, way: Way) -> Iterator[Specimen]:
    yield Specimen(model, way, "smallest", _smallest(model, way))
    for name, roles in _file_sets(way):
        yield Specimen(model, way, f"fullest{name}", _fullest(model, way, roles=roles))
    for extra in way.extras:
        for effect in extra.effects:
            value = True if effect.value == "true" else effect.value
            spec = _spec(model, way, files=_least_files(way), extras={extra.field: value})
            yield Specimen(model, way, f"{extra.field}={effect.value}", spec)


def _file_sets(way: Way) -> list[tuple[str, set[InputRole]]]:
    """The roles that may come together: all, or frames and references apart where they exclude each other."""
    roles = {rule.role for rule in way.inputs}
    apart = [rule for rule in way.inputs if rule.not_with]
    if not apart:
        return [("", roles)]
    frames = {role for rule in apart for role in rule.not_with}
    references = {rule.role for rule in apart}
    with_frames = {rule.role for rule in way.inputs if rule.role not in references and (rule.needs not in references)}
    return [(" frames", with_frames), (" references", roles - frames)]


def _smallest(model: Model, way: Way) -> TaskSpec:
    required = {extra.field: _value(extra) for extra in way.extras if extra.is_required}
    return TaskSpec(
        model=model.name,
        prompt="Boat" if way.prompt_required else "",
        ratio=_ratio(way, used=_least_files(way), is_full=False),
        duration_s=way.default_duration_s or None,
        way=way.kind,
        inputs=_least_files(way),
        extras=required,
    )


def _fullest(model: Model, way: Way, *, roles: set[InputRole]) -> TaskSpec:
    numbers = count(1)
    files = tuple(
        _file(rule, number=next(numbers)) for rule in way.inputs if rule.role in roles for _ in range(rule.most)
    )
    files = _as_many_images_as_are_taken(way, files)
    extras = {extra.field: _value(extra) for extra in way.extras if not extra.effects}
    if SHOTS in extras and len(files) > 3:
        del extras[SHOTS]
    return _spec(model, way, files=files, extras=extras)


def _as_many_images_as_are_taken(way: Way, files: tuple[Input, ...]) -> tuple[Input, ...]:
    images = [file for file in files if file.kind is MediaKind.IMAGE]
    too_many = images[way.images_most :] if way.images_most else []
    return tuple(file for file in files if file not in too_many)


def _spec(model: Model, way: Way, *, files: tuple[Input, ...], extras: dict[str, object]) -> TaskSpec:
    rules = [rule for rule in way.inputs if any(file.role is rule.role for file in files)]
    resolutions = next((rule.resolutions for rule in rules if rule.resolutions), way.resolutions)
    return TaskSpec(
        model=model.name,
        prompt=_prompt(way),
        ratio=_ratio(way, used=files, is_full=True),
        duration_s=None if way.takes_auto else max(way.durations_s, default=None),
        sound=False if way.has_sound_switch else None,
        seed=MAX_SEED if way.takes_seed else None,
        way=way.kind,
        resolution=resolutions[-1] if resolutions else "",
        inputs=files,
        extras=extras,
    )


def _prompt(way: Way) -> str:
    """As long as it may be; those of stills are longer than the simulator cares for."""
    return PROMPT[: way.prompt_max_units].ljust(0 if way.kind is WayKind.STILL else way.prompt_max_units - 1, "!")


def _ratio(way: Way, *, used: tuple[Input, ...], is_full: bool) -> str:
    rules = [rule for rule in way.inputs if any(file.role is rule.role for file in used)]
    legal = next((rule.ratios for rule in rules if rule.ratios), way.ratios)
    if not is_full:
        return way.default_ratio if way.default_ratio in legal else ""
    return legal[-1] if legal and (used or not legal[-1].startswith("a")) else way.default_ratio


def _least_files(way: Way) -> tuple[Input, ...]:
    needed = [rule for rule in way.inputs for _ in range(rule.least)]
    if not needed and way.needs_one_of:
        needed = [rule for rule in way.inputs if rule.role is way.needs_one_of[0]]
    return tuple(_file(rule, number=number) for number, rule in enumerate(needed, start=1))


def _file(rule: InputRule, *, number: int) -> Input:
    is_keyframe = rule.role is InputRole.KEYFRAME
    return Input(
        uri=f"runway://file-{number:04}",
        role=rule.role,
        kind=rule.kinds[-1],
        tag=f"boat{number}" if rule.kinds == (MediaKind.IMAGE,) else "",
        at_s=number if is_keyframe else None,
    )


def _value(extra: Extra) -> object:
    if extra.kind is ExtraKind.CHOICE:
        return extra.choices[-1] if extra.field != "outputFormat" else extra.choices[1]
    if extra.kind is ExtraKind.SHOTS:
        return [SHOT, SHOT]
    if extra.kind is ExtraKind.SWITCH:
        return extra.default != "true"
    if extra.kind is ExtraKind.TEXT:
        return "rain"
    return int(extra.most) if extra.kind is ExtraKind.WHOLE else extra.most / 2
