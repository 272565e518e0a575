"""From SDR to HDR: BT.709 display light spread over BT.2020 at up to some hundred nits, as a cube for FFmpeg."""

import math
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any

SIDE = 33
WHITE_NITS = 203.0
"""Where ITU-R BT.2408 puts the white of SDR."""
GAMMA = 2.4
LIFT = 1.5
"""Highlights come out at up to two and a half times the white, which stands for what a model would recover."""
PEAK_NITS, HLG_PEAK_NITS, REFERENCE_NITS = 10_000.0, 1_000.0, 100.0
HLG_SYSTEM_GAMMA = 1.2
TO_BT2020 = ((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956))


class Curve(StrEnum):
    """How light is written down."""

    SDR = "sdr"
    PQ = "pq"
    HLG = "hlg"
    LINEAR = "linear"


@cache
def cube(curve: Curve) -> str:
    """The file of a 3D table from BT.709 to this curve in BT.2020."""
    rows = (" ".join(f"{level:.6f}" for level in row) for row in _rows(curve))
    return "\n".join((f"LUT_3D_SIZE {SIDE}", *rows, ""))


def _rows(curve: Curve) -> Iterator[tuple[float, ...]]:
    """Red runs quickest, as the format wants it."""
    levels = [index / (SIDE - 1) for index in range(SIDE)]
    for blue in levels:
        for green in levels:
            for red in levels:
                yield tuple(_written(nits, curve=curve) for nits in nits_of(red, green, blue))


def nits_of(red: float, green: float, blue: float) -> tuple[float, ...]:
    """The light of an SDR colour in nits, in the primaries of BT.2020."""
    linear = [level**GAMMA for level in (red, green, blue)]
    bright = max(linear)
    lift = WHITE_NITS * (1 + LIFT * bright**4)
    return tuple(lift * sum(part * level for part, level in zip(row, linear, strict=True)) for row in TO_BT2020)


def _written(nits: float, *, curve: Curve) -> float:
    if curve is Curve.LINEAR:
        return nits / REFERENCE_NITS
    return pq(nits) if curve is Curve.PQ else hlg(nits)


def pq(nits: float) -> float:
    """SMPTE ST 2084."""
    power = (max(0.0, nits) / PEAK_NITS) ** 0.1593017578125
    return float(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)


def hlg(nits: float) -> float:
    """ARIB STD-B67 for a display of a thousand nits."""
    scene = min(1.0, (max(0.0, nits) / HLG_PEAK_NITS) ** (1 / HLG_SYSTEM_GAMMA))
    if scene <= 1 / 12:
        return math.sqrt(3 * scene)
    return 0.17883277 * math.log(12 * scene - 0.28466892) + 0.55991073


def described(curve: Curve) -> dict[str, Any]:
    """The sidecar that says what the numbers of a sequence mean."""
    transfer = {Curve.PQ: "SMPTE ST 2084", Curve.LINEAR: "linear, 1.0 = 100 nits"}.get(curve, str(curve))
    return {"primaries": "BT.2020", "transfer": transfer, "white_nits": WHITE_NITS}
