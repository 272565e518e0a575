"""Larger, and more often: upscaling by FFmpeg's own filters, and frames that are blended from their neighbours."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from av.filter import Graph

from studio.simulator import films
from studio.simulator.making.spec import ClipSpec
from studio.simulator.painting.planes import Planes, blended, frame_of, planes_in

Step = tuple[str, str]
NEAR = 1e-6


def upscaled(spec: ClipSpec) -> Iterator[av.VideoFrame]:
    """Every frame of the source at the size of the order, sharpened and grained as asked; boosted, twice as many."""
    frames = films.frames_of(spec.source.content)
    rate = films.rate_of(spec.source.content)
    if spec.settings.get("fpsBoost"):
        frames, rate = retimed(frames, rate=rate, to=spec.rate, count=spec.frame_count), spec.rate
    yield from filtered(frames, _steps(spec), rate=rate)


def _steps(spec: ClipSpec) -> list[Step]:
    settings = spec.settings
    steps = [("scale", f"{spec.width}:{spec.height}:flags=lanczos"), ("format", "yuv420p")]
    sharpen = settings.get("sharpen", 0) / 100 + settings.get("creativity", 0) / 200
    if sharpen:
        steps.append(("unsharp", f"5:5:{1.5 * sharpen:.3f}:3:3:0"))
    if settings.get("flavor") == "vivid":
        steps.append(("hue", "s=1.35"))
    grain = round(settings.get("smartGrain", 0) / 4)
    if grain:
        steps.append(("noise", f"alls={grain}:allf=t:all_seed={spec.seed % 2_000_000_000}"))
    return steps


def quickened(spec: ClipSpec) -> Iterator[av.VideoFrame]:
    """The source at the rate of the order: frames between two are a blend of both."""
    content = spec.source.content
    yield from retimed(films.frames_of(content), rate=films.rate_of(content), to=spec.rate, count=spec.frame_count)


def filtered(frames: Iterator[av.VideoFrame], steps: Sequence[Step], *, rate: Fraction) -> Iterator[av.VideoFrame]:
    """Every frame through FFmpeg's filters, one out for one in."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = Graph()
            source = graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=1 / Fraction(rate)
            )
            graph.link_nodes(source, *(graph.add(*step) for step in steps), graph.add("buffersink")).configure()
        graph.push(frame)
        made = graph.pull()
        if not isinstance(made, av.VideoFrame):
            raise TypeError("The graph gave something that is no picture.")
        yield made


def retimed(frames: Iterator[av.VideoFrame], *, rate: Fraction, to: Fraction, count: int) -> Iterator[av.VideoFrame]:
    """`count` frames at the rate `to` from frames at `rate`. Behind the last frame it stays."""
    here = _planes(next(frames))
    after, index = _next(frames, here), 0
    for number in range(count):
        place = float(number * rate / to)
        while int(place + NEAR) > index:
            here, after, index = after, _next(frames, after), index + 1
        share = place - index
        planes = here if share < NEAR else blended(here, after, min(1.0, share))
        yield frame_of(planes, fps=24)


def _next(frames: Iterator[av.VideoFrame], current: Planes) -> Planes:
    frame = next(frames, None)
    return current if frame is None else _planes(frame)


def _planes(frame: av.VideoFrame) -> Planes:
    return planes_in(frame.reformat(format="yuv420p", threads=1))
