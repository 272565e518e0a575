"""Bodies of requests for Runway, as the catalog says where each thing stands. Pure: no network, no clock.

Follows api.dev.runwayml.com, version 2024-11-06, as the official SDK `runwayml` 5.24.0 types it
(types/*_create_params.py). A field that the way does not take is never sent: many ways refuse unknown ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from studio.providers.base import Input, InputRole, MediaKind, TaskSpec, WayKind
from studio.providers.catalog import MODELS, Effect, Extra, ExtraKind, FileShape, InputRule, Sound, Way, find_model
from studio.providers.errors import Issue, Reason, Rejected

MOST_USAGE_DAYS = 90
AUTO = "auto"
FIELDS = {InputRole.FIRST: "first_frame", InputRole.LAST: "last_frame"}


def create_path(spec: TaskSpec) -> str:
    """The endpoint for a request."""
    return f"/v1/{spec.way.value}"


def create_body(spec: TaskSpec) -> dict[str, object]:
    """The body of a create; what is None or empty in the request, and what the way does not take, is left out.

    Raises Rejected for a file that the way has no place for: nothing is sent then, as the clip would be another.
    """
    way = way_of(spec)
    _refuse_files_without_a_place(spec, way)
    effects = list(_effects(spec, way))
    body: dict[str, object] = {"model": spec.model}
    if spec.prompt and way.prompt_max_units:
        body["promptText"] = spec.prompt
    body |= _files(spec, way) | _size(spec, way) | _length(spec, way, effects)
    if spec.sound is not None and way.has_sound_switch:
        body["audio"] = spec.sound
    if spec.seed is not None and way.takes_seed:
        body["seed"] = spec.seed
    for extra in way.extras:
        _place(body, extra, spec.extras)
    dropped = {name for effect in effects for name in effect.drops}
    return {name: value for name, value in body.items() if name not in dropped}


def way_of(spec: TaskSpec) -> Way:
    """The way of the catalog. A model or way that is gone from it since is asked for in the commonest form."""
    model = find_model(spec.model)
    return (model.way(spec.way) if model else None) or _common_way(spec.way)


def upload_body(filename: str) -> dict[str, object]:
    """The body that asks for a place to upload to."""
    return {"filename": filename, "type": "ephemeral"}


def usage_body(start: date, *, before: date) -> dict[str, object]:
    """The body that asks for usage. Raises ValueError for a window that is empty or longer than the API allows."""
    if not timedelta(0) < before - start <= timedelta(days=MOST_USAGE_DAYS):
        raise ValueError(f"A window of usage has 1 to {MOST_USAGE_DAYS} days.")
    return {"startDate": start.isoformat(), "beforeDate": before.isoformat()}


# Pieces


def _common_way(kind: WayKind) -> Way:
    """What models take this way, with most frames."""
    known = [way for model in MODELS.values() for way in model.ways if way.kind == kind]
    return replace(max(known, key=lambda way: len(way.frames)), sound=Sound.SWITCH, takes_seed=True)


def _refuse_files_without_a_place(spec: TaskSpec, way: Way) -> None:
    role = next((file.role for file in spec.inputs if way.input_rule(file.role) is None), None)
    if role is not None:
        issue = Issue(field=FIELDS.get(role, role.value), code="not_taken", message="The model takes no such file.")
        raise Rejected(f"no field for {role.value}", reason=Reason.INVALID, issues=[issue])


def _size(spec: TaskSpec, way: Way) -> dict[str, object]:
    size: dict[str, object] = {}
    if spec.ratio and way.ratios:
        size["ratio"] = spec.ratio
    if way.resolutions:
        size["resolution"] = spec.resolution or way.default_resolution
    return size


def _length(spec: TaskSpec, way: Way, effects: Iterable[Effect]) -> dict[str, object]:
    """The seconds, or "auto"; several shots carry their own, and sound is as long as its clip."""
    if not way.durations_s or _has_shots(spec, way):
        return {}
    if way.takes_auto and (spec.duration_s is None or any(effect.is_auto for effect in effects)):
        return {"duration": AUTO}
    if spec.way == WayKind.SOUND and spec.source_s:
        return {"duration": spec.source_s}
    return {"duration": spec.duration_s or way.default_duration_s}


def _has_shots(spec: TaskSpec, way: Way) -> bool:
    return any(extra.kind is ExtraKind.SHOTS and spec.extras.get(extra.field) for extra in way.extras)


def _effects(spec: TaskSpec, way: Way) -> Iterable[Effect]:
    """What the extras that are set do to the rest."""
    for extra in way.extras:
        effect = extra.effect(spec.extras.get(extra.field, ""))
        if effect is not None:
            yield effect


def _place(body: dict[str, object], extra: Extra, said: Mapping[str, object]) -> None:
    """Put an extra where it belongs: into an object where its field has a dot."""
    value = said.get(extra.field)
    if value is None or value == "" or not _is_wanted(extra, said):
        return
    outer, _, inner = extra.field.partition(".")
    if not inner:
        body[outer] = value
        return
    place = body.setdefault(outer, {})
    if isinstance(place, dict):
        place[inner] = value


def _is_wanted(extra: Extra, said: Mapping[str, object]) -> bool:
    """Whether the extra that this one belongs to has a fitting value."""
    return not extra.only_with or said.get(extra.only_with[0]) in extra.only_with[1:]


# Files


def _files(spec: TaskSpec, way: Way) -> dict[str, object]:
    """The files by the provider's field, in the order of the way's rules."""
    by_field: dict[str, list[tuple[InputRule, Input]]] = {}
    files = spec.inputs
    for rule in way.inputs:
        for file in files:
            if file.role == rule.role:
                by_field.setdefault(rule.field, []).append((rule, file))
    return {name: _shaped(placed) for name, placed in by_field.items()}


def _shaped(placed: Sequence[tuple[InputRule, Input]]) -> object:
    """What stands in one field of the request."""
    rule, file = placed[0]
    if rule.shape is FileShape.TEXT:
        return file.uri
    if rule.shape is FileShape.OBJECT:
        return {"type": _kind(rule, file).value, "uri": file.uri}
    if len(placed) == 1 and file.role == InputRole.FIRST:
        return file.uri
    return [_item(each, one) for each, one in placed]


def _item(rule: InputRule, file: Input) -> dict[str, object]:
    """One entry of a list."""
    item: dict[str, object] = {"uri": file.uri}
    if rule.shape is FileShape.FRAMES:
        return item | {"position": file.role.value}
    if rule.shape is FileShape.TYPED:
        return {"type": _kind(rule, file).value} | item
    if rule.shape is FileShape.TAGGED and file.tag:
        return item | {"tag": file.tag}
    if rule.shape is FileShape.KEYFRAMES:
        return item | {"seconds": file.at_s or 0}
    return item


def _kind(rule: InputRule, file: Input) -> MediaKind:
    return file.kind if file.kind in rule.kinds else rule.kinds[0]
