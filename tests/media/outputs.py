"""Files as providers deliver them, beside plain clips: ProRes with alpha, HDR, frames in a ZIP, sound, images."""

import io
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from tests.media.files import image_bytes

WIDTH, HEIGHT, FPS, RATE = 64, 36, 24, 48_000
RED, CLEAR_GREEN = (200, 40, 30, 255), (0, 255, 0, 0)
BT709, BT2020 = 1, 9


def frames(count: int, *, pixels: str) -> Iterator[VideoFrame]:
    """Left half red, right half a green that alpha hides."""
    row = bytes(RED) * (WIDTH // 2) + bytes(CLEAR_GREEN) * (WIDTH // 2)
    for index in range(count):
        painted = VideoFrame(WIDTH, HEIGHT, "rgba")
        painted.planes[0].update(row.ljust(painted.planes[0].line_size, b"\0") * HEIGHT)
        frame = painted.reformat(format=pixels)
        frame.pts, frame.time_base = index, Fraction(1, FPS)
        yield frame


def make_film(
    path: Path,
    *,
    codec: str,
    pixels: str,
    container: str = "mp4",
    seconds: float = 1.0,
    transfer: int = BT709,
    sound: str = "",
    options: dict[str, str] | None = None,
) -> Path:
    """A film in any codec; `sound` is the codec of its sound, "" for none."""
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=FPS, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        context = stream.codec_context
        context.color_trc = transfer
        context.colorspace = context.color_primaries = BT709 if transfer == BT709 else BT2020
        voice = output.add_stream(sound, rate=RATE, layout="stereo") if sound else None
        for frame in frames(round(seconds * FPS), pixels=pixels):
            frame.color_trc = transfer
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if isinstance(voice, AudioStream):
            for tone in tones(seconds):
                output.mux(voice.encode(tone))
            output.mux(voice.encode(None))
    return path


def tones(seconds: float) -> Iterator[av.AudioFrame]:
    """A square wave that is heard."""
    for index in range(int(seconds * RATE) // 1024):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=1024)
        wave = (b"\x00\x30\x00\x30" * 64 + b"\x00\xd0\x00\xd0" * 64) * 8
        frame.planes[0].update(wave[: frame.planes[0].buffer_size].ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = RATE, index * 1024, Fraction(1, RATE)
        yield frame


def make_tone(path: Path, *, kind: str = "wav", seconds: float = 1.0) -> Path:
    """A sound file: mp3, wav or flac."""
    codec = {"wav": "pcm_s16le", "mp3": "libmp3lame", "flac": "flac"}[kind]
    with av.open(str(path), "w", format=kind) as output:
        voice = output.add_stream(codec, rate=RATE, layout="stereo")
        assert isinstance(voice, AudioStream)
        for tone in tones(seconds):
            output.mux(voice.encode(tone))
        output.mux(voice.encode(None))
    return path


def make_zip(path: Path, entries: dict[str, bytes], *, compressed: bool = False) -> Path:
    """A ZIP of these entries."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def png_frames(count: int = 12) -> dict[str, bytes]:
    """Frames of 64 × 36, named without leading zeros, as some tools do."""
    return {f"frame.{number}.png": image_bytes(size=(WIDTH, HEIGHT)) for number in range(1, count + 1)}


def colours_at(path: Path, *places: tuple[int, int]) -> list[tuple[int, ...]]:
    """RGB at these places of the film's second frame."""
    with av.open(str(path)) as container:
        shown = list(container.decode(video=0))[1]
        picture: Image.Image = shown.to_image()  # type: ignore[no-untyped-call]  # PyAV leaves it open
    return [picture.getpixel(place) for place in places]  # type: ignore[misc]  # of RGB it is a tuple


def loudness(path: Path) -> list[int]:
    """The loudest sample of each tenth of a second of the sound."""
    resampler = av.AudioResampler("s16", "mono", RATE, frame_size=RATE // 10)
    with av.open(str(path)) as container:
        heard = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return [
        max(abs(int.from_bytes(raw[at : at + 2], "little", signed=True)) for at in range(0, part.samples * 2, 64))
        for part in heard
        for raw in [bytes(part.planes[0])]
    ]


def svg(attributes: str = 'width="300" height="200"') -> bytes:
    """A drawing."""
    return f'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" {attributes}><rect/></svg>'.encode()


def as_file(path: Path, content: bytes) -> Path:
    """The content, written there."""
    path.write_bytes(content)
    return path


def in_memory(archive: bytes) -> zipfile.ZipFile:
    """The archive, opened."""
    return zipfile.ZipFile(io.BytesIO(archive))
