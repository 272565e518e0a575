"""Frames of clips as references of their team."""

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from studio.enums import MediaKind
from studio.errors import NotPossible
from studio.generations.frames import End, grab_frame
from studio.generations.references import add_reference
from studio.media.errors import NotStored, StorageFull
from studio.media.frames import frame_of
from studio.media.store import put_bytes, read_bytes
from studio.models import Clip, Reference
from tests.factories import ClipFactory
from tests.media.files import image_bytes, make_video


def stored(path: Path, **fields: Any) -> Clip:
    """A clip with the film at `path` in the storage: take 2 of the project `first-film`."""
    clip = ClipFactory.create(generation__prompt__project__slug="first-film", generation__take_number=2, **fields)
    put_bytes(path.read_bytes(), key=clip.key, content_type=clip.content_type)
    return clip


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_video(tmp_path / "film.mp4", seconds=2)


@pytest.fixture
def clip(db: None, film: Path) -> Clip:
    return stored(film)


@pytest.mark.parametrize(
    ("at", "at_s", "filename"),
    [
        (End.FIRST, 0.0, "first-film-take-2-first-frame.png"),
        (End.LAST, None, "first-film-take-2-last-frame.png"),
        (Decimal("0.500"), 0.5, "first-film-take-2-frame-at-0.5-s.png"),
        (Decimal("1.000"), 1.0, "first-film-take-2-frame-at-1-s.png"),
        (Decimal("10.000"), None, "first-film-take-2-frame-at-10-s.png"),
    ],
)
def test_a_frame_becomes_a_reference(
    clip: Clip, film: Path, at: End | Decimal, at_s: float | None, filename: str
) -> None:
    reference = grab_frame(clip, at=at, by=clip.generation.created_by)

    assert (reference.team, reference.created_by) == (clip.team, clip.generation.created_by)
    assert (reference.kind, reference.content_type) == (MediaKind.IMAGE, "image/png")
    assert (reference.filename, reference.width, reference.height) == (filename, 64, 36)
    assert Reference.objects.get().from_clip == reference.from_clip == clip
    assert shown(read_bytes(reference.key)) == shown(frame_of(film, at_s=at_s))
    assert read_bytes(reference.thumb_key)[8:12] == b"WEBP"


def shown(content: bytes) -> bytes:
    return Image.open(BytesIO(content)).convert("RGB").tobytes()


def test_the_same_frame_is_stored_once(clip: Clip) -> None:
    first = grab_frame(clip, at=End.LAST, by=clip.generation.created_by)
    again = grab_frame(clip, at=Decimal("9.999"), by=clip.generation.created_by)

    assert (again.pk, again.filename) == (first.pk, "first-film-take-2-last-frame.png")
    assert Reference.objects.count() == 1


def test_a_picture_that_was_uploaded_before_is_known_as_the_frame_from_then_on(clip: Clip, film: Path) -> None:
    upload = ContentFile(frame_of(film, at_s=0), name="mine.png")
    mine = add_reference(clip.team, upload=upload, by=clip.generation.created_by)

    assert grab_frame(clip, at=End.FIRST, by=clip.generation.created_by) == mine

    mine.refresh_from_db()
    assert (mine.from_clip, mine.filename) == (clip, "mine.png")


def test_a_frame_that_two_clips_share_stays_that_of_the_first(clip: Clip, film: Path) -> None:
    other = ClipFactory.create(generation__prompt=clip.generation.prompt)
    put_bytes(film.read_bytes(), key=other.key, content_type="video/mp4")

    grab_frame(clip, at=End.FIRST, by=clip.generation.created_by)
    again = grab_frame(other, at=End.FIRST, by=clip.generation.created_by)

    assert again.from_clip == clip


@pytest.mark.parametrize(
    ("name", "content_type", "ending"),
    [("PNG", "image/png", "png"), ("JPEG", "image/jpeg", "jpg"), ("WEBP", "image/webp", "webp")],
)
@pytest.mark.django_db
def test_a_still_is_used_as_it_is(tmp_path: Path, name: str, content_type: str, ending: str) -> None:
    path = tmp_path / "still"
    path.write_bytes(image_bytes(name=name))
    clip = stored(path, kind=MediaKind.IMAGE, content_type=content_type, width=160, height=90, duration_ms=0, fps=0)

    reference = grab_frame(clip, at=End.FIRST, by=clip.generation.created_by)

    assert read_bytes(reference.key) == path.read_bytes()
    assert (reference.filename, reference.content_type) == (f"first-film-take-2.{ending}", content_type)
    assert reference.from_clip == clip


@pytest.mark.django_db
def test_a_sound_has_no_frames(film: Path) -> None:
    clip = stored(film, kind=MediaKind.AUDIO, content_type="audio/mpeg", width=0, height=0, fps=0)

    with pytest.raises(NotPossible, match="A sound has no frames"):
        grab_frame(clip, at=End.FIRST, by=clip.generation.created_by)


@pytest.mark.django_db
def test_a_file_without_a_frame_says_so(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(b"no film at all")
    clip = stored(path)

    with pytest.raises(NotPossible, match="No frame can be read"):
        grab_frame(clip, at=End.LAST, by=clip.generation.created_by)


def test_a_file_that_is_gone_says_so(clip: Clip) -> None:
    clip.missing_since = timezone.now()

    with pytest.raises(NotPossible, match="gone from the storage"):
        grab_frame(clip, at=End.LAST, by=clip.generation.created_by)


@pytest.mark.django_db
def test_a_file_that_nobody_missed_yet_is_not_stored() -> None:
    clip = ClipFactory.create()

    with pytest.raises(NotStored):
        grab_frame(clip, at=End.LAST, by=clip.generation.created_by)


def test_nothing_is_left_when_the_storage_is_full(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise StorageFull

    monkeypatch.setattr("studio.generations.references.put_bytes", refuse)

    with pytest.raises(StorageFull):
        grab_frame(clip, at=End.LAST, by=clip.generation.created_by)
    assert Reference.objects.count() == 0
