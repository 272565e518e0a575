"""Reads the files of the composer's form: each stands in a place of its role, and is one of the team's."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict

from accounts.models import Team
from studio.generations.request import SpecInput, field_of
from studio.media.cropping import read_crop
from studio.models import Clip, Project, Reference
from studio.providers.base import InputRole

ROLES = {field_of(role): role for role in InputRole}
"""The form's field → the role of its files."""
FILE_FIELDS = tuple(f"{field}_file" for field in ROLES)
GONE = "This file is not among the team's files. Add it again."
NO_MOMENT = "A moment is a number of seconds, such as 1.5. Type it anew."
CLIP_PREFIX = "clip-"
MOST_FILES = 60
MOST_DIGITS = 4
LATEST_MOMENT_S = Decimal(9999)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class _Place:
    """One file as the form names it."""

    role: InputRole
    value: str
    tag: str
    moment: str
    crop: str

    @property
    def field(self) -> str:
        return field_of(self.role)

    @property
    def is_clip(self) -> bool:
        return self.value.startswith(CLIP_PREFIX)

    @property
    def public_id(self) -> str:
        return self.value.removeprefix(CLIP_PREFIX)


def value_of(used: SpecInput) -> str:
    """A file as the form names it: the reference's public id, or `clip-` and the clip's."""
    prefix = CLIP_PREFIX if used.clip else ""
    return f"{prefix}{used.media.public_id}"


def read_inputs(
    data: QueryDict, *, team: Team, project: Project | None = None
) -> tuple[tuple[SpecInput, ...], dict[str, str]]:
    """The files in their places, and field → sentence for those that cannot be read. Two queries at the most.

    What belongs to a confidential project counts in that `project` alone.
    """
    places = list(_places(data))[:MOST_FILES]
    references = _references(team, project, [place.value for place in places if not place.is_clip])
    clips = _clips(team, project, [place.public_id for place in places if place.is_clip])
    inputs: list[SpecInput] = []
    problems: dict[str, str] = {}
    for place in places:
        public_id = _uuid(place.public_id) or NOBODY
        reference = None if place.is_clip else references.get(public_id)
        clip = clips.get(public_id) if place.is_clip else None
        if reference is None and clip is None:
            problems[place.field] = GONE
            continue
        moment, is_readable = _moment(place.moment)
        if not is_readable:
            problems[place.field] = NO_MOMENT
        inputs.append(
            SpecInput(
                role=place.role,
                reference=reference,
                clip=clip,
                tag=place.tag.strip().removeprefix("@"),
                at_s=moment,
                crop=read_crop(place.crop),
            )
        )
    return tuple(inputs), problems


def without_file(inputs: tuple[SpecInput, ...], name: str) -> tuple[SpecInput, ...]:
    """Without the file that `name` means: `first_frame`, or `reference_image.2` for the third of several."""
    field, _, index = name.partition(".")
    role = ROLES.get(field)
    position = int(index[:MOST_DIGITS]) if index.isdecimal() else 0
    seen: dict[InputRole, int] = defaultdict(int)
    kept: list[SpecInput] = []
    for used in inputs:
        if used.role is not role or seen[used.role] != position:
            kept.append(used)
        seen[used.role] += 1
    return tuple(kept)


def as_fields(inputs: tuple[SpecInput, ...]) -> Iterator[tuple[str, str]]:
    """The files as (name, value) of the form, in their order."""
    for used in inputs:
        field = field_of(used.role)
        yield field, value_of(used)
        yield f"{field}_tag", used.tag
        yield f"{field}_at_s", "" if used.at_s is None else f"{used.at_s:f}"
        yield f"{field}_crop", used.crop.as_text() if used.crop else ""


def _places(data: QueryDict) -> Iterator[_Place]:
    for field, role in ROLES.items():
        values = data.getlist(field)
        beside = [data.getlist(f"{field}_{part}") for part in ("tag", "at_s", "crop")]
        for index, value in enumerate(values):
            if value:
                tag, moment, crop = (texts[index] if index < len(texts) else "" for texts in beside)
                yield _Place(role=role, value=value, tag=tag, moment=moment, crop=crop)


def _references(team: Team, project: Project | None, texts: list[str]) -> dict[UUID, Reference]:
    wanted = _uuids(texts)
    found = Reference.objects.select_related("project").filter(team=team, public_id__in=wanted)
    rows = found.filter(Q(project=None) | _usable(project)) if wanted else ()
    return {row.public_id: row for row in rows}


def _usable(project: Project | None) -> Q:
    own = Q(project=project) if project else Q(pk=None)
    return Q(project__is_confidential=False) | own


def _clips(team: Team, project: Project | None, texts: list[str]) -> dict[UUID, Clip]:
    wanted = _uuids(texts)
    rows = (
        Clip.objects.select_related("project").filter(_usable(project), team=team, public_id__in=wanted)
        if wanted
        else ()
    )
    return {row.public_id: row for row in rows}


def _uuids(texts: list[str]) -> set[UUID]:
    return {public_id for text in texts if (public_id := _uuid(text))}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment(text: str) -> tuple[Decimal | None, bool]:
    """Seconds with three digits after the point, and whether the text could be read; nothing is no moment."""
    if not text.strip():
        return None, True
    try:
        moment = Decimal(text.strip().replace(",", ".")).quantize(Decimal("0.001"))
    except InvalidOperation:
        return None, False
    is_possible = moment.is_finite() and 0 <= moment <= LATEST_MOMENT_S
    return (moment, True) if is_possible else (None, False)
