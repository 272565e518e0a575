"""Video to video: the source under another light, with keyframes near their times and a wider frame if asked."""

import io
from collections.abc import Iterator

import av
from PIL import Image, ImageChops, ImageOps

from studio.simulator import films
from studio.simulator.assets import Media
from studio.simulator.cards import Role
from studio.simulator.making.insets import Insets, picture_of
from studio.simulator.making.spec import ClipSpec
from studio.simulator.painting.camera import Camera
from studio.simulator.painting.palettes import mood_of
from studio.simulator.painting.planes import frame_of

TINT = 0.5
GRAIN_DEPTH = 18
REACH_S = 0.8
STRONGEST = 0.9
SMALL = 24


class Grade:
    """One look, which the prompt and the seed decide: its colours over the picture's own, and a grain."""

    def __init__(self, spec: ClipSpec, *, size: tuple[int, int]) -> None:
        rng = spec.rng("grade")
        palette = mood_of(spec.prompt, rng=rng).palette
        self._dark, self._middle, self._light = palette.near, palette.glow, palette.light
        self._tint = TINT + rng.uniform(-0.1, 0.15)
        texture = Image.frombytes("L", (160, 90), rng.randbytes(160 * 90)).resize(size, Image.Resampling.BICUBIC)
        curve = [round(value * GRAIN_DEPTH / 255) for value in range(256)]
        self._grain = Image.merge("RGB", [texture.point(curve)] * 3)

    def apply(self, picture: Image.Image, *, index: int) -> Image.Image:
        """The picture in this look; the grain moves from frame to frame."""
        grey = ImageOps.grayscale(picture)
        coloured = ImageOps.colorize(grey, black=self._dark, mid=self._middle, white=self._light)
        graded = Image.blend(picture, coloured, self._tint)
        return ImageChops.subtract(graded, ImageChops.offset(self._grain, index * 7, index * 13))


class _Keyframe:
    """A picture, fitted to the frame, and how much of it is seen at a time."""

    def __init__(self, media: Media, *, size: tuple[int, int], duration_s: float) -> None:
        self._picture = ImageOps.fit(picture_of(media), size, method=Image.Resampling.BICUBIC)
        self._at_s = media.at * duration_s if media.is_share else media.at
        self.span = media.span

    def paint_on(self, frame: Image.Image, *, at_s: float) -> Image.Image:
        share = STRONGEST * max(0.0, 1 - abs(at_s - self._at_s) / REACH_S)
        is_inside = self.span is None or self.span[0] <= at_s < self.span[1]
        return Image.blend(frame, self._picture, share) if share and is_inside else frame


def edited(spec: ClipSpec) -> Iterator[av.VideoFrame]:
    """As many frames as the source has, each changed; outside of all ranges the source itself."""
    keyframes = [_Keyframe(media, size=spec.size, duration_s=spec.duration_s) for media in spec.of(Role.KEYFRAME)]
    spans = [frame.span for frame in keyframes if frame.span is not None]
    grade, insets = Grade(spec, size=spec.size), Insets(spec.of(Role.REFERENCE), size=spec.size)
    for index, source in enumerate(films.frames_of(spec.source.content)):
        at_s = index / spec.fps
        frame = _widened(source, size=spec.size)
        if not spans or any(start <= at_s < end for start, end in spans):
            frame = grade.apply(frame, index=index)
            for keyframe in keyframes:
                frame = keyframe.paint_on(frame, at_s=at_s)
            insets.put_on(frame)
        yield video_frame(frame)


def _widened(source: av.VideoFrame, *, size: tuple[int, int]) -> Image.Image:
    """The whole frame in the middle; around it, where the proportions differ, its own colours out of focus."""
    picture = to_picture(source)
    inside = ImageOps.contain(picture, size, method=Image.Resampling.BICUBIC)
    if max(size[0] - inside.width, size[1] - inside.height) <= 2:
        return inside if inside.size == size else picture.resize(size, Image.Resampling.BICUBIC)
    soft = ImageOps.fit(picture.reduce(max(1, min(picture.size) // SMALL)), (SMALL, SMALL))
    canvas = soft.resize(size, Image.Resampling.BICUBIC)
    canvas.paste(inside, ((size[0] - inside.width) // 2, (size[1] - inside.height) // 2))
    return canvas


def guided(spec: ClipSpec) -> Iterator[av.VideoFrame]:
    """A new film of its own length and size that follows the source, which begins again when it ends."""
    grade = Grade(spec, size=spec.size)
    insets = Insets(spec.of(Role.REFERENCE, Role.REFERENCE_VIDEO), size=spec.size)
    for index, source in enumerate(sampled(spec.source.content, fps=spec.fps, count=spec.frame_count)):
        frame = grade.apply(ImageOps.fit(to_picture(source), spec.size), index=index)
        insets.put_on(frame)
        yield video_frame(frame)


def extended(spec: ClipSpec) -> Iterator[av.VideoFrame]:
    """The source as it is, then as many seconds more that begin on its last frame."""
    last: av.VideoFrame | None = None
    for source in films.frames_of(spec.source.content):
        last = source
        yield video_frame(to_picture(source).resize(spec.size, Image.Resampling.BICUBIC))
    if last is None:
        return
    buffer = io.BytesIO()
    to_picture(last).save(buffer, "PNG", compress_level=1)
    camera = Camera(buffer.getvalue(), None, size=spec.size, rng=spec.rng("camera"))
    insets = Insets(spec.of(Role.REFERENCE), size=spec.size)
    for index in range(1, spec.frame_count + 1):
        planes = camera.paint(index / spec.frame_count)
        insets.put_on_planes(planes)
        yield frame_of(planes, fps=24)


def sampled(content: bytes, *, fps: float, count: int) -> Iterator[av.VideoFrame]:
    """`count` frames of a film at another rate, from its beginning again each time that it ends."""
    step = float(films.rate_of(content)) / fps
    wanted, offset, given = 0.0, 0, 0
    while given < count:
        index = -1
        for index, frame in enumerate(films.frames_of(content)):
            while given < count and offset + index >= int(wanted):
                yield frame
                wanted, given = wanted + step, given + 1
            if given >= count:
                return
        if index < 0:
            return
        offset += index + 1


def to_picture(frame: av.VideoFrame) -> Image.Image:
    """The frame in RGB."""
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's gap
    return picture


def video_frame(picture: Image.Image) -> av.VideoFrame:
    """The frame for the encoder."""
    frame: av.VideoFrame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]  # PyAV's gap
    return frame
