"""A quiet bed of sound: a chord that breathes, with a little wind, made by FFmpeg's own synthesizer."""

from collections.abc import Iterator
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


def bed(seed: str, *, duration_s: int) -> Iterator[av.AudioFrame]:
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
    for _ in range(duration_s * RATE // FRAME_SAMPLES):
        frame = graph.pull()
        if not isinstance(frame, av.AudioFrame):
            raise TypeError("The sound graph gave something that is not sound.")
        yield frame


def silence(*, duration_s: int) -> Iterator[av.AudioFrame]:
    """As many frames of nothing."""
    for index in range(duration_s * RATE // FRAME_SAMPLES):
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
