"""What a file is, by its first bytes."""

from pathlib import Path

import pytest

from studio.media.errors import NotAVideo
from studio.media.formats import format_of
from tests.media.files import image_bytes, make_video
from tests.media.outputs import as_file, make_tone, make_zip, svg


@pytest.mark.parametrize(("container", "name"), [("mp4", "MP4"), ("mov", "MOV"), ("matroska", "Matroska")])
def test_films_are_told_by_their_containers(tmp_path: Path, container: str, name: str) -> None:
    assert format_of(make_video(tmp_path / "file.txt", container=container)).name == name


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_images_are_told_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    found = format_of(as_file(tmp_path / "film.mp4", image_bytes(name=name)))

    assert (found.name.upper(), found.medium, found.content_type) == (name, "image", f"image/{name.lower()}")


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac"])
def test_sounds_are_told(tmp_path: Path, kind: str) -> None:
    found = format_of(make_tone(tmp_path / "file", kind=kind))

    assert (found.extension, found.medium) == (kind, "audio")


def test_sound_without_its_tags_is_told(tmp_path: Path) -> None:
    assert format_of(as_file(tmp_path / "file", b"\xff\xfb\x90\x64" + bytes(400))).name == "MP3"


def test_archive_and_drawing_are_told(tmp_path: Path) -> None:
    assert format_of(make_zip(tmp_path / "a", {"x": b"y"})).name == "ZIP"
    assert format_of(as_file(tmp_path / "b", svg())).content_type == "image/svg+xml"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><svg></svg></html>",
        b"GIF89a" + bytes(50),
        b"{}",
        b"\xff\xf1\x50\x80" + bytes(50),
        b"RIFF\0\0\0\0AVI ",
    ],
)
def test_everything_else_is_none_of_ours(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotAVideo):
        format_of(as_file(tmp_path / "file.mp4", content))
