"""From frames to a file in any of the formats: containers, codecs, depth, colours, and what its name ends on."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from av.filter import Graph
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace

from studio.simulator import colours, sound
from studio.simulator.colours import Curve

BT709, BT2020, PQ_TRC, HLG_TRC = 1, 9, 16, 18
GOP_FRAMES = 48
AUDIO_BITRATE = 128_000
STAMP = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive, so that the same frames give the same bytes."""
PRORES = {"422 Proxy": 0, "422 LT": 1, "422": 2, "422 HQ": 3, "4444": 4, "4444 XQ": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One format. `codec` "png", "exr" are frames in an archive."""

    ending: str
    codec: str
    pixels: str
    curve: Curve = Curve.SDR
    container: str = "mp4"

    @property
    def is_sequence(self) -> bool:
        return self.container == "zip"


PROFILES = {
    "mp4": Profile(ending="mp4", codec="libx264", pixels="yuv420p"),
    "mov": Profile(ending="mov", container="mov", codec="prores_ks", pixels="yuv422p10le"),
    "prores": Profile(ending="mov", container="mov", codec="prores_ks", pixels="yuv422p10le"),
    "png_sequence": Profile(ending="zip", container="zip", codec="png", pixels="rgb24"),
    "sdr_rec709_10bit": Profile(ending="mp4", codec="libx265", pixels="yuv420p10le"),
    "hdr10": Profile(ending="mp4", codec="libx265", pixels="yuv420p10le", curve=Curve.PQ),
    "hlg": Profile(ending="mp4", codec="libx265", pixels="yuv420p10le", curve=Curve.HLG),
    "hdr_pq_12bit_master": Profile(
        ending="mov", container="mov", codec="libx265", pixels="yuv444p12le", curve=Curve.PQ
    ),
    "hdr_prores": Profile(ending="mov", container="mov", codec="prores_ks", pixels="yuv422p10le", curve=Curve.PQ),
    "hdr_png_sequence": Profile(ending="zip", container="zip", codec="png", pixels="rgb48be", curve=Curve.PQ),
    "hdr_exr_sequence": Profile(ending="zip", container="zip", codec="exr", pixels="gbrpf32le", curve=Curve.LINEAR),
}
STILL_ENDINGS = {"png": "png", "jpeg": "jpg", "webp": "webp"}


def ending_of(name: str) -> str:
    """What the name of a file of this format ends on."""
    profile = PROFILES.get(name)
    return profile.ending if profile else STILL_ENDINGS.get(name, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The format of one file: its profile, its rate, its ProRes tier, and whether it may look rough."""

    format: str
    size: tuple[int, int]
    fps: Fraction
    tier: str = ""
    is_draft: bool = False

    @property
    def profile(self) -> Profile:
        profile = PROFILES[self.format]
        is_full = profile.codec == "prores_ks" and self.prores_tier.startswith("4444")
        return replace(profile, pixels="yuva444p10le") if is_full else profile

    @property
    def prores_tier(self) -> str:
        return self.tier or ("4444" if self.format == "prores" else "422 HQ")


def deliver(frames: Iterable[av.VideoFrame], *, to: Delivery, track: Iterable[av.AudioFrame] | None) -> bytes:
    """The file. Frames are BT.709 as painted or decoded; they are converted to what the format wants."""
    ready = _converted(frames, to=to)
    return _archive(ready, to=to, track=track) if to.profile.is_sequence else _film(ready, to=to, track=track)


# Colour and depth


def _converted(frames: Iterable[av.VideoFrame], *, to: Delivery) -> Iterator[av.VideoFrame]:
    """Frames in the format's own pixels, size and colours."""
    profile = to.profile
    if profile.curve is Curve.SDR:
        for frame in frames:
            yield _plain(frame, to=to, pixels=profile.pixels)
        return
    with TemporaryDirectory(prefix="dailies-cube-") as folder:
        cube = Path(folder) / "hdr.cube"
        cube.write_text(colours.cube(profile.curve))
        graph: Graph | None = None
        for frame in frames:
            flat = _plain(frame, to=to, pixels="gbrpf32le")
            graph = graph or _graded(flat, cube=cube)
            graph.push(flat)
            lit = graph.pull()
            if not isinstance(lit, av.VideoFrame):
                raise TypeError("The colour graph gave something that is no picture.")
            yield _deep(lit, pixels=profile.pixels)


def _plain(frame: av.VideoFrame, *, to: Delivery, pixels: str) -> av.VideoFrame:
    if frame.format.name == pixels and (frame.width, frame.height) == to.size:
        return frame
    return frame.reformat(
        *to.size,
        format=pixels,
        src_colorspace=None if frame.format.is_rgb else Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.JPEG if "rgb" in pixels or "gbr" in pixels else ColorRange.MPEG,
        threads=1,
    )


def _graded(frame: av.VideoFrame, *, cube: Path) -> Graph:
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000))
    # Rows as PyAV lays them out kill lut3d at widths such as 854, now and then; a copy has rows as FFmpeg wants them.
    steps = graph.add("copy"), graph.add("lut3d", f"file={cube}"), graph.add("buffersink")
    graph.link_nodes(source, *steps).configure()
    return graph


