"""What a delivered file is, whatever it is."""

from decimal import Decimal
from pathlib import Path

import pytest

from studio.media.errors import NotAVideo
from studio.media.looking import look_at, poster_of
from tests.media.files import bomb, image_bytes, make_video
from tests.media.outputs import as_file, make_tone, make_zip, png_frames, svg


def test_a_film_is_measured(tmp_path: Path) -> None:
    found = look_at(make_video(tmp_path / "film", sound=True))

    assert (found.label, found.medium, found.is_playable) == ("MP4, H.264", "video", True)
    assert (found.width, found.height, found.duration_s, found.fps) == (64, 36, Decimal(1), Decimal(24))
    assert found.has_sound


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_an_image_comes_with_its_poster(tmp_path: Path, name: str) -> None:
    path = as_file(tmp_path / "image", image_bytes(name=name, size=(1600, 900)))

    found = look_at(path)

    assert (found.label.upper(), found.medium, found.width, found.height) == (name, "image", 1600, 900)
    assert found.poster == poster_of(path)
    assert as_image(tmp_path, found.poster) == (960, 540)


def as_image(folder: Path, content: bytes | None) -> tuple[int, int]:
    found = look_at(as_file(folder / "poster", content or b""))
    return found.width, found.height


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac"])
def test_a_sound_is_as_long_as_it_is_heard(tmp_path: Path, kind: str) -> None:
    found = look_at(make_tone(tmp_path / "sound", kind=kind, seconds=2))

    assert (found.label, found.medium, found.has_sound) == (kind.upper(), "audio", True)
    assert found.duration_s == pytest.approx(Decimal(2), abs=Decimal("0.06"))


def test_frames_in_an_archive_are_a_film_without_a_length(tmp_path: Path) -> None:
    found = look_at(make_zip(tmp_path / "frames", png_frames(3)))

    assert (found.label, found.medium, found.is_playable) == ("PNG sequence, 3 frames", "video", False)
    assert (found.width, found.height, found.duration_s) == (64, 36, Decimal(0))


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="300" height="200"', (300, 200)),
        ('stroke-width="9" width="300px" height="200.4px"', (300, 200)),
        ('width="100%" height="100%" viewBox="0 0 640 360"', (640, 360)),
        ("viewBox='0 0 640.5 360'", (640, 360)),
        ("", (1024, 1024)),
    ],
)
def test_a_drawing_has_the_size_that_it_names(tmp_path: Path, attributes: str, size: tuple[int, int]) -> None:
    found = look_at(as_file(tmp_path / "drawing", svg(attributes)))

    assert (found.width, found.height, found.poster) == (*size, None)


@pytest.mark.parametrize(
    "content",
    [image_bytes()[:200], image_bytes(name="JPEG")[:300], bomb(), b"ID3" + bytes(300), b"RIFF\x24\0\0\0WAVEfmt "],
    ids=["PNG cut off", "JPEG cut off", "PNG bomb", "MP3 of nothing", "WAV cut off"],
)
def test_what_is_damaged_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotAVideo):
        look_at(as_file(tmp_path / "file", content))


def test_no_poster_of_what_cannot_be_seen(tmp_path: Path) -> None:
    for path in (
        make_tone(tmp_path / "sound"),
        make_zip(tmp_path / "frames", png_frames(1)),
        as_file(tmp_path / "drawing", svg()),
    ):
        with pytest.raises(NotAVideo):
            poster_of(path)
