"""What a video file is, proven by decoding its beginning and its end."""

import errno
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from studio.media.errors import NotAVideo
from studio.media.formats import MATROSKA, MOV, MP4, WEBM, FileFormat, format_of

Piece = TypeVar("Piece")
THOUSANDTH = Decimal("0.001")
END_TOLERANCE_S = 0.1
END_TOLERANCE_WITH_SOUND_S = 1.0
END_WINDOW_S = 0.25
# A file that keeps a decoder busy for ever, or asks for gigabytes a frame, is no clip: it comes from a stranger.
MOST_DECODING_S = 60.0
MOST_FRAME_PIXELS = 8192 * 8192
MOST_DURATION_S = 24 * 3600
MOST_FPS = Fraction(1000)
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES})
DAMAGES = (ValueError, TypeError, AttributeError, ArithmeticError, LookupError, MemoryError)
"""What PyAV raises for files that make no sense; a stream without a known codec has no context."""


class Curve(StrEnum):
    """How light is written down in the numbers of a picture."""

    SDR = "sdr"
    PQ = "pq"
    HLG = "hlg"
    LINEAR = "linear"


CURVES = {16: Curve.PQ, 18: Curve.HLG, 8: Curve.LINEAR}
"""By FFmpeg's number of the transfer characteristics."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Measured, not declared: the first frame and the end have been decoded. `fps` has three places.

    `pixels` is FFmpeg's name of the pixel format, `profile` that of the codec ("High", "4444"), `curve` how light is
    written down, `sound_codec` "" without sound.
    """

    width: int
    height: int
    duration_s: Decimal
    fps: Decimal
    frame_count: int
    codec: str
    has_sound: bool
    container: str
    pixels: str = ""
    profile: str = ""
    curve: Curve = Curve.SDR
    sound_codec: str = ""


def probe_video(path: Path) -> VideoFacts:
    """The facts of the video at `path`. Raises NotAVideo when it is none, is cut off, or has no picture."""
    name = _video_format(path)
    with open_video(path) as container:
        stream = container.streams.video[0]
        _decode_first(container)
        duration = _duration(container, stream)
        frame_count = stream.frames or _count_frames(container, stream)
        _prove_end(container, stream, duration)
        return VideoFacts(
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            duration_s=_rounded(duration),
            fps=_rounded(min(stream.average_rate or Fraction(frame_count) / duration, MOST_FPS)),
            frame_count=frame_count,
            codec=stream.codec_context.name,
            has_sound=bool(container.streams.audio),
            container={MOV: "mov", MP4: "mp4"}.get(name, "matroska"),
            pixels=stream.codec_context.pix_fmt or "",
            profile=stream.codec_context.profile or "",
            curve=CURVES.get(stream.codec_context.color_trc, Curve.SDR),
            sound_codec=container.streams.audio[0].codec_context.name if container.streams.audio else "",
        )


@contextmanager
def open_video(path: Path) -> Iterator[InputContainer]:
    """The opened file, which has a picture. What is found wrong inside comes out as NotAVideo."""
    demuxer = _video_format(path).demuxer
    try:
        # A fixed demuxer: playlists and the like could make FFmpeg read other files.
        with av.open(str(path), format=demuxer) as container:
            if not container.streams.video:
                raise NotAVideo("The file has no picture.")
            _check_measures(container.streams.video[0])
            yield container
    except av.FFmpegError as error:
        raise verdict(error) from error
    except DAMAGES as error:  # times and rates that make no sense
        raise NotAVideo(f"The file cannot be played: {type(error).__name__}.") from error


def verdict(error: av.FFmpegError) -> NotAVideo | OSError:
    """What FFmpeg's error says: that the file is no good, or that our own disk is."""
    if error.errno in DISK_ERRORS:
        return OSError(error.errno, error.strerror)
    return NotAVideo(f"The file cannot be played: {error.strerror}.")


def _check_measures(stream: VideoStream) -> None:
    """Before any frame is decoded."""
    context = stream.codec_context
    if not 0 < context.width * context.height <= MOST_FRAME_PIXELS:
        raise NotAVideo("The picture has no size, or one beyond reason.")


def in_time(pieces: Iterable[Piece], *, most_s: float | None = None) -> Iterator[Piece]:
    """The packets or frames, for as long as decoding a clip may take, or `most_s`. Raises NotAVideo."""
    deadline = time.monotonic() + (MOST_DECODING_S if most_s is None else most_s)
    for piece in pieces:
        if time.monotonic() > deadline:
            raise NotAVideo("The file takes too long to read.")
        yield piece


def _video_format(path: Path) -> FileFormat:
    """MP4, MOV, WebM or Matroska, by the first bytes."""
    found = format_of(path)
    if found not in {MP4, MOV, WEBM, MATROSKA}:
        raise NotAVideo("The file is no video.")
    return found


def _decode_first(container: InputContainer) -> None:
    if next(container.decode(video=0), None) is None:
        raise NotAVideo("No frame can be decoded.")


def _duration(container: InputContainer, stream: VideoStream) -> Fraction:
    """Seconds of picture."""
    said = stream.duration * stream.time_base if stream.duration and stream.time_base else None
    duration = said or Fraction(container.duration or 0, av.time_base)
    if not Fraction(1, 1000) <= duration <= MOST_DURATION_S:
        raise NotAVideo("The file has no length, or one beyond reason.")
    return duration


def _count_frames(container: InputContainer, stream: VideoStream) -> int:
    """For containers that do not say it: by reading through, without decoding."""
    container.seek(0)
    return sum(1 for packet in in_time(container.demux(stream)) if packet.size)


def _prove_end(container: InputContainer, stream: VideoStream, duration: Fraction) -> None:
    """Decodes from near the end on: a download that broke off tells its length, and has no pictures there."""
    start_s = float((stream.start_time or 0) * (stream.time_base or 0))
    near_end_s = start_s + max(float(duration) - END_WINDOW_S, 0)
    container.seek(int(near_end_s * av.time_base))
    last_s = max((frame.time for frame in in_time(container.decode(video=0))), default=-1.0)
    if last_s < start_s + float(duration) - _end_tolerance_s(container, stream):
        raise NotAVideo("The file is cut off before its end.")


def _end_tolerance_s(container: InputContainer, stream: VideoStream) -> float:
    """How long before the end the last frame may begin: longer where the length may be that of the sound."""
    if not stream.duration and container.streams.audio:
        return END_TOLERANCE_WITH_SOUND_S
    return END_TOLERANCE_S + (float(2 / stream.average_rate) if stream.average_rate else 0.0)


def _rounded(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(THOUSANDTH)
