"""Films for the tests, and what can be seen of one."""

import io
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
from PIL import Image, ImageChops, ImageStat

from studio.simulator.delivery import Delivery, deliver
from studio.simulator.films import frames_of
from studio.simulator.making.enlarge import retimed
from studio.simulator.making.spec import ClipSpec
from studio.simulator.renderer import render_clip


@cache
def shot(
    *,
    width: int = 320,
    height: int = 180,
    duration_s: int = 2,
    prompt: str = "A boat at sea",
    has_sound: bool = True,
    fps: int = 24,
    is_draft: bool = False,
) -> bytes:
    """A film of the painter's own, at another rate if asked."""
    content = render_clip(
        ClipSpec(
            prompt=prompt,
            width=width,
            height=height,
            duration_s=duration_s,
            seed=1,
            has_sound=has_sound,
            is_draft=is_draft,
        )
    )
    if fps == 24:
        return content
    frames = retimed(frames_of(content), rate=Fraction(24), to=Fraction(fps), count=duration_s * fps)
    return deliver(frames, to=Delivery(format="mp4", size=(width, height), fps=Fraction(fps)), track=None)


@dataclass(frozen=True)
class Seen:
    """A film from the inside."""

    codec: str
    pixels: str
    size: tuple[int, int]
    rate: Fraction | None
    frames: int
    sounds: tuple[str, ...]
    primaries: int
    transfer: int


def seen(content: bytes) -> Seen:
    """What there is to see of a film, all of it decoded."""
    with av.open(io.BytesIO(content), "r") as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        frames = sum(1 for _ in container.decode(stream))
        return Seen(
            codec=context.name,
            pixels=str(context.pix_fmt),
            size=(stream.width, stream.height),
            rate=stream.average_rate,
            frames=frames,
            sounds=tuple(sound.codec_context.name for sound in container.streams.audio),
            primaries=context.color_primaries,
            transfer=context.color_trc,
        )


def pictures(content: bytes) -> list[Image.Image]:
    """All frames in RGB."""
    with av.open(io.BytesIO(content), "r") as container:
        found: list[Image.Image] = [
            frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's gap
            for frame in container.decode(video=0)
        ]
    return found


def heard_s(content: bytes) -> float:
    """Seconds of sound, decoded."""
    with av.open(io.BytesIO(content), "r") as container:
        stream = container.streams.audio[0]
        samples = sum(frame.samples for frame in container.decode(stream))
        return round(samples / stream.rate, 2)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures of one size, 0 to 255."""
    means = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean
    return sum(means) / len(means)