def _deep(frame: av.VideoFrame, *, pixels: str) -> av.VideoFrame:
    if frame.format.name == pixels:
        return frame
    is_rgb = "rgb" in pixels
    return frame.reformat(
        format=pixels,
        dst_colorspace=Colorspace.ITU709 if is_rgb else Colorspace.BT2020,
        dst_color_range=ColorRange.JPEG if is_rgb else ColorRange.MPEG,
        threads=1,
    )


# Films


def _film(frames: Iterable[av.VideoFrame], *, to: Delivery, track: Iterable[av.AudioFrame] | None) -> bytes:
    profile = to.profile
    with TemporaryDirectory(prefix="dailies-film-") as folder:
        path = Path(folder) / f"film.{profile.ending}"
        flags = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(str(path), "w", format=profile.container, options=flags) as container:
            video = _stream(container, to=to)
            audio = None if track is None else container.add_stream("aac", rate=sound.RATE, bit_rate=AUDIO_BITRATE)
            for index, frame in enumerate(frames):
                _stamp(frame, index=index, to=to)
                container.mux(video.encode(frame))
            container.mux(video.encode())
            if audio is not None and track is not None:
                for part in track:
                    container.mux(audio.encode(part))
                container.mux(audio.encode())
        return path.read_bytes()


def _stream(container: av.container.OutputContainer, *, to: Delivery) -> av.VideoStream:
    profile = to.profile
    stream = container.add_stream(profile.codec, rate=to.fps, options=_options(to))
    if not isinstance(stream, av.VideoStream):
        raise TypeError(f"{profile.codec} is no codec for films.")
    stream.width, stream.height = to.size
    stream.pix_fmt = profile.pixels
    context = stream.codec_context
    context.gop_size = GOP_FRAMES
    context.time_base = 1 / to.fps
    context.color_primaries = context.colorspace = _primaries(profile)
    context.color_trc = _transfer(profile)
    context.color_range = ColorRange.MPEG.value
    if profile.codec == "libx265":
        context.codec_tag = "hvc1"
    return stream


def _primaries(profile: Profile) -> int:
    return BT709 if profile.curve is Curve.SDR else BT2020


def _transfer(profile: Profile) -> int:
    return {Curve.PQ: PQ_TRC, Curve.HLG: HLG_TRC}.get(profile.curve, BT709)


def _stamp(frame: av.VideoFrame, *, index: int, to: Delivery) -> None:
    """Its place in the film, and its colours: ProRes asks the frame for them, not the stream."""
    frame.pts, frame.time_base = index, 1 / to.fps
    frame.pict_type = PictureType.NONE
    frame.color_primaries = frame.colorspace = _primaries(to.profile)
    frame.color_trc = _transfer(to.profile)


def _options(to: Delivery) -> dict[str, str]:
    codec = to.profile.codec
    if codec == "prores_ks":
        return {"profile": str(PRORES[to.prores_tier]), "threads": "1", "vendor": "apl0"}
    preset = "ultrafast" if to.is_draft else "superfast"
    if codec == "libx265":
        return {"preset": "ultrafast", "crf": "24", "x265-params": "log-level=error:pools=1:frame-threads=1"}
    # One thread and no macroblock tree, as in `encoding`: the same frames give the same bytes.
    return {"preset": preset, "crf": "30" if to.is_draft else "21", "threads": "1", "x264-params": "mbtree=0"}


# Archives


def _archive(frames: Iterable[av.VideoFrame], *, to: Delivery, track: Iterable[av.AudioFrame] | None) -> bytes:
    profile = to.profile
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number, content in enumerate(_pictures(frames, to=to), start=1):
            _put(archive, f"frame.{number:04}.{profile.codec}", content)
        if profile.curve is not Curve.SDR:
            _put(archive, "colorimetry.json", json.dumps(colours.described(profile.curve)).encode())
        if track is not None:
            _put(archive, "audio.wav", sound.packed(track, kind="wav"))
    return buffer.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, STAMP), content)


def _pictures(frames: Iterable[av.VideoFrame], *, to: Delivery) -> Iterator[bytes]:
    """Each frame as a file of its own."""
    profile = to.profile
    options = {"format": "half"} if profile.codec == "exr" else {"compression_level": "1"}
    for frame in frames:
        encoder = av.CodecContext.create(profile.codec, "w")
        if not isinstance(encoder, av.VideoCodecContext):
            raise TypeError(f"{profile.codec} is no codec for pictures.")
        encoder.width, encoder.height = to.size
        encoder.pix_fmt = profile.pixels
        encoder.time_base = Fraction(1, 24)
        encoder.options = options
        frame.pts = 0
        yield b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode()))
