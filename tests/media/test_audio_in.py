"""Uploaded sounds: decoded to their end, their length measured, their wave drawn."""

import hashlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from studio.media import audio_in
from studio.media.audio_in import ADD_A_SOUND, read_audio
from studio.media.errors import BadSound
from tests.media.files import image_bytes
from tests.media.films import film, sound


def refusal(path: Path) -> BadSound:
    with pytest.raises(BadSound) as caught:
        read_audio(path)
    return caught.value


@pytest.mark.parametrize(
    ("codec", "container", "content_type", "extension"),
    [
        ("libmp3lame", "mp3", "audio/mpeg", "mp3"),
        ("pcm_s16le", "wav", "audio/wav", "wav"),
        ("flac", "flac", "audio/flac", "flac"),
        ("aac", "ipod", "audio/mp4", "m4a"),
        ("alac", "ipod", "audio/mp4", "m4a"),
        ("aac", "adts", "audio/aac", "aac"),
    ],
)
def test_what_providers_read_is_taken(
    tmp_path: Path, codec: str, container: str, content_type: str, extension: str
) -> None:
    path = sound(tmp_path / "sound", codec=codec, container=container)

    checked = read_audio(path)

    assert (checked.content_type, checked.extension) == (content_type, extension)
    assert abs(checked.duration_ms - 2000) <= 80
    assert checked.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert checked.size_bytes == path.stat().st_size


def test_the_wave_is_high_where_it_is_loud(tmp_path: Path) -> None:
    checked = read_audio(sound(tmp_path / "sound.wav", codec="pcm_s16le", container="wav"))

    with Image.open(BytesIO(checked.thumb)) as thumb:
        assert (thumb.format, thumb.size) == ("WEBP", (640, 360))
        loud, soft = thumb.crop((0, 0, 300, 360)).convert("L"), thumb.crop((340, 0, 640, 360)).convert("L")
        assert ImageStat.Stat(loud).mean[0] > 2 * ImageStat.Stat(soft).mean[0]


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "empty", "This file is empty (0 bytes). Save the sound again and add it anew."),
        (b"just a text\n", "wrong_type", f"This is a text, whatever its name says. {ADD_A_SOUND}"),
        (image_bytes(), "wrong_type", f"This is a PNG, whatever its name says. {ADD_A_SOUND}"),
        (
            bytes(range(7)) * 9 + b"\xff",
            "not_a_sound",
            f"This is not a sound that can be read, whatever its name says. {ADD_A_SOUND}",
        ),
        (
            b"fLaC" + bytes(90),
            "damaged",
            "This sound is damaged or cut off: it cannot be decoded to its end. Save or download it again.",
        ),
    ],
)
def test_bad_sound_is_told_apart(tmp_path: Path, content: bytes, code: str, sentence: str) -> None:
    path = tmp_path / "sound.mp3"
    path.write_bytes(content)

    error = refusal(path)

    assert (error.code, error.sentence) == (code, sentence)


def test_a_film_is_no_sound(tmp_path: Path) -> None:
    assert refusal(film(tmp_path / "film.mp4")).code == "wrong_type"


def test_a_codec_that_providers_do_not_read_is_named(tmp_path: Path) -> None:
    error = refusal(sound(tmp_path / "sound.wav", codec="adpcm_ima_wav", container="wav"))

    assert error.sentence == (
        "This sound is packed as ADPCM_IMA_WAV, which providers do not take here. Save it as an MP3 or WAV."
    )


def test_a_sound_that_is_too_long_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sound(tmp_path / "sound.wav", codec="pcm_s16le", container="wav", seconds=4)
    monkeypatch.setattr(audio_in, "MOST_SOUND_S", 1)

    assert refusal(path).code == "too_long"


def test_a_sound_that_is_too_large_is_told_unread(tmp_path: Path) -> None:
    path = sound(tmp_path / "sound.mp3", codec="libmp3lame", container="mp3")

    with pytest.raises(BadSound) as caught:
        read_audio(path, size_bytes=250_000_000)

    assert caught.value.sentence == (
        "This sound is too large: 250.0 MB, and 200 MB is the most. Save it shorter, or as an MP3."
    )


def test_a_codec_that_nobody_knows_is_damage(tmp_path: Path) -> None:
    path = sound(tmp_path / "sound.wav", codec="pcm_s16le", container="wav")
    content = bytearray(path.read_bytes())
    at = content.index(b"fmt ") + 8
    content[at : at + 2] = b"\x34\x12"
    path.write_bytes(content)

    assert refusal(path).code == "damaged"
