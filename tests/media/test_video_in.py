"""Uploaded videos: what providers read is taken as it is, anything else is told apart in words."""

import hashlib
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from studio.media.errors import BadVideo
from studio.media.video_in import ADD_A_VIDEO, read_video
from tests.media.files import image_bytes, make_sound, make_video
from tests.media.films import film, film_on_its_side


def refusal(path: Path, *, max_bytes: int = 200_000_000) -> BadVideo:
    with pytest.raises(BadVideo) as caught:
        read_video(path, max_bytes=max_bytes)
    return caught.value


@pytest.mark.parametrize(
    ("codec", "container", "content_type", "extension", "name"),
    [
        ("libx264", "mp4", "video/mp4", "mp4", "h264"),
        ("libx265", "mp4", "video/mp4", "mp4", "hevc"),
        ("libsvtav1", "mp4", "video/mp4", "mp4", "av1"),
        ("libx264", "mov", "video/quicktime", "mov", "h264"),
        ("prores_ks", "mov", "video/quicktime", "mov", "prores"),
        ("libx264", "matroska", "video/x-matroska", "mkv", "h264"),
        ("libvpx-vp9", "webm", "video/webm", "webm", "vp9"),
        ("libvpx", "webm", "video/webm", "webm", "vp8"),
        ("libx264", "3gp", "video/3gpp", "3gp", "h264"),
    ],
)
def test_what_providers_read_is_taken(
    tmp_path: Path, codec: str, container: str, content_type: str, extension: str, name: str
) -> None:
    path = film(tmp_path / "film", codec=codec, container=container, size=(128, 72))

    checked = read_video(path)

    assert (checked.content_type, checked.extension, checked.codec) == (content_type, extension, name)
    assert (checked.width, checked.height, checked.has_sound, checked.changes) == (128, 72, False, ())
    assert abs(checked.duration_ms - 1000) <= 42
    assert abs(checked.fps - 24) < Decimal("0.1")
    assert checked.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert checked.size_bytes == path.stat().st_size
    with Image.open(BytesIO(checked.thumb)) as thumb:
        assert (thumb.format, thumb.size) == ("WEBP", (128, 72))


def test_sound_is_heard(tmp_path: Path) -> None:
    assert read_video(make_video(tmp_path / "clip.mp4", sound=True)).has_sound


def test_a_film_on_its_side_is_upright_in_facts_and_thumb(tmp_path: Path) -> None:
    checked = read_video(film_on_its_side(tmp_path / "phone.mp4"))

    assert (checked.width, checked.height) == (36, 64)
    with Image.open(BytesIO(checked.thumb)) as thumb:
        assert thumb.size == (36, 64)
        left, right = (thumb.convert("RGB").getpixel((x, 40)) for x in (4, 32))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[2] > 150 > 100 > left[0], "what lay below is on the left after a turn to the right"
    assert right[0] > 150 > 100 > right[2]


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "empty", "This file is empty (0 bytes). Save the video again and add it anew."),
        (b"just a text\n", "wrong_type", f"This is a text, whatever its name says. {ADD_A_VIDEO}"),
        (image_bytes(), "wrong_type", f"This is a PNG, whatever its name says. {ADD_A_VIDEO}"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "wrong_type", f"This is a text, whatever its name says. {ADD_A_VIDEO}"),
        (
            bytes(range(7)) * 9 + b"\xff",
            "not_a_video",
            f"This is not a video that can be read, whatever its name says. {ADD_A_VIDEO}",
        ),
        (
            b"\x00\x00\x00\x18ftypisom" + bytes(40),
            "damaged",
            "This video cannot be used. The file cannot be played: Invalid data found when processing input. "
            "Save or download it again.",
        ),
    ],
)
def test_bad_video_is_told_apart(tmp_path: Path, content: bytes, code: str, sentence: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)

    error = refusal(path)

    assert (error.code, error.sentence) == (code, sentence)


def test_a_film_that_is_cut_off_is_damaged(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv", container="matroska", size=(320, 180), seconds=3)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    assert refusal(path).code == "damaged"


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    assert "The file has no picture." in refusal(make_sound(tmp_path / "sound.mp4")).sentence


@pytest.mark.parametrize(
    ("codec", "container", "sentence"),
    [
        (
            "mpeg2video",
            "mp4",
            "This video is packed as MPEG-2 in MP4, where providers take H.264 or H.265 or AV1. "
            "Save it as an MP4 with H.264.",
        ),
        (
            "mjpeg",
            "mov",
            "This video is packed as Motion JPEG in MOV, where providers take H.264 or H.265 or ProRes. "
            "Save it as an MP4 with H.264.",
        ),
    ],
)
def test_a_codec_that_providers_do_not_read_is_named(tmp_path: Path, codec: str, container: str, sentence: str) -> None:
    error = refusal(film(tmp_path / "film", codec=codec, container=container))

    assert (error.code, error.sentence) == ("wrong_codec", sentence)


@pytest.mark.parametrize(
    ("codec", "container", "name"), [("libx264", "avi", "an AVI"), ("flv1", "flv", "a Flash video")]
)
def test_old_containers_are_named(tmp_path: Path, codec: str, container: str, name: str) -> None:
    error = refusal(film(tmp_path / "film", codec=codec.replace("flv1", "flv"), container=container))

    assert error.sentence == f"This is {name}, which is not taken here. Save it as an MP4 with H.264."


def test_a_film_that_is_too_large_is_told_unread(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4")

    with pytest.raises(BadVideo) as caught:
        read_video(path, size_bytes=200_000_001)

    assert caught.value.sentence == (
        "This video is too large: 200.1 MB, and 200 MB is the most. Save it shorter or smaller."
    )
