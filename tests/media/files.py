"""Images and videos that the tests of media make: small, real, and good or bad in one way each."""

import struct
import zlib
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from PIL import Image

WIDTH = 64
HEIGHT = 36
FPS = 24
EXIF_ORIENTATION = 0x0112
EXIF_GPS = 0x8825
TURNED_BY_90 = 6


def image_bytes(*, name: str = "PNG", size: tuple[int, int] = (160, 90), mode: str = "RGB", **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue (in its mode's colours)."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    target = BytesIO()
    image.convert(mode).save(target, format=name, **options)
    return target.getvalue()


def photo_with_place() -> bytes:
    """A JPEG as a phone makes it: lying on its side, with the place in its metadata."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = TURNED_BY_90
    exif[EXIF_GPS] = {1: "N", 2: (48.0, 51.0, 29.0)}
    return image_bytes(name="JPEG", exif=exif)


def bomb() -> bytes:
    """A PNG of some 40 KB whose header promises 20,000 × 20,000 pixels."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00" * 40_000_000, 9)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def animation(name: str) -> bytes:
    """Three frames, as GIF, WebP or APNG."""
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    target = BytesIO()
    frames[0].save(target, format=name, save_all=True, append_images=frames[1:], duration=100)
    return target.getvalue()


def make_video(
    path: Path,
    *,
    seconds: float = 1.0,
    black_seconds: float = 0.0,
    sound: bool = False,
    container: str = "mp4",
    index_first: bool = True,
) -> Path:
    """An H.264 clip of 64 × 36 with moving stripes, black at first for `black_seconds`."""
    options = {"movflags": "faststart"} if index_first and container == "mp4" else {}
    with av.open(str(path), "w", format=container, options=options) as output:
        stream = output.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        voice = output.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for index in range(round(seconds * FPS)):
            is_black = index < black_seconds * FPS
            frame = _frame(Image.new("RGB", (WIDTH, HEIGHT)) if is_black else _stripes(index))
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if voice is not None:
            _mux_silence(output, voice, seconds)
    return path


def make_sound(path: Path) -> Path:
    """An MP4 with sound alone."""
    with av.open(str(path), "w", format="mp4") as output:
        _mux_silence(output, output.add_stream("aac", rate=48_000, layout="mono"), 1.0)
    return path


def _frame(image: Image.Image) -> av.VideoFrame:
    frame: av.VideoFrame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV leaves it open
    return frame


def _stripes(index: int) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), "orange")
    image.paste("teal", (index % WIDTH, 0, index % WIDTH + 8, HEIGHT))
    return image


def _mux_silence(output: Any, voice: Any, seconds: float) -> None:
    for index in range(round(seconds * 48_000 / 1024)):
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = 48_000, index * 1024, Fraction(1, 48_000)
        output.mux(voice.encode(frame))
    output.mux(voice.encode(None))
