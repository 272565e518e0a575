"""Previews: every browser plays them, and they look and sound as what they stand for."""

import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import pytest

from studio.media.errors import Interrupted, NotAVideo
from studio.media.looking import look_at
from studio.media.probe import probe_video
from studio.media.proxy import make_proxy, mux_sound, needs_proxy, proxy_of_sequence
from studio.media.sequences import read_sequence
from tests.media.files import image_bytes, make_video
from tests.media.outputs import as_file, colours_at, loudness, make_film, make_tone, make_zip, png_frames

PQ, HLG = 16, 18
LEFT, RIGHT = (12, 18), (52, 18)
PRORES_4444 = {"profile": "4"}
PRORES = {"codec": "prores_ks", "container": "mov"}


@pytest.mark.parametrize(
    ("film", "label", "is_playable"),
    [
        ({"codec": "libx264", "pixels": "yuv420p"}, "MP4, H.264", True),
        ({"codec": "libx264", "pixels": "yuv420p", "sound": "aac"}, "MP4, H.264", True),
        ({"codec": "libx264", "pixels": "yuv420p", "container": "mov"}, "MOV, H.264", False),
        ({"codec": "libx264", "pixels": "yuv444p"}, "MP4, H.264", False),
        ({"codec": "libx264", "pixels": "yuv420p10le"}, "MP4, H.264, 10 bit", False),
        ({"codec": "libx264", "pixels": "yuv420p", "sound": "flac"}, "MP4, H.264", False),
        ({"codec": "libx265", "pixels": "yuv420p10le", "transfer": PQ}, "MP4, HEVC, 10 bit, HDR (PQ)", False),
        ({"codec": "libx265", "pixels": "yuv420p10le", "transfer": HLG}, "MP4, HEVC, 10 bit, HDR (HLG)", False),
        ({**PRORES, "pixels": "yuva444p10le", "options": PRORES_4444}, "ProRes 4444", False),
        ({**PRORES, "pixels": "yuv422p10le", "options": {"profile": "3"}}, "ProRes 422 HQ", False),
        ({"codec": "libvpx-vp9", "pixels": "yuv420p", "container": "webm"}, "WebM, VP9", False),
    ],
)  # fmt: skip
def test_only_what_plays_everywhere_needs_no_preview(
    tmp_path: Path, film: dict[str, object], label: str, is_playable: bool
) -> None:
    path = make_film(tmp_path / "film", **film)  # type: ignore[arg-type]  # as the table says

    found = look_at(path)

    assert (found.label, found.is_playable) == (label, is_playable)


@pytest.mark.parametrize(
    "film",
    [
        {**PRORES, "pixels": "yuva444p10le", "options": PRORES_4444, "sound": "pcm_s16le"},
        {"codec": "libvpx-vp9", "pixels": "yuv420p", "container": "webm"},
        {"codec": "libx265", "pixels": "yuv420p10le", "transfer": PQ},
        {"codec": "libx264", "pixels": "yuv444p", "container": "matroska"},
    ],
)  # fmt: skip
def test_a_preview_plays_everywhere_and_is_as_long(tmp_path: Path, film: dict[str, object]) -> None:
    path = make_film(tmp_path / "film", **film)  # type: ignore[arg-type]  # as the table says

    make_proxy(path, tmp_path / "proxy.mp4")

    before, after = probe_video(path), probe_video(tmp_path / "proxy.mp4")
    assert not needs_proxy(after)
    assert (after.width, after.height, after.fps, after.frame_count) == (64, 36, before.fps, 24)
    assert after.duration_s == pytest.approx(before.duration_s, abs=Decimal("0.05"))
    assert (after.has_sound, after.sound_codec) == (before.has_sound, "aac" if before.has_sound else "")


