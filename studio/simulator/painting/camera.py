"""A camera over still pictures: it begins on the whole first frame and, if there is a last one, ends on it."""

import io
import math
from random import Random

from PIL import Image, ImageOps

from studio.simulator.painting.light import Size
from studio.simulator.painting.planes import Planes, blended, planes_of

ZOOM = (1.12, 1.26)
PUSH_ONLY = 0.35
FADE_FROM, FADE_UNTIL = 0.3, 0.85
OVERSIZE = 1.15

Box = tuple[float, float, float, float]


def eased(share: float) -> float:
    """0 to 1, slow at both ends."""
    inside = min(1.0, max(0.0, share))
    return inside * inside * (3 - 2 * inside)


def cropped(content: bytes, *, size: Size) -> Image.Image:
    """The picture, cropped from the centre to the ratio of `size`, a little larger so that zooming stays sharp."""
    picture: Image.Image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    large = (round(size[0] * OVERSIZE / 2) * 2, round(size[1] * OVERSIZE / 2) * 2)
    return ImageOps.fit(_opaque(picture), large, method=Image.Resampling.LANCZOS)


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        ground = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")


def _film(content: bytes, *, size: Size) -> Planes:
    picture = cropped(content, size=size)
    return planes_of(picture, size=picture.size)


class Camera:
    """One move, drawn from `rng`: how far in, and whither."""

    def __init__(self, first: bytes, last: bytes | None, *, size: Size, rng: Random) -> None:
        self._size = size
        self._first = _film(first, size=size)
        self._last = None if last is None else _film(last, size=size)
        self._zoom = rng.uniform(*ZOOM)
        angle = rng.uniform(0, math.tau)
        reach = rng.uniform(PUSH_ONLY, 1.0)
        self._towards = (math.cos(angle) * reach, math.sin(angle) * reach)

    def paint(self, share: float) -> Planes:
        """The frame at `share` (0 to 1) of the clip."""
        if self._last is None:
            return self._seen(self._first, depth=eased(share))
        fade = eased((share - FADE_FROM) / (FADE_UNTIL - FADE_FROM))
        if fade <= 0:
            return self._seen(self._first, depth=eased(share))
        ending = self._seen(self._last, depth=1 - eased(share))
        return ending if fade >= 1 else blended(self._seen(self._first, depth=eased(share)), ending, fade)

    def _seen(self, picture: Planes, *, depth: float) -> Planes:
        full_width = picture.luma.width

        def resized(plane: Image.Image) -> Image.Image:
            part = plane.width / full_width
            size = round(self._size[0] * part), round(self._size[1] * part)
            return plane.resize(size, Image.Resampling.BICUBIC, box=self._box(plane.size, depth=depth))

        return picture.map(resized)

    def _box(self, full: Size, *, depth: float) -> Box:
        """What the lens sees: all of the picture at depth 0, its own target at depth 1."""
        width, height = (side / (1 + (self._zoom - 1) * depth) for side in full)
        free_x, free_y = (full[0] - width) / 2, (full[1] - height) / 2
        left, top = free_x * (1 + self._towards[0]), free_y * (1 + self._towards[1])
        return (max(0.0, left), max(0.0, top), min(full[0], left + width), min(full[1], top + height))
