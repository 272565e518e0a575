"""Stills: one moment of the scene that the prompt paints, with its references in the picture."""

import io

from PIL import Image

from studio.simulator.cards import Role
from studio.simulator.making.edit import to_picture
from studio.simulator.making.insets import Insets
from studio.simulator.making.spec import ClipSpec
from studio.simulator.painting import light
from studio.simulator.painting.lettering import Lettering
from studio.simulator.painting.palettes import mood_of
from studio.simulator.painting.planes import frame_of, planes_of
from studio.simulator.painting.scenes import scene_for, shaded

PAINTED_PX = 640
MOMENT_S = 2.0
QUALITY = 92


def still(spec: ClipSpec) -> bytes:
    """A PNG, a JPEG or a WebP of the exact size."""
    picture = _painted(spec)
    Insets(spec.of(Role.REFERENCE), size=spec.size).put_on(picture)
    if spec.settings.get("background") == "transparent":
        picture.putalpha(Image.radial_gradient("L").point([255 - level for level in range(256)]).resize(spec.size))
    buffer = io.BytesIO()
    options = {"compress_level": 1} if spec.format == "png" else {"quality": QUALITY}
    picture.save(buffer, spec.format.upper(), **options)
    return buffer.getvalue()


def _painted(spec: ClipSpec) -> Image.Image:
    """The scene is painted small, since it is soft; the type over it is set at the full size."""
    rng = spec.rng("scene")
    scale = min(1.0, PAINTED_PX / max(spec.size))
    small = (max(16, round(spec.width * scale)), max(16, round(spec.height * scale)))
    scene = scene_for(mood_of(spec.prompt, rng=rng), size=small, rng=rng)
    soft = shaded(scene.paint(MOMENT_S), light.vignette(small, rng=rng))
    if spec.is_draft or min(spec.size) < PAINTED_PX // 4:
        return soft.resize(spec.size, Image.Resampling.BICUBIC)
    even = (spec.width + spec.width % 2, spec.height + spec.height % 2)
    frame = planes_of(soft, size=even)
    Lettering(spec.prompt, size=even, duration_s=4).paint_on(frame, at_s=MOMENT_S)
    return to_picture(frame_of(frame, fps=24)).crop((0, 0, *spec.size))
