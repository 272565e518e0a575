"""The prompt as moving type: words rise out of the picture one after the other and leave together."""

import functools
import math
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from studio.simulator.painting.light import Size
from studio.simulator.painting.palettes import Colour
from studio.simulator.painting.planes import Planes

Font = ImageFont.FreeTypeFont

MARGIN = 0.075
LINES_MAX = 5
SIZES = (0.1, 0.082, 0.066, 0.054, 0.045, 0.038)
LEADING = 1.22
BALANCE_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)
RISE_S = 0.8
FIRST_WORD_S = 0.35
WORDS_WITHIN = 0.45
LEAVE_S = 0.45
WHITE: Colour = (250, 248, 244)
SHADOW: Colour = (4, 4, 10)
WIDE_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf")


@functools.lru_cache(maxsize=32)
def font(size_px: int, *, is_wide: bool) -> Font:
    """Pillow's own typeface; for letters that it lacks, the first wide one that the machine has."""
    for name in WIDE_FONTS if is_wide else ():
        try:
            return ImageFont.truetype(name, size_px)
        except OSError:
            continue
    own = ImageFont.load_default(size=size_px)
    if not isinstance(own, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType, so there is no type to paint with.")
    return own


@dataclass(frozen=True, slots=True)
class _Word:
    ink: Image.Image
    shade: Image.Image
    inset: int
    left: int
    top: int
    at_s: float


class Lettering:
    """A block of words at the lower left of the frame."""

    def __init__(self, text: str, *, size: Size, duration_s: float) -> None:
        self._size = size
        self._duration_s = duration_s
        self._rise = max(4, min(size) // 36)
        self._words = _set(text, size=size, duration_s=duration_s) if text else []

    def paint_on(self, frame: Planes, *, at_s: float) -> None:
        """Put the words on `frame` as they stand at this moment."""
        leaving = min(1.0, max(0.0, (self._duration_s - at_s) / LEAVE_S))
        for word in self._words:
            share = min(1.0, max(0.0, (at_s - word.at_s) / RISE_S))
            eased = 1 - (1 - share) ** 3
            alpha = eased * leaving
            if alpha > 0:
                drop = self._rise * (1 - eased)
                _put(frame, word, alpha=alpha, drop=drop, drift=self._drift(at_s))

    def _drift(self, at_s: float) -> float:
        """The whole block slides by a little, so that the type is never quite still."""
        return self._size[0] * 0.012 * (at_s / self._duration_s)


def _put(frame: Planes, word: _Word, *, alpha: float, drop: float, drift: float) -> None:
    x, y = word.left + drift, word.top + drop
    column, row = math.floor(x), math.floor(y)
    shift = (1, 0, column - x, 0, 1, row - y)
    # Only the ink stands between pixels: nobody sees a blurred shadow step, and the shift costs time.
    ink = word.ink.transform(word.ink.size, Image.Transform.AFFINE, shift, Image.Resampling.BILINEAR)
    fade = [round(value * alpha) for value in range(256)]
    for mask, colour, inset in ((word.shade, SHADOW, 0), (ink, WHITE, word.inset)):
        faded = mask if alpha == 1 else mask.point(fade)
        frame.paste(colour, at=(column + inset, row + inset), mask=faded)


def _set(text: str, *, size: Size, duration_s: float) -> list[_Word]:
    lines, face = _broken(text, size=size)
    leading = face.size * LEADING
    top = size[1] * (1 - MARGIN * 1.15) - leading * len(lines)
    count = max(1, sum(len(line) for line in lines))
    step = min(0.22, duration_s * WORDS_WITHIN / count)
    words: list[_Word] = []
    for row, line in enumerate(lines):
        x = size[0] * MARGIN
        for word in line:
            words.append(_cut(word, face=face, x=x, y=top + row * leading, at_s=FIRST_WORD_S + step * len(words)))
            x += face.getlength(word + " ")
    return words


def _broken(text: str, *, size: Size) -> tuple[list[list[str]], Font]:
    """Lines in the greatest size in which the text fits; what does not fit in the smallest ends in an ellipsis."""
    text = text.encode("utf-8", "replace").decode()
    is_wide = any(ord(letter) > 0x24F for letter in text)
    lines: list[list[str]] = []
    for part in SIZES:
        face = font(round(min(size) * part), is_wide=is_wide)
        lines = _wrapped(text.split(), face=face, width=size[0] * (1 - 2 * MARGIN))
        if len(lines) <= LINES_MAX:
            return _balanced(lines, face=face, width=size[0] * (1 - 2 * MARGIN)), face
    kept = lines[:LINES_MAX]
    kept[-1] = [*kept[-1][:-1], "…"]
    return kept, face


def _balanced(lines: list[list[str]], *, face: Font, width: float) -> list[list[str]]:
    """The same words in as many lines, set as narrow as they go, so that no single word is left over."""
    words = [word for line in lines for word in line]
    narrow = (_wrapped(words, face=face, width=width * share) for share in BALANCE_SHARES)
    return next((found for found in narrow if len(found) == len(lines)), lines)


def _wrapped(words: list[str], *, face: Font, width: float) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    for word in (piece for whole in words for piece in _pieces(whole, face=face, width=width)):
        if lines[-1] and face.getlength(" ".join([*lines[-1], word])) > width:
            lines.append([])
        lines[-1].append(word)
    return lines


def _pieces(word: str, *, face: Font, width: float) -> list[str]:
    """A word that is longer than a line, in pieces that are not."""
    if face.getlength(word) <= width:
        return [word]
    most = max(1, int(len(word) * width / face.getlength(word)) - 1)
    return [word[start : start + most] for start in range(0, len(word), most)]


def _cut(word: str, *, face: Font, x: float, y: float, at_s: float) -> _Word:
    pad = max(4, round(face.size * 0.35))
    box = (math.ceil(face.getlength(word)) + 2 * pad, round(face.size * 1.3) + 2 * pad)
    ink = Image.new("L", box)
    ImageDraw.Draw(ink).text((pad, pad), word, font=face, fill=255)
    soft = ink.filter(ImageFilter.GaussianBlur(face.size * 0.11))
    shade = soft.point([min(255, value * 7 // 10) for value in range(256)])
    inset = pad - 2
    tight = ink.crop((inset, inset, box[0] - inset, box[1] - inset))
    return _Word(tight, shade, inset, round(x) - pad, round(y) - pad, at_s)
