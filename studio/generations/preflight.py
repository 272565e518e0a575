"""Checks files before money is spent: each that the model would refuse has its field and a sentence.

The form asks when a person composes, the engine once more before it sends: the catalog may have changed meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from studio.enums import InputRole as Role
from studio.enums import WayKind as StoredWay
from studio.generations.request import Spec, SpecInput, field_of, input_of
from studio.generations.rules import Rule, one_of, rules_of
from studio.models import Generation
from studio.providers.base import InputRole, MediaKind, WayKind
from studio.providers.catalog import Model, Way, find_model

MOST_BYTES = 200_000_000
BYTES_PER_MB = 1_000_000
MS = 1000
SLACK_S = 0.05
"""A film of 30 s may be told as 30.02: the last frame is shown until the next would come."""
CONTENT_TYPES: Mapping[MediaKind, frozenset[str]] = MappingProxyType(
    {
        MediaKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/webp"}),
        MediaKind.VIDEO: frozenset(
            {"video/mp4", "video/quicktime", "video/x-matroska", "video/webm", "video/3gpp", "video/ogg"}
        ),
        MediaKind.AUDIO: frozenset({"audio/mpeg", "audio/wav", "audio/flac", "audio/mp4", "audio/aac"}),
    }
)
KIND_WORDS: Mapping[MediaKind, str] = MappingProxyType(
    {MediaKind.IMAGE: "an image", MediaKind.VIDEO: "a video", MediaKind.AUDIO: "a sound"}
)
NOUNS: Mapping[MediaKind, str] = MappingProxyType(
    {MediaKind.IMAGE: "image", MediaKind.VIDEO: "video", MediaKind.AUDIO: "sound"}
)


def problems_of(spec: Spec, model: Model, way: Way) -> dict[str, str]:
    """Field of the form → sentence, for every file that this way would refuse, and for each that is missing.

    `spec` has its crops. What the engine converts by itself (too many frames a second) is no problem.
    """
    return _first_of_each(spec.inputs, way, label=model.label)


def problems_of_take(generation: Generation) -> dict[str, str]:
    """The same of a stored take, just before it is sent. One query, none for a take that is made from a text."""
    if generation.way == StoredWay.TEXT:
        return {}
    model = find_model(generation.model)
    way = model.way(WayKind(generation.way)) if model else None
    if model is None or way is None:
        return {}
    used = [input_of(one) for one in generation.inputs.select_related("reference", "clip")]
    return _first_of_each(used, way, label=model.label)


def _first_of_each(inputs: Iterable[SpecInput], way: Way, *, label: str) -> dict[str, str]:
    used, found = tuple(inputs), dict[str, str]()
    for field, sentence in file_problems(used, rules_of(way), label=label):
        found.setdefault(field, sentence)
    choices = one_of(way)
    if choices and not any(one.role in choices for one in used):
        names = " or a ".join(_name(role) for role in choices)
        found.setdefault(field_of(choices[0]), f"{label} needs a {names}. Add one.")
    return found


def file_problems(inputs: Iterable[SpecInput], rules: Iterable[Rule], *, label: str) -> Iterator[tuple[str, str]]:
    """Each file against the rule of its role; `label` is the model's name."""
    by_role = {rule.role: rule for rule in rules}
    groups: dict[InputRole, list[SpecInput]] = {}
    for used in inputs:
        groups.setdefault(used.role, []).append(used)
    for role, group in groups.items():
        rule = by_role.get(role)
        if rule is None:
            yield field_of(role), f"{label} takes no {_name(role)}. Remove it, or choose another model."
            continue
        yield from ((field_of(role), sentence) for sentence in _of_group(group, rule, label, set(groups)))
    asked_for = {by_role[role].needs for role in groups if role in by_role}  # with a sentence of its own
    for role, rule in by_role.items():
        if rule.least and role not in groups and role not in asked_for:
            yield field_of(role), f"{label} needs a {_name(role)}. Add one."


