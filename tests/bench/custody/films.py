"""Real MP4 files of any size: a short clip with a box of nothing behind it, as the format allows."""

import hashlib
import struct
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame

WIDTH, HEIGHT, FPS, FRAMES = 640, 360, 24, 48
BOX_HEAD_BYTES = 8


def film(path: Path, *, shade: int = 0) -> Path:
    """A playable clip of two seconds; another `shade` gives other bytes."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(FRAMES):
            frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([(number * 2 + shade * 7 + 16) % 220]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def padded(path: Path, *, size_bytes: int, shade: int = 0, is_sparse: bool = False) -> Path:
    """A clip of exactly `size_bytes` (under 4 GB): the rest is a `free` box, of noise or of a hole in the file."""
    film(path, shade=shade)
    rest = size_bytes - path.stat().st_size
    with path.open("r+b") as target:
        target.seek(0, 2)
        target.write(struct.pack(">I4s", rest, b"free"))
        if is_sparse:
            target.truncate(size_bytes)
        else:
            target.write(_noise(rest - BOX_HEAD_BYTES, seed=shade))
    return path


def _noise(count: int, *, seed: int) -> bytes:
    """Bytes that do not compress, the same for the same seed."""
    return hashlib.shake_128(str(seed).encode()).digest(count)
