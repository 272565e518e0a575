"""What a browser plays in place of an original that it cannot: H.264 and AAC in an MP4.

Only H.264 of 8 bits in 4:2:0 within MP4 plays everywhere. WebM, HEVC and AV1 play in many browsers and not in all, so
they get a proxy too.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import av
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from studio.media.errors import Interrupted, NotAVideo
from studio.media.painting import Painter, fitting
from studio.media.probe import CURVES, DAMAGES, Curve, VideoFacts, in_time, open_video, verdict
from studio.media.sequences import Sequence, frames_of, take_sound
from studio.media.track import Voice, filled_up, sound_of

Piece = TypeVar("Piece")
PLAYABLE_PIXELS = frozenset({"yuv420p", "yuvj420p"})
PLAYABLE_SOUND = frozenset({"", "aac", "mp3"})
MOST_PLAYABLE_SIDE = 4096
MOST_MAKING_S = 1800.0
# Without the macroblock tree: with it the same frames do not give the same bytes, and a repeat would be stored twice.
QUALITY = {"preset": "veryfast", "crf": "20", "threads": "2", "x264-params": "log-level=error:mbtree=0"}
FLAGS = {"movflags": "+faststart", "fflags": "+bitexact"}
GOP_FRAMES = 48
BT709 = 1
LIMITED_RANGE = 1
USUAL_FPS = Fraction(24)
MILLISECOND = Fraction(1, 1000)


def needs_proxy(facts: VideoFacts) -> bool:
    """Whether some browser cannot play it."""
    return not (
        facts.container == "mp4"
        and facts.codec == "h264"
        and facts.pixels in PLAYABLE_PIXELS
        and facts.sound_codec in PLAYABLE_SOUND
        and max(facts.width, facts.height) <= MOST_PLAYABLE_SIDE
    )


def make_proxy(source: Path, target: Path, *, stop: threading.Event | None = None) -> None:
    """Write to `target` what a browser plays of the video at `source`: its long side at most 1,920 px, alpha over
    black, HDR brought to what any screen shows. One frame at a time is in memory.

    Raises NotAVideo when it cannot be decoded, Interrupted once `stop` is set; an OSError of our disk passes through.
    """
    with _damages(), open_video(source) as film:
        stream = film.streams.video[0]
        context = stream.codec_context
        context.thread_count = 2
        size = fitting(context.width, context.height)
        track = sound_of(source) if film.streams.audio else None
        with Painter(size, curve=CURVES.get(context.color_trc, Curve.SDR)) as painter:
            frames = painter.painted(_wanted(film.decode(stream), stop=stop))
            _write(target, frames, size=size, rate=Fraction(stream.average_rate or USUAL_FPS), track=track)


def proxy_of_sequence(sequence: Sequence, target: Path, *, fps: Fraction, stop: threading.Event | None = None) -> None:
    """Write to `target` the frames of an archive as a film, with the sound that lies beside them. Raises as
    `make_proxy` does."""
    size = fitting(sequence.width, sequence.height)
    with _damages(), TemporaryDirectory(dir=target.parent, prefix="sound-") as folder:
        track = None
        if sequence.sound_s:
            take_sound(sequence, Path(folder) / "sound")
            track = sound_of(Path(folder) / "sound")
        with Painter(size, curve=sequence.curve) as painter:
            frames = painter.painted(_numbered(_wanted(frames_of(sequence), stop=stop), rate=fps))
            _write(target, frames, size=size, rate=fps, track=track)


def mux_sound(video: Path, sound: Path, target: Path, *, stop: threading.Event | None = None) -> None:
    """Write to `target` the pictures of `video` as they are, with `sound` cut or filled up with silence to their
    length. `video` is one that needs no proxy. Raises as `make_proxy` does."""
    with _damages(), open_video(video) as film, av.open(str(target), "w", format="mp4", options=FLAGS) as container:
        source = film.streams.video[0]
        pictures = container.add_stream_from_template(source)
        voice = Voice(container, filled_up(sound_of(sound)))
        end_s = 0.0
        for packet in _wanted(film.demux(source), stop=stop):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            container.mux(list(voice.upto(float(packet.dts * packet.time_base))))
            packet.stream = pictures
            container.mux(packet)
        container.mux(list(voice.end(end_s)))


@contextmanager
def _damages() -> Iterator[None]:
    """FFmpeg's word for a full or broken disk is our disk's error; all others are the file's."""
    try:
        yield
    except av.FFmpegError as error:
        raise verdict(error) from error
    except DAMAGES as error:
        raise NotAVideo(f"No proxy can be made: {type(error).__name__}.") from error


def _wanted(pieces: Iterable[Piece], *, stop: threading.Event | None) -> Iterator[Piece]:
    for piece in in_time(pieces, most_s=MOST_MAKING_S):
        if stop is not None and stop.is_set():
            raise Interrupted
        yield piece


def _numbered(frames: Iterable[VideoFrame], *, rate: Fraction) -> Iterator[VideoFrame]:
    for index, frame in enumerate(frames):
        frame.pts, frame.time_base = index, 1 / rate
        yield frame


def _write(
    target: Path,
    frames: Iterator[VideoFrame],
    *,
    size: tuple[int, int],
    rate: Fraction,
    track: Iterator[av.AudioFrame] | None,
) -> None:
    """Encodes frames that come with their times, and sound as far as they have come."""
    with av.open(str(target), "w", format="mp4", options=FLAGS) as container:
        pictures = _pictures(container, size=size, rate=rate)
        voice = Voice(container, track) if track is not None else None
        at_s = 0.0
        for frame in _in_order(frames, rate=rate):
            at_s = frame.time or 0.0
            if voice:
                container.mux(list(voice.upto(at_s)))
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        if voice:
            container.mux(list(voice.end(at_s + float(1 / rate))))


def _pictures(container: OutputContainer, *, size: tuple[int, int], rate: Fraction) -> VideoStream:
    stream = container.add_stream("libx264", rate=rate, options=QUALITY)
    if not isinstance(stream, VideoStream):
        raise NotAVideo("There is no encoder for films.")
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.gop_size = GOP_FRAMES
    context.time_base = 1 / (rate * 100)
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED_RANGE
    return stream


def _ticks(at: Fraction, *, rate: Fraction) -> int:
    """Containers that count in milliseconds miss the beat by a little."""
    beat = round(at * rate)
    return beat * 100 if abs(at - beat / rate) <= MILLISECOND else round(at * rate * 100)


def _in_order(frames: Iterable[VideoFrame], *, rate: Fraction) -> Iterator[VideoFrame]:
    """From 0 on, in ticks of a hundredth of a frame, and none twice at the same time."""
    tick = 1 / (rate * 100)
    start: Fraction | None = None
    last = -1
    for frame in frames:
        if frame.pts is None or frame.time_base is None:
            continue
        at = frame.pts * frame.time_base
        start = at if start is None else start
        ticks = _ticks(at - start, rate=rate)
        if ticks <= last:
            continue
        last = ticks
        frame.pts, frame.time_base, frame.pict_type = ticks, tick, PictureType.NONE
        yield frame
    if start is None:
        raise NotAVideo("No frame can be decoded.")