def _of_group(group: list[SpecInput], rule: Rule, label: str, present: set[InputRole]) -> Iterator[str]:
    name = _name(rule.role)
    if len(group) > rule.most:
        yield (
            f"{label} takes {rule.most} {_plural(name, rule.most)} and these are {len(group)}. "
            f"Remove {len(group) - rule.most}."
        )
    if rule.needs and rule.needs not in present:
        yield f"A {name} needs a {_name(rule.needs)} beside it. Add one, or remove the {name}."
    for other in rule.not_with:
        if other in present:
            yield f"{label} takes a {name} or a {_name(other)}, not both. Remove one of them."
    for used in group:
        yield from _of_file(used, rule, label)
    total_s = sum(used.media.duration_ms for used in group) / MS
    if rule.total_max_s and total_s > rule.total_max_s + SLACK_S:
        yield (
            f"The {_plural(name, 2)} are {total_s:.1f} s long together and {label} takes {rule.total_max_s:g} s. "
            "Remove one, or add shorter ones."
        )


def _of_file(used: SpecInput, rule: Rule, label: str) -> Iterator[str]:
    media, noun = used.media, NOUNS[used.kind]
    if used.kind not in rule.kinds:
        wanted = " or ".join(KIND_WORDS[kind] for kind in rule.kinds)
        yield f"The {_name(rule.role)} has to be {wanted}; this is {KIND_WORDS[used.kind]}. Choose another file."
        return
    if media.content_type not in CONTENT_TYPES[used.kind]:
        yield f"Providers do not take {noun}s of the type {media.content_type}. Add the {noun} again in another format."
    if media.size_bytes > MOST_BYTES:
        yield (
            f"This {noun} has {media.size_bytes / BYTES_PER_MB:.1f} MB and the provider takes "
            f"{MOST_BYTES // BYTES_PER_MB} MB. Add a smaller one."
        )
    if used.kind is not MediaKind.AUDIO:
        yield from _of_shape(used, rule, label)
    if used.kind is not MediaKind.IMAGE:
        yield from _of_length(media.duration_ms / MS, rule, label, noun)


def _of_shape(used: SpecInput, rule: Rule, label: str) -> Iterator[str]:
    width, height = size_sent(used)
    noun = NOUNS[used.kind]
    if rule.aspect and not rule.aspect[0] <= width / height <= rule.aspect[1]:
        least, most = rule.aspect
        yield (
            f"This {noun} is {width} × {height}, {width / height:.2f} times as wide as high. "
            f"{label} takes {float(least):g} to {float(most):g}: crop it, or choose another {noun}."
        )
    if min(width, height) < rule.side_min_px:
        cut = " after the crop" if used.crop else ""
        yield (
            f"This {noun} is {width} × {height} px{cut} and {label} needs {rule.side_min_px} px a side. "
            "Choose a larger one."
        )


def _of_length(length_s: float, rule: Rule, label: str, noun: str) -> Iterator[str]:
    if rule.min_s and length_s < rule.min_s - SLACK_S:
        yield f"This {noun} is {length_s:.1f} s long and {label} needs {rule.min_s:g} s. Choose a longer one."
    if rule.max_s and length_s > rule.max_s + SLACK_S:
        yield (
            f"This {noun} is {length_s:.1f} s long and {label} takes {rule.max_s:g} s. "
            "Cut it shorter, or choose another one."
        )


def size_sent(used: SpecInput) -> tuple[int, int]:
    """Width and height in pixels of what is sent: the crop where there is one."""
    width, height = used.media.width, used.media.height
    return used.crop.size(width, height) if used.crop else (width, height)


def fps_to_make(used: SpecInput, rule: Rule) -> float | None:
    """The frames a second to which the engine brings this video before it is sent, None for none."""
    if used.kind is not MediaKind.VIDEO or not rule.fps_max or float(used.media.fps) <= rule.fps_max:
        return None
    return rule.fps_max


def _name(role: InputRole) -> str:
    return str(Role(role.value).label).lower()


def _plural(name: str, count: int) -> str:
    return name if count == 1 else f"{name}s"
