"""The small square picture of a person, made of what they upload."""

from io import BytesIO
from typing import Any

from django.core.files import File
from PIL import Image, ImageOps

from studio.media.colours import as_srgb, in_screen_mode
from studio.media.errors import BadImage
from studio.media.ingest import BOMBS, DAMAGES, FORMATS, LARGE_IMAGES, read_image

SIDE_PIXELS = 256
MAX_UPLOAD_BYTES = 20_000_000
CONTENT_TYPE = "image/webp"
WEBP_QUALITY = 86
FIRST_OF_MANY = "its first"


def make_avatar(upload: File[Any]) -> tuple[bytes, str]:
    """A WebP of the middle of the image, 256 px a side and without metadata, and a sentence if only the first of
    several pictures is in it, else "".

    Nothing of the file itself is kept: what hides behind its picture is gone. Raises BadImage with a sentence.
    """
    checked = read_image(upload, max_upload_bytes=MAX_UPLOAD_BYTES)
    told = [change for change in checked.changes if FIRST_OF_MANY in change]
    try:
        return _square(checked.content), " ".join(told)
    except (*BOMBS, *DAMAGES) as error:
        sentence = "This image cannot be made into a picture of you. Add another one."
        raise BadImage(code="damaged", sentence=sentence) from error


def _square(content: bytes) -> bytes:
    with LARGE_IMAGES, Image.open(BytesIO(content), formats=FORMATS) as image:
        upright = as_srgb(in_screen_mode(ImageOps.exif_transpose(image)))
        side = ImageOps.fit(upright, (SIDE_PIXELS, SIDE_PIXELS), Image.Resampling.LANCZOS)
    plain = Image.new(side.mode, side.size)  # a new image: nothing that the old one carried comes along
    plain.paste(side)
    target = BytesIO()
    plain.save(target, format="WEBP", quality=WEBP_QUALITY, method=4)
    return target.getvalue()
