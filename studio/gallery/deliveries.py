"""What a person can download of a clip: what was made, as it came, and what a browser is shown in its place."""

from dataclasses import dataclass

from studio.enums import MediaKind, WayKind
from studio.models import Clip

NAMES_OF_TYPES = {
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
    "video/webm": "WebM",
    "video/x-matroska": "Matroska",
    "application/zip": "ZIP",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WebP",
    "image/svg+xml": "SVG",
    "audio/mpeg": "MP3",
    "audio/wav": "WAV",
    "audio/flac": "FLAC",
}
PLAYED = frozenset({"video/mp4", "image/png", "image/jpeg", "image/webp", "image/svg+xml"})
PLAYED_SOUNDS = frozenset({"audio/mpeg", "audio/wav", "audio/flac"})


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file. `number` counts the provider's files from 1; 0 is a file that was made here to be shown. `ending` is
    what its name ends on: `.mov`, `-2.png`."""

    number: int
    label: str
    ending: str
    key: str
    content_type: str
    size_bytes: int
    sha256: str
    is_missing: bool

    @property
    def is_risky_in_place(self) -> bool:
        """Whether a browser that opens it by itself would run what is in it."""
        return self.content_type == "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The files of a clip. `main` is what was asked for: the originals, and of sound the film that has it now.

    `preview_of` is the original of which a preview is shown, None where what is shown is the original itself;
    `is_shown` whether a browser has anything to show.
    """

    files: list[Delivered]
    main: list[Delivered]
    preview_of: Delivered | None
    is_shown: bool

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def delivery_of(clip: Clip) -> Delivery:
    """All files of a clip, in the provider's order; a preview comes last. One query."""
    rows = list(clip.files.all())
    has_preview = any(row.order == 0 for row in rows)
    count = len(rows) + (not has_preview)
    originals = [
        Delivered(
            number=row.order + 1,
            label=_numbered(row.label, number=row.order + 1, count=count),
            ending=_ending(row.key, number=row.order + 1, count=count),
            key=row.key,
            content_type=row.content_type,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            is_missing=row.missing_since is not None,
        )
        for row in rows
    ]
    is_sound = has_preview and clip.generation.way == WayKind.SOUND
    shown = _shown(
        clip, number=0 if has_preview else 1, count=count, label="Film with sound" if is_sound else "Preview"
    )
    return Delivery(
        files=[*originals, shown] if has_preview else [shown, *originals],
        main=[shown] if is_sound else originals if has_preview else [shown, *originals],
        preview_of=originals[0] if has_preview and not is_sound else None,
        is_shown=clip.content_type in PLAYED or (clip.kind == MediaKind.AUDIO and clip.content_type in PLAYED_SOUNDS),
    )


def shown_file(clip: Clip) -> Delivered:
    """What a browser plays or shows. No query."""
    return _shown(clip, number=1, count=1, label="")


def _shown(clip: Clip, *, number: int, count: int, label: str) -> Delivered:
    name = NAMES_OF_TYPES.get(clip.content_type, clip.content_type)
    extension = clip.key.rpartition(".")[2]
    return Delivered(
        number=number,
        label=_numbered(name, number=number, count=count) if number else f"{label}, {name}",
        ending=_ending(clip.key, number=number, count=count)
        if number
        else f"-{label.lower().replace(' ', '-')}.{extension}",
        key=clip.key,
        content_type=clip.content_type,
        size_bytes=clip.size_bytes,
        sha256=clip.sha256,
        is_missing=clip.missing_since is not None,
    )


def _numbered(label: str, *, number: int, count: int) -> str:
    return label if count == 1 else f"{number}. {label}"


def _ending(key: str, *, number: int, count: int) -> str:
    extension = key.rpartition(".")[2]
    return f".{extension}" if count == 1 else f"-{number}.{extension}"
