"""Whatever a person adds becomes a reference of its kind, stored once, with a thumb and what was done to it."""

from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import TemporaryUploadedFile
from PIL import Image

from accounts.models import Team
from studio.enums import MediaKind
from studio.generations.references import add_reference
from studio.media.errors import BadImage, BadSound, BadUpload, BadVideo
from studio.models import Reference
from tests.factories import TeamFactory, UserFactory
from tests.media.files import image_bytes, make_video
from tests.media.films import film, sound

pytestmark = pytest.mark.django_db
IMAGES = frozenset({MediaKind.IMAGE})


@pytest.fixture
def team() -> Team:
    return TeamFactory.create()


def added(team: Team, content: bytes, name: str, *, kinds: frozenset[MediaKind] | None = None) -> Reference:
    by = UserFactory.create()
    return add_reference(team, upload=ContentFile(content, name=name), by=by, kinds=kinds)


def stored(key: str) -> bytes:
    return (Path(settings.MEDIA_ROOT) / key).read_bytes()


def thumb_size(reference: Reference) -> tuple[int, int]:
    content = stored(reference.thumb_key)
    assert len(content) == reference.thumb_size_bytes
    with Image.open(BytesIO(content)) as thumb:
        assert thumb.format == "WEBP"
        return thumb.size


def test_a_heic_photo_is_stored_as_a_jpeg_and_says_so(team: Team) -> None:
    reference = added(team, image_bytes(name="HEIF", size=(320, 180)), "IMG_0001.HEIC")

    assert (reference.kind, reference.content_type, reference.filename) == ("image", "image/jpeg", "IMG_0001.HEIC")
    assert (reference.width, reference.height, reference.changes) == (320, 180, ["Converted from HEIC."])
    assert stored(reference.key)[:3] == b"\xff\xd8\xff"
    assert reference.key.endswith(".jpg")
    assert thumb_size(reference) == (320, 180)


def test_a_video_is_stored_as_it_is(team: Team, tmp_path: Path) -> None:
    content = make_video(tmp_path / "clip.mp4", seconds=2, sound=True).read_bytes()

    reference = added(team, content, "clip.mp4")

    assert (reference.kind, reference.content_type, reference.has_sound) == ("video", "video/mp4", True)
    assert (reference.width, reference.height, reference.duration_ms, reference.fps) == (64, 36, 2000, Decimal(24))
    assert stored(reference.key) == content
    assert thumb_size(reference) == (64, 36)


def test_a_video_from_a_form_is_stored_and_its_temporary_file_goes(team: Team, tmp_path: Path) -> None:
    content = film(tmp_path / "film.mov", container="mov").read_bytes()
    upload = TemporaryUploadedFile("film.mov", "video/quicktime", len(content), None)
    upload.write(content)
    temporary = Path(upload.temporary_file_path())

    reference = add_reference(team, upload=upload, by=UserFactory.create())
    upload.close()

    assert (reference.content_type, reference.key[-4:]) == ("video/quicktime", ".mov")
    assert stored(reference.key) == content
    assert not temporary.exists()


def test_a_sound_is_stored_as_it_is(team: Team, tmp_path: Path) -> None:
    content = sound(tmp_path / "voice.mp3", codec="libmp3lame", container="mp3").read_bytes()

    reference = added(team, content, "voice.mp3")

    assert (reference.kind, reference.content_type, reference.has_sound) == ("audio", "audio/mpeg", True)
    assert (reference.width, reference.height, reference.fps) == (0, 0, Decimal(0))
    assert abs(reference.duration_ms - 2000) < 80
    assert stored(reference.key) == content
    assert thumb_size(reference) == (640, 360)


def test_the_same_video_is_stored_once(team: Team, tmp_path: Path) -> None:
    content = film(tmp_path / "film.mp4").read_bytes()

    assert added(team, content, "one.mp4") == added(team, content, "two.mp4")


@pytest.mark.parametrize(
    ("kinds", "error", "sentence"),
    [
        (IMAGES, BadImage, "This is a video, whatever its name says. Add a JPEG"),
        (frozenset({MediaKind.AUDIO}), BadSound, "This is a video, whatever its name says. Add an MP3"),
    ],
)
def test_what_is_not_wanted_is_refused_in_the_words_of_what_is(
    team: Team, tmp_path: Path, kinds: frozenset[MediaKind], error: type[BadUpload], sentence: str
) -> None:
    content = film(tmp_path / "film.mp4").read_bytes()

    with pytest.raises(error) as caught:
        added(team, content, "photo.jpg", kinds=kinds)

    assert caught.value.sentence.startswith(sentence)
    assert not Reference.objects.exists()
    assert not Path(settings.MEDIA_ROOT).exists()


def test_an_image_where_a_video_is_wanted_is_refused(team: Team) -> None:
    with pytest.raises(BadVideo, match="This is a PNG"):
        added(team, image_bytes(), "film.mp4", kinds=frozenset({MediaKind.VIDEO}))
