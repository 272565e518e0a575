"""Sound on its way into a film: decoded, brought to one rate, and encoded as far as the pictures have come."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from studio.media.errors import NotAVideo
from studio.media.formats import format_of

RATE = 48_000
FRAME_SAMPLES = 1024
BIT_RATE = 192_000


def sound_of(path: Path) -> Iterator[av.AudioFrame]:
    """The sound of a film or of a sound file, in stereo frames of 1,024 samples; nothing where it has none."""
    resampler = av.AudioResampler("fltp", "stereo", RATE, frame_size=FRAME_SAMPLES)
    with av.open(str(path), format=format_of(path).demuxer) as container:
        if not container.streams.audio:
            return
        for frame in container.decode(container.streams.audio[0]):
            frame.pts = None
            yield from resampler.resample(frame)
        yield from resampler.resample(None)


def filled_up(frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """The frames, and silence after them without an end."""
    yield from frames
    while True:
        yield _silence()


def _silence() -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=FRAME_SAMPLES)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate = RATE
    return frame


class Voice:
    """The sound of a film that is being written: it keeps pace with the pictures, so that neither waits in memory."""

    def __init__(self, container: OutputContainer, frames: Iterator[av.AudioFrame]) -> None:
        self._frames = frames
        self._samples = 0
        stream = container.add_stream("aac", rate=RATE, bit_rate=BIT_RATE, layout="stereo")
        if not isinstance(stream, AudioStream):
            raise NotAVideo("There is no encoder for sound.")
        self._stream = stream

    def upto(self, at_s: float) -> Iterator["Packet[AudioStream]"]:
        """What is to be written before a picture at this time."""
        while self._samples < at_s * RATE:
            frame = next(self._frames, None)
            if frame is None:
                return
            frame.pts, frame.time_base = self._samples, Fraction(1, RATE)
            self._samples += frame.samples
            yield from self._stream.encode(frame)

    def end(self, at_s: float) -> Iterator["Packet[AudioStream]"]:
        """The rest, up to the end of the pictures."""
        yield from self.upto(at_s)
        yield from self._stream.encode(None)
