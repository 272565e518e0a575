"""Taking a frame of a clip: by whom, which one, and where the person comes to stand."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse

from studio.media.errors import NotStored, StorageDown, StorageFull
from studio.media.store import put_bytes
from studio.models import Clip, Reference
from tests.factories import ClipFactory, PromptFactory
from tests.media.files import image_bytes, make_video
from tests.views.cast import HX, Cast

USES = ["extend", "first_frame", "last_frame", "reference_image"]


def a_clip(cast: Cast, **fields: Any) -> Clip:
    """A clip of the project whose film of a second is in the storage."""
    clip = ClipFactory.create(generation__prompt=PromptFactory.create(project=cast.stage.project), **fields)
    with TemporaryDirectory() as folder:
        film = make_video(Path(folder) / "film.mp4").read_bytes()
    put_bytes(film, key=clip.key, content_type=clip.content_type)
    return clip


def take(cast: Cast, clip: Clip, *, at: str = "last", use: str = "extend", **headers: str) -> HttpResponse:
    path = cast.url("clip_frame", clip.public_id)
    return cast.creator.post(path, {"at": at, "use": use}, headers=headers)  # type: ignore[return-value]


def said(response: HttpResponse) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("use", USES)
def test_the_studio_opens_with_the_frame(cast: Cast, use: str) -> None:
    clip = a_clip(cast)

    answer = take(cast, clip, use=use)

    reference = Reference.objects.get()
    address = f"/northlight/harbour/?reference={reference.public_id}&use={use}&clip={clip.public_id}"
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert said(answer) == []
    assert reference.from_clip == clip
    assert take(cast, clip, use=use, **HX).headers["HX-Redirect"] == address


def test_a_frame_may_just_be_kept(cast: Cast) -> None:
    clip = a_clip(cast)

    answer = take(cast, clip, at="0.5", use="keep")

    assert (answer.status_code, answer.headers["Location"]) == (302, cast.url("clip", clip.public_id))
    assert said(answer) == ["The frame is among the team's references."]
    assert Reference.objects.get().filename == "harbour-take-1-frame-at-0.5-s.png"


@pytest.mark.parametrize(
    ("at", "which"),
    [
        ("first", "first-frame"),
        ("last", "last-frame"),
        ("0", "frame-at-0-s"),
        ("0,25", "frame-at-0.25-s"),
        ("1e-99999", "frame-at-0-s"),
    ],
)
def test_which_frame_is_said_by_its_end_or_in_seconds(cast: Cast, at: str, which: str) -> None:
    take(cast, a_clip(cast), at=at)

    assert Reference.objects.get().filename == f"harbour-take-1-{which}.png"


@pytest.mark.parametrize("at", ["", "soon", "-1", "NaN", "Infinity", "1e9", "1" * 200])
def test_a_time_that_is_none_is_told(cast: Cast, at: str) -> None:
    clip = a_clip(cast)

    answer = take(cast, clip, at=at)

    assert answer.headers["Location"] == cast.url("clip", clip.public_id)
    assert said(answer) == ["Say which frame in seconds, such as 3.25. No frame was taken."]
    assert kept() == []


def kept() -> list[Reference]:
    return list(Reference.objects.all())


@pytest.mark.parametrize("use", ["", "anything"])
def test_a_use_that_is_none_is_a_bad_request(cast: Cast, use: str) -> None:
    assert take(cast, a_clip(cast), use=use).status_code == 400
    assert kept() == []


def test_a_still_is_used_the_same_way(cast: Cast) -> None:
    fields = {"kind": "image", "content_type": "image/png", "width": 160, "height": 90, "duration_ms": 0, "fps": 0}
    clip = ClipFactory.create(generation__prompt=PromptFactory.create(project=cast.stage.project), **fields)
    put_bytes(image_bytes(), key=clip.key, content_type="image/png")

    answer = take(cast, clip, at="first", use="keep")

    assert said(answer) == ["The image is among the team's references."]
    assert Reference.objects.get().size_bytes == len(image_bytes())


def test_a_sound_says_that_it_has_no_frames(cast: Cast) -> None:
    clip = a_clip(cast, kind="audio", content_type="audio/mpeg", width=0, height=0, fps=0)

    answer = take(cast, clip)

    assert answer.headers["Location"] == cast.url("clip", clip.public_id)
    assert said(answer) == ["A sound has no frames. Choose a clip with a picture."]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StorageDown, "The storage does not answer, so the frame was not taken. "
                      "The clip is safe: try again in a moment."),
        (StorageFull, "The storage is full, so the frame was not taken. Ask your admin to make room."),
        (NotStored, "The file of this clip is not in the storage, so no frame can be taken from it. Tell your admin."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("headers", [{}, HX], ids=["plain", "htmx"])
def test_what_the_storage_cannot_do_is_told(
    cast: Cast, error: type[Exception], sentence: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = a_clip(cast)

    def refuse(*args: object) -> None:
        raise error

    monkeypatch.setattr("studio.generations.frames.copy_to", refuse)

    answer = take(cast, clip, **headers)

    assert answer.headers["HX-Redirect" if headers else "Location"] == cast.url("clip", clip.public_id)
    assert said(answer) == [sentence]
    assert kept() == []


@pytest.mark.parametrize("headers", [{}, HX], ids=["plain", "htmx"])
def test_only_creators_take_frames(cast: Cast, headers: dict[str, str]) -> None:
    path = cast.url("clip_frame", a_clip(cast).public_id)
    fields = {"at": "last", "use": "extend"}

    assert cast.viewer.post(path, fields, headers=headers).status_code == 404
    assert cast.stranger.post(path, fields, headers=headers).status_code == 404
    assert cast.nobody.post(path, fields, headers=headers).status_code == (200 if headers else 302)
    assert kept() == []
    assert cast.owner.post(path, fields, headers=headers).status_code == (200 if headers else 302)
    assert len(kept()) == 1
    assert cast.owner.get(path, headers=headers).status_code == 405


@pytest.mark.parametrize(("second", "which"), [("0.5", "frame-at-0.5-s"), ("", "")])
def test_the_seconds_may_stand_in_a_field_of_their_own(cast: Cast, second: str, which: str) -> None:
    clip = a_clip(cast)

    cast.creator.post(cast.url("clip_frame", clip.public_id), {"at": "second", "second": second, "use": "keep"})

    assert [one.filename for one in kept()] == ([f"harbour-take-1-{which}.png"] if which else [])
