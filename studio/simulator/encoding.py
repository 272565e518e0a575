"""From painted frames to an MP4 file: H.264 yuv420p, AAC, index in front, the same bytes for the same frames."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from av.video.reformatter import ColorRange

from studio.simulator.painting.planes import Planes, frame_of
from studio.simulator.sound import RATE

FPS = 24
BT709 = 1
GOP_FRAMES = 48
AUDIO_BITRATE = 128_000
# One thread: x264 gives the same bytes only for the same number of threads. No macroblock tree: with it x264's
# assembler reads past the end of its rows at some sizes (480x270), and the bytes depend on what lies there.
QUALITY = {"preset": "superfast", "crf": "21", "threads": "1", "x264-params": "mbtree=0"}
DRAFT = {"preset": "ultrafast", "crf": "32", "threads": "1", "tune": "stillimage"}


def encode(
    frames: Iterable[Planes],
    *,
    size: tuple[int, int],
    sound: Iterable[av.AudioFrame] | None,
    options: dict[str, str],
) -> bytes:
    """The MP4 file of `frames` at 24 a second, with `sound` if there is any."""
    with TemporaryDirectory(prefix="dailies-clip-") as folder:
        # The index can be moved to the front only in a file that can be read again.
        path = Path(folder) / "clip.mp4"
        flags = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(str(path), "w", format="mp4", options=flags) as container:
            video = _video(container, size=size, options=options)
            audio = None if sound is None else container.add_stream("aac", rate=RATE, bit_rate=AUDIO_BITRATE)
            _write_video(container, video, frames)
            if sound is not None and audio is not None:
                _write_audio(container, audio, sound)
        return path.read_bytes()


def _video(
    container: av.container.OutputContainer, *, size: tuple[int, int], options: dict[str, str]
) -> av.VideoStream:
    stream = container.add_stream("libx264", rate=FPS, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.gop_size = GOP_FRAMES
    context.time_base = Fraction(1, FPS)
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = ColorRange.MPEG.value
    return stream


def _write_video(container: av.container.OutputContainer, stream: av.VideoStream, frames: Iterable[Planes]) -> None:
    painted: Planes | None = None
    picture: av.VideoFrame | None = None
    for index, planes in enumerate(frames):
        if picture is None or planes is not painted:
            painted, picture = planes, frame_of(planes, fps=FPS)
        picture.pts = index
        container.mux(stream.encode(picture))
    container.mux(stream.encode())


def _write_audio(
    container: av.container.OutputContainer, stream: av.AudioStream, frames: Iterable[av.AudioFrame]
) -> None:
    for frame in frames:
        container.mux(stream.encode(frame))
    container.mux(stream.encode())
