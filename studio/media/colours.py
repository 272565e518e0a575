"""Brings the colours of a picture to sRGB, the colours that screens and models mean."""

from io import BytesIO

from PIL import Image, ImageChops, ImageCms

PRINT_MODES = frozenset({"CMYK", "LAB"})
DEEP_GREY_MODES = frozenset({"I", "I;16", "I;16B", "I;16L"})
DEEP_TO_BYTE = 1 / 256
ALPHA_MODES = frozenset({"LA", "PA", "RGBA", "RGBa", "La"})
LEVELS = range(0, 256, 51)
MOST_LIKE_SRGB = 8
"""Levels of 255 by which a profile may differ from sRGB and still be taken for it: no eye sees that."""
NAME_CHARS = 40


def is_beyond_srgb(image: Image.Image) -> bool:
    """Whether its numbers mean other colours than sRGB's: made for print, or for a wide screen."""
    if image.mode in PRINT_MODES:
        return True
    profile = _profile_of(image)
    return profile is not None and _differs(profile, grey=image.mode in {"L", "LA", "1"})


def name_of_colours(image: Image.Image) -> str:
    """What the profile calls itself ("Display P3"), "print colours" for those of print."""
    if image.mode in PRINT_MODES:
        return "print colours"
    profile = _profile_of(image)
    said = ImageCms.getProfileDescription(profile).strip() if profile else ""
    plain = "".join(letter for letter in said if letter.isprintable())[:NAME_CHARS]
    return plain or "a wider range of colours"


def as_srgb(image: Image.Image) -> Image.Image:
    """The picture in sRGB: itself where it is that already, else a copy without a profile."""
    if not is_beyond_srgb(image):
        return image
    base, alpha = _without_alpha(image)
    converted = _by_profile(base) or base.convert("RGB")
    if alpha is not None:
        converted.putalpha(alpha)
    converted.info = {name: value for name, value in image.info.items() if name not in {"icc_profile", "transparency"}}
    return converted


def in_screen_mode(image: Image.Image) -> Image.Image:
    """The picture in RGB or RGBA, or in L where it is deep grey: what every format can hold."""
    if image.mode in DEEP_GREY_MODES:
        return image.point(lambda value: value * DEEP_TO_BYTE).convert("L")
    mode = "RGBA" if has_alpha(image) else "RGB"
    return image if image.mode == mode else image.convert(mode)  # a copy may be 200 MB


def has_alpha(image: Image.Image) -> bool:
    """Whether it could be seen through anywhere."""
    return image.mode in ALPHA_MODES or "transparency" in image.info


def _without_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours as L, RGB, CMYK or LAB, and how opaque they are where that is known."""
    if has_alpha(image):
        clear = image.convert("RGBA")
        return (image.convert("L") if image.mode == "LA" else clear.convert("RGB")), clear.getchannel("A")
    return (image if image.mode in {"L", "RGB", *PRINT_MODES} else image.convert("RGB")), None


def _by_profile(image: Image.Image) -> Image.Image | None:
    """The colours that the image's own profile means; None without a profile that can be used."""
    source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")) if image.mode == "LAB" else _profile_of(image)
    return None if source is None else _through(image, source)


def _profile_of(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        return ImageCms.ImageCmsProfile(BytesIO(profile))
    except (ImageCms.PyCMSError, OSError):
        return None


def _through(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image | None:
    """None when the profile is for another kind of picture."""
    try:
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None


def _differs(profile: ImageCms.ImageCmsProfile, *, grey: bool) -> bool:
    """By the colours themselves: profiles of one meaning have many names, and none of them binds."""
    chart = _chart()
    shown = _through(chart.convert("L") if grey else chart, profile)
    if shown is None:
        return False
    difference = ImageChops.difference(shown, chart.convert("L").convert("RGB") if grey else chart)
    return max(high for _, high in difference.getextrema()) > MOST_LIKE_SRGB  # type: ignore[misc]  # RGB: three pairs


def _chart() -> Image.Image:
    """One pixel for each of 216 colours."""
    colours = [level for red in LEVELS for green in LEVELS for blue in LEVELS for level in (red, green, blue)]
    return Image.frombytes("RGB", (len(colours) // 3, 1), bytes(colours))
