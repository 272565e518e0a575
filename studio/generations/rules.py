"""What a way demands of its files, one rule a role: the catalog's record, as pre-flight reads it."""

from dataclasses import dataclass
from typing import Protocol

from studio.providers.base import InputRole, MediaKind
from studio.providers.catalog import Way


class Rule(Protocol):
    """Limits of the files in one role; 0 and None mean that none is known. The catalog's InputRule is one.

    `aspect` is the smallest and largest width / height, `total_max_s` bounds all films or sounds of the role together.
    """

    @property
    def role(self) -> InputRole: ...
    @property
    def kinds(self) -> tuple[MediaKind, ...]: ...
    @property
    def least(self) -> int: ...
    @property
    def most(self) -> int: ...
    @property
    def aspect(self) -> tuple[float, float] | None: ...
    @property
    def side_min_px(self) -> int: ...
    @property
    def min_s(self) -> float: ...
    @property
    def max_s(self) -> float: ...
    @property
    def total_max_s(self) -> float: ...
    @property
    def fps_max(self) -> float: ...
    @property
    def needs(self) -> InputRole | None: ...
    @property
    def not_with(self) -> tuple[InputRole, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRule:
    """The rule of a frame, for ways that know frames alone."""

    role: InputRole
    kinds: tuple[MediaKind, ...] = (MediaKind.IMAGE,)
    least: int = 0
    most: int = 1
    aspect: tuple[float, float] | None = None
    side_min_px: int = 0
    min_s: float = 0
    max_s: float = 0
    total_max_s: float = 0
    fps_max: float = 0
    needs: InputRole | None = None
    not_with: tuple[InputRole, ...] = ()


def rules_of(way: Way) -> tuple[Rule, ...]:
    """The rules of a way, in the order of its places."""
    listed: tuple[Rule, ...] | None = getattr(way, "inputs", None)
    if listed is not None:
        return listed
    return tuple(
        FrameRule(
            role=InputRole(role.value),
            least=1 if role.value == InputRole.FIRST.value else 0,
            aspect=way.aspect_window,
            needs=None if role.value == InputRole.FIRST.value else InputRole.FIRST,
        )
        for role in way.frames
    )


def one_of(way: Way) -> tuple[InputRole, ...]:
    """The roles of which at least one file must be there, () for no such demand."""
    listed: tuple[InputRole, ...] = getattr(way, "needs_one_of", ())
    return listed
