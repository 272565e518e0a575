"""Ratios in two steps where a model has many: the shape, and the size."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.generations.request import Spec
from studio.generations.ways import ratios_for, shown_way
from studio.providers.base import MediaKind
from studio.providers.catalog import Way, find_model, ratio_label
from studio.providers.catalog.ratios import follows_input, ratio_size, shape_of, size_mark

MOST_AT_ONCE = 8
"""So many ratios stand side by side; more are told by shape and size."""
SHAPE_AREA = 190
SHAPE_BOX = (26.0, 20.0)
FOLLOWING = "auto"
"""The size of a ratio that follows the input."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A ratio to choose, with a rectangle of its shape: width and height in units of a 26 × 20 box, 0 for none."""

    value: str
    label: str
    is_chosen: bool
    width: float = 0
    height: float = 0
    left: float = 0
    top: float = 0


@dataclass(frozen=True, slots=True)
class Size:
    """A size to choose beside the shape."""

    value: str
    label: str
    is_chosen: bool


def size_of(ratio: str) -> str:
    """The name of a ratio's size: `1080p`; `auto` for one that follows the input, "" for a shape without size."""
    if follows_input(ratio):
        return FOLLOWING
    size = ratio_size(ratio)
    return size_mark(*size) if size else ""


def shapes(chosen: str, ratios: Sequence[str]) -> list[Shape]:
    """The ratios to choose from: all, or those of the chosen one's size where there are many."""
    if len(ratios) <= MOST_AT_ONCE:
        return [_shape(ratio, ratio_label(ratio), chosen=chosen) for ratio in ratios]
    size = size_of(chosen)
    shown = [ratio for ratio in ratios if size_of(ratio) == size]
    names = Counter(map(_name, shown))
    return [_shape(ratio, _told_apart(ratio, names), chosen=chosen) for ratio in shown]


def _told_apart(ratio: str, names: Counter[str]) -> str:
    """The shape, with the width in pixels where another ratio of this size has the same."""
    name, size = _name(ratio), ratio_size(ratio)
    return f"{name} · {size[0]}" if size and names[name] > 1 else name


def sizes(chosen: str, ratios: Sequence[str]) -> list[Size]:
    """The sizes to choose from, () where all ratios stand side by side."""
    if len(ratios) <= MOST_AT_ONCE:
        return []
    current = size_of(chosen)
    found = sorted(dict.fromkeys(map(size_of, ratios)), key=_order)
    return [
        Size(value=size, label="As the input" if size == FOLLOWING else size, is_chosen=size == current)
        for size in found
    ]


def resized(spec: Spec, size: str) -> Spec:
    """With the ratio of that size whose shape is nearest, when another size was chosen than the ratio has."""
    model = find_model(spec.model)
    if not size or model is None or not model.ways or size == size_of(spec.ratio):
        return spec
    ratios = [ratio for ratio in ratios_for(spec, shown_way(spec, model)) if size_of(ratio) == size]
    if not ratios:
        return spec
    if size == FOLLOWING:
        return replace(spec, ratio=_default_of(ratios, shown_way(spec, model)))
    slope = _slope_of(spec)
    return replace(spec, ratio=min(ratios, key=lambda ratio: abs(_slope(ratio) - slope)))


def _default_of(ratios: Sequence[str], way: Way) -> str:
    return way.default_ratio if way.default_ratio in ratios else ratios[0]


def _slope_of(spec: Spec) -> float:
    """The shape that the clip has now: that of its ratio, or of the picture that it follows, else 16:9."""
    size = ratio_size(spec.ratio)
    pictures = (used.media for used in spec.inputs if used.kind is not MediaKind.AUDIO)
    sizes_ = [size] if size else [(media.width, media.height) for media in pictures]
    width, height = next(iter(sizes_), (16, 9))
    return math.log(width / height)


def _order(size: str) -> tuple[int, float]:
    if size in {"", FOLLOWING}:
        return (1, 0)
    number = float(size.rstrip("pK"))
    return (0, number * (540 if size.endswith("K") else 1))


def _name(ratio: str) -> str:
    size = ratio_size(ratio)
    return shape_of(*size) if size and not follows_input(ratio) else ratio_label(ratio)


def _slope(ratio: str) -> float:
    size = ratio_size(ratio)
    return math.log(size[0] / size[1]) if size else 0.0


def _shape(ratio: str, label: str, *, chosen: str) -> Shape:
    sides = _sides(ratio)
    if sides is None:
        return Shape(value=ratio, label=label, is_chosen=ratio == chosen)
    scale = (SHAPE_AREA / (sides[0] * sides[1])) ** 0.5
    width, height = min(sides[0] * scale, 24), min(sides[1] * scale, 18)
    return Shape(
        value=ratio,
        label=label,
        is_chosen=ratio == chosen,
        width=round(width, 1),
        height=round(height, 1),
        left=round((SHAPE_BOX[0] - width) / 2, 1),
        top=round((SHAPE_BOX[1] - height) / 2, 1),
    )


def _sides(ratio: str) -> tuple[int, int] | None:
    width, _, height = ratio.partition(":")
    if not (width.isdecimal() and height.isdecimal()) or not int(width) * int(height):
        return None
    return int(width), int(height)
