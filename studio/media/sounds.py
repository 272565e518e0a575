"""Sound files: how long they are, proven by decoding them to their end."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import IO

import av

from studio.media.errors import NotAVideo
from studio.media.formats import FLAC, MP3, WAV, FileFormat, format_of
from studio.media.probe import DAMAGES, MOST_DURATION_S, THOUSANDTH, in_time, verdict

DEMUXERS = {b"RIFF": "wav", b"fLaC": "flac"}


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """Measured by decoding."""

    format: FileFormat
    duration_s: Decimal
    codec: str


def probe_sound(path: Path) -> SoundFacts:
    """The facts of the MP3, WAV or FLAC at `path`. Raises NotAVideo when it is none, or holds no sound."""
    found = format_of(path)
    if found not in {MP3, WAV, FLAC}:
        raise NotAVideo("The file is no sound.")
    with path.open("rb") as source:
        duration_s, codec = _measured(source, demuxer=found.demuxer)
    return SoundFacts(format=found, duration_s=duration_s, codec=codec)


def length_of(content: bytes) -> Decimal:
    """Seconds of the sound in `content`. Raises NotAVideo."""
    return _measured(BytesIO(content), demuxer=DEMUXERS.get(content[:4], "mp3"))[0]


def _measured(source: IO[bytes], *, demuxer: str) -> tuple[Decimal, str]:
    try:
        with av.open(source, "r", format=demuxer) as container:
            if not container.streams.audio:
                raise NotAVideo("The file has no sound.")
            codec = container.streams.audio[0].codec_context.name
            frames = in_time(container.decode(container.streams.audio[0]))
            seconds = sum((Fraction(frame.samples, frame.sample_rate) for frame in frames), Fraction(0))
    except av.FFmpegError as error:
        raise verdict(error) from error
    except DAMAGES as error:
        raise NotAVideo(f"The sound cannot be played: {type(error).__name__}.") from error
    if not Fraction(1, 100) <= seconds <= MOST_DURATION_S:
        raise NotAVideo("The sound has no length, or one beyond reason.")
    return (Decimal(seconds.numerator) / Decimal(seconds.denominator)).quantize(THOUSANDTH), codec
