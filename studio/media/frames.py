"""One frame of a video as a picture: the first, the last, or the one that is seen at a given second."""

import math
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.error import InvalidDataError
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation
from PIL import Image

from studio.media.errors import NotAVideo
from studio.media.probe import in_time, open_video

BACK_S = (1.0, 5.0, 25.0)
"""How far before the wanted frame decoding begins: further each time, where no whole picture stands between."""
MILLISECOND = 0.001
"""What a player says of its place is rounded: a frame that begins a moment later is the one that it shows."""
UNSAID = 2
HD_LINES = 720
LEAST_STRETCH, MOST_STRETCH = Fraction(1, 4), Fraction(4)
CAREFULLY = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


def frame_of(path: Path, *, at_s: float | None) -> bytes:
    """A PNG of the frame that is seen `at_s` seconds into the video at `path`; of the very last one with None.

    Upright and with square pixels. A time before the first frame is that of the first, one after the end that of the
    last. It is the very frame that decoding all of them would give; one or two are in memory. Raises NotAVideo.
    """
    with open_video(path) as container:
        found = _found(container, until_s=math.inf if at_s is None else _start_s(container) + at_s + MILLISECOND)
        return _as_png(found, container.streams.video[0].sample_aspect_ratio)


def _start_s(container: InputContainer) -> float:
    """Where a player's clock stands at 0."""
    return max(container.start_time or 0, 0) / av.time_base


def _found(container: InputContainer, *, until_s: float) -> VideoFrame:
    """The last frame that begins up to `until_s`, or the first of all."""
    for frame in in_time(_last_of_passes(container, until_s=until_s)):
        if frame is not None:
            return frame
    raise NotAVideo("No frame can be decoded.")


def _last_of_passes(container: InputContainer, *, until_s: float) -> Iterator[VideoFrame | None]:
    """After each frame that was decoded in vain: None. Each pass begins earlier than the one before."""
    end_s = _start_s(container) + (container.duration or 0) / av.time_base
    for back_s in (*BACK_S, math.inf):
        begin_s = min(until_s, end_s) - back_s
        is_whole = begin_s <= _start_s(container)
        container.seek(int(_start_s(container) * av.time_base) if is_whole else int(begin_s * av.time_base))
        last: VideoFrame | None = None
        for frame in _decoded(container):
            if _begins_s(frame) > until_s:
                last = last or (frame if is_whole else None)
                break
            # What comes before the first whole picture may lean on pictures that were never read.
            if last or is_whole or frame.key_frame:
                last = _later(last, frame)
            yield None
        yield last
        if is_whole:
            return


def _decoded(container: InputContainer) -> Iterator[VideoFrame]:
    """The frames from here on. A broken piece is passed over."""
    for packet in container.demux(container.streams.video[0]):
        try:
            frames = packet.decode()
        except InvalidDataError:
            continue
        yield from frames


def _later(last: VideoFrame | None, frame: VideoFrame) -> VideoFrame:
    return frame if last is None or _begins_s(frame) >= _begins_s(last) else last


def _begins_s(frame: VideoFrame) -> float:
    return frame.time if frame.pts is not None and frame.time is not None else -math.inf


def _as_png(frame: VideoFrame, stretch: Fraction | None) -> bytes:
    width, height = _square(frame.width, frame.height, stretch)
    colours = Colorspace.ITU709 if frame.colorspace == UNSAID and frame.height >= HD_LINES else None
    painted = frame.reformat(
        width=width, height=height, format="rgb24", src_colorspace=colours, interpolation=CAREFULLY
    )
    picture = cast("Image.Image", painted.to_image())  # type: ignore[no-untyped-call]  # PyAV leaves it open
    if frame.rotation:  # phones lay their films on the side
        picture = picture.rotate(frame.rotation, expand=True)
    target = BytesIO()
    picture.save(target, format="PNG")
    return target.getvalue()


def _square(width: int, height: int, stretch: Fraction | None) -> tuple[int, int]:
    """The size with square pixels: the shorter side grows, so that none is lost. A stretch beyond reason is none."""
    if not stretch or stretch == 1 or not LEAST_STRETCH <= stretch <= MOST_STRETCH:
        return width, height
    return (round(width * stretch), height) if stretch > 1 else (width, round(height / stretch))
