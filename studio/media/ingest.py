"""Turns an upload into a checked image: decoded in full, upright, in plain colours, without metadata."""

import hashlib
import struct
import threading
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.files import File
from PIL import Image
from pillow_heif import register_heif_opener

from studio.media.converting import OPENED_FORMATS, Limits, made_fit
from studio.media.errors import BadImage
from studio.media.filetypes import KNOWN_IMAGES, name_of_type
from studio.media.received import size_sentence

MAX_BYTES = 16_000_000
MAX_UPLOAD_BYTES = 60_000_000
"""An upload may be larger than what is stored: it is made smaller."""
MIN_SIDE_PIXELS = 16
MAX_SIDE_PIXELS = 8000
MAX_UPLOAD_PIXELS = 120_000_000
MEGA = 1_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
ADD_AN_IMAGE = "Add a JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF."
EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
# A file of some kilobytes may be 256 MB of pixels. One at a time in a process: many together would end it.
LARGE_IMAGES = threading.Lock()
Image.MAX_IMAGE_PIXELS = MAX_UPLOAD_PIXELS  # Pillow's own guard, which asks before we can
register_heif_opener(thumbnails=False, depth_images=False)
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
DAMAGES = (
    *(OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, RuntimeError, AttributeError),
    *(ArithmeticError, MemoryError, struct.error, zlib.error),
)  # what decoders raise, by mutated files


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """An image that has been decoded to its last pixel. Each field describes `content`, to be stored.

    `changes` says in sentences what was done to the upload: "Converted from HEIC."
    """

    content: bytes
    content_type: str
    extension: str
    width: int
    height: int
    size_bytes: int
    sha256: str
    changes: tuple[str, ...] = ()


def read_image(
    upload: File[Any], *, max_bytes: int = MAX_BYTES, max_upload_bytes: int = MAX_UPLOAD_BYTES
) -> CheckedImage:
    """The image in `upload`, judged by its content and never by its name.

    The bytes stay as they are unless the image lies on its side, holds metadata (which may name a place), or
    is no plain sRGB; then it is written afresh in the same format. What is no JPEG, PNG or WebP becomes a JPEG, or
    a PNG where it can be seen through; what has more than `max_bytes` or 8,000 px a side is made smaller.
    Raises BadImage with a sentence for the person.
    """
    content = _content_within(upload, max_upload_bytes)
    _refuse_other_types(content)
    fitted, changes = _made_fit(content, Limits(side_px=MAX_SIDE_PIXELS, size_bytes=max_bytes))
    if len(fitted) > max_bytes:
        raise _too_large(len(fitted), max_bytes)
    return described(fitted, changes=changes)


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
    sentence = size_sentence("image", size_bytes, most=max_bytes, advice="Save it smaller, or as a JPEG.")
    return BadImage(code="too_large", sentence=sentence)


def _refuse_other_types(content: bytes) -> None:
    """Names what the file really is, which its name may hide."""
    kind = name_of_type(content)
    if kind in KNOWN_IMAGES:
        return
    if kind is None:
        sentence = f"This is not an image that can be read, whatever its name says. {ADD_AN_IMAGE}"
        raise BadImage(code="not_an_image", sentence=sentence)
    raise BadImage(code="wrong_type", sentence=f"This is {kind}, whatever its name says. {ADD_AN_IMAGE}")


def _made_fit(content: bytes, limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """The content after a full decode, converted or written afresh where that is needed, and what was done."""
    try:
        with LARGE_IMAGES, Image.open(BytesIO(content), formats=OPENED_FORMATS) as image:
            _check_measures(image)
            return made_fit(image, content, limits=limits)
    except BOMBS as error:
        raise _too_many_pixels("") from error
    except DAMAGES as error:
        sentence = "This image is damaged or cut off: it cannot be decoded to its end. Save or download it again."
        raise BadImage(code="damaged", sentence=sentence) from error


def _check_measures(image: Image.Image) -> None:
    """Before any pixel is decoded: the header alone tells a bomb, or a strip that has no height once it is smaller."""
    size = f"{image.width:,} × {image.height:,} px"
    if image.width * image.height > MAX_UPLOAD_PIXELS:
        raise _too_many_pixels(f": {size}")
    shrinks = min(1.0, MAX_SIDE_PIXELS / max(image.size))
    if min(image.size) * shrinks < MIN_SIDE_PIXELS:
        scaled = f" at {MAX_SIDE_PIXELS:,} px of length" if shrinks < 1 else ""
        sentence = (
            f"This image is too small: {size}, and each side needs {MIN_SIDE_PIXELS} px{scaled}. Add a larger one."
        )
        raise BadImage(code="too_small", sentence=sentence)


def _too_many_pixels(measured: str) -> BadImage:
    sentence = (
        f"This image has too many pixels{measured}. {MAX_UPLOAD_PIXELS // MEGA} megapixels are the most. "
        "Scale it down; 4,000 px a side is plenty."
    )
    return BadImage(code="too_many_pixels", sentence=sentence)


def described(content: bytes, *, changes: tuple[str, ...] = ()) -> CheckedImage:
    """The facts of an image that is a good JPEG, PNG or WebP already."""
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
            changes=changes,
        )
