"""Frames of any depth and colour, made into what every screen shows: 8 bits, 4:2:0, BT.709, no alpha."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from studio.media.errors import NotAVideo
from studio.media.probe import Curve
from studio.media.tonemap import cube

MOST_SIDE = 1920
HD_HEIGHT = 720
UNSPECIFIED = 2
ANY_TIME_BASE = Fraction(1, 1000)
FLOATS, WITH_ALPHA, PLAIN = "gbrpf32le", "gbrap", "yuv420p"


def fitting(width: int, height: int) -> tuple[int, int]:
    """The size of a proxy: its long side at most 1,920 px, both sides even."""
    share = min(1.0, MOST_SIDE / max(width, height))
    return max(2, round(width * share / 2) * 2), max(2, round(height * share / 2) * 2)


class Painter:
    """Paints frames in one size, from one curve. Alpha is laid over black. Use it with `with`."""

    def __init__(self, size: tuple[int, int], *, curve: Curve) -> None:
        self._size = size
        self._curve = curve
        self._graph: Graph | None = None
        self._folder = TemporaryDirectory(prefix="cube-")

    def __enter__(self) -> "Painter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._folder.cleanup()

    def painted(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """Each frame as `yuv420p`, with its own time."""
        for frame in frames:
            done = self._painted(frame)
            done.pts, done.time_base = frame.pts, frame.time_base
            yield done

    def _painted(self, frame: VideoFrame) -> VideoFrame:
        if self._curve is not Curve.SDR:
            return _plain(self._filtered(_unpacked(frame, size=self._size, pixels=FLOATS)))
        if any(part.is_alpha for part in frame.format.components):
            return _plain(self._filtered(_unpacked(frame, size=self._size, pixels=WITH_ALPHA)))
        return frame.reformat(
            *self._size,
            format=PLAIN,
            src_colorspace=_matrix(frame),
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )

    def _filtered(self, frame: VideoFrame) -> VideoFrame:
        frame.pts, frame.time_base = 0, ANY_TIME_BASE
        self._graph = self._graph or self._new_graph(frame)
        self._graph.push(frame)
        done = self._graph.pull()
        if not isinstance(done, VideoFrame):
            raise NotAVideo("The colours cannot be turned.")
        return done

    def _new_graph(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=ANY_TIME_BASE)
        if self._curve is Curve.SDR:
            work = graph.add("premultiply", "inplace=1")
        else:
            path = Path(self._folder.name) / "screen.cube"
            path.write_text(cube(self._curve))
            work = graph.add("lut3d", f"file={path}:interp=tetrahedral")
        graph.link_nodes(source, work, graph.add("buffersink")).configure()
        return graph


def _unpacked(frame: VideoFrame, *, size: tuple[int, int], pixels: str) -> VideoFrame:
    return frame.reformat(
        *size, format=pixels, src_colorspace=_matrix(frame), dst_color_range=ColorRange.JPEG, threads=1
    )


def _plain(frame: VideoFrame) -> VideoFrame:
    return frame.reformat(format=PLAIN, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG, threads=1)


def _matrix(frame: VideoFrame) -> Colorspace | None:
    """How the numbers of a frame mean colours; one that does not say it is what its size is used for."""
    if frame.format.is_rgb:
        return None
    if frame.colorspace in {9, 10}:
        return Colorspace.BT2020
    if frame.colorspace == UNSPECIFIED:
        return Colorspace.ITU709 if frame.height >= HD_HEIGHT else Colorspace.ITU601
    return Colorspace(frame.colorspace) if frame.colorspace in set(map(int, Colorspace)) else None
