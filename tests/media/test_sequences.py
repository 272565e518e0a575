"""Frames in a ZIP, from a stranger."""

import json
import zipfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from studio.media.errors import NotAVideo
from studio.media.probe import Curve
from studio.media.sequences import frames_of, read_sequence
from tests.media.files import image_bytes
from tests.media.outputs import make_tone, make_zip, png_frames


def test_sequence_is_measured_and_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    found = read_sequence(make_zip(tmp_path / "frames.zip", png_frames(12)))

    assert (found.width, found.height, found.codec, found.curve) == (64, 36, "png", Curve.SDR)
    assert found.names[8:] == ("frame.9.png", "frame.10.png", "frame.11.png", "frame.12.png")
    assert found.label == "PNG sequence, 12 frames"
    assert len(list(frames_of(found))) == 12


def test_a_name_that_is_an_endless_number_is_a_name(tmp_path: Path) -> None:
    frames = {f"{'9' * 5000}.{number}.png": image_bytes(size=(64, 36)) for number in (10, 9)}

    found = read_sequence(make_zip(tmp_path / "frames.zip", frames))

    assert [name.strip("9") for name in found.names] == [".9.png", ".10.png"]


def test_the_sound_beside_the_frames_tells_their_rate(tmp_path: Path) -> None:
    sound = make_tone(tmp_path / "tone.wav", seconds=0.5).read_bytes()

    found = read_sequence(make_zip(tmp_path / "frames.zip", {**png_frames(15), "audio.wav": sound}))

    assert found.sound_s == Decimal("0.491")
    assert found.fps() == Fraction(30)
    assert read_sequence(make_zip(tmp_path / "mute.zip", png_frames(15))).fps(otherwise=Fraction(25)) == 25


def test_a_note_beside_the_frames_tells_their_light(tmp_path: Path) -> None:
    note = json.dumps({"transfer": "SMPTE ST 2084"}).encode()

    found = read_sequence(make_zip(tmp_path / "frames.zip", {**png_frames(2), "colorimetry.json": note}))

    assert found.curve is Curve.PQ


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"readme.txt": b"no frames"}, "no frames"),
        ({"frame.1.png": b"no picture"}, "no pictures"),
        ({"frame.1.png": image_bytes(size=(64, 36))[:60]}, "cannot be decoded|no picture"),
        ({"../frame.1.png": b"x", **png_frames(1)}, "leads out"),
        ({"a/../../frame.1.png": b"x"}, "leads out"),
        ({"/etc/frame.1.png": b"x"}, "leads out"),
        ({"C:/frame.1.png": b"x"}, "leads out"),
        ({"a.1.png": image_bytes(size=(64, 36)), "a.2.png": image_bytes(size=(32, 18))}, "differ"),
    ],
)
def test_other_archives_are_refused(tmp_path: Path, entries: dict[str, bytes], says: str) -> None:
    with pytest.raises(NotAVideo, match=says):
        read_sequence(make_zip(tmp_path / "frames.zip", entries))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "frames.zip", {"frame.1.png": bytes(50_000_000)}, compressed=True)

    with pytest.raises(NotAVideo, match="bomb"):
        read_sequence(path)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "frames.zip", {f"{number}.png": b"" for number in range(20_001)})

    with pytest.raises(NotAVideo, match="more than any"):
        read_sequence(path)


@pytest.mark.parametrize("kept", [0.3, 0.95])
def test_archive_that_was_cut_off_is_refused(tmp_path: Path, kept: float) -> None:
    path = make_zip(tmp_path / "frames.zip", png_frames(20))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    with pytest.raises(NotAVideo):
        read_sequence(path)


def test_a_changed_byte_is_found_while_the_frames_are_read(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "frames.zip", png_frames(5))
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("frame.3.png").header_offset + 80
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)
    sequence = read_sequence(path)

    with pytest.raises(NotAVideo):
        list(frames_of(sequence))
