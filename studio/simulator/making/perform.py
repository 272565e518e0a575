"""A character that moves as somebody else does: the motion of one film in the picture of another."""

from collections.abc import Iterator

import av
from PIL import Image, ImageChops, ImageOps, ImageStat

from studio.simulator import films
from studio.simulator.cards import Role
from studio.simulator.making.edit import sampled, to_picture, video_frame
from studio.simulator.making.insets import picture_of
from studio.simulator.making.spec import ClipSpec

ROOM = 1.24
"""The character is filmed with this much room around the frame to move in."""
COLUMNS, ROWS = 32, 18
INTENSITY = 3
SMOOTH = 0.5
GAIN = 2.2


def performed(spec: ClipSpec) -> Iterator[av.VideoFrame]:
    """As many frames as the performance has: the character, moved by what moves in it."""
    character = spec.of(Role.CHARACTER)[0]
    room = (round(spec.width * ROOM), round(spec.height * ROOM))
    strength = spec.settings.get("expressionIntensity", INTENSITY) / INTENSITY
    motion = Motion(strength=min(1.0, 0.75 * strength), has_body=bool(spec.settings.get("bodyControl")))
    stills = _poses(character.content, kind=character.kind, spec=spec, still=picture_of(character))
    for source, pose in zip(films.frames_of(spec.source.content), stills, strict=False):
        frame = ImageOps.fit(pose, room, method=Image.Resampling.BILINEAR)
        box = motion.box(to_picture(source), room=room, size=spec.size)
        yield video_frame(frame.resize(spec.size, Image.Resampling.BILINEAR, box=box))


def _poses(content: bytes, *, kind: str, spec: ClipSpec, still: Image.Image) -> Iterator[Image.Image]:
    """The character's own pictures: always the same one, or the frames of its film."""
    if kind == "video":
        for frame in sampled(content, fps=spec.fps, count=spec.frame_count + 2):
            yield to_picture(frame)
    while True:
        yield still


class Motion:
    """Where the light of a performance is, against where it was in its first frame."""

    def __init__(self, *, strength: float, has_body: bool) -> None:
        self._strength = strength
        self._has_body = has_body
        self._rest: tuple[float, float] | None = None
        self._at = (0.0, 0.0)
        self._last: Image.Image | None = None

    def box(
        self, picture: Image.Image, *, room: tuple[int, int], size: tuple[int, int]
    ) -> tuple[float, float, float, float]:
        """The part of `room` that is seen."""
        small = ImageOps.grayscale(picture).resize((COLUMNS, ROWS), Image.Resampling.BOX)
        across, down = self._moved(small)
        energy = self._energy(small) if self._has_body else 0.0
        width, height = size[0] * (1 - 0.12 * energy), size[1] * (1 - 0.12 * energy)
        free_x, free_y = (room[0] - width) / 2, (room[1] - height) / 2
        left, top = free_x * (1 - across * self._strength), free_y * (1 - down * self._strength)
        return left, top, left + width, top + height

    def _moved(self, small: Image.Image) -> tuple[float, float]:
        where = _centre(small)
        self._rest = self._rest or where
        now = tuple(max(-1.0, min(1.0, GAIN * (one - rest))) for one, rest in zip(where, self._rest, strict=True))
        self._at = (
            self._at[0] + (now[0] - self._at[0]) * SMOOTH,
            self._at[1] + (now[1] - self._at[1]) * SMOOTH,
        )
        return self._at

    def _energy(self, small: Image.Image) -> float:
        """0 to 1: how much changed since the frame before."""
        before, self._last = self._last or small, small
        return min(1.0, ImageStat.Stat(ImageChops.difference(small, before)).mean[0] / 16)


def _centre(small: Image.Image) -> tuple[float, float]:
    """The centre of the light, -1 to 1 in both directions."""
    light = small.tobytes()
    total = sum(light) or 1
    across = sum(level * (index % COLUMNS) for index, level in enumerate(light)) / total
    down = sum(level * (index // COLUMNS) for index, level in enumerate(light)) / total
    return 2 * across / (COLUMNS - 1) - 1, 2 * down / (ROWS - 1) - 1
