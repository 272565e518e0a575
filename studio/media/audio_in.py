"""Takes an uploaded sound: decoded to its end, in a format that providers read, with its wave drawn as a thumb."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import av
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from PIL import Image, ImageDraw

from studio.media.errors import BadSound, NotAVideo
from studio.media.filetypes import SOUNDS, name_of_type
from studio.media.probe import DAMAGES, in_time
from studio.media.received import MAX_UPLOAD_BYTES, head_of, size_sentence, sum_of

ADD_A_SOUND = "Add an MP3, WAV, FLAC, M4A or AAC."
WAVE_RATE = 8000
MOST_SOUND_S = 30 * 60
BLOCK_SAMPLES = 400  # a twentieth of a second
LOUDEST = 32768
THUMB_WIDTH, THUMB_HEIGHT = 640, 360
BARS = 80
BAR_GAP_PIXELS = 3
QUIETEST_BAR_PIXELS = 6
GROUND, INK = (24, 25, 29), (236, 178, 92)


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of sound file that providers read, with the codecs in it (Runway's assets/inputs)."""

    demuxer: str
    content_type: str
    extension: str
    codecs: tuple[str, ...]
    """How their names begin: PCM has many."""


FORMATS = {
    "an MP3": Format("mp3", "audio/mpeg", "mp3", ("mp3",)),
    "a WAV": Format("wav", "audio/wav", "wav", ("pcm_",)),
    "a FLAC": Format("flac", "audio/flac", "flac", ("flac",)),
    "an M4A": Format("mp4", "audio/mp4", "m4a", ("aac", "alac")),
    "an AAC": Format("aac", "audio/aac", "aac", ("aac",)),
}


@dataclass(frozen=True, slots=True)
class CheckedSound:
    """A sound that has been decoded to its end. `thumb` is a WebP of its wave."""

    path: Path
    content_type: str
    extension: str
    duration_ms: int
    size_bytes: int
    sha256: str
    thumb: bytes
    changes: tuple[str, ...] = ()


def read_audio(path: Path, *, max_bytes: int = MAX_UPLOAD_BYTES, size_bytes: int | None = None) -> CheckedSound:
    """The facts of the uploaded sound at `path`, which stays as it is.

    `size_bytes` is the size that was told, where the file at `path` was cut at the limit. Raises BadSound with a
    sentence for the person.
    """
    _refuse_size(path.stat().st_size if size_bytes is None else size_bytes, max_bytes)
    form = _format_of(head_of(path))
    try:
        with av.open(str(path), format=form.demuxer) as container:  # fixed: playlists could name other files
            _refuse_codec(container, form)
            peaks, duration_ms = _wave_of(container)
    except (av.FFmpegError, NotAVideo, *DAMAGES) as error:
        sentence = "This sound is damaged or cut off: it cannot be decoded to its end. Save or download it again."
        raise BadSound(code="damaged", sentence=sentence) from error
    if duration_ms <= 0:
        raise BadSound(code="damaged", sentence="This file holds no sound. Save or download it again.")
    return CheckedSound(
        path=path,
        content_type=form.content_type,
        extension=form.extension,
        duration_ms=duration_ms,
        size_bytes=path.stat().st_size,
        sha256=sum_of(path),
        thumb=_drawn(peaks),
    )


def _refuse_size(size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        sentence = size_sentence("sound", size_bytes, most=max_bytes, advice="Save it shorter, or as an MP3.")
        raise BadSound(code="too_large", sentence=sentence)


def _format_of(head: bytes) -> Format:
    if not head:
        raise BadSound(code="empty", sentence="This file is empty (0 bytes). Save the sound again and add it anew.")
    kind = name_of_type(head)
    if kind in SOUNDS:
        return FORMATS[kind]
    if kind is None:
        sentence = f"This is not a sound that can be read, whatever its name says. {ADD_A_SOUND}"
        raise BadSound(code="not_a_sound", sentence=sentence)
    raise BadSound(code="wrong_type", sentence=f"This is {kind}, whatever its name says. {ADD_A_SOUND}")


def _refuse_codec(container: InputContainer, form: Format) -> None:
    if not container.streams.audio:
        raise BadSound(code="damaged", sentence="This file holds no sound. Save or download it again.")
    codec = container.streams.audio[0].codec_context.codec.canonical_name
    if not codec.startswith(form.codecs):
        sentence = (
            f"This sound is packed as {codec.upper()}, which providers do not take here. Save it as an MP3 or WAV."
        )
        raise BadSound(code="wrong_codec", sentence=sentence)


def _wave_of(container: InputContainer) -> tuple[list[int], int]:
    """The loudest sample of each twentieth of a second, and the length in milliseconds."""
    peaks: list[int] = []
    count = 0
    for samples in _mono(container):
        for start in range(0, len(samples), BLOCK_SAMPLES):
            block = samples[start : start + BLOCK_SAMPLES]
            loudest, lowest = max(block), min(block)
            peaks.append(max(loudest, -lowest))
        count += len(samples)
        if count > MOST_SOUND_S * WAVE_RATE:
            sentence = f"This sound is too long: {MOST_SOUND_S // 60} minutes is the most. Cut out what is needed."
            raise BadSound(code="too_long", sentence=sentence)
    return peaks, round(count * 1000 / WAVE_RATE)


def _mono(container: InputContainer) -> Iterator["array[int]"]:
    resampler = AudioResampler(format="s16", layout="mono", rate=WAVE_RATE)
    for frame in in_time(container.decode(audio=0)):
        for piece in resampler.resample(frame):
            yield _samples(piece)
    for piece in resampler.resample(None):
        yield _samples(piece)


def _samples(frame: av.AudioFrame) -> "array[int]":
    samples = array("h")
    samples.frombytes(bytes(frame.planes[0])[: frame.samples * samples.itemsize])
    return samples


def _drawn(peaks: list[int]) -> bytes:
    """Bars from left to right, as high as it is loud there."""
    image = Image.new("RGB", (THUMB_WIDTH, THUMB_HEIGHT), GROUND)
    pen = ImageDraw.Draw(image)
    step = THUMB_WIDTH / BARS
    for bar in range(BARS):
        first = bar * len(peaks) // BARS
        last = max((bar + 1) * len(peaks) // BARS, first + 1)
        loudness = max(peaks[first:last], default=0) / LOUDEST
        half = max(loudness * THUMB_HEIGHT * 0.8, QUIETEST_BAR_PIXELS) / 2
        left = bar * step + BAR_GAP_PIXELS / 2
        box = (left, THUMB_HEIGHT / 2 - half, left + step - BAR_GAP_PIXELS, THUMB_HEIGHT / 2 + half)
        pen.rounded_rectangle(box, radius=2, fill=INK)
    target = BytesIO()
    image.save(target, format="WEBP", quality=80, method=4)
    return target.getvalue()
