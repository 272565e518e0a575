"""Image files as a provider delivers them: their size, proven by decoding them."""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from studio.media.errors import NotAVideo
from studio.media.formats import JPEG, PNG, SVG, WEBP, FileFormat, format_of
from studio.media.ingest import BOMBS, DAMAGES, FORMATS, LARGE_IMAGES
from studio.media.preview import poster_of_image

MOST_BYTES = 300_000_000
MOST_SVG_BYTES = 20_000_000
SVG_HEAD_BYTES = 16_384
SVG_NUMBER = rb"\s*+=\s*+[\"']\s*+(\d{1,5}(?:\.\d{1,6})?+)(?:px)?+\s*+[\"']"
SVG_WIDTH, SVG_HEIGHT = (re.compile(rb"<svg\s(?:[^>]*?\s)??" + name + SVG_NUMBER) for name in (b"width", b"height"))
SVG_BOX = re.compile(
    rb"<svg\s(?:[^>]*?\s)??viewBox\s*+=\s*+[\"'][^\"']*?\s(\d{1,5})(?:\.\d++)?+\s++(\d{1,5})(?:\.\d++)?+\s*+[\"']"
)
USUAL_SIDE = 1024


@dataclass(frozen=True, slots=True)
class StillFacts:
    """`poster` is a WebP of it, None for a drawing that is not painted here."""

    format: FileFormat
    width: int
    height: int
    poster: bytes | None


def probe_still(path: Path) -> StillFacts:
    """The facts of the PNG, JPEG, WebP or SVG at `path`. Raises NotAVideo when it is none, or cut off."""
    found = format_of(path)
    if found is SVG:
        return _drawing(path)
    if found not in {PNG, JPEG, WEBP} or path.stat().st_size > MOST_BYTES:
        raise NotAVideo("The file is no image.")
    content = path.read_bytes()
    try:
        with LARGE_IMAGES, Image.open(BytesIO(content), formats=FORMATS) as image:
            image.load()
            return StillFacts(found, image.width, image.height, poster_of_image(image))
    except (*BOMBS, *DAMAGES) as error:
        raise NotAVideo(f"The image cannot be decoded: {type(error).__name__}.") from error


def _drawing(path: Path) -> StillFacts:
    """An SVG has the size that it names, and is never opened here."""
    if path.stat().st_size > MOST_SVG_BYTES:
        raise NotAVideo("The drawing is larger than any.")
    with path.open("rb") as source:
        head = source.read(SVG_HEAD_BYTES)
    width, height = SVG_WIDTH.search(head), SVG_HEIGHT.search(head)
    box = SVG_BOX.search(head)
    if width and height:
        sides = round(float(width[1])), round(float(height[1]))
    elif box:
        sides = int(box[1]), int(box[2])
    else:
        sides = USUAL_SIDE, USUAL_SIDE
    return StillFacts(SVG, max(sides[0], 1), max(sides[1], 1), None)
