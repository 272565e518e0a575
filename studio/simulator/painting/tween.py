"""Slow things: painted a few times a second, and blended in between."""

import math
from collections.abc import Callable

from PIL import Image


class Tween:
    """A picture at any moment from one that is painted `rate` times a second. For what is soft or hardly moves."""

    def __init__(self, paint: Callable[[float], Image.Image], *, rate: int) -> None:
        self._paint = paint
        self._rate = rate
        self._keys: dict[int, Image.Image] = {}

    def at(self, at_s: float) -> Image.Image:
        """The picture at `at_s` seconds, a new one each time."""
        index = math.floor(at_s * self._rate)
        pair = {number: self._key(number) for number in (index, index + 1)}
        self._keys = pair
        return Image.blend(pair[index], pair[index + 1], at_s * self._rate - index)

    def _key(self, number: int) -> Image.Image:
        kept = self._keys.get(number)
        return self._paint(number / self._rate) if kept is None else kept
