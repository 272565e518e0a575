"""The renderer: one request in, one real file out, the same bytes for the same request."""

from collections.abc import Iterator
from itertools import islice

import av
from PIL import Image

from studio.simulator import delivery, encoding, films
from studio.simulator.cards import Role, Way
from studio.simulator.delivery import Delivery
from studio.simulator.encoding import FPS
from studio.simulator.making.edit import edited, extended, guided
from studio.simulator.making.enlarge import quickened, upscaled
from studio.simulator.making.insets import Insets
from studio.simulator.making.perform import performed
from studio.simulator.making.soundtrack import sound_alone, track_of
from studio.simulator.making.spec import EDITION, ClipSpec
from studio.simulator.making.still import still
from studio.simulator.painting import light
from studio.simulator.painting.camera import Camera
from studio.simulator.painting.lettering import Lettering
from studio.simulator.painting.palettes import mood_of
from studio.simulator.painting.planes import Planes, frame_of, planes_of
from studio.simulator.painting.scenes import scene_for, shaded

__all__ = ["EDITION", "ClipSpec", "render_clip"]

SCENE_SCALE = 2
PUSH = 0.06
FADE_IN_S = 0.5

FILMS = {
    Way.EDIT: edited,
    Way.GUIDED: guided,
    Way.EXTEND: extended,
    Way.PERFORM: performed,
    Way.UPSCALE: upscaled,
    Way.FRAME_RATE: quickened,
}


def render_clip(spec: ClipSpec) -> bytes:
    """The file. Takes seconds of one core: call it in a thread."""
    if spec.way is Way.STILL:
        return still(spec)
    if spec.way is Way.SOUND:
        return sound_alone(spec)
    if spec.way is Way.SCENE and spec.format == "mp4":
        options = encoding.DRAFT if spec.is_draft else encoding.QUALITY
        return encoding.encode(_painted(spec), size=spec.size, sound=track_of(spec), options=options)
    return delivery.deliver(_frames(spec), to=_delivery(spec), track=track_of(spec))


def _delivery(spec: ClipSpec) -> Delivery:
    tier = str(spec.settings.get("proresProfile", ""))
    return Delivery(format=spec.format, size=spec.size, fps=spec.rate, tier=tier, is_draft=spec.is_draft)


def _frames(spec: ClipSpec) -> Iterator[av.VideoFrame]:
    if spec.way is Way.SCENE:
        return (frame_of(planes, fps=FPS) for planes in _painted(spec))
    if spec.way is Way.HDR:
        return films.frames_of(spec.source.content)
    return FILMS[spec.way](spec)


def _painted(spec: ClipSpec) -> Iterator[Planes]:
    """A scene of the prompt's own, or a shot over its frames; with references, those are seen too."""
    frames = _flat(spec) if spec.is_draft else _scene(spec) if spec.first is None else _shot(spec, first=spec.first)
    references = spec.of(Role.REFERENCE, Role.REFERENCE_VIDEO, Role.MIDDLE)
    if not references:
        yield from frames
        return
    insets = Insets(references, size=spec.size)
    last: Planes | None = None
    for planes in islice(frames, spec.frame_count):
        if planes is not last:
            insets.put_on_planes(planes)
        last = planes
        yield planes


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
