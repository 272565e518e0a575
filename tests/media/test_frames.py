"""One frame of a film, against the same frame out of decoding all of them."""

import struct
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import av
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from PIL import Image

from studio.media.errors import NotAVideo
from studio.media.frames import frame_of
from tests.media.files import FPS, HEIGHT, WIDTH, _mux_silence, make_sound, make_video

CAREFULLY = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
KINDS = {
    "one whole picture": ("libx264", "mp4", {"x264-params": "keyint=400:bframes=3:scenecut=0"}),
    "many whole pictures": ("libx264", "mp4", {"x264-params": "keyint=6:bframes=2"}),
    "open groups": ("libx264", "mp4", {"x264-params": "keyint=9:min-keyint=9:bframes=3:open-gop=1:scenecut=0"}),
    "no B-frames": ("libx264", "mov", {"x264-params": "bframes=0"}),
    "HEVC": ("libx265", "mp4", {"x265-params": "keyint=11:open-gop=1:bframes=3:log-level=none"}),
    "WebM": ("libvpx-vp9", "webm", {"deadline": "realtime", "cpu-used": "8"}),
    "ProRes": ("prores_ks", "mov", {}),
}


def film(
    path: Path,
    *,
    frames: int = 90,
    codec: str = "libx264",
    container: str = "mp4",
    options: dict[str, str] | None = None,
    start: int = 0,
    stretch: Fraction | None = None,
    turned: int = 0,
    sound_s: float = 0.0,
) -> Path:
    """A film whose every frame is another: a bar wanders and the ground grows lighter. Above it is red."""
    with av.open(str(path), "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=FPS, options=options or {})
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
        if stretch:
            stream.sample_aspect_ratio = stretch
        if turned:
            stream.set_display_rotation(turned)
        voice: Any = output.add_stream("aac", rate=48_000, layout="mono") if sound_s else None
        for index in range(frames):
            frame: VideoFrame = VideoFrame.from_image(_picture(index))  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = index + start, Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if voice:
            _mux_silence(output, voice, sound_s)
    return path


def _picture(index: int) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), (40, 40 + index * 2 % 200, 60))
    image.paste("white", (index % WIDTH, HEIGHT // 2, index % WIDTH + 6, HEIGHT))
    image.paste("red", (0, 0, WIDTH, HEIGHT // 4))
    return image


def all_frames(path: Path) -> list[bytes]:
    """The colours of every frame in the order in which they are seen, all decoded from the start."""
    with av.open(str(path)) as container:
        decoded = sorted(container.decode(video=0), key=lambda frame: frame.time)
        return [_colours(frame) for frame in decoded]


def _colours(frame: VideoFrame) -> bytes:
    painted = frame.reformat(format="rgb24", interpolation=CAREFULLY)
    return cast("Image.Image", painted.to_image()).tobytes()  # type: ignore[no-untyped-call]


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    assert (image.format, image.mode) == ("PNG", "RGB")
    return image


def colours(path: Path, at_s: float | None) -> bytes:
    return opened(frame_of(path, at_s=at_s)).tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("frames", [3, 90])
def test_the_last_frame_is_the_last_of_all(tmp_path: Path, kind: str, frames: int) -> None:
    codec, container, options = KINDS[kind]
    path = film(tmp_path / "film", frames=frames, codec=codec, container=container, options=options)

    expected = all_frames(path)

    assert len(expected) == frames
    assert expected[-1] != expected[-2]
    assert colours(path, None) == expected[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_each_second_gives_the_frame_that_is_seen_then(tmp_path: Path, kind: str) -> None:
    codec, container, options = KINDS[kind]
    path = film(tmp_path / "film", codec=codec, container=container, options=options)
    expected = all_frames(path)

    for index in (0, 1, 8, 9, 10, 35, 36, 61, 88, 89):
        begins_s = round(index / FPS, 3)
        assert colours(path, begins_s) == expected[index], f"at the start of frame {index}"
        assert colours(path, begins_s + 0.02) == expected[index], f"in the middle of frame {index}"


def test_a_time_beyond_the_end_is_the_last_frame_and_one_before_the_start_the_first(tmp_path: Path) -> None:
    path = film(tmp_path / "film")
    expected = all_frames(path)

    assert colours(path, 3600) == expected[-1]
    assert colours(path, -3) == expected[0]


def test_a_long_film_with_one_whole_picture(tmp_path: Path) -> None:
    path = film(tmp_path / "film", frames=40 * FPS, options={"x264-params": "keyint=2000:scenecut=0"})
    expected = all_frames(path)

    assert colours(path, None) == expected[-1]
    assert colours(path, 20.0) == expected[20 * FPS]


def test_sound_that_goes_on_after_the_pictures_does_not_matter(tmp_path: Path) -> None:
    path = film(tmp_path / "film", frames=FPS, sound_s=8.0)

    assert colours(path, None) == all_frames(path)[-1]
    assert colours(path, 7.5) == all_frames(path)[-1]


def test_a_film_whose_pictures_begin_late_starts_with_its_first(tmp_path: Path) -> None:
    path = film(tmp_path / "film", container="matroska", start=2 * FPS)

    assert colours(path, 0.0) == all_frames(path)[0]
    assert colours(path, 1.0) == all_frames(path)[FPS]


def test_frames_that_an_edit_list_cuts_off_are_never_seen(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole", options={"x264-params": "keyint=400:bframes=0"})
    path = tmp_path / "cut"
    path.write_bytes(shown_in_part(whole.read_bytes(), skipped=12, shown=48))

    expected = all_frames(path)

    assert expected[0] == all_frames(whole)[12]
    assert colours(path, 0.0) == expected[0]
    assert colours(path, 1.0) == expected[24]
    assert colours(path, None) == expected[-1]


def shown_in_part(content: bytes, *, skipped: int, shown: int) -> bytes:
    """The film of whose frames an edit list shows only some: the list that is there is rewritten."""
    changed = bytearray(content)
    entry = changed.index(b"elst") + 4 + 4 + 4
    movie_scale = struct.unpack_from(">I", changed, changed.index(b"mvhd") + 4 + 12)[0]
    media_scale = struct.unpack_from(">I", changed, changed.index(b"mdhd") + 4 + 12)[0]
    struct.pack_into(">Ii", changed, entry, shown * movie_scale // FPS, skipped * media_scale // FPS)
    return bytes(changed)


@pytest.mark.parametrize("turned", [90, -90, 180])
def test_a_film_on_its_side_is_set_upright(tmp_path: Path, turned: int) -> None:
    path = film(tmp_path / "film", frames=3, turned=turned)
    lying = Image.frombytes("RGB", (WIDTH, HEIGHT), all_frames(path)[0])

    upright = opened(frame_of(path, at_s=0))

    assert upright.size == ((36, 64) if abs(turned) == 90 else (64, 36))
    assert upright.tobytes() == lying.rotate(turned, expand=True).tobytes()


@pytest.mark.parametrize(
    ("stretch", "size"),
    [(Fraction(4, 3), (85, 36)), (Fraction(1, 2), (64, 72)), (Fraction(1), (64, 36)), (Fraction(900), (64, 36))],
)
def test_pixels_become_square(tmp_path: Path, stretch: Fraction, size: tuple[int, int]) -> None:
    path = film(tmp_path / "film", frames=3, stretch=stretch)

    assert opened(frame_of(path, at_s=None)).size == size


def test_large_films_have_the_colours_of_television(tmp_path: Path) -> None:
    """Nothing is said of the colours: a browser takes those of HDTV from 720 lines on."""
    path = tmp_path / "film"
    with av.open(str(path), "w", format="mp4") as output:
        stream: Any = output.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        frame = VideoFrame(1280, 720, "yuv420p")
        for plane, value in zip(frame.planes, (63, 102, 240), strict=True):  # pure red in BT.709
            plane.update(bytes([value]) * plane.buffer_size)
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))

    red, green, blue = cast("tuple[int, int, int]", opened(frame_of(path, at_s=None)).getpixel((640, 360)))

    assert red > 250
    assert max(green, blue) < 5


def test_a_broken_end_gives_the_last_frame_that_decodes(tmp_path: Path) -> None:
    path = film(tmp_path / "film", codec="prores_ks", container="mov")
    good = all_frames(path)
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    content = bytearray(path.read_bytes())
    for place, size in places[60:]:
        content[place or 0 : (place or 0) + size] = bytes(size)
    path.write_bytes(content)

    assert colours(path, None) == good[59]


@pytest.mark.parametrize("content", [b"", b"no film at all", b"\x00\x00\x00\x18ftypisom" + bytes(200)])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film"
    path.write_bytes(content)

    with pytest.raises(NotAVideo):
        frame_of(path, at_s=None)


def test_sound_alone_has_no_frame(tmp_path: Path) -> None:
    with pytest.raises(NotAVideo):
        frame_of(make_sound(tmp_path / "sound.mp4"), at_s=0)


def test_the_films_of_other_tests_too(tmp_path: Path) -> None:
    path = make_video(tmp_path / "film.mp4", seconds=2, sound=True)

    assert opened(frame_of(path, at_s=0)).size == (WIDTH, HEIGHT)
    assert colours(path, None) == all_frames(path)[-1]
