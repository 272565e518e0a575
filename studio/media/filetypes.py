"""What a file is by its first bytes, in words for the person who chose it."""

KNOWN_IMAGES = frozenset({"a JPEG", "a PNG", "a WebP"})
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
    (b"\x1aE\xdf\xa3", "a video"),
)
BRANDS: tuple[tuple[frozenset[bytes], str], ...] = (
    (frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"}), "a HEIC photo"),
    (frozenset({b"avif", b"avis"}), "an AVIF"),
)
HEAD_BYTES = 1024


def name_of_type(content: bytes) -> str | None:
    """The type with its article ("a GIF"), or None for one that we do not know."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "a WebP"
    if content[4:8] == b"ftyp":
        return _of_brand(content[8:12])
    for start, name in STARTS:
        if content.startswith(start):
            return name
    return _of_text(content[:HEAD_BYTES])


def _of_brand(brand: bytes) -> str:
    return next((name for brands, name in BRANDS if brand in brands), "a video")


def _of_text(head: bytes) -> str | None:
    if b"<svg" in head.lower():
        return "an SVG drawing"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "a text" if text.isprintable() or not any(ord(char) < ord("\t") for char in text) else None
