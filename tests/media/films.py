"""Films and sounds in every container and codec that providers read, and in some that they do not."""

import math
import struct
from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

SOUND_RATE = 48_000
PIXELS = {"prores_ks": "yuv422p10le", "mjpeg": "yuvj420p"}
TURNED_MATRIX = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 0x40000000)
MATRIX_AT = 4 + 40
"""Bytes from the name of the box `tkhd` to its matrix, in version 0."""


def film(
    path: Path,
    *,
    codec: str = "libx264",
    container: str = "mp4",
    size: tuple[int, int] = (64, 36),
    fps: int = 24,
    seconds: float = 1.0,
) -> Path:
    """A silent film: above red, below blue, with a white stripe that wanders."""
    with av.open(str(path), "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, PIXELS.get(codec, "yuv420p")
        for index in range(round(seconds * fps)):
            frame: av.VideoFrame = av.VideoFrame.from_image(_picture(size, index))  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = index, Fraction(1, fps)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def film_on_its_side(path: Path) -> Path:
    """As phones make them: the pictures lie on their side, and the file says how to turn them."""
    content = bytearray(film(path).read_bytes())
    at = content.index(b"tkhd") + MATRIX_AT
    content[at : at + len(TURNED_MATRIX)] = TURNED_MATRIX
    path.write_bytes(content)
    return path


def sound(path: Path, *, codec: str, container: str, seconds: float = 2.0) -> Path:
    """A tone that is loud in its first half and soft in its second."""
    with av.open(str(path), "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=SOUND_RATE, layout="mono")
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=SOUND_RATE)
        for frame in _tone(seconds):
            for piece in resampler.resample(frame):
                output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path


def _picture(size: tuple[int, int], index: int) -> Image.Image:
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, size[1] // 2, *size))
    image.paste("white", (index % size[0], 0, index % size[0] + 4, 4))
    return image


def _tone(seconds: float) -> list[av.AudioFrame]:
    frames, total = [], round(seconds * SOUND_RATE)
    for start in range(0, total, 1024):
        count = min(1024, total - start)
        loudness = 24_000 if start < total / 2 else 2_000
        samples = array("h", (round(loudness * math.sin(2 * math.pi * 440 * (start + at) / SOUND_RATE))
                              for at in range(count)))  # fmt: skip
        frame = av.AudioFrame(format="s16", layout="mono", samples=count)
        frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
        frames.append(frame)
    return frames
