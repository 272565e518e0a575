"""The video and image tools: one frame there and back, in memory."""

from io import BytesIO
from typing import Final

import av
from PIL import Image, features

from studio.management.checkup.findings import Verdict, fail, ok

SIDE_PIXELS = 64
FRAMES = 1
RATE = 48_000
SAMPLES = 1024
MEND = "Install the packages again: uv pip sync --require-hashes requirements.txt."
SIMULATOR_NEEDS: Final = "libx264"


def check_video() -> Verdict:
    """Whether clips can be read, and the simulator can render them."""
    try:
        pictures, sounds = _decoded(_encoded())
    except (av.FFmpegError, ValueError) as error:
        return fail(f"H.264 and AAC cannot be written and read ({type(error).__name__}). {MEND}")
    if pictures != FRAMES or not sounds:
        return fail(f"H.264 and AAC come back with {pictures} pictures and {sounds} pieces of sound. {MEND}")
    return ok(f"PyAV {av.__version__} writes and reads H.264 and AAC.")


def _encoded() -> bytes:
    """An MP4 file of one grey frame and a moment of silence."""
    target = BytesIO()
    with av.open(target, "w", format="mp4") as container:
        video = container.add_stream(SIMULATOR_NEEDS, rate=24)
        video.width = video.height = SIDE_PIXELS
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", rate=RATE)
        for _ in range(FRAMES):
            container.mux(video.encode(av.VideoFrame(SIDE_PIXELS, SIDE_PIXELS, "yuv420p")))
        container.mux(audio.encode(_silence()))
        container.mux(video.encode())
        container.mux(audio.encode())
    return target.getvalue()


def _silence() -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=SAMPLES)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate = RATE
    frame.pts = 0
    return frame


def _decoded(content: bytes) -> tuple[int, int]:
    """How many pictures and pieces of sound are in the file."""
    with av.open(BytesIO(content), "r", format="mp4") as container:
        pictures = sum(1 for _ in container.decode(video=0))
        container.seek(0)
        return pictures, sum(1 for _ in container.decode(audio=0))


def check_images() -> Verdict:
    """Whether posters and thumbs can be made."""
    try:
        is_whole = _webp_round_trip()
    except (OSError, KeyError, ValueError) as error:
        return fail(f"WebP cannot be written and read ({type(error).__name__}). {MEND}")
    if not is_whole:
        return fail(f"WebP comes back as something else. {MEND}")
    return ok(f"Pillow writes and reads WebP {features.version_module('webp')}.")


def _webp_round_trip() -> bool:
    target = BytesIO()
    Image.new("RGB", (SIDE_PIXELS, SIDE_PIXELS), "grey").save(target, format="WEBP")
    with Image.open(target) as image:
        image.load()
        return (image.format, image.size) == ("WEBP", (SIDE_PIXELS, SIDE_PIXELS))
