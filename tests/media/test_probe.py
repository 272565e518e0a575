from decimal import Decimal
from pathlib import Path

import pytest

from studio.media.errors import NotAVideo
from studio.media.probe import Curve, VideoFacts, probe_video
from tests.media.files import animation, image_bytes, make_sound, make_video


def test_probe_measures_a_clip(tmp_path: Path) -> None:
    facts = probe_video(make_video(tmp_path / "clip.mp4"))

    assert facts == VideoFacts(
        width=64,
        height=36,
        duration_s=Decimal("1.000"),
        fps=Decimal("24.000"),
        frame_count=24,
        codec="h264",
        has_sound=False,
        container="mp4",
        pixels="yuv420p",
        profile="Constrained Baseline",
        curve=Curve.SDR,
        sound_codec="",
    )


def test_probe_hears_sound(tmp_path: Path) -> None:
    facts = probe_video(make_video(tmp_path / "clip.mp4", seconds=2, sound=True))

    assert (facts.has_sound, facts.sound_codec, facts.frame_count, facts.duration_s) == (
        True,
        "aac",
        48,
        Decimal("2.000"),
    )


@pytest.mark.parametrize(("container", "expected"), [("mov", "mov"), ("matroska", "matroska")])
def test_probe_reads_other_containers(tmp_path: Path, container: str, expected: str) -> None:
    facts = probe_video(make_video(tmp_path / "clip", container=container))

    assert (facts.container, facts.codec, facts.frame_count) == (expected, "h264", 24)
    assert (facts.duration_s, facts.fps) == (Decimal("1.000"), Decimal("24.000"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<html>502 Bad Gateway</html>", "no video"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "no video"),
        (image_bytes(), "no video"),
        (animation("GIF"), "no video"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(200), "cannot be played"),
    ],
)
def test_other_files_are_not_videos(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)

    with pytest.raises(NotAVideo, match=says):
        probe_video(path)


def test_sound_alone_is_not_a_video(tmp_path: Path) -> None:
    with pytest.raises(NotAVideo, match="no picture"):
        probe_video(make_sound(tmp_path / "clip.mp4"))


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_broken_off_download_is_not_a_video(tmp_path: Path, kept: float, container: str) -> None:
    """The index stands at the front, so that the length is known and the pictures are missing."""
    path = make_video(tmp_path / "clip.mp4", seconds=4, container=container)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    with pytest.raises(NotAVideo):
        probe_video(path)


def test_clip_without_its_index_is_not_a_video(tmp_path: Path) -> None:
    path = make_video(tmp_path / "clip.mp4", index_first=False)
    path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(NotAVideo):
        probe_video(path)


def test_missing_file_is_no_verdict_on_the_clip(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe_video(tmp_path / "nothing.mp4")
