"""Slots: the places for files that the chosen model offers, worked out before a template sees them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from studio.enums import InputRole as Role
from studio.forms.cuts import Cut, cut_of
from studio.forms.inputs import FILE_FIELDS, ROLES, value_of
from studio.generations.hints import Hint
from studio.generations.request import Spec, SpecInput, field_of
from studio.generations.ways import open_rules, roles_of
from studio.providers.base import InputRole, MediaKind
from studio.providers.catalog import FileShape, InputRule, Model

MS = 1000
ACCEPTED = {
    MediaKind.IMAGE: "image/*,.heic,.heif,.avif,.tif,.tiff",
    MediaKind.VIDEO: "video/*,.mkv",
    MediaKind.AUDIO: "audio/*",
}
NEVER_PRICED = ("prompt", "csrfmiddlewaretoken", "token", "seen_credits")
"""Fields that a question for the price leaves out: they do not change it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a file. `field` is the form's name of its role, `name` that of this one of several.

    `value`, `thumb`, `caption` and the sides are those of the file, "" and 0 where the place is empty. `at_s` is the
    moment of a keyframe as it is typed. `changes` say what was converted, and what will be cut where nothing moves it.
    """

    field: str
    name: str
    label: str
    accept: str
    icon: str
    not_sent: str
    value: str = ""
    thumb: str = ""
    caption: str = ""
    width: int = 0
    height: int = 0
    is_wrong: bool = False
    takes_tag: bool = False
    tag: str = ""
    takes_moment: bool = False
    at_s: str = ""
    changes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    cut: Cut | None = None


def slots(spec: Spec, model: Model, *, problems: Mapping[str, str], warnings: Iterable[Hint] = ()) -> list[Slot]:
    """The places that the model offers beside what is there, and those of files that it does not take."""
    rules = {rule.role: rule for rule in open_rules(model, roles_of(spec.inputs))}
    blamed = [ROLES[field] for field in problems if field in ROLES]
    roles = list(dict.fromkeys([*rules, *roles_of(spec.inputs), *blamed]))
    order = list(InputRole)
    found = [
        slot for role in sorted(roles, key=order.index) for slot in _of_role(role, rules.get(role), spec, problems)
    ]
    told = {hint.field: hint.sentence for hint in warnings}
    return [replace(slot, hints=_hints(slot, told)) for slot in found]


def _hints(slot: Slot, told: Mapping[str, str]) -> tuple[str, ...]:
    """The warning about a role stands at its first file."""
    is_first = slot.name == slot.field and slot.value
    return (told[slot.field],) if is_first and slot.field in told else ()


def not_priced(*, but: str = "") -> str:
    """The names of htmx's `hx-params` for a question that sends no files, or just the one in the field `but`."""
    files = [name for name in FILE_FIELDS if name != but]
    words = [name for name in NEVER_PRICED if not but or name != "csrfmiddlewaretoken"]
    return ",".join([*words, *files])


def _of_role(role: InputRole, rule: InputRule | None, spec: Spec, problems: Mapping[str, str]) -> Iterator[Slot]:
    inputs = spec.inputs_of(role)
    most = rule.most if rule else len(inputs)
    for index, used in enumerate(inputs):
        yield _filled(used, rule, spec=spec, index=index, most=most, problem=problems.get(field_of(role), ""))
    if len(inputs) < most or not inputs:
        kinds = rule.kinds if rule else (MediaKind.IMAGE,)
        yield Slot(**_place(role, kinds, index=len(inputs)), is_wrong=not inputs and field_of(role) in problems)


def _place(role: InputRole, kinds: tuple[MediaKind, ...], *, index: int) -> dict[str, Any]:
    field = field_of(role)
    return {
        "field": field,
        "name": f"{field}.{index}" if index else field,
        "label": _label(role, index=index),
        "accept": ",".join(ACCEPTED[kind] for kind in kinds),
        "icon": "image" if kinds[0] is MediaKind.IMAGE else "film" if kinds[0] is MediaKind.VIDEO else "sound",
        "not_sent": not_priced(but=f"{field}_file"),
    }


def _label(role: InputRole, *, index: int) -> str:
    label = str(Role(role.value).label)
    return f"{label} {index + 1}" if index else label


def _filled(used: SpecInput, rule: InputRule | None, *, spec: Spec, index: int, most: int, problem: str) -> Slot:
    place = _place(used.role, rule.kinds if rule else (used.kind,), index=index)
    media = used.media
    cut = cut_of(used, label=place["label"], ratio=spec.ratio, rule=rule)
    changes = tuple(used.reference.changes) if used.reference else ()
    return Slot(
        **place,
        value=value_of(used),
        thumb=_thumb(used),
        caption=_caption(used),
        width=media.width or 320,
        height=media.height or 180,
        is_wrong=bool(problem),
        takes_tag=rule is not None and rule.shape is FileShape.TAGGED,
        tag=used.tag,
        takes_moment=used.role is InputRole.KEYFRAME,
        at_s="" if used.at_s is None else f"{used.at_s.normalize():f}",
        changes=(*changes, f"{place['label']}: {cut.sentence}") if cut and most > 1 else changes,
        cut=cut if most == 1 else None,
    )


def _thumb(used: SpecInput) -> str:
    if used.reference:
        return reverse("reference_thumb", args=[used.reference.public_id])
    assert used.clip is not None  # noqa: S101  # one of both is set
    return reverse("clip_poster", args=[used.clip.public_id]) if used.clip.poster_key else ""


def _caption(used: SpecInput) -> str:
    length = f"{used.media.duration_ms / MS:.1f} s" if used.media.duration_ms else ""
    if used.reference:
        return " · ".join(filter(None, (used.reference.filename, length)))
    return " · ".join(filter(None, ("A clip of yours", length)))
