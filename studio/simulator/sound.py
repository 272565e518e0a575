"""A quiet bed of sound: a chord that breathes, with a little wind, made by FFmpeg's own synthesizer."""

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, islice
from random import Random

import av
from av.filter import Graph

RATE = 48_000
FRAME_SAMPLES = 1024
CHORDS = (
    (110.0, 164.81, 220.0, 277.18, 329.63),
    (98.0, 146.83, 196.0, 246.94, 293.66),
    (87.31, 130.81, 174.61, 220.0, 329.63),
    (130.81, 196.0, 261.63, 293.66, 392.0),
    (82.41, 123.47, 164.81, 246.94, 369.99),
)
LOUDNESS = 0.13


def frame_count(duration_s: float) -> int:
    """Whole frames of sound in so many seconds."""
    return int(duration_s * RATE) // FRAME_SAMPLES


def bed(seed: str, *, duration_s: float) -> Iterator[av.AudioFrame]:
    """Stereo frames of whole AAC frames' length, together no longer than `duration_s`."""
    rng = Random(seed)  # noqa: S311 - a chord, not a secret
    graph = Graph()
    chord = rng.choice(CHORDS)
    left, right = _voice(chord, rng=rng), _voice(chord, rng=rng)
    source = graph.add("aevalsrc", f"exprs={left}|{right}:s={RATE}:n={FRAME_SAMPLES}:c=stereo")
    fade_s = max(0.1, duration_s - 1.2)
    chain = [
        graph.add("lowpass", "f=1800"),
        graph.add("aecho", "0.8:0.7:190|310:0.3|0.22"),
        graph.add("afade", "t=in:d=0.8"),
        graph.add("afade", f"t=out:st={fade_s}:d=1.2"),
        graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(source, *chain).configure()
    for _ in range(frame_count(duration_s)):
        frame = graph.pull()
        if not isinstance(frame, av.AudioFrame):
            raise TypeError("The sound graph gave something that is not sound.")
        yield frame


def silence(*, duration_s: float) -> Iterator[av.AudioFrame]:
    """As many frames of nothing."""
    for index in range(frame_count(duration_s)):
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=FRAME_SAMPLES)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate = RATE
        frame.pts = index * FRAME_SAMPLES
        yield frame


def _voice(chord: tuple[float, ...], *, rng: Random) -> str:
    """One ear's part: each note slightly out of tune and swelling at its own pace."""
    notes = (
        f"{LOUDNESS / (1 + index * 0.25):.4f}*sin(2*PI*{pitch * rng.uniform(0.9975, 1.0025):.3f}*t)"
        f"*(0.6+0.4*sin(2*PI*{rng.uniform(0.08, 0.3):.3f}*t+{rng.uniform(0, 6):.2f}))"
        for index, pitch in enumerate(chord)
    )
    return "+".join([*notes, "0.006*(random(0)-0.5)"])


CODECS = {"mp3": "libmp3lame", "wav": "pcm_s16le", "flac": "flac"}


def recorded(content: bytes, *, duration_s: float) -> Iterator[av.AudioFrame]:
    """The sound of a file as it is, cut or filled up with silence to this length."""
    count = frame_count(duration_s)
    return _numbered(islice(chain(_heard(content), silence(duration_s=duration_s)), count))


def looped(content: bytes, *, duration_s: float) -> Iterator[av.AudioFrame]:
    """The sound of a file, over and over."""
    if not any(True for _ in _heard(content)):
        return silence(duration_s=duration_s)
    again = chain.from_iterable(_heard(content) for _ in range(frame_count(duration_s)))
    return _numbered(islice(again, frame_count(duration_s)))


def joined(one: Iterable[av.AudioFrame], other: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """One after the other."""
    return _numbered(chain(one, other))


def mixed(one: Iterable[av.AudioFrame], other: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """Both at once, for as long as both last."""
    graph = Graph()
    form = "sample_rate=48000:sample_fmt=fltp:channel_layout=stereo:time_base=1/48000"
    sources = [graph.add("abuffer", form) for _ in range(2)]
    mix, sink = graph.add("amix", "inputs=2:normalize=0:duration=shortest"), graph.add("abuffersink")
    for index, source in enumerate(sources):
        source.link_to(mix, 0, index)
    mix.link_to(sink)
    graph.configure()
    for pair in zip(one, other, strict=False):
        for source, frame in zip(sources, pair, strict=True):
            source.push(frame)
        yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[av.AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, av.AudioFrame):
            yield frame


def _heard(content: bytes) -> Iterator[av.AudioFrame]:
    """The sound of a file in whole frames of this remote's own kind; nothing where it has none."""
    resampler = av.AudioResampler("fltp", "stereo", RATE, frame_size=FRAME_SAMPLES)
    with av.open(io.BytesIO(content), "r") as container:
        if not container.streams.audio:
            return
        for frame in container.decode(container.streams.audio[0]):
            frame.pts = None
            yield from (part for part in resampler.resample(frame) if part.samples == FRAME_SAMPLES)


def _numbered(frames: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    for index, frame in enumerate(frames):
        frame.pts, frame.time_base = index * FRAME_SAMPLES, Fraction(1, RATE)
        yield frame


def packed(track: Iterable[av.AudioFrame], *, kind: str) -> bytes:
    """A file of sound alone: "mp3", "wav" or "flac"."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind, options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(CODECS[kind], rate=RATE, layout="stereo")
        if not isinstance(stream, av.AudioStream):
            raise TypeError(f"{kind} is no kind of sound.")
        for frame in track:
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()
