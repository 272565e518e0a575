"""Small pictures that stand for large ones: thumbs of references, posters of clips."""

from io import BytesIO
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from PIL import Image, ImageOps, ImageStat

from studio.media.colours import in_screen_mode
from studio.media.errors import NotAVideo
from studio.media.ingest import FORMATS, LARGE_IMAGES
from studio.media.probe import in_time, open_video

THUMB_SIDE_PIXELS = 640
POSTER_SIDE_PIXELS = 960
WEBP_QUALITY = 82
USUAL_METHOD = 4
QUICK_METHOD = 2  # a twentieth larger, in a third of the time
REDUCING_GAP = 3.0  # as good to the eye, and of large images an eighth of the time
POSTER_AT = 0.35
BLACK_BELOW_LUMA = 20.0
FRAMES_TO_LOOK_AT = 72
SAMPLE_SIDE_PIXELS = 32


def make_thumb(content: bytes) -> bytes:
    """A WebP of the image in `content`, its long side at most 640 px. `read_image` has checked the image."""
    with LARGE_IMAGES, Image.open(BytesIO(content), formats=FORMATS) as image:
        ImageOps.exif_transpose(image, in_place=True)
        return _as_webp(in_screen_mode(image), side_pixels=THUMB_SIDE_PIXELS)


def poster_of_image(image: Image.Image) -> bytes:
    """A WebP of a loaded image, its long side at most 960 px. The image itself may be made smaller."""
    return _as_webp(in_screen_mode(image), side_pixels=POSTER_SIDE_PIXELS, method=QUICK_METHOD)


def make_poster(path: Path, *, side_pixels: int = POSTER_SIDE_PIXELS) -> bytes:
    """A WebP of a telling frame of the video at `path`, its long side at most `side_pixels`.

    The frame stands a third into the clip, or is the first after that which is not black. Raises NotAVideo.
    """
    with open_video(path) as container:
        return _poster_of(_telling_frame(container), side_pixels)


def _poster_of(frame: VideoFrame, side_pixels: int) -> bytes:
    """Made small by FFmpeg, while it turns the colours: a third of the time that two steps take."""
    share = min(1.0, side_pixels / max(frame.width, frame.height))
    width, height = (max(1, round(side * share)) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation=Interpolation.LANCZOS)
    picture = _picture(small)
    if frame.rotation:  # phones lay their films on the side
        picture = picture.rotate(frame.rotation, expand=True)
    return _as_webp(picture, side_pixels=side_pixels, method=QUICK_METHOD)


def _as_webp(image: Image.Image, *, side_pixels: int, method: int = USUAL_METHOD) -> bytes:
    image.thumbnail((side_pixels, side_pixels), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    target = BytesIO()
    image.save(target, format="WEBP", quality=WEBP_QUALITY, method=method, icc_profile=image.info.get("icc_profile"))
    return target.getvalue()


def _telling_frame(container: InputContainer) -> VideoFrame:
    """The first frame from a third on that is not black; the brightest of those looked at when all are."""
    start_us = int((container.duration or 0) * POSTER_AT)
    container.seek(start_us)
    best: tuple[float, VideoFrame] | None = None
    looked_at = 0
    for frame in in_time(container.decode(video=0)):
        if frame.time * av.time_base < start_us:
            continue
        luma = _luma(frame)
        if best is None or luma > best[0]:
            best = (luma, frame)
        looked_at += 1
        if luma >= BLACK_BELOW_LUMA or looked_at >= FRAMES_TO_LOOK_AT:
            break
    if best is None:
        raise NotAVideo("No frame can be decoded.")
    return best[1]


def _luma(frame: VideoFrame) -> float:
    """The mean brightness, 0 to 255."""
    sample = frame.reformat(width=SAMPLE_SIDE_PIXELS, height=SAMPLE_SIDE_PIXELS, format="gray")
    return float(ImageStat.Stat(_picture(sample).convert("L")).mean[0])


def _picture(frame: VideoFrame) -> Image.Image:
    return cast("Image.Image", frame.to_image())  # type: ignore[no-untyped-call]  # PyAV leaves it open
