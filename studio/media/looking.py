"""What a delivered file is, whatever it is: measured, named in a few words, and judged whether a browser shows it."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from studio.media.errors import NotAVideo
from studio.media.formats import SVG, ZIP, FileFormat, Medium, format_of
from studio.media.preview import make_poster
from studio.media.probe import Curve, VideoFacts, probe_video
from studio.media.proxy import needs_proxy
from studio.media.sequences import Sequence, read_sequence
from studio.media.sounds import probe_sound
from studio.media.stills import probe_still

CODECS = {"h264": "H.264", "hevc": "HEVC", "av1": "AV1", "libdav1d": "AV1", "vp8": "VP8", "vp9": "VP9"}
PRORES = {"Proxy": "422 Proxy", "LT": "422 LT", "Standard": "422", "HQ": "422 HQ", "XQ": "4444 XQ"}
CURVES = {Curve.PQ: "HDR (PQ)", Curve.HLG: "HDR (HLG)"}
DEEP = {"10": "10 bit", "12": "12 bit"}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Measured. What a medium does not have is 0; a sequence has neither length nor rate before one is chosen.

    `label` says what it is in a few words. `is_playable`: every browser plays or shows it as it is. `poster` is a WebP
    that came by the way, None where one is still to be made.
    """

    format: FileFormat
    label: str
    is_playable: bool
    width: int = 0
    height: int = 0
    duration_s: Decimal = Decimal(0)
    fps: Decimal = Decimal(0)
    has_sound: bool = False
    sequence: Sequence | None = None
    poster: bytes | None = None

    @property
    def medium(self) -> Medium:
        return self.format.medium


def look_at(path: Path) -> FileFacts:
    """The facts of the file at `path`, by its content alone. Raises NotAVideo for what is damaged, or none of ours."""
    found = format_of(path)
    if found is ZIP:
        return _of_sequence(read_sequence(path))
    if found.medium is Medium.IMAGE:
        still = probe_still(path)
        return FileFacts(
            found, found.name, is_playable=True, width=still.width, height=still.height, poster=still.poster
        )
    if found.medium is Medium.AUDIO:
        sound = probe_sound(path)
        return FileFacts(found, found.name, is_playable=True, duration_s=sound.duration_s, has_sound=True)
    return _of_video(found, probe_video(path))


def _of_video(found: FileFormat, facts: VideoFacts) -> FileFacts:
    return FileFacts(
        format=found,
        label=label_of(found, facts),
        is_playable=not needs_proxy(facts),
        width=facts.width,
        height=facts.height,
        duration_s=facts.duration_s,
        fps=facts.fps,
        has_sound=facts.has_sound,
    )


def _of_sequence(sequence: Sequence) -> FileFacts:
    return FileFacts(
        format=ZIP,
        label=sequence.label,
        is_playable=False,
        width=sequence.width,
        height=sequence.height,
        has_sound=bool(sequence.sound_s),
        sequence=sequence,
    )


def label_of(found: FileFormat, facts: VideoFacts) -> str:
    """`ProRes 4444`, `MP4, HEVC, 10 bit, HDR (PQ)`."""
    if facts.codec == "prores":
        first = f"ProRes {PRORES.get(facts.profile, facts.profile)}".strip()
        return ", ".join(part for part in (first, CURVES.get(facts.curve, "")) if part)
    depth = next((word for bits, word in DEEP.items() if f"p{bits}" in facts.pixels), "")
    codec = CODECS.get(facts.codec, facts.codec)
    return ", ".join(part for part in (found.name, codec, depth, CURVES.get(facts.curve, "")) if part)


def poster_of(path: Path) -> bytes:
    """A WebP that stands for a video or an image. Raises NotAVideo where none can be made: of sounds, SVGs and ZIPs."""
    found = format_of(path)
    if found.medium is Medium.IMAGE and found is not SVG:
        poster = probe_still(path).poster
        if poster:
            return poster
    if found is ZIP or found.medium is not Medium.VIDEO:
        raise NotAVideo("Of this file no poster can be made.")
    return make_poster(path)
