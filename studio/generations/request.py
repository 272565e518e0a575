"""What a person asks for: one launch as a plain record, before anything is checked or stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from studio.media.cropping import Crop, read_crop
from studio.models import Clip, GenerationReference, Project, Reference
from studio.providers.base import InputRole, MediaKind

FIELDS: Mapping[InputRole, str] = MappingProxyType({InputRole.FIRST: "first_frame", InputRole.LAST: "last_frame"})


def field_of(role: InputRole) -> str:
    """The name of the form's field for files in this role."""
    return FIELDS.get(role, role.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecInput:
    """A reference, or a clip of the team, in its place. Just one of both is set.

    `tag` is the name by which the prompt calls a reference image; `at_s` where a keyframe stands in the source.
    """

    role: InputRole
    reference: Reference | None = None
    clip: Clip | None = None
    tag: str = ""
    at_s: Decimal | None = None
    crop: Crop | None = None

    @property
    def media(self) -> Reference | Clip:
        """The file behind it, whichever it is."""
        found = self.reference or self.clip
        assert found is not None  # noqa: S101  # one of both is set
        return found

    @property
    def kind(self) -> MediaKind:
        """What sort of file it is."""
        return MediaKind(self.media.kind)


def may_be_used(media: Reference | Clip, project: Project) -> bool:
    """Whether a file of the team may be used in the project: what belongs to a confidential one stays in it."""
    if media.project_id in (None, project.pk):
        return True
    home = media.project
    return home is None or not home.is_confidential


def input_of(used: GenerationReference) -> SpecInput:
    """A stored input as part of a request."""
    return SpecInput(
        role=InputRole(used.role),
        reference=used.reference,
        clip=used.clip,
        tag=used.tag,
        at_s=used.at_s,
        crop=read_crop(used.crop),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One launch: the same request, `takes` times.

    `ratio` and `resolution` are "" where the way has none. `duration_s` None leaves the length to the provider;
    `sound` is None where there is no choice; `seed` None is random. `extras` are what only some models take, by the
    provider's names.
    """

    model: str
    prompt: str
    ratio: str
    resolution: str = ""
    duration_s: int | None
    sound: bool | None
    seed: int | None
    takes: int
    inputs: tuple[SpecInput, ...] = ()
    extras: Mapping[str, object] = field(default_factory=dict)

    def inputs_of(self, role: InputRole) -> tuple[SpecInput, ...]:
        """All files in this role, in their order."""
        return tuple(used for used in self.inputs if used.role == role)

    def input(self, role: InputRole) -> SpecInput | None:
        """The first file in this role, None if there is none."""
        return next(iter(self.inputs_of(role)), None)

    @property
    def first_frame(self) -> Reference | None:
        """The image that the clip begins with."""
        found = self.input(InputRole.FIRST)
        return found.reference if found else None

    @property
    def last_frame(self) -> Reference | None:
        """The image that the clip ends with."""
        found = self.input(InputRole.LAST)
        return found.reference if found else None

    @property
    def source(self) -> SpecInput | None:
        """The video that is worked on."""
        return self.input(InputRole.SOURCE)

    def with_input(self, used: SpecInput) -> "Spec":
        """With this file as the only one of its role."""
        return replace(self.without(used.role), inputs=(*self.without(used.role).inputs, used))

    def without(self, role: InputRole) -> "Spec":
        """Without the files in this role."""
        return replace(self, inputs=tuple(used for used in self.inputs if used.role != role))

    def with_frame(self, role: InputRole, reference: Reference | None) -> "Spec":
        """With this image as the frame, or without one."""
        return self.with_input(SpecInput(role=role, reference=reference)) if reference else self.without(role)
