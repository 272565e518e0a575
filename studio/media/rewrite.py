"""Writes an image afresh: upright, in the colours of screens, and without metadata."""

from io import BytesIO
from typing import Any

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from studio.media.colours import as_srgb, is_beyond_srgb

METADATA_NAMES = ("exif", "xmp", "XML:com.adobe.xmp", "photoshop")
PRINT_MODE = "CMYK"
JPEG_QUALITY = 95
WEBP_QUALITY = 95
LOSSLESS_WEBP_CHUNK = b"VP8L"
CHUNK_NAME_BYTES = 64


def needs_rewrite(image: Image.Image) -> bool:
    """Whether the file holds metadata (turned photos do), or several pictures, or colours that screens lack."""
    has_metadata = any(name in image.info for name in METADATA_NAMES) or bool(image.getexif())
    return has_metadata or image.format == "MPO" or is_beyond_srgb(image)


def rewritten(image: Image.Image, content: bytes) -> bytes:
    """The loaded `image`, whose file is `content`, as a new file of its format; a profile like sRGB's stays."""
    name = "JPEG" if image.format == "MPO" else str(image.format)
    options = _save_options(image, name, content)
    upright = as_srgb(ImageOps.exif_transpose(image))
    return saved(upright, name, **options)


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    """`image` as a file of the format `name`, without metadata."""
    for metadata_name in METADATA_NAMES:
        image.info.pop(metadata_name, None)
    target = BytesIO()
    image.save(target, format=name, exif=b"", icc_profile=image.info.get("icc_profile"), **options)
    return target.getvalue()


def _save_options(image: Image.Image, name: str, content: bytes) -> dict[str, Any]:
    """As close to the original as its format allows."""
    if isinstance(image, JpegImageFile) and image.mode != PRINT_MODE:
        return {"qtables": image.quantization, "subsampling": get_sampling(image)}
    if name == "JPEG":
        return {"quality": JPEG_QUALITY, "subsampling": 0}
    if name == "WEBP":
        is_lossless = LOSSLESS_WEBP_CHUNK in content[:CHUNK_NAME_BYTES]
        return {"lossless": is_lossless, "quality": WEBP_QUALITY, "exact": True}
    return {"compress_level": 6}
