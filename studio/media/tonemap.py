"""From HDR to what any screen shows: tables from BT.2020 light to BT.709, as a cube for FFmpeg."""

import math
from collections.abc import Iterator
from functools import cache

from studio.media.probe import Curve

SIDE = 33
WHITE_NITS = 203.0
"""Where ITU-R BT.2408 puts the white of SDR; what is brighter is squeezed into the last quarter below it."""
KNEE = 0.75
GAMMA = 2.4
PEAK_NITS, HLG_PEAK_NITS, LINEAR_UNIT_NITS = 10_000.0, 1_000.0, 100.0
HLG_SYSTEM_GAMMA = 1.2
LINEAR_SIDE = 49
"""Linear pictures are read by FFmpeg as PQ with one nit to the unit, since its scaler cuts floats at 1. Their light
lies in the lower third of that, so that the table is finer."""
TO_BT709 = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))


@cache
def cube(curve: Curve) -> str:
    """The file of a 3D table from this curve in BT.2020 to BT.709 for screens."""
    side = LINEAR_SIDE if curve is Curve.LINEAR else SIDE
    rows = (" ".join(f"{level:.5f}" for level in row) for row in _rows(curve, side=side))
    return "\n".join((f"LUT_3D_SIZE {side}", *rows, ""))


def _rows(curve: Curve, *, side: int) -> Iterator[tuple[float, ...]]:
    """Red runs quickest, as the format wants it."""
    levels = [_light(index / (side - 1), curve=curve) for index in range(side)]
    for blue in levels:
        for green in levels:
            for red in levels:
                yield _shown((red, green, blue), curve=curve)


def _light(level: float, *, curve: Curve) -> float:
    """Nits, of HLG the light of the scene."""
    if curve is Curve.LINEAR:
        return _from_pq(level) * LINEAR_UNIT_NITS
    return _from_pq(level) if curve is Curve.PQ else _from_hlg(level)


def _from_pq(level: float) -> float:
    """SMPTE ST 2084."""
    power = float(level ** (1 / 78.84375))
    return float((max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)) * PEAK_NITS


def _from_hlg(level: float) -> float:
    """ARIB STD-B67, 0 to 1."""
    if level <= 0.5:
        return level**2 / 3
    return (math.exp((level - 0.55991073) / 0.17883277) + 0.28466892) / 12


def _shown(light: tuple[float, ...], *, curve: Curve) -> tuple[float, ...]:
    if curve is Curve.HLG:
        luma = 0.2627 * light[0] + 0.678 * light[1] + 0.0593 * light[2]
        light = tuple(HLG_PEAK_NITS * part * luma ** (HLG_SYSTEM_GAMMA - 1) for part in light)
    linear = [sum(part * nits for part, nits in zip(row, light, strict=True)) / WHITE_NITS for row in TO_BT709]
    brightest = max(linear)
    share = _squeezed(brightest) / brightest if brightest > KNEE else 1.0
    return tuple(float(min(max(part * share, 0.0), 1.0) ** (1 / GAMMA)) for part in linear)


def _squeezed(level: float) -> float:
    """From the knee on ever nearer to 1: the hue stays, since the brightest part decides for all three."""
    return KNEE + (1 - KNEE) * (1 - math.exp((KNEE - level) / (1 - KNEE)))
