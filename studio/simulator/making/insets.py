"""References as they can be seen: small framed pictures along the lower edge, with their tag under them."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

from studio.simulator import films
from studio.simulator.assets import Media
from studio.simulator.painting.planes import Planes, planes_of

MOST = 6
HEIGHT, EDGE, MARGIN = 0.17, 0.006, 0.022
FRAME, INK = (246, 240, 228), (20, 18, 24)


class Insets:
    """The pictures of all references at one size of frame; made once, put on every frame."""

    def __init__(self, references: Sequence[Media], *, size: tuple[int, int]) -> None:
        side = min(size)
        self._height = max(8, round(side * HEIGHT / 2) * 2)
        self._gap = max(2, round(side * MARGIN / 2) * 2)
        shown = [_card(one, height=self._height, side=side) for one in references[:MOST] if one.kind != "audio"]
        self._cards = [(card, planes_of(card, size=card.size)) for card in shown]
        self._size = size

    def put_on(self, frame: Image.Image) -> None:
        """Paint them on a picture."""
        for (card, _), place in zip(self._cards, self._places(), strict=True):
            frame.paste(card, place)

    def put_on_planes(self, frame: Planes) -> None:
        """Paint them on a frame of the painter's."""
        for (_, planes), (left, top) in zip(self._cards, self._places(), strict=True):
            frame.luma.paste(planes.luma, (left, top))
            frame.blue.paste(planes.blue, (left // 2, top // 2))
            frame.red.paste(planes.red, (left // 2, top // 2))

    def _places(self) -> list[tuple[int, int]]:
        """Upper left corners, from the right edge on; all even, for the colour planes."""
        places: list[tuple[int, int]] = []
        right = self._size[0] - self._gap
        for card, _ in self._cards:
            left = (right - card.width) // 2 * 2
            places.append((max(0, left), (self._size[1] - self._gap - card.height) // 2 * 2))
            right = left - self._gap
        return places


def picture_of(media: Media) -> Image.Image:
    """An image, or the first frame of a film."""
    if media.kind == "video":
        return films.first_picture(media.content)
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(media.content)))
    return picture.convert("RGB")


def _card(media: Media, *, height: int, side: int) -> Image.Image:
    edge = max(1, round(side * EDGE))
    picture = picture_of(media)
    picture = ImageOps.fit(picture, (height, height - 2 * edge), method=Image.Resampling.BILINEAR)
    card = ImageOps.expand(picture, border=edge, fill=FRAME)
    if media.tag:
        bar = max(10, height // 5)
        pen = ImageDraw.Draw(card)
        pen.rectangle((0, card.height - bar, card.width, card.height), fill=FRAME)
        pen.text((edge + 2, card.height - bar), f"@{media.tag}", fill=INK, font=ImageFont.load_default(bar * 0.7))
    even = (card.width // 2 * 2, card.height // 2 * 2)
    return card if card.size == even else card.crop((0, 0, *even))
