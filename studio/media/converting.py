"""Makes one picture that every model takes of what people have: another format, an animation, too many pixels or bytes.

It becomes a JPEG, or a PNG where it can be seen through. Each change has a sentence for the person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from studio.media.colours import as_srgb, has_alpha, in_screen_mode, is_beyond_srgb, name_of_colours
from studio.media.rewrite import JPEG_QUALITY, needs_rewrite, rewritten, saved

KEPT_FORMATS = frozenset({"JPEG", "MPO", "PNG", "WEBP"})
CONVERTED_FORMATS = {"HEIF": "HEIC", "AVIF": "AVIF", "GIF": "GIF", "TIFF": "TIFF", "BMP": "BMP"}
OPENED_FORMATS = ("JPEG", "PNG", "WEBP", *CONVERTED_FORMATS)
STILLS_OF_MANY = frozenset({"MPO", "HEIF"})
"""Several pictures in one file that are no animation: the one that is opened is the one that is meant."""
PAGED_FORMATS = frozenset({"TIFF"})
RESIZED_MODES = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "LAB"})
QUALITIES = (90, 82, 74)
SMALLER = 0.8
MOST_STEPS = 12
OPAQUE = 255
ORIENTATION, UPRIGHT = 0x0112, 1
BYTES_PER_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stored picture may have at most: pixels a side, and bytes."""

    side_px: int
    size_bytes: int


def made_fit(image: Image.Image, content: bytes, *, limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """The file to store for the opened `image`, whose file is `content`, and a sentence for each change.

    The very bytes where nothing has to change. The picture is decoded to its end: raises what Pillow raises.
    """
    changes = list(_changes_of_kind(image))
    image.load()
    is_kept = image.format in KEPT_FORMATS and not is_animated(image)
    if is_beyond_srgb(image):
        changes.append(f"Colours converted from {name_of_colours(image)} to sRGB.")
    if is_kept and max(image.size) <= limits.side_px:
        result = rewritten(image, content) if needs_rewrite(image) else content
        picture = None
    else:
        picture, told = _plain(image, limits.side_px)
        changes += told
        result = saved(picture, **_options(picture, quality=JPEG_QUALITY))
    if len(result) > limits.size_bytes:
        picture = _plain(image, limits.side_px)[0] if picture is None else picture
        result, told = _within(picture, len(content), limits.size_bytes)
        changes += told
    return result, tuple(changes)


def is_animated(image: Image.Image) -> bool:
    """Whether it moves, or has several pages. Not by their number: to count those of a GIF takes as long as it is."""
    return bool(getattr(image, "is_animated", False)) and image.format not in STILLS_OF_MANY


def _changes_of_kind(image: Image.Image) -> Iterator[str]:
    """Asked before the pixels are loaded: afterwards some formats have forgotten how many frames they had."""
    known = CONVERTED_FORMATS.get(image.format or "")
    if is_animated(image):
        what = "page" if image.format in PAGED_FORMATS else "frame"
        yield f"Converted from {known or image.format}: its first {what}."
    elif known:
        yield f"Converted from {known}."


def _plain(image: Image.Image, side_px: int) -> tuple[Image.Image, list[str]]:
    """Upright, in sRGB, within `side_px`, see-through only where it is; and what was done about its size.

    Made smaller before its colours are turned, and in place: a large picture and its copy would be a gigabyte.
    """
    upright = ImageOps.exif_transpose(image) if image.getexif().get(ORIENTATION, UPRIGHT) != UPRIGHT else image
    if upright.mode not in RESIZED_MODES or "transparency" in upright.info:
        upright = _carry_profile(in_screen_mode(upright), upright)
    before = upright.size
    upright.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    told = [] if upright.size == before else [_smaller(before, upright.size)]
    return _opaque_where_it_is(as_srgb(upright)), told


def _carry_profile(image: Image.Image, source: Image.Image) -> Image.Image:
    profile = source.info.get("icc_profile")
    if profile:
        image.info["icc_profile"] = profile
    return image


def _smaller(before: tuple[int, int], after: tuple[int, int]) -> str:
    return f"Made smaller: {before[0]:,} × {before[1]:,} px to {after[0]:,} × {after[1]:,} px."


def _opaque_where_it_is(image: Image.Image) -> Image.Image:
    """Without its alpha where that hides nothing."""
    if not has_alpha(image):
        return image if image.mode in {"L", "RGB"} else image.convert("RGB")
    clear = image if image.mode == "RGBA" else image.convert("RGBA")
    return clear if clear.getchannel("A").getextrema()[0] < OPAQUE else clear.convert("RGB")  # type: ignore[operator]  # one channel: one pair of numbers


def _options(image: Image.Image, *, quality: int) -> dict[str, Any]:
    if image.mode == "RGBA":
        return {"name": "PNG", "compress_level": 6}
    return {"name": "JPEG", "quality": quality, "subsampling": 0 if quality == JPEG_QUALITY else 2}


def _within(image: Image.Image, old_bytes: int, most_bytes: int) -> tuple[bytes, list[str]]:
    """In no more than `most_bytes`: with less quality first, then with fewer pixels; and what was done."""
    before, result = image.size, b""
    for _ in range(MOST_STEPS):
        for quality in QUALITIES:
            result = _packed(image, quality)
            if len(result) <= most_bytes:
                told = [] if image.size == before else [_smaller(before, image.size)]
                if len(result) < old_bytes:  # a better packed format needs more as a JPEG, whatever is done
                    told.append(f"Packed tighter: {_mb(old_bytes)} MB to {_mb(len(result))} MB.")
                return result, told
        smaller = [max(round(side * SMALLER), 1) for side in image.size]
        image = image.resize((smaller[0], smaller[1]), Image.Resampling.LANCZOS)
    return result, []


def _packed(image: Image.Image, quality: int) -> bytes:
    """WebP where it can be seen through: PNG knows no less quality."""
    if image.mode == "RGBA":
        return saved(image, "WEBP", quality=quality, method=2)
    return saved(image, **_options(image, quality=quality))


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / BYTES_PER_MB:.1f}"
