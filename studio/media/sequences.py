"""Frames in a ZIP: what is in it, looked at with care, since it comes from a stranger."""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame

from studio.media.errors import NotAVideo
from studio.media.probe import DAMAGES, MOST_FRAME_PIXELS, Curve
from studio.media.sounds import length_of

MOST_FILES = 20_000
MOST_BYTES = 200_000_000_000
MOST_FRAME_BYTES = 600_000_000
MOST_SIDECAR_BYTES = 1_000_000
MOST_DIGITS = 18
"""Of a longer number in a name only its beginning counts: thousands of digits are not read as one."""
MOST_RATIO = 200
"""How many times smaller than its content an entry may be; a flat picture as PNG inside a ZIP stays far below."""
USUAL_FPS = Fraction(24)
RATES = tuple(map(Fraction, ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "120")))
STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"v/1\x01", "exr"),
    (b"\xff\xd8\xff", "mjpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
LABELS = {"png": "PNG", "exr": "EXR", "mjpeg": "JPEG", "tiff": "TIFF"}
NUMBER = re.compile(r"(\d+)")
BAD_ZIPS = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Frames in their order. `codec` is FFmpeg's name of what they are, `sound` the entry with the sound, "" without
    one. `names` are entries of the archive, never paths of ours."""

    path: Path
    names: tuple[str, ...]
    codec: str
    width: int
    height: int
    curve: Curve
    sound: str
    sound_s: Decimal

    @property
    def label(self) -> str:
        """`PNG sequence, 48 frames`."""
        return f"{LABELS[self.codec]} sequence, {len(self.names):,} frames"

    def fps(self, *, otherwise: Fraction = USUAL_FPS) -> Fraction:
        """Frames a second: what the length of the sound says, for a ZIP does not say it."""
        if not self.sound_s:
            return otherwise
        told = len(self.names) / Fraction(self.sound_s)
        nearest = min(RATES, key=lambda rate: abs(rate - told))
        return nearest if abs(nearest - told) < nearest / 20 else otherwise


def read_sequence(path: Path) -> Sequence:
    """What the ZIP at `path` holds; its first and its last frame have been decoded. Raises NotAVideo."""
    with _opened(path) as archive:
        entries = _checked(archive)
        frames = sorted((one for one in entries if _codec_by_name(one.filename)), key=_place)
        if not frames:
            raise NotAVideo("The archive has no frames.")
        codec = _codec_of(archive, frames[0])
        curve = _curve(archive, entries, codec=codec)
        first, last = (_decoded(_read(archive, one), codec=codec) for one in (frames[0], frames[-1]))
        if (first.width, first.height) != (last.width, last.height):
            raise NotAVideo("The frames differ in size.")
        sound = next((one.filename for one in entries if one.filename.lower().endswith((".wav", ".flac", ".mp3"))), "")
        return Sequence(
            path=path,
            names=tuple(one.filename for one in frames),
            codec=codec,
            width=first.width,
            height=first.height,
            curve=curve,
            sound=sound,
            sound_s=_sound_length(archive, sound),
        )


def frames_of(sequence: Sequence) -> Iterator[VideoFrame]:
    """The decoded frames, one in memory at a time; linear light comes as PQ. Raises NotAVideo."""
    with _opened(sequence.path) as archive:
        for name in sequence.names:
            content = _read(archive, archive.getinfo(name))
            yield _decoded(content, codec=sequence.codec)


def take_sound(sequence: Sequence, path: Path) -> None:
    """Write the sound of the archive to `path`. Raises NotAVideo."""
    with _opened(sequence.path) as archive:
        path.write_bytes(_read(archive, archive.getinfo(sequence.sound)))


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except BAD_ZIPS as error:
        raise NotAVideo(f"The archive cannot be read: {type(error).__name__}.") from error


def _checked(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files, before anything of them is unpacked."""
    entries = [one for one in archive.infolist() if not one.is_dir()]
    if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > MOST_BYTES:
        raise NotAVideo("The archive holds more than any sequence.")
    for one in entries:
        parts = one.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise NotAVideo("A name in the archive leads out of it.")
        if one.file_size > MOST_FRAME_BYTES or one.file_size > max(one.compress_size, 1024) * MOST_RATIO:
            raise NotAVideo("An entry of the archive is a bomb.")
    return entries


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """All of it, its checksum compared; never more than it announces, which `_checked` has limited."""
    with archive.open(entry) as source:
        content = source.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise NotAVideo("An entry of the archive is larger than it says.")
    return content


def _codec_by_name(name: str) -> bool:
    base = name.rsplit("/", 1)[-1].lower()
    return not base.startswith(".") and base.endswith((".png", ".exr", ".jpg", ".jpeg", ".tif", ".tiff"))


def _place(entry: zipfile.ZipInfo) -> list[tuple[int, str]]:
    """By the numbers in the name: frame 10 comes after frame 9."""
    parts = NUMBER.split(entry.filename)
    return [(int(part[:MOST_DIGITS]), "") if part.isdecimal() else (0, part) for part in parts]


def _codec_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    with archive.open(entry) as source:
        head = source.read(16)
    found = next((codec for start, codec in STARTS if head.startswith(start)), None)
    if found is None:
        raise NotAVideo("The frames of the archive are no pictures.")
    return found


def _curve(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], *, codec: str) -> Curve:
    """What a note beside the frames says; floating point without one is linear."""
    notes = [one for one in entries if one.filename.lower().endswith(".json") and one.file_size <= MOST_SIDECAR_BYTES]
    for note in notes:
        try:
            told = json.dumps(json.loads(_read(archive, note))).lower()
        except ValueError:
            continue
        if "2084" in told or '"pq"' in told:
            return Curve.PQ
        if "b67" in told or "hlg" in told:
            return Curve.HLG
    return Curve.LINEAR if codec == "exr" else Curve.SDR


def _decoded(content: bytes, *, codec: str) -> VideoFrame:
    decoder = av.CodecContext.create(codec, "r")
    if not isinstance(decoder, av.VideoCodecContext):
        raise NotAVideo("The frames of the archive are no pictures.")
    decoder.options = {"apply_trc": "smpte2084"} if codec == "exr" else {}  # as `tonemap` wants it
    try:
        frames = [*decoder.decode(av.Packet(content)), *decoder.decode(None)]
    except (av.FFmpegError, *DAMAGES) as error:
        raise NotAVideo(f"A frame cannot be decoded: {type(error).__name__}.") from error
    if not frames or not 0 < frames[0].width * frames[0].height <= MOST_FRAME_PIXELS:
        raise NotAVideo("A frame has no picture, or one beyond reason.")
    return frames[0]


def _sound_length(archive: zipfile.ZipFile, name: str) -> Decimal:
    if not name:
        return Decimal(0)
    try:
        return length_of(_read(archive, archive.getinfo(name)))
    except NotAVideo:
        return Decimal(0)
