"""What a file is, looked at from the inside: its size, its length, its rate, whether it has sound."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from PIL import Image, UnidentifiedImageError

FPS_MOST = 240
VIDEO_CODECS = frozenset(
    {"h264", "hevc", "av1", "libdav1d", "prores", "vp8", "vp9", "theora"}
    # Discouraged, but taken.
    | {"mjpeg", "mpeg2video", "mpeg1video", "mpeg4", "flv1", "wmv2", "msmpeg4v3"}
)


class Unreadable(Exception):
    """The bytes are not what their first ones say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a file. Pictures last no time; sounds have no size."""

    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    fps: float = 0.0
    has_sound: bool = False
    codec: str = ""

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def look_at(content: bytes, *, kind: str) -> Facts:
    """The facts of an image, a video or an audio file. Raises Unreadable."""
    if kind == "image":
        return _picture(content)
    try:
        with av.open(io.BytesIO(content), "r") as container:
            return _film(container) if kind == "video" else _sound(container)
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise Unreadable(f"The {kind} could not be decoded.") from error


def _picture(content: bytes) -> Facts:
    try:
        width, height = Image.open(io.BytesIO(content)).size
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise Unreadable("The image could not be decoded.") from error
    return Facts(width=width, height=height)


def _film(container: av.container.InputContainer) -> Facts:
    if not container.streams.video:
        raise Unreadable("The video has no picture.")
    stream = container.streams.video[0]
    rate = float(stream.average_rate or stream.guessed_rate or 0) or 24.0
    next(container.decode(stream), None)
    if not stream.width or not stream.height:
        raise Unreadable("The video has no size.")
    return Facts(
        width=stream.width,
        height=stream.height,
        duration_s=_length(container, stream),
        fps=min(rate, FPS_MOST),
        has_sound=bool(container.streams.audio),
        codec=stream.codec_context.name,
    )


def _sound(container: av.container.InputContainer) -> Facts:
    if not container.streams.audio:
        raise Unreadable("The audio has no sound.")
    stream = container.streams.audio[0]
    length = float(container.duration or 0) / av.time_base
    return Facts(duration_s=round(length, 3), has_sound=True, codec=stream.codec_context.name)


def _length(container: av.container.InputContainer, stream: av.VideoStream) -> float:
    """Seconds of picture: a track of sound that goes on a little longer does not count."""
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base), 3)
    return round(float(container.duration or 0) / av.time_base, 3)


def frames_of(content: bytes) -> Iterator[av.VideoFrame]:
    """The pictures of a film, one after the other, numbered from 0 at its own rate."""
    with av.open(io.BytesIO(content), "r") as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate = stream.average_rate or Fraction(24)
        for index, frame in enumerate(container.decode(stream)):
            frame.pts = index
            frame.time_base = 1 / Fraction(rate)
            yield frame


def rate_of(content: bytes) -> Fraction:
    """Frames a second."""
    with av.open(io.BytesIO(content), "r") as container:
        return Fraction(container.streams.video[0].average_rate or Fraction(24))


def first_picture(content: bytes) -> Image.Image:
    """The first frame of a film."""
    picture: Image.Image = next(frames_of(content)).to_image()  # type: ignore[no-untyped-call]  # PyAV's gap
    return picture
