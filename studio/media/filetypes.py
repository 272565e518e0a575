"""What a file is by its first bytes, in words for the person who chose it."""

from typing import Literal

Kind = Literal["image", "video", "audio"]

KNOWN_IMAGES = frozenset({"a JPEG", "a PNG", "a WebP", "a GIF", "a TIFF", "a BMP", "a HEIC photo", "an AVIF"})
VIDEOS = frozenset({"a video", "an AVI", "a Flash video", "an MPEG video", "an Ogg file"})
SOUNDS = frozenset({"an MP3", "a WAV", "a FLAC", "an M4A", "an AAC"})
STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG"),
    (b"\x89PNG\r\n\x1a\n", "a PNG"),
    (b"GIF87a", "a GIF"),
    (b"GIF89a", "a GIF"),
    (b"%PDF", "a PDF"),
    (b"II*\x00", "a TIFF"),
    (b"MM\x00*", "a TIFF"),
    (b"BM", "a BMP"),
    (b"8BPS", "a Photoshop file"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"OggS", "an Ogg file"),
    (b"FLV\x01", "a Flash video"),
    (b"\x00\x00\x01\xba", "an MPEG video"),
    (b"\x00\x00\x01\xb3", "an MPEG video"),
    (b"fLaC", "a FLAC"),
    (b"ID3", "an MP3"),
)
RIFFS = {b"WEBP": "a WebP", b"WAVE": "a WAV", b"AVI ": "an AVI"}
BRANDS: tuple[tuple[frozenset[bytes], str], ...] = (
    (
        frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}),
        "a HEIC photo",
    ),
    (frozenset({b"avif", b"avis"}), "an AVIF"),
    (frozenset({b"M4A ", b"M4B "}), "an M4A"),
)
MP4_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip"})
HEAD_BYTES = 1024


def name_of_type(content: bytes) -> str | None:
    """The type with its article ("a GIF"), or None for one that we do not know."""
    if content[:4] == b"RIFF" and content[8:12] in RIFFS:
        return RIFFS[content[8:12]]
    if content[4:8] == b"ftyp":
        return _of_brand(content[8:12])
    if content[4:8] in MP4_BOXES:
        return "a video"
    for start, name in STARTS:
        if content.startswith(start):
            return name
    return _of_frames(content[:2]) or _of_text(content[:HEAD_BYTES])


def kind_of(head: bytes) -> Kind | None:
    """Whether a file that begins with `head` is a picture, a video or a sound; None for anything else."""
    name = name_of_type(head)
    if name in KNOWN_IMAGES:
        return "image"
    if name in VIDEOS:
        return "video"
    return "audio" if name in SOUNDS else None


def _of_brand(brand: bytes) -> str:
    return next((name for brands, name in BRANDS if brand in brands), "a video")


def _of_frames(head: bytes) -> str | None:
    """Sounds without a header: eleven set bits, then the version and the layer."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # the bits of a frame's start
        return None
    layer = head[1] & 0x06
    if layer == 0 and head[1] & 0xF0 == 0xF0:
        return "an AAC"
    return "an MP3" if layer == 0x02 and head[1] & 0x18 != 0x08 else None


def _of_text(head: bytes) -> str | None:
    if b"<svg" in head.lower():
        return "an SVG drawing"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "a text" if text.isprintable() or not any(ord(char) < ord("\t") for char in text) else None
