"""What a file is by its first bytes, and never by its name: its format, its media type, what it is called."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.media.errors import NotAVideo

HEAD_BYTES = 1024
MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
QUICKTIME_BRAND = b"qt  "
EBML_START = b"\x1aE\xdf\xa3"
MPEG_LAYER_3 = 0b01
SVG_ROOT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+|<!--.*?-->\s*+|<!DOCTYPE svg[^>\[]*+>\s*+)*+<svg[\s>]", re.S
)


class Medium(StrEnum):
    """What a person does with it: look, watch, or listen."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One format. `demuxer` is FFmpeg's name, "" where FFmpeg is not what reads it."""

    name: str
    medium: Medium
    content_type: str
    extension: str
    demuxer: str = ""


MP4 = FileFormat("MP4", Medium.VIDEO, "video/mp4", "mp4", "mp4")
MOV = FileFormat("MOV", Medium.VIDEO, "video/quicktime", "mov", "mp4")
WEBM = FileFormat("WebM", Medium.VIDEO, "video/webm", "webm", "matroska")
MATROSKA = FileFormat("Matroska", Medium.VIDEO, "video/x-matroska", "mkv", "matroska")
ZIP = FileFormat("ZIP", Medium.VIDEO, "application/zip", "zip")
PNG = FileFormat("PNG", Medium.IMAGE, "image/png", "png")
JPEG = FileFormat("JPEG", Medium.IMAGE, "image/jpeg", "jpg")
WEBP = FileFormat("WebP", Medium.IMAGE, "image/webp", "webp")
SVG = FileFormat("SVG", Medium.IMAGE, "image/svg+xml", "svg")
MP3 = FileFormat("MP3", Medium.AUDIO, "audio/mpeg", "mp3", "mp3")
WAV = FileFormat("WAV", Medium.AUDIO, "audio/wav", "wav", "wav")
FLAC = FileFormat("FLAC", Medium.AUDIO, "audio/flac", "flac", "flac")
FORMATS = (MP4, MOV, WEBM, MATROSKA, ZIP, PNG, JPEG, WEBP, SVG, MP3, WAV, FLAC)
STARTS: tuple[tuple[bytes, FileFormat], ...] = (
    (b"PK\x03\x04", ZIP),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"ID3", MP3),
    (b"fLaC", FLAC),
)


def format_of(path: Path) -> FileFormat:
    """The format of the file at `path`. Raises NotAVideo for one that is none of ours."""
    with path.open("rb") as source:
        head = source.read(HEAD_BYTES)
    if not head:
        raise NotAVideo("The file is empty.")
    found = _by_head(head)
    if found is None:
        raise NotAVideo("The file is no video, and no image or sound either.")
    return found


def _by_head(head: bytes) -> FileFormat | None:
    if head[4:8] in MP4_BOXES:
        return MOV if head[8:12] == QUICKTIME_BRAND else MP4
    if head.startswith(EBML_START):
        return WEBM if b"webm" in head[:64] else MATROSKA
    if head.startswith(b"RIFF"):
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    for start, found in STARTS:
        if head.startswith(start):
            return found
    if _is_mpeg_sound(head):
        return MP3
    return SVG if SVG_ROOT.match(head) else None


def _is_mpeg_sound(head: bytes) -> bool:
    """Eleven bits of sync, then a version that exists and layer III."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    return (head[1] >> 3) & 0b11 != 0b01 and (head[1] >> 1) & 0b11 == MPEG_LAYER_3
