"""Colours and motifs: a prompt's words choose them where they can, its seed does where they cannot."""

import re
from dataclasses import dataclass
from random import Random

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """Six colours of one mood, from the top of the sky to the nearest dark, and the colour of its light."""

    top: Colour
    middle: Colour
    glow: Colour
    far: Colour
    near: Colour
    light: Colour


PALETTES: dict[str, Palette] = {
    "dusk": Palette((26, 22, 64), (132, 58, 104), (255, 160, 98), (126, 66, 104), (16, 11, 30), (255, 216, 172)),
    "dawn": Palette((62, 96, 150), (190, 158, 176), (255, 222, 184), (146, 138, 166), (34, 38, 62), (255, 244, 222)),
    "lagoon": Palette((5, 22, 38), (12, 84, 102), (126, 224, 200), (22, 82, 96), (3, 13, 22), (196, 255, 236)),
    "ember": Palette((20, 8, 14), (112, 26, 22), (255, 126, 46), (98, 30, 26), (12, 5, 7), (255, 204, 126)),
    "noir": Palette((8, 10, 17), (40, 49, 68), (176, 192, 216), (54, 63, 82), (6, 8, 13), (232, 240, 255)),
    "violet": Palette((13, 8, 42), (82, 38, 138), (240, 124, 214), (74, 44, 124), (9, 5, 26), (255, 206, 248)),
    "moss": Palette((14, 34, 34), (74, 112, 80), (232, 218, 146), (66, 94, 74), (8, 19, 15), (252, 246, 204)),
    "ice": Palette((26, 52, 88), (118, 168, 204), (238, 247, 255), (122, 158, 188), (18, 33, 54), (255, 255, 255)),
    "gold": Palette((66, 34, 30), (198, 118, 56), (255, 218, 128), (158, 92, 56), (30, 15, 13), (255, 242, 196)),
}
MOTIFS = ("ridges", "sea", "lights")

_WORDS: tuple[tuple[str, str, str], ...] = (
    ("night|neon|city|street|traffic|club|cyberpunk|rain|rainy", "violet", "lights"),
    ("space|star|stars|galaxy|cosmic|planet|moon|dream", "noir", "lights"),
    ("sea|ocean|wave|waves|beach|lake|river|water|boat|ship|island|harbour|harbor", "lagoon", "sea"),
    ("fire|lava|volcano|ember|flame|war|red", "ember", "ridges"),
    ("snow|ice|winter|glacier|frost|arctic", "ice", "ridges"),
    ("forest|jungle|tree|trees|meadow|garden|green|moss", "moss", "ridges"),
    ("desert|sand|dune|dunes|savanna|wheat|gold|golden", "gold", "ridges"),
    ("sunset|dusk|evening|mountain|mountains", "dusk", "ridges"),
    ("sunrise|dawn|morning|fog|foggy|mist|misty", "dawn", "ridges"),
)
_RULES = tuple((re.compile(rf"\b(?:{words})\b"), palette, motif) for words, palette, motif in _WORDS)


@dataclass(frozen=True, slots=True)
class Mood:
    """A palette and what is painted in it."""

    palette: Palette
    motif: str


def mood_of(prompt: str, *, rng: Random) -> Mood:
    """The mood that the prompt's words suggest; what they leave open is drawn from `rng`."""
    palettes, motifs = _suggestions(prompt.lower())
    palette = rng.choice(palettes or list(PALETTES))
    motif = rng.choice(motifs or list(MOTIFS))
    return Mood(PALETTES[palette], motif)


def _suggestions(text: str) -> tuple[list[str], list[str]]:
    hits = [(palette, motif) for words, palette, motif in _RULES if words.search(text)]
    return [palette for palette, _ in hits], [motif for _, motif in hits]


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with a share (0 to 1) of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
