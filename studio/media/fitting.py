"""Makes a copy of a video that a model takes: fewer frames a second, shorter, smaller."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.frame import PictureType
from av.video.stream import VideoStream

from studio.media.errors import NotAVideo
from studio.media.failures import FULL_ERRNOS
from studio.media.probe import VideoFacts, in_time, open_video, probe_video

MOST_FITTING_S = 600.0
QUALITY = {"preset": "veryfast", "crf": "17"}
SOUND_RATE = 48_000
SOUND_BITRATE = 192_000
UNKNOWN_RATE = 24
END_MARGIN = Decimal("0.001")
TURNS = {90: ("transpose", "2"), -90: ("transpose", "1"), 270: ("transpose", "1"), -270: ("transpose", "2")}
HALF_TURNS = frozenset({180, -180})


@dataclass(frozen=True, slots=True)
class _Plan:
    """What has to be done: None leaves it."""

    fps: Decimal | None
    duration_s: Decimal | None
    size: tuple[int, int] | None

    @property
    def is_empty(self) -> bool:
        return self.fps is None and self.duration_s is None and self.size is None


def fit_video(
    path: Path,
    target: Path,
    *,
    max_fps: float | None = None,
    max_duration_s: float | None = None,
    max_side: int | None = None,
) -> tuple[str, ...]:
    """Writes the video at `path` to `target` as an upright MP4 (H.264, AAC) within the limits; what was changed.

    () and no file where nothing has to change. The end goes where it is too long. Raises NotAVideo, and OSError where
    our own disk is full.
    """
    facts = probe_video(path)
    plan = _planned(facts, max_fps=max_fps, max_duration_s=max_duration_s, max_side=max_side)
    if plan.is_empty:
        return ()
    try:
        with open_video(path) as source:
            _written(source, target, plan)
    except BaseException as error:
        target.unlink(missing_ok=True)
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in FULL_ERRNOS:
            raise OSError(cause.errno, "No room for the copy of a video") from error
        raise
    return tuple(_sentences(facts, plan))


def _planned(facts: VideoFacts, *, max_fps: float | None, max_duration_s: float | None, max_side: int | None) -> _Plan:
    fps = Decimal(str(max_fps)) if max_fps and facts.fps > Decimal(str(max_fps)) else None
    length = Decimal(str(max_duration_s)) if max_duration_s else None
    too_long = length is not None and facts.duration_s > length
    size = _smaller(facts.width, facts.height, max_side) if max_side else None
    return _Plan(fps=fps, duration_s=length if too_long else None, size=size)


def _smaller(width: int, height: int, max_side: int) -> tuple[int, int] | None:
    """Even sides, as H.264 wants them."""
    if max(width, height) <= max_side:
        return None
    share = max_side / max(width, height)
    return max(int(width * share) // 2 * 2, 2), max(int(height * share) // 2 * 2, 2)


def _sentences(facts: VideoFacts, plan: _Plan) -> Iterator[str]:
    if plan.fps is not None:
        yield f"Made {plan.fps.normalize():f} frames a second: it had {facts.fps.normalize():f}."
    if plan.duration_s is not None:
        yield f"Cut to its first {plan.duration_s.normalize():f} s: it had {facts.duration_s.normalize():f} s."
    if plan.size is not None:
        yield (f"Made smaller: {facts.width:,} × {facts.height:,} px to {plan.size[0]:,} × {plan.size[1]:,} px.")


def _written(source: InputContainer, target: Path, plan: _Plan) -> None:
    source.streams.video[0].thread_type = "AUTO"
    first = next(iter(in_time(source.decode(video=0))), None)
    if first is None:
        raise NotAVideo("No frame can be decoded.")
    source.seek(0)
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        writer = _Writer(source, output, plan, first)
        for packet in in_time(source.demux(*writer.streams), most_s=MOST_FITTING_S):
            for frame in packet.decode():
                writer.take(frame)
            if writer.is_done:
                break
        writer.finish()


class _Writer:
    """Frames in, packets out: pictures through a graph of filters, sound resampled."""

    def __init__(self, source: InputContainer, output: OutputContainer, plan: _Plan, first: av.VideoFrame) -> None:
        picture = source.streams.video[0]
        sound = source.streams.audio[0] if source.streams.audio else None
        self.streams = [picture, sound] if sound else [picture]
        self.is_done = False
        self._output = output
        self._end_s = None if plan.duration_s is None else (first.time or 0.0) + float(plan.duration_s - END_MARGIN)
        rate = Fraction(plan.fps) if plan.fps is not None else Fraction(picture.average_rate or UNKNOWN_RATE)
        self._graph = _filters(picture, plan, first)
        self._video = _video_stream(output, plan, first, rate=rate)
        self._video.codec_context.time_base = 1 / rate if plan.fps is not None else picture.time_base or 1 / rate
        self._sound = output.add_stream("aac", rate=SOUND_RATE, bit_rate=SOUND_BITRATE) if sound else None
        self._resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE)

    def take(self, frame: Any) -> None:
        """A decoded frame of either kind."""
        is_past = self._end_s is not None and (frame.time or 0.0) >= self._end_s
        if isinstance(frame, av.VideoFrame):
            self.is_done = is_past
            if not is_past:
                self._graph.vpush(frame)
                self._drain()
        elif not is_past:
            self._encode_sound(frame)

    def finish(self) -> None:
        """What the filters and the encoders still hold."""
        self._graph.vpush(None)
        self._drain()
        self._output.mux(self._video.encode(None))
        if self._sound is not None:
            self._encode_sound(None)
            self._output.mux(self._sound.encode(None))

    def _drain(self) -> None:
        while True:
            try:
                frame = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            frame.pict_type = PictureType.NONE
            self._output.mux(self._video.encode(frame))

    def _encode_sound(self, frame: av.AudioFrame | None) -> None:
        assert self._sound is not None  # noqa: S101  # only called where there is sound
        for piece in self._resampler.resample(frame):
            self._output.mux(self._sound.encode(piece))


def _video_stream(output: OutputContainer, plan: _Plan, first: av.VideoFrame, *, rate: Fraction) -> VideoStream:
    width, height = plan.size or (first.width // 2 * 2, first.height // 2 * 2)
    stream: VideoStream = output.add_stream("libx264", rate=rate, options=QUALITY)
    stream.width, stream.height = (height, width) if first.rotation in TURNS else (width, height)
    stream.pix_fmt = "yuv420p"
    return stream


def _filters(picture: VideoStream, plan: _Plan, first: av.VideoFrame) -> Graph:
    width, height = plan.size or (first.width // 2 * 2, first.height // 2 * 2)
    graph = Graph()
    steps = [graph.add_buffer(template=picture, time_base=picture.time_base)]
    if plan.fps is not None:
        rate = Fraction(plan.fps)
        steps.append(graph.add("fps", f"fps={rate.numerator}/{rate.denominator}"))
    steps.append(graph.add("scale", f"{width}:{height}:flags=lanczos"))
    if first.rotation in TURNS:
        steps.append(graph.add(*TURNS[first.rotation]))
    elif first.rotation in HALF_TURNS:
        steps += [graph.add("hflip"), graph.add("vflip")]
    steps += [graph.add("format", "yuv420p"), graph.add("buffersink")]
    graph.link_nodes(*steps).configure()
    return graph
