"""What text-to-video shows: ridges in haze, a sea under a low sun, lights out of focus. All of it moves."""

import math
from dataclasses import dataclass
from random import Random
from typing import Protocol

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.simulator.painting import light
from studio.simulator.painting.light import Size
from studio.simulator.painting.palettes import Colour, Mood, Palette, blend
from studio.simulator.painting.tween import Tween

RIDGE_COUNT = 5
TWINKLE_STEPS = 6
RIDGE_TRAVEL = 0.5
RELIEF = 0.11
COOL: Colour = (96, 178, 255)
SKY_SCALE = 4
SOFT_RATE = 6
GLINT_RATE = 12


class Scene(Protocol):
    """Something that can be painted at any moment."""

    def paint(self, at_s: float) -> Image.Image:
        """The frame at `at_s` seconds."""


def scene_for(mood: Mood, *, size: Size, rng: Random) -> Scene:
    """The scene of a mood. `rng` places everything in it."""
    kinds: dict[str, type[Ridges] | type[Sea] | type[Lights]] = {"ridges": Ridges, "sea": Sea, "lights": Lights}
    return kinds[mood.motif](mood.palette, size=size, rng=rng)


class Sky:
    """A gradient with one low sun and clouds of light that drift; painted small, since it is soft."""

    def __init__(self, palette: Palette, *, size: Size, rng: Random, horizon: float) -> None:
        self._size = size
        self._small = (max(2, size[0] // SKY_SCALE), max(2, size[1] // SKY_SCALE))
        deep = blend(palette.glow, palette.far, 0.6)
        stops = ((0.0, palette.top), (horizon * 0.62, palette.middle), (horizon, palette.glow), (1.0, deep))
        self._base = light.vertical(self._small, stops)
        self._palette = palette
        self._horizon = horizon
        self.sun_x = rng.uniform(0.28, 0.78)
        reach = max(self._small)
        self._halo = light.glow(round(reach * 0.9), strength=0.55)
        self._sun = light.glow(round(reach * 0.16), strength=1.0, hardness=0.8)
        self._clouds = [_Cloud.drawn(rng, reach=reach, palette=palette) for _ in range(5)]
        self._tween = Tween(self._painted, rate=SOFT_RATE)

    def paint(self, at_s: float) -> Image.Image:
        return self._tween.at(at_s)

    def _painted(self, at_s: float) -> Image.Image:
        canvas = self._base.copy()
        width, height = self._small
        for cloud in self._clouds:
            cloud.paint_on(canvas, at_s=at_s)
        x, y = self.sun_x * width, (self._horizon - 0.1 - 0.006 * at_s) * height
        light.paste_at(canvas, self._palette.glow, mask=self._halo, x=x, y=y)
        light.paste_at(canvas, self._palette.light, mask=self._sun, x=x, y=y)
        return canvas.resize(self._size, Image.Resampling.BICUBIC)


@dataclass(frozen=True, slots=True)
class _Cloud:
    mask: Image.Image
    colour: Colour
    x: float
    y: float
    speed: float
    phase: float

    @classmethod
    def drawn(cls, rng: Random, *, reach: int, palette: Palette) -> "_Cloud":
        mask = light.glow(round(reach * rng.uniform(0.35, 0.75)), strength=rng.uniform(0.2, 0.42))
        flat = mask.resize((mask.width, max(2, round(mask.height * rng.uniform(0.16, 0.34)))))
        colour = blend(palette.middle, palette.light, rng.uniform(0.2, 0.75))
        where = (rng.uniform(0, 1), rng.uniform(0.05, 0.5))
        return cls(flat, colour, *where, rng.uniform(-0.035, 0.035), rng.uniform(0, math.tau))

    def paint_on(self, canvas: Image.Image, *, at_s: float) -> None:
        x = (self.x + self.speed * at_s) * canvas.width
        y = (self.y + 0.01 * math.sin(self.phase + at_s * 0.5)) * canvas.height
        light.paste_at(canvas, self.colour, mask=self.mask, x=x, y=y)


class Motes:
    """Dust, snow or stars: small lights that drift and twinkle."""

    def __init__(self, colour: Colour, *, size: Size, rng: Random, count: int, rise: float) -> None:
        self._colour = colour
        self._size = size
        self._rise = rise
        unit = min(size) / 360
        self._sprites = [
            [
                light.glow(round(unit * side), strength=0.8 * step / TWINKLE_STEPS)
                for step in range(1, TWINKLE_STEPS + 1)
            ]
            for side in (4, 6, 9, 15)
        ]
        self._motes = [tuple(rng.random() for _ in range(5)) for _ in range(count)]

    def paint_on(self, canvas: Image.Image, *, at_s: float) -> None:
        width, height = self._size
        for x, y, depth, phase, pace in self._motes:
            sprites = self._sprites[min(3, int(depth**2 * 4))]
            shine = 0.5 + 0.5 * math.sin(math.tau * phase + at_s * (0.6 + 2 * pace))
            sway = 0.012 * math.sin(at_s * (0.4 + pace) + math.tau * phase)
            across = (x + sway + 0.012 * (depth + 0.3) * at_s) % 1.0
            down = (y - self._rise * (depth + 0.25) * at_s) % 1.0
            mask = sprites[int(shine * (TWINKLE_STEPS - 1))]
            light.paste_at(canvas, self._colour, mask=mask, x=across * width, y=down * height)


class Ridges:
    """Mountain after mountain in haze, each nearer one darker and quicker: a slow tracking shot."""

    def __init__(self, palette: Palette, *, size: Size, rng: Random) -> None:
        horizon = rng.uniform(0.52, 0.62)
        self._sky = Sky(palette, size=size, rng=rng, horizon=horizon)
        self._layers = [
            _Ridge.drawn(index / (RIDGE_COUNT - 1), palette=palette, size=size, rng=rng, horizon=horizon)
            for index in range(RIDGE_COUNT)
        ]
        self._motes = Motes(palette.light, size=size, rng=rng, count=46, rise=0.016)
        self._direction = rng.choice((-1, 1))

    def paint(self, at_s: float) -> Image.Image:
        canvas = self._sky.paint(at_s)
        for layer in self._layers:
            layer.paint_on(canvas, shift=self._direction * at_s)
        self._motes.paint_on(canvas, at_s=at_s)
        return canvas


@dataclass(frozen=True, slots=True)
class _Ridge:
    mask: Image.Image
    paint: Image.Image
    top: int
    speed: float

    @classmethod
    def drawn(cls, depth: float, *, palette: Palette, size: Size, rng: Random, horizon: float) -> "_Ridge":
        """`depth` 0 is the farthest, 1 the nearest."""
        width, height = size
        crest = horizon - 0.06 + (0.9 - horizon) * depth**1.25
        relief = RELIEF * height * (1.15 - 0.45 * depth)
        top = round(crest * height - relief)
        mask = _ridge_mask((round(width * (1 + RIDGE_TRAVEL)), height - top), relief=relief, rng=rng)
        dark = blend(palette.far, palette.near, depth**0.8)
        haze = blend(dark, palette.glow, 0.5 * (1 - depth) + 0.06)
        paint = light.vertical((width, height - top), ((0.0, dark), (0.5, blend(dark, haze, 0.5)), (1.0, haze)))
        return cls(mask, paint, top, width * (0.006 + 0.03 * depth**1.5))

    def paint_on(self, canvas: Image.Image, *, shift: float) -> None:
        slack = self.mask.width - canvas.width
        left = (slack / 2 + self.speed * shift) % slack
        box = (left, 0.0, left + canvas.width, float(self.mask.height))
        seen = self.mask.resize(self.paint.size, Image.Resampling.BILINEAR, box=box)
        canvas.paste(self.paint, (0, self.top), seen)


def _ridge_mask(size: Size, *, relief: float, rng: Random) -> Image.Image:
    width, height = size
    waves = [(rng.uniform(1.1, 1.9) * 2**octave, rng.uniform(0, math.tau), 0.5 / 1.9**octave) for octave in range(8)]
    points: list[tuple[float, float]] = [(0.0, 2.0 * height)]
    for x in range(0, width + 2, 2):
        rise = sum(part * _peak(x / width * math.tau * pitch + phase) for pitch, phase, part in waves)
        points.append((2.0 * x, 2 * relief * (1 - rise)))
    points.append((2.0 * width, 2.0 * height))
    mask = Image.new("L", (2 * width, 2 * height))
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask.resize(size, Image.Resampling.BOX)


def _peak(angle: float) -> float:
    """A wave with sharp crests and soft valleys."""
    return 1 - 2 * abs(math.sin(angle / 2))


class Sea:
    """Water under a low sun, with a road of glints."""

    def __init__(self, palette: Palette, *, size: Size, rng: Random) -> None:
        self._size = size
        self._palette = palette
        self._horizon = rng.uniform(0.46, 0.56)
        self._sky = Sky(palette, size=size, rng=rng, horizon=self._horizon)
        self._top = round(self._horizon * size[1])
        deep = blend(palette.top, palette.near, 0.75)
        stops = (
            (0.0, blend(palette.glow, palette.middle, 0.45)),
            (0.12, palette.middle),
            (0.55, palette.top),
            (1.0, deep),
        )
        self._water = light.vertical((size[0], size[1] - self._top), stops)
        self._glints = [tuple(rng.random() for _ in range(4)) for _ in range(520)]
        self._motes = Motes(palette.light, size=size, rng=rng, count=20, rise=0.008)
        self._swell = Tween(lambda at_s: self._shimmer(at_s, is_road=False), rate=GLINT_RATE)
        self._road = Tween(lambda at_s: self._shimmer(at_s, is_road=True), rate=GLINT_RATE)
        self._island = _Ridge.drawn(0.12, palette=palette, size=size, rng=rng, horizon=self._horizon - 0.02)

    def paint(self, at_s: float) -> Image.Image:
        canvas = self._sky.paint(at_s)
        self._island.paint_on(canvas, shift=at_s)
        canvas.paste(self._water, (0, self._top))
        for colour, shimmer in ((self._palette.middle, self._swell), (self._palette.light, self._road)):
            canvas.paste(colour, (0, self._top), shimmer.at(at_s))
        self._motes.paint_on(canvas, at_s=at_s)
        return canvas

    def _shimmer(self, at_s: float, *, is_road: bool) -> Image.Image:
        width, height = self._water.size
        mask = Image.new("L", (width, height))
        pen = ImageDraw.Draw(mask)
        for index, (across, down, phase, pace) in enumerate(self._glints):
            if (index % 2 == 0) is not is_road:
                continue
            near = down**1.8
            spread = (0.05 + 0.2 * near) if is_road else 1.1
            sway = 0.012 * math.sin(at_s * (0.5 + pace) + phase * math.tau)
            centre = (self._sky.sun_x if is_road else 0.5) + (across - 0.5) * spread + sway
            shine = max(0.0, math.sin(at_s * (0.8 + 1.6 * pace) + phase * math.tau))
            length = width * (0.006 + 0.05 * near) * (0.4 + shine)
            y = near * height + 0.6 * math.sin(at_s + phase * 9)
            fade = (1 - abs(across - 0.5) * 1.4) if is_road else 0.4
            pen.line(
                (centre * width - length, y, centre * width + length, y),
                fill=round(255 * shine * fade),
                width=max(1, round(1 + 3.4 * near * height / 360)),
            )
        return mask.filter(ImageFilter.BoxBlur(0.8))


class Lights:
    """A city, or a galaxy, out of focus: discs of light that float at different depths."""

    def __init__(self, palette: Palette, *, size: Size, rng: Random) -> None:
        self._size = size
        dark = blend(palette.near, (0, 0, 0), 0.2)
        stops = ((0.0, dark), (0.55, palette.top), (1.0, blend(palette.middle, palette.near, 0.45)))
        self._small = (size[0] // SKY_SCALE, size[1] // SKY_SCALE)
        self._base = light.vertical(self._small, stops)
        reach = max(self._small)
        self._mists = [_Cloud.drawn(rng, reach=round(reach * 1.5), palette=palette) for _ in range(7)]
        self._haze = Tween(self._mist, rate=SOFT_RATE)
        colours = (palette.glow, palette.glow, palette.light, blend(palette.glow, palette.middle, 0.5), COOL)
        self._discs = [_Disc.drawn(rng, colours=colours, unit=min(size) / 360) for _ in range(34)]
        self._motes = Motes(palette.light, size=size, rng=rng, count=70, rise=0.01)

    def paint(self, at_s: float) -> Image.Image:
        canvas = self._haze.at(at_s)
        for disc in self._discs:
            disc.paint_on(canvas, at_s=at_s)
        self._motes.paint_on(canvas, at_s=at_s)
        return canvas

    def _mist(self, at_s: float) -> Image.Image:
        haze = self._base.copy()
        for mist in self._mists:
            mist.paint_on(haze, at_s=at_s)
        return haze.resize(self._size, Image.Resampling.BICUBIC)


@dataclass(frozen=True, slots=True)
class _Disc:
    mask: Image.Image
    colour: Colour
    x: float
    y: float
    drift: tuple[float, float]
    phase: float

    @classmethod
    def drawn(cls, rng: Random, *, colours: tuple[Colour, ...], unit: float) -> "_Disc":
        near = rng.random() ** 2
        mask = light.disc(round(unit * (12 + 78 * near)), strength=rng.uniform(0.4, 1.0) * (1 - 0.5 * near))
        across = rng.uniform(-0.02, 0.02) * (0.4 + near), -rng.uniform(0.002, 0.022) * (0.4 + near)
        y = rng.gauss(0.52, 0.2)
        return cls(mask, rng.choice(colours), rng.uniform(-0.05, 1.05), y, across, rng.uniform(0, math.tau))

    def paint_on(self, canvas: Image.Image, *, at_s: float) -> None:
        x = (self.x + self.drift[0] * at_s + 0.008 * math.sin(self.phase + at_s * 0.7)) * canvas.width
        y = (self.y + self.drift[1] * at_s + 0.008 * math.cos(self.phase + at_s * 0.6)) * canvas.height
        light.paste_at(canvas, self.colour, mask=self.mask, x=x, y=y)


def shaded(frame: Image.Image, shade: Image.Image) -> Image.Image:
    """The frame under its vignette."""
    return ImageChops.multiply(frame, shade)