def test_alpha_lies_over_black(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film", codec="prores_ks", pixels="yuva444p10le", container="mov", options=PRORES_4444)

    make_proxy(path, tmp_path / "proxy.mp4")

    left, right = colours_at(tmp_path / "proxy.mp4", LEFT, RIGHT)
    assert left == pytest.approx((200, 40, 30), abs=8)
    assert max(right) < 8


def test_colours_stay_where_light_is_written_down_as_usual(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film", codec="libx264", pixels="yuv444p", options={"crf": "5"})

    make_proxy(path, tmp_path / "proxy.mp4")

    assert colours_at(tmp_path / "proxy.mp4", LEFT)[0] == pytest.approx(colours_at(path, LEFT)[0], abs=30)


def test_a_preview_is_no_larger_than_a_screen(tmp_path: Path) -> None:
    frames = {f"frame.{number}.png": image_bytes(size=(2400, 1350)) for number in range(3)}
    path = make_zip(tmp_path / "frames.zip", frames)

    proxy_of_sequence(read_sequence(path), tmp_path / "proxy.mp4", fps=Fraction(24))

    found = probe_video(tmp_path / "proxy.mp4")
    assert (found.width, found.height) == (1920, 1080)


def test_frames_in_a_zip_become_a_film_with_their_sound(tmp_path: Path) -> None:
    sound = make_tone(tmp_path / "tone.wav", seconds=1).read_bytes()
    sequence = read_sequence(make_zip(tmp_path / "frames.zip", {**png_frames(25), "audio.wav": sound}))

    proxy_of_sequence(sequence, tmp_path / "proxy.mp4", fps=sequence.fps())

    found = probe_video(tmp_path / "proxy.mp4")
    left, right = colours_at(tmp_path / "proxy.mp4", LEFT, RIGHT)
    assert (found.frame_count, found.fps, found.has_sound) == (25, Decimal(25), True)
    assert left == pytest.approx((255, 0, 0), abs=10)
    assert right == pytest.approx((0, 0, 255), abs=10)
    assert min(loudness(tmp_path / "proxy.mp4")[1:8]) > 5000


@pytest.mark.parametrize(("seconds", "loud_until"), [(0.5, 5), (3.0, 10)])
def test_sound_is_cut_or_filled_up_to_the_length_of_the_film(tmp_path: Path, seconds: float, loud_until: int) -> None:
    film = make_video(tmp_path / "film.mp4", seconds=1)
    sound = make_tone(tmp_path / "tone.mp3", kind="mp3", seconds=seconds)

    mux_sound(film, sound, tmp_path / "out.mp4")

    found, heard = probe_video(tmp_path / "out.mp4"), loudness(tmp_path / "out.mp4")
    assert (found.frame_count, found.sound_codec, needs_proxy(found)) == (24, "aac", False)
    assert found.duration_s == 1
    assert 9 <= len(heard) <= 11
    assert min(heard[1 : loud_until - 1]) > 5000
    assert max(heard[loud_until + 1 :], default=0) < 500


def test_the_pictures_are_not_touched_by_a_new_sound(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", seconds=1)

    mux_sound(film, make_tone(tmp_path / "tone.flac", kind="flac"), tmp_path / "out.mp4")

    assert _packets(tmp_path / "out.mp4") == _packets(film)


def _packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_the_same_original_gives_the_same_preview(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film", codec="libvpx-vp9", pixels="yuv420p", container="webm")

    make_proxy(path, tmp_path / "one.mp4")
    make_proxy(path, tmp_path / "other.mp4")

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()


def test_a_preview_stops_when_it_is_not_wanted_any_more(tmp_path: Path) -> None:
    path = make_video(tmp_path / "film.mov", container="mov")
    stop = threading.Event()
    stop.set()

    with pytest.raises(Interrupted):
        make_proxy(path, tmp_path / "proxy.mp4", stop=stop)


def test_no_preview_of_what_cannot_be_decoded(tmp_path: Path) -> None:
    with pytest.raises(NotAVideo):
        make_proxy(as_file(tmp_path / "film", b"\0\0\0\x18ftypqt  " + bytes(500)), tmp_path / "proxy.mp4")


def test_a_full_disk_is_no_verdict_on_the_film(tmp_path: Path) -> None:
    path = make_video(tmp_path / "film.mov", container="mov")

    with pytest.raises(OSError, match="No space left"):
        make_proxy(path, Path("/dev/full"))
