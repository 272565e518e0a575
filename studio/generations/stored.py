"""What the engine has stored of a take, on its way into the rows."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from studio.enums import MediaKind


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file that the provider delivered, beside or in place of what a browser plays. `order` is the provider's."""

    order: int
    key: str
    filename: str
    label: str
    content_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredClip:
    """A clip whose bytes are in the storage and were checked; `files` too."""

    key: str
    content_type: str
    size_bytes: int
    sha256: str
    poster_key: str
    poster_size_bytes: int
    width: int
    height: int
    duration_ms: int
    fps: Decimal
    has_sound: bool
    kind: str = MediaKind.VIDEO
    files: tuple[StoredFile, ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """The clip's own row."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "files"}
