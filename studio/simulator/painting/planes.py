"""Frames as the encoder takes them, YUV 4:2:0. FFmpeg's scaler does the heavy part: Pillow takes ten times as long."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from PIL import Image

from studio.simulator.painting.light import Size
from studio.simulator.painting.palettes import Colour

NEUTRAL = 128
LOWEST, HIGHEST = 16, 235
RED_PART, BLUE_PART = 0.2126, 0.0722
CHROMA_SPAN = 112


@dataclass(frozen=True, slots=True)
class Planes:
    """Brightness at full size and the two colour differences at half of it, each as a picture in grey. BT.709."""

    luma: Image.Image
    blue: Image.Image
    red: Image.Image

    def paste(self, colour: Colour, *, at: tuple[int, int], mask: Image.Image) -> None:
        """Put `colour` through `mask` with its upper left corner `at` this place."""
        luma, blue, red = _levels(colour)
        self.luma.paste(luma, at, mask)
        half, where = mask.reduce(2), (at[0] // 2, at[1] // 2)
        self.blue.paste(blue, where, half)
        self.red.paste(red, where, half)

    def map(self, change: Callable[[Image.Image], Image.Image]) -> "Planes":
        """Every plane changed in the same way."""
        return Planes(change(self.luma), change(self.blue), change(self.red))


def blended(one: Planes, other: Planes, share: float) -> Planes:
    """`one` with a share (0 to 1) of `other`."""
    return Planes(
        Image.blend(one.luma, other.luma, share),
        Image.blend(one.blue, other.blue, share),
        Image.blend(one.red, other.red, share),
    )


def _levels(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (level / 255 for level in colour)
    bright = RED_PART * red + (1 - RED_PART - BLUE_PART) * green + BLUE_PART * blue
    return (
        round(LOWEST + (HIGHEST - LOWEST) * bright),
        round(NEUTRAL + CHROMA_SPAN * (blue - bright) / (1 - BLUE_PART)),
        round(NEUTRAL + CHROMA_SPAN * (red - bright) / (1 - RED_PART)),
    )


def planes_of(image: Image.Image, *, size: Size) -> Planes:
    """The picture at this size, of which both sides are even."""
    painted: av.VideoFrame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV's gap
    frame = painted.reformat(
        *size,
        format="yuv420p",
        interpolation=Interpolation.BICUBIC,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        threads=1,
    )
    return planes_in(frame)


def planes_in(frame: av.VideoFrame) -> Planes:
    """The planes of a frame that is YUV 4:2:0 already."""
    luma, blue, red = (
        Image.frombytes("L", (plane.width, plane.height), bytes(plane), "raw", "L", plane.line_size, 1)
        for plane in frame.planes
    )
    return Planes(luma, blue, red)


def frame_of(planes: Planes, *, fps: int) -> av.VideoFrame:
    """The frame for the encoder."""
    frame = av.VideoFrame(*planes.luma.size, format="yuv420p")
    for target, source in zip(frame.planes, (planes.luma, planes.blue, planes.red), strict=True):
        if source.width != target.line_size:
            row = Image.new("L", (target.line_size, source.height))
            row.paste(source)
            target.update(row.tobytes())
        else:
            target.update(source.tobytes())
    frame.time_base = Fraction(1, fps)
    return frame
