"""Turns an upload into a checked image: decoded in full, upright, in plain colours, without metadata."""

import hashlib
import math
import struct
import threading
import zlib
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files import File
from PIL import Image

from studio.media.errors import BadImage
from studio.media.filetypes import KNOWN_IMAGES, name_of_type
from studio.media.rewrite import needs_rewrite, rewritten

MAX_BYTES = 16_000_000
MIN_SIDE_PIXELS = 16
MAX_SIDE_PIXELS = 8000
BYTES_PER_MB = 1_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
# A file of some kilobytes may be 256 MB of pixels. One at a time in a process: many together would end it.
LARGE_IMAGES = threading.Lock()
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
DAMAGES = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """An image that has been decoded to its last pixel. Each field describes `content`, to be stored."""

    content: bytes
    content_type: str
    extension: str
    width: int
    height: int
    size_bytes: int
    sha256: str


def read_image(upload: File[Any], *, max_bytes: int = MAX_BYTES) -> CheckedImage:
    """The image in `upload`, judged by its content and never by its name.

    The bytes stay as they are unless the image lies on its side, holds metadata (which may name a place), or
    is CMYK; then it is written afresh in the same format. Raises BadImage with a sentence for the person.
    """
    content = _content_within(upload, max_bytes)
    _refuse_other_types(content)
    content = _upright(content)
    if len(content) > max_bytes:
        raise _too_large(len(content), max_bytes)
    return _described(content)


def check_aspect(width: int, height: int, *, window: tuple[Decimal | float, ...], model_label: str) -> None:
    """Raises BadImage unless width / height lies within `window`, its lowest and highest value."""
    low, high = float(window[0]), float(window[-1])
    ratio = width / height
    if low <= ratio <= high:
        return
    if ratio > high:
        shape, cut = "too wide", f"Crop its width to {math.floor(height * high):,} px or less"
    else:
        shape, cut = "too tall", f"Crop its height to {math.floor(width / low):,} px or less"
    sentence = (
        f"This image is {shape}: {width:,} × {height:,} px is {ratio:.3g} times as wide as high, and "
        f"{model_label} takes {low:g} to {high:g}. {cut}, or choose another image."
    )
    raise BadImage(code="aspect", sentence=sentence)


def _content_within(upload: File[Any], max_bytes: int) -> bytes:
    size_bytes = upload.size
    if size_bytes > max_bytes:
        raise _too_large(size_bytes, max_bytes)
    upload.seek(0)
    content: bytes = upload.read(max_bytes + 1)
    if not content:
        raise BadImage(code="empty", sentence="This file is empty (0 bytes). Save the image again and add it anew.")
    return content


def _too_large(size_bytes: int, max_bytes: int) -> BadImage:
    sentence = (
        f"This image is too large: {_rounded_up_mb(size_bytes):.1f} MB, and {max_bytes / BYTES_PER_MB:g} MB "
        "is the most. Save it smaller, or as a JPEG."
    )
    return BadImage(code="too_large", sentence=sentence)


def _rounded_up_mb(size_bytes: int) -> float:
    """Megabytes, so that one byte too many never reads as the limit itself."""
    return math.ceil(size_bytes * 10 / BYTES_PER_MB) / 10


def _refuse_other_types(content: bytes) -> None:
    """Names what the file really is, which its name may hide."""
    kind = name_of_type(content)
    if kind in KNOWN_IMAGES:
        return
    if kind is None:
        sentence = "This is not an image that can be read, whatever its name says. Add a JPEG, PNG or WebP."
        raise BadImage(code="not_an_image", sentence=sentence)
    sentence = f"This is {kind}, whatever its name says. Add a JPEG, PNG or WebP."
    raise BadImage(code="wrong_type", sentence=sentence)


def _upright(content: bytes) -> bytes:
    """The content after a full decode, written afresh where that is needed."""
    try:
        with LARGE_IMAGES, Image.open(BytesIO(content), formats=FORMATS) as image:
            _check_measures(image)
            _refuse_animation(image)
            image.load()
            return rewritten(image, content) if needs_rewrite(image) else content
    except BOMBS as error:
        raise _too_many_pixels("") from error
    except DAMAGES as error:
        sentence = "This image is damaged or cut off: it cannot be decoded to its end. Save or download it again."
        raise BadImage(code="damaged", sentence=sentence) from error


def _check_measures(image: Image.Image) -> None:
    """Before any pixel is decoded: the header alone tells a bomb."""
    size = f"{image.width:,} × {image.height:,} px"
    if max(image.size) > MAX_SIDE_PIXELS:
        raise _too_many_pixels(f": {size}")
    if min(image.size) < MIN_SIDE_PIXELS:
        sentence = f"This image is too small: {size}, and each side needs {MIN_SIDE_PIXELS} px. Add a larger one."
        raise BadImage(code="too_small", sentence=sentence)


def _too_many_pixels(measured: str) -> BadImage:
    sentence = (
        f"This image has too many pixels{measured}. {MAX_SIDE_PIXELS:,} px a side is the most. "
        "Scale it down; 4,000 px is plenty."
    )
    return BadImage(code="too_many_pixels", sentence=sentence)


def _refuse_animation(image: Image.Image) -> None:
    """A reference is one still; picking a frame for the person would be a guess."""
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        sentence = f"This is an animation of {frames} frames. Add one frame of it as a JPEG, PNG or WebP."
        raise BadImage(code="animated", sentence=sentence)


def _described(content: bytes) -> CheckedImage:
    with Image.open(BytesIO(content), formats=FORMATS) as image:
        name = image.format or ""
        return CheckedImage(
            content=content,
            content_type=Image.MIME[name],
            extension=EXTENSIONS[name],
            width=image.width,
            height=image.height,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
