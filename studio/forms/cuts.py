"""Cut: what a person sees of a crop, worked out before a template sees it."""

import math
from dataclasses import dataclass

from studio.generations.crops import crop_of
from studio.generations.request import SpecInput, field_of
from studio.generations.rules import Rule
from studio.media.cropping import Crop
from studio.models import Reference
from studio.providers.catalog import ratio_label

UNITS = 1000
"""Of the drawing over the image, each way: a crop is kept in shares."""
SIDES = {True: ("at the left", "at the right"), False: ("at the top", "at the bottom")}


@dataclass(frozen=True, slots=True)
class Cut:
    """A crop to show and to move, along the side of the image that is too long.

    `field` is the slot's name in the form; the crop is sent as `FIELD_crop`. `shape` names what it fits ("16:9").
    `sentence` says what will be cut. `name` tells one place of several in a field apart, for the ids of the page.
    """

    field: str
    label: str
    reference: Reference
    crop: Crop
    shape: str
    sentence: str
    name: str = ""

    @property
    def dom_id(self) -> str:
        """The id of its element."""
        return f"crop-{self.name or self.field}"

    @property
    def value(self) -> str:
        """The hidden input's: "left,top,width,height", as shares."""
        return self.crop.as_text()

    @property
    def is_sideways(self) -> bool:
        """Whether it moves to the left and right, not up and down."""
        return self.crop.width < self.crop.height

    @property
    def names(self) -> tuple[str, str]:
        """The two sides at which something is cut, in words."""
        return SIDES[self.is_sideways]

    @property
    def position(self) -> int:
        """How far it has been moved: 0 to 100."""
        start, room = (
            (self.crop.left, 1 - self.crop.width) if self.is_sideways else (self.crop.top, 1 - self.crop.height)
        )
        return _percent(start / room) if room > 0 else 0

    @property
    def box(self) -> tuple[str, str, str, str]:
        """Left, top, width and height in the units of the drawing; as texts, so that no language writes them anew."""
        parts = (self.crop.left, self.crop.top, self.crop.width, self.crop.height)
        left, top, width, height = (f"{part * UNITS:.1f}" for part in parts)
        return left, top, width, height

    @property
    def shade(self) -> str:
        """The path of all that will be cut: the image, and within it the box as a hole."""
        left, top, width, height = self.box
        return f"M0 0H{UNITS}V{UNITS}H0ZM{left} {top}h{width}v{height}h-{width}Z"


def cut_of(used: SpecInput, *, label: str, ratio: str, rule: Rule | None, name: str = "") -> Cut | None:
    """The cut of an image in its slot, None where all of it is used. `ratio` is the provider's (`1280:720`)."""
    crop = crop_of(used, ratio, rule)
    if crop is None or used.reference is None:
        return None
    return Cut(
        field=field_of(used.role),
        label=label,
        reference=used.reference,
        crop=crop,
        shape=ratio_label(ratio),
        sentence=cut_sentence(crop),
        name=name,
    )


def cut_sentence(crop: Crop) -> str:
    """What will be cut: "14 % at the left and 6 % at the right will be cut."."""
    is_sideways = crop.width < crop.height
    start, end = (crop.left, crop.width) if is_sideways else (crop.top, crop.height)
    before, after = _percent(start), _percent(1 - start - end)
    names = SIDES[is_sideways]
    parts = [f"{share} % {name}" for share, name in ((before, names[0]), (after, names[1])) if share]
    return f"{' and '.join(parts)} will be cut." if parts else "Less than 1 % will be cut."


def _percent(share: float) -> int:
    """Halves up, as the browser does it."""
    return math.floor(share * 100 + 0.5)
