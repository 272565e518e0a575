"""Takes an uploaded video: probed to its end, in a container and a codec that providers read, with a thumb."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from studio.media.errors import BadVideo, NotAVideo
from studio.media.filetypes import VIDEOS, name_of_type
from studio.media.preview import THUMB_SIDE_PIXELS, make_poster
from studio.media.probe import VideoFacts, in_time, open_video, probe_video
from studio.media.received import MAX_UPLOAD_BYTES, head_of, size_sentence, sum_of

ADD_A_VIDEO = "Add an MP4, MOV, WebM or MKV."
SAVE_AS_MP4 = "Save it as an MP4 with H.264."
READ_KIND = "a video"
ON_ITS_SIDE = frozenset({90, -90, 270, -270})
WEBM_DOCTYPE = b"webm"
THREEGP_BRAND = b"3gp"


@dataclass(frozen=True, slots=True)
class Container:
    """A container that providers read, with the codecs that they read in it (Runway's assets/inputs)."""

    label: str
    content_type: str
    extension: str
    codecs: frozenset[str]


CONTAINERS = {
    "mp4": Container("MP4", "video/mp4", "mp4", frozenset({"h264", "hevc", "av1"})),
    "mov": Container("MOV", "video/quicktime", "mov", frozenset({"h264", "hevc", "prores"})),
    "matroska": Container("MKV", "video/x-matroska", "mkv", frozenset({"h264", "hevc", "vp8", "vp9", "av1"})),
    "webm": Container("WebM", "video/webm", "webm", frozenset({"vp8", "vp9", "av1"})),
    "3gp": Container("3GP", "video/3gpp", "3gp", frozenset({"h264"})),
}
CODEC_LABELS = {
    "h264": "H.264",
    "hevc": "H.265",
    "av1": "AV1",
    "prores": "ProRes",
    "vp8": "VP8",
    "vp9": "VP9",
    "mjpeg": "Motion JPEG",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4 part 2",
}


@dataclass(frozen=True, slots=True)
class CheckedVideo:
    """A video of which beginning and end have been decoded; upright, as it is shown. `thumb` is a WebP.

    `fps` has three places.
    """

    path: Path
    content_type: str
    extension: str
    width: int
    height: int
    duration_ms: int
    fps: Decimal
    has_sound: bool
    codec: str
    size_bytes: int
    sha256: str
    thumb: bytes
    changes: tuple[str, ...] = ()


def read_video(path: Path, *, max_bytes: int = MAX_UPLOAD_BYTES, size_bytes: int | None = None) -> CheckedVideo:
    """The facts of the uploaded video at `path`, which stays as it is.

    `size_bytes` is the size that was told, where the file at `path` was cut at the limit. Raises BadVideo with a
    sentence for the person.
    """
    _refuse_size(path.stat().st_size if size_bytes is None else size_bytes, max_bytes)
    head = head_of(path)
    _refuse_other_types(head)
    try:
        facts = probe_video(path)
        codec, is_on_its_side = _looked_at(path)
        container = _container(facts.container, head)
        _refuse_codec(codec, container)
        thumb = make_poster(path, side_pixels=THUMB_SIDE_PIXELS)
    except NotAVideo as error:
        raise BadVideo(
            code="damaged", sentence=f"This video cannot be used. {error} Save or download it again."
        ) from error
    return _described(path, facts, container, codec=codec, is_on_its_side=is_on_its_side, thumb=thumb)


def _described(
    path: Path, facts: VideoFacts, container: Container, *, codec: str, is_on_its_side: bool, thumb: bytes
) -> CheckedVideo:
    width, height = (facts.height, facts.width) if is_on_its_side else (facts.width, facts.height)
    return CheckedVideo(
        path=path,
        content_type=container.content_type,
        extension=container.extension,
        width=width,
        height=height,
        duration_ms=round(facts.duration_s * 1000),
        fps=facts.fps,
        has_sound=facts.has_sound,
        codec=codec,
        size_bytes=path.stat().st_size,
        sha256=sum_of(path),
        thumb=thumb,
    )


def _refuse_size(size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        sentence = size_sentence("video", size_bytes, most=max_bytes, advice="Save it shorter or smaller.")
        raise BadVideo(code="too_large", sentence=sentence)


def _refuse_other_types(head: bytes) -> None:
    if not head:
        raise BadVideo(code="empty", sentence="This file is empty (0 bytes). Save the video again and add it anew.")
    kind = name_of_type(head)
    if kind is None:
        sentence = f"This is not a video that can be read, whatever its name says. {ADD_A_VIDEO}"
        raise BadVideo(code="not_a_video", sentence=sentence)
    if kind not in VIDEOS:
        raise BadVideo(code="wrong_type", sentence=f"This is {kind}, whatever its name says. {ADD_A_VIDEO}")
    if kind != READ_KIND:
        raise BadVideo(code="old_type", sentence=f"This is {kind}, which is not taken here. {SAVE_AS_MP4}")


def _looked_at(path: Path) -> tuple[str, bool]:
    """The codec by its usual name, and whether the film lies on its side."""
    with open_video(path) as container:
        codec = container.streams.video[0].codec_context.codec.canonical_name
        first = next(iter(in_time(container.decode(video=0))), None)
        return codec, first is not None and first.rotation in ON_ITS_SIDE


def _container(name: str, head: bytes) -> Container:
    if name == "matroska" and WEBM_DOCTYPE in head[:64]:
        return CONTAINERS["webm"]
    if head[8:11] == THREEGP_BRAND:
        return CONTAINERS["3gp"]
    return CONTAINERS[name]


def _refuse_codec(codec: str, container: Container) -> None:
    if codec in container.codecs:
        return
    label = CODEC_LABELS.get(codec, codec.upper())
    taken = " or ".join(_labels(container))
    sentence = f"This video is packed as {label} in {container.label}, where providers take {taken}. {SAVE_AS_MP4}"
    raise BadVideo(code="wrong_codec", sentence=sentence)


def _labels(container: Container) -> Iterator[str]:
    return (label for codec, label in CODEC_LABELS.items() if codec in container.codecs)
