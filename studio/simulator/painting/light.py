"""Soft light: glows, discs, gradients and the vignette."""

import itertools
import math
from random import Random

from PIL import Image, ImageChops, ImageDraw

from studio.simulator.painting.palettes import Colour

Size = tuple[int, int]
SUPERSAMPLE = 4
RIM = 180
"""What Pillow's radial gradient says half way along an edge; 255 is in the corners."""
VIGNETTE_DEPTH = 0.5
DITHER = 3


def glow(diameter: int, *, strength: float, hardness: float = 2.0) -> Image.Image:
    """A mask that is `strength` (0 to 1) in its middle and nothing at its rim."""
    curve = [round(255 * strength * max(0.0, 1 - distance / RIM) ** hardness) for distance in range(256)]
    side = max(2, diameter)
    return Image.radial_gradient("L").point(curve).resize((side, side), Image.Resampling.BICUBIC)


def disc(diameter: int, *, strength: float) -> Image.Image:
    """A lens's bokeh as a mask: an even disc with a slightly brighter rim."""
    side = diameter * SUPERSAMPLE
    mask = Image.new("L", (side + 4 * SUPERSAMPLE, side + 4 * SUPERSAMPLE))
    box = (2 * SUPERSAMPLE, 2 * SUPERSAMPLE, side + 2 * SUPERSAMPLE, side + 2 * SUPERSAMPLE)
    fill, rim = round(150 * strength), round(235 * strength)
    ImageDraw.Draw(mask).ellipse(box, fill=fill, outline=rim, width=max(1, side // 26))
    return mask.resize((diameter + 4, diameter + 4), Image.Resampling.BOX)


def paste_at(canvas: Image.Image, colour: Colour, *, mask: Image.Image, x: float, y: float) -> None:
    """Put light on `canvas`, centred at a position between pixels, so that slow movement does not step."""
    left, top = x - mask.width / 2, y - mask.height / 2
    column, row = math.floor(left), math.floor(top)
    shift = (1, 0, column - left, 0, 1, row - top)
    moved = mask.transform(mask.size, Image.Transform.AFFINE, shift, Image.Resampling.BILINEAR)
    canvas.paste(colour, (column, row), moved)


def vertical(size: Size, stops: tuple[tuple[float, Colour], ...]) -> Image.Image:
    """A gradient from top to bottom through `stops` (position 0 to 1, colour)."""
    strip = Image.new("RGB", (1, size[1]))
    for row in range(size[1]):
        strip.putpixel((0, row), _between(row / max(1, size[1] - 1), stops))
    return strip.resize(size)


def _between(position: float, stops: tuple[tuple[float, Colour], ...]) -> Colour:
    for (start, one), (end, other) in itertools.pairwise(stops):
        if position <= end:
            share = (position - start) / (end - start)
            red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
            return red, green, blue
    return stops[-1][1]


def vignette(size: Size, *, rng: Random) -> Image.Image:
    """What a frame is multiplied by: darker corners, and a breath of noise that keeps gradients from banding."""
    curve = [round(255 * (1 - VIGNETTE_DEPTH * (distance / 255) ** 2.4)) for distance in range(256)]
    shade = Image.radial_gradient("L").point(curve).resize(size, Image.Resampling.BICUBIC)
    noise = Image.frombytes("L", size, rng.randbytes(size[0] * size[1])).point(
        [round(value * DITHER / 255) for value in range(256)]
    )
    return Image.merge("RGB", [ImageChops.subtract(shade, noise)] * 3)
