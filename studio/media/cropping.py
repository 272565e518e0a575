"""Which part of an image fits a ratio, and that part as a file. A crop is kept in shares: so it fits every copy."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from studio.media.errors import BadImage
from studio.media.ingest import EXTENSIONS, FORMATS, LARGE_IMAGES, CheckedImage, described
from studio.media.rewrite import saved

TOLERANCE = 0.005
"""By which share a width / height may miss a ratio: the last pixel of a small image."""
LEAST_SHARE = 0.01
PLACES = 5
JPEG_QUALITY = 95
WEBP_QUALITY = 95
CROP_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """The part of an upright image that is used, as shares of its width and height, each from 0 to 1."""

    left: float
    top: float
    width: float
    height: float

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut."""
        return min(self.width, self.height) >= 1 - LEAST_SHARE / 2

    def as_text(self) -> str:
        """As the form carries it: "left,top,width,height"."""
        return ",".join(f"{value:.{PLACES}f}".rstrip("0").rstrip(".") for value in self._values())

    def as_dict(self) -> dict[str, float]:
        """As the database keeps it."""
        return {"left": self.left, "top": self.top, "width": self.width, "height": self.height}

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in pixels of an image of that size; at least one pixel each way."""
        left, top = round(self.left * width), round(self.top * height)
        right, bottom = round((self.left + self.width) * width), round((self.top + self.height) * height)
        left, top = min(left, width - 1), min(top, height - 1)
        return left, top, max(min(right, width), left + 1), max(min(bottom, height), top + 1)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The pixels that are left of an image of that size."""
        left, top, right, bottom = self.box(width, height)
        return right - left, bottom - top

    def _values(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.width, self.height


WHOLE = Crop(left=0, top=0, width=1, height=1)


def centre_crop(width: int, height: int, ratio: float) -> Crop:
    """The largest part in the middle that is `ratio` times as wide as high; the whole where it fits already."""
    if fits(width, height, ratio):
        return WHOLE
    own = width / height
    if own > ratio:
        share = ratio / own
        return Crop(left=(1 - share) / 2, top=0, width=share, height=1)
    share = own / ratio
    return Crop(left=0, top=(1 - share) / 2, width=1, height=share)


def fits(width: int, height: int, ratio: float) -> bool:
    """Whether an image of that size has that ratio, but for the last pixel."""
    slack = max(TOLERANCE, 1 / min(width, height) / 2)
    return abs(math.log(width / height / ratio)) <= slack


def fits_window(width: int, height: int, window: tuple[float, float]) -> bool:
    """Whether width / height lies between both, which are included."""
    return window[0] <= width / height <= window[1]


def crop_into(width: int, height: int, window: tuple[float, float]) -> Crop:
    """The largest part in the middle whose width / height lies within `window`."""
    if fits_window(width, height, window):
        return WHOLE
    return centre_crop(width, height, within(width / height, window))


def within(ratio: float, window: tuple[float, float]) -> float:
    """The ratio, or the nearest to it within `window`, a little off its ends."""
    low, high = _just_inside(window)
    return min(max(ratio, low), high)


def _just_inside(window: tuple[float, float]) -> tuple[float, float]:
    """A little off both ends: a rounded pixel must not fall outside."""
    low, high = window[0] * (1 + TOLERANCE), window[1] * (1 - TOLERANCE)
    return (low, high) if low <= high else (window[0], window[1])


def moved_to(crop: Crop, *, left: float, top: float) -> Crop:
    """A crop of the same size elsewhere, as near as the image allows."""
    return Crop(
        left=min(max(left, 0), 1 - crop.width),
        top=min(max(top, 0), 1 - crop.height),
        width=crop.width,
        height=crop.height,
    )


def read_crop(value: str | Mapping[str, Any] | None) -> Crop | None:
    """The crop of a form's text or of the database; None for nothing, or for what cannot be one."""
    if not value:
        return None
    parts: list[Any]
    if isinstance(value, str):
        parts = value.split(",")
    else:
        parts = [value.get(name) for name in ("left", "top", "width", "height")]
    try:
        numbers = [float(part) for part in parts]
    except (TypeError, ValueError):
        return None
    return _checked(numbers) if len(numbers) == CROP_PARTS else None


def _checked(numbers: list[float]) -> Crop | None:
    """None unless it lies within the image and holds something of it."""
    if not all(math.isfinite(number) and 0 <= number <= 1 for number in numbers):
        return None
    left, top, width, height = numbers
    if min(width, height) < LEAST_SHARE or left + width > 1 + LEAST_SHARE or top + height > 1 + LEAST_SHARE:
        return None
    return Crop(left=min(left, 1 - width), top=min(top, 1 - height), width=width, height=height)


def apply(content: bytes, crop: Crop) -> CheckedImage:
    """The part of the image in `content` as an image of its own, in the same format. `read_image` has checked it."""
    with LARGE_IMAGES, Image.open(BytesIO(content), formats=FORMATS) as image:
        name = image.format if image.format in EXTENSIONS else "JPEG"
        upright = ImageOps.exif_transpose(image)
        part = upright.crop(crop.box(upright.width, upright.height))
        part.info = dict(upright.info)
        result = saved(part, str(name), **_options(str(name)))
    return described(result, changes=(f"Cropped to {part.width:,} × {part.height:,} px.",))


def cropped_file(source: Path, crop: Crop, target: Path) -> str:
    """Writes the part of the image at `source` to `target`; its content type. Raises BadImage for what is none."""
    try:
        part = apply(source.read_bytes(), crop)
    except (UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise BadImage(code="damaged", sentence="This image is damaged. Add it again.") from error
    target.write_bytes(part.content)
    return part.content_type


def _options(name: str) -> dict[str, Any]:
    if name == "JPEG":
        return {"quality": JPEG_QUALITY, "subsampling": 0}
    return {"quality": WEBP_QUALITY, "exact": True} if name == "WEBP" else {"compress_level": 6}
