"""Writes an image afresh: upright, in RGB where it was made for print, and without metadata."""

from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

METADATA_NAMES = ("exif", "xmp", "XML:com.adobe.xmp", "photoshop")
PRINT_MODE = "CMYK"
JPEG_QUALITY = 95
WEBP_QUALITY = 95
LOSSLESS_WEBP_CHUNK = b"VP8L"
CHUNK_NAME_BYTES = 64


def needs_rewrite(image: Image.Image) -> bool:
    """Whether the file holds metadata (turned photos do), or several pictures, or is made for print."""
    has_metadata = any(name in image.info for name in METADATA_NAMES) or bool(image.getexif())
    return has_metadata or image.format == "MPO" or image.mode == PRINT_MODE


def rewritten(image: Image.Image, content: bytes) -> bytes:
    """The loaded `image`, whose file is `content`, as a new file of its format; the colour profile stays."""
    name = "JPEG" if image.format == "MPO" else str(image.format)
    options = _save_options(image, name, content)
    upright = _in_rgb(ImageOps.exif_transpose(image))
    for metadata_name in METADATA_NAMES:
        upright.info.pop(metadata_name, None)
    target = BytesIO()
    upright.save(target, format=name, exif=b"", icc_profile=upright.info.get("icc_profile"), **options)
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


def _in_rgb(image: Image.Image) -> Image.Image:
    if image.mode != PRINT_MODE:
        return image
    converted = _by_profile(image) or image.convert("RGB")
    converted.info.pop("icc_profile", None)
    return converted


def _by_profile(image: Image.Image) -> Image.Image | None:
    """The colours that the image's own profile means; None without a profile that can be used."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
