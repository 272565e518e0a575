"""The renderer: one request in, one real MP4 out, the same bytes for the same request."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from PIL import Image

from studio.simulator import encoding, sound
from studio.simulator.encoding import FPS
from studio.simulator.painting import light
from studio.simulator.painting.camera import Camera
from studio.simulator.painting.lettering import Lettering
from studio.simulator.painting.palettes import mood_of
from studio.simulator.painting.planes import Planes, planes_of
from studio.simulator.painting.scenes import scene_for, shaded

EDITION = 2
"""Part of every digest: raise it when the painting changes, so that kept clips are not taken for new ones."""

SCENE_SCALE = 2
PUSH = 0.06
FADE_IN_S = 0.5


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """One clip: size in pixels, whole seconds, and the bytes of the frames that it begins and ends with."""

    prompt: str
    width: int
    height: int
    duration_s: int
    seed: int
    has_sound: bool = False
    first: bytes | None = None
    last: bytes | None = None
    is_draft: bool = False

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def frame_count(self) -> int:
        return self.duration_s * FPS

    @cached_property
    def digest(self) -> str:
        """The name of the clip: two specs share it exactly when they give the same bytes."""
        plain = (EDITION, self.prompt, self.size, self.duration_s, self.seed, self.has_sound, self.is_draft)
        pictures = [b"" if one is None else hashlib.sha256(one).digest() for one in (self.first, self.last)]
        return hashlib.sha256(repr((plain, pictures)).encode("utf-8", "backslashreplace")).hexdigest()

    def rng(self, purpose: str) -> Random:
        """Chance that the prompt and the seed decide."""
        return Random(f"{purpose}:{self.seed}:{self.prompt}".encode("utf-8", "backslashreplace"))  # noqa: S311 - paint


def render_clip(spec: ClipSpec) -> bytes:
    """The MP4 file. Takes seconds of one core: call it in a thread."""
    if spec.is_draft:
        quiet = sound.silence(duration_s=spec.duration_s) if spec.has_sound else None
        return encoding.encode(_flat(spec), size=spec.size, sound=quiet, options=encoding.DRAFT)
    frames = _scene(spec) if spec.first is None else _shot(spec, first=spec.first)
    bed = sound.bed(f"{spec.seed}:{spec.prompt}", duration_s=spec.duration_s) if spec.has_sound else None
    return encoding.encode(frames, size=spec.size, sound=bed, options=encoding.QUALITY)


def _flat(spec: ClipSpec) -> Iterator[Planes]:
    red, green, blue = spec.rng("flat").randbytes(3)
    planes = planes_of(Image.new("RGB", spec.size, (red, green, blue)), size=spec.size)
    for _ in range(spec.frame_count):
        yield planes


def _shot(spec: ClipSpec, *, first: bytes) -> Iterator[Planes]:
    camera = Camera(first, spec.last, size=spec.size, rng=spec.rng("camera"))
    for index in range(spec.frame_count):
        yield camera.paint(index / (spec.frame_count - 1))


def _scene(spec: ClipSpec) -> Iterator[Planes]:
    """The scene is soft and painted at half the size; the type over it is set at the full one."""
    rng = spec.rng("scene")
    small = spec.width // SCENE_SCALE, spec.height // SCENE_SCALE
    scene = scene_for(mood_of(spec.prompt, rng=rng), size=small, rng=rng)
    shade = light.vignette(small, rng=rng)
    lettering = Lettering(spec.prompt, size=spec.size, duration_s=spec.duration_s)
    black = Image.new("RGB", small)
    for index in range(spec.frame_count):
        at_s = index / FPS
        picture = _pushed(shaded(scene.paint(at_s), shade), share=index / spec.frame_count)
        if at_s < FADE_IN_S:
            picture = Image.blend(black, picture, 0.25 + 0.75 * at_s / FADE_IN_S)
        frame = planes_of(picture, size=spec.size)
        lettering.paint_on(frame, at_s=at_s)
        yield frame


def _pushed(image: Image.Image, *, share: float) -> Image.Image:
    """The camera goes in by a little over the length of the clip."""
    inset = PUSH / 2 * share
    width, height = image.size
    box = (width * inset, height * inset, width * (1 - inset), height * (1 - inset))
    return image.resize(image.size, Image.Resampling.BILINEAR, box=box)
