"""Which part of an image a request uses: what fits the clip's ratio, or the shapes that the model takes. Pure."""

from dataclasses import replace

from studio.generations.request import Spec, SpecInput
from studio.generations.rules import Rule, rules_of
from studio.media.cropping import WHOLE, Crop, centre_crop, crop_into, moved_to, within
from studio.providers.base import InputRole, MediaKind
from studio.providers.catalog import Way

FRAME_ROLES = frozenset({InputRole.FIRST, InputRole.MIDDLE, InputRole.LAST})
"""Images that fill the picture. What only guides the look keeps its shape where it may."""


def ratio_of(ratio: str) -> float | None:
    """Width / height of a provider's ratio (`1280:720`, `16:9`); None for one that leaves it open (`adaptive`)."""
    width, _, height = ratio.partition(":")
    try:
        return int(width) / int(height)
    except (ValueError, ZeroDivisionError):
        return None


def with_crops(spec: Spec, way: Way) -> Spec:
    """With the crop of each image that does not fit by itself: what was chosen, else the middle."""
    rules = {rule.role: rule for rule in rules_of(way)}
    inputs = tuple(replace(used, crop=crop_of(used, spec.ratio, rules.get(used.role))) for used in spec.inputs)
    return replace(spec, inputs=inputs)


def crop_of(used: SpecInput, ratio: str, rule: Rule | None) -> Crop | None:
    """The part that is sent, None for the whole: as large as the ratio allows, around the middle of what was chosen."""
    if used.kind is not MediaKind.IMAGE:
        return None
    width, height = used.media.width, used.media.height
    largest = _largest(width, height, ratio_of(ratio) if used.role in FRAME_ROLES else None, rule)
    if largest.is_whole:
        return None
    chosen = used.crop or largest
    return moved_to(
        largest,
        left=chosen.left + (chosen.width - largest.width) / 2,
        top=chosen.top + (chosen.height - largest.height) / 2,
    )


def _largest(width: int, height: int, ratio: float | None, rule: Rule | None) -> Crop:
    """A clip may be wider than any image that its model takes (21:9): then as wide as that may be."""
    window = rule.aspect if rule else None
    if ratio is not None:
        return centre_crop(width, height, within(ratio, window) if window else ratio)
    return crop_into(width, height, window) if window else WHOLE
