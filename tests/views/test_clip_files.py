"""The viewer and the downloads of clips that are more than one file, or no film."""

import io
import zipfile
from typing import Any

import pytest
from django.http.response import HttpResponseBase

from studio.enums import MediaKind, WayKind
from studio.media.store import put_bytes
from studio.models import Clip, ClipFile
from tests.factories import ClipFactory
from tests.media.files import image_bytes
from tests.media.outputs import svg
from tests.sync.delivering import EDIT, STILL, delivered, made_there, small_film
from tests.sync.sweeping import made
from tests.views.cast import Cast
from tests.views.html import Element, parse

SOUND = {"model": "mirelo_sfx_2_0", "promptText": "Waves", "duration": 2, "format": "wav", "numVariants": 2}
STILLS = {"model": "gpt_image_2", "promptText": "A lighthouse", "ratio": "1920:1920", "outputCount": 3}
NAME = "harbour-a-paper-boat-take-1"


def viewer(cast: Cast, clip: Clip) -> Element:
    return parse(cast.viewer.get(cast.url("clip", clip.public_id)).content)


def a_clip(cast: Cast, **fields: Any) -> Clip:
    """A row alone."""
    return ClipFactory.create(generation__prompt__project=cast.stage.project, **fields)


def bytes_of(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams


@pytest.fixture
def prores(cast: Cast) -> Clip:
    source = small_film(cast.stage)
    return delivered(cast.stage, EDIT | {"outputFormat": "prores"}, way=WayKind.VIDEO, source=source)


@pytest.fixture
def stills(cast: Cast) -> Clip:
    return delivered(cast.stage, STILLS, way=WayKind.STILL)


def test_a_preview_says_what_it_stands_for(cast: Cast, prores: Clip) -> None:
    file = prores.files.get()
    page = viewer(cast, prores)

    assert "You see a preview. The original is ProRes 4444, 320 × 180, " in page.find(class_="note").text
    assert "ProRes 4444" in page.find(class_="facts").text
    assert file.sha256 in page.find(class_="facts").text
    assert page.find(class_="btn primary").text == "Download the original"
    assert [link.text for link in page.find(class_="files").walk() if link.tag == "a"] == [
        "ProRes 4444", "Preview, MP4", "All as ZIP",
    ]  # fmt: skip
    assert file.content_type == "video/quicktime"


def test_download_gives_the_original_under_its_name(cast: Cast, prores: Clip) -> None:
    answer = cast.viewer.get(cast.url("clip_download", prores.public_id))

    assert answer.headers["Content-Type"] == "video/quicktime"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{NAME}.mov"'
    assert [bytes_of(answer)] == made_there(cast.stage, prores)


def test_the_preview_plays_in_parts(cast: Cast, prores: Clip) -> None:
    part = cast.viewer.get(cast.url("clip_file", prores.public_id), headers={"Range": "bytes=4-7"})
    preview = cast.viewer.get(cast.url("clip_part", prores.public_id, 0))

    assert (part.status_code, bytes_of(part), part.headers["Content-Type"]) == (206, b"ftyp", "video/mp4")
    assert preview.headers["Content-Disposition"] == f'attachment; filename="{NAME}-preview.mp4"'
    assert len(bytes_of(preview)) == prores.size_bytes


def test_all_files_come_as_one_zip_whose_length_is_known(cast: Cast, prores: Clip) -> None:
    answer = cast.viewer.get(cast.url("clip_zip", prores.public_id))
    content = bytes_of(answer)

    archive = zipfile.ZipFile(io.BytesIO(content))
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{NAME}.zip"'
    assert archive.testzip() is None
    assert archive.namelist() == [f"{NAME}.mov", f"{NAME}-preview.mp4"]
    assert archive.read(f"{NAME}.mov") == made_there(cast.stage, prores)[0]


def test_several_images_are_shown_and_come_as_a_zip(cast: Cast, stills: Clip) -> None:
    page = viewer(cast, stills)
    answer = cast.viewer.get(cast.url("clip_download", stills.public_id))

    image = page.find(class_="still")
    assert (image.tag, image.attributes["src"]) == ("img", cast.url("clip_file", stills.public_id))
    assert "1920 × 1920" in page.find(class_="facts").text
    assert "frames/s" not in page.text
    assert page.find(class_="btn primary").text == "Download all 3, as ZIP"
    archive = zipfile.ZipFile(io.BytesIO(bytes_of(answer)))
    assert archive.namelist() == [f"{NAME}-{number}.png" for number in (1, 2, 3)]
    assert [archive.read(name) for name in archive.namelist()] == made_there(cast.stage, stills)


def test_one_of_several_files_comes_alone(cast: Cast, stills: Clip) -> None:
    answer = cast.viewer.get(cast.url("clip_part", stills.public_id, 2))

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{NAME}-2.png"'
    assert bytes_of(answer) == made_there(cast.stage, stills)[1]
    assert cast.viewer.get(cast.url("clip_part", stills.public_id, 4)).status_code == 404
    assert cast.viewer.get(cast.url("clip_part", stills.public_id, 0)).status_code == 404


def test_a_film_with_a_new_sound_is_what_is_downloaded(cast: Cast) -> None:
    clip = delivered(cast.stage, SOUND, way=WayKind.SOUND, source=small_film(cast.stage))

    page = viewer(cast, clip)
    answer = cast.viewer.get(cast.url("clip_download", clip.public_id))
    answer.close()

    assert [link.text for link in page.find(class_="files").walk() if link.tag == "a"] == [
        "1. WAV", "2. WAV", "Film with sound, MP4", "All as ZIP",
    ]  # fmt: skip
    assert "You see a preview" not in page.text
    assert answer.headers["Content-Disposition"].endswith('-film-with-sound.mp4"')


def test_a_clip_that_was_worked_on_is_linked(cast: Cast) -> None:
    source = made(cast.stage)
    clip = delivered(cast.stage, EDIT, way=WayKind.VIDEO, source=source)

    facts = viewer(cast, clip).find(class_="facts")
    studio = parse(cast.viewer.get(cast.url("studio")).content)

    assert cast.url("clip", source.public_id) in {link.attributes["href"] for link in facts.all("href")}
    assert [link.attributes["href"] for link in studio.all("href") if link.text == "source video"] == [
        cast.url("clip", source.public_id)
    ]


def test_a_sound_is_heard(cast: Cast) -> None:
    clip = a_clip(cast, kind=MediaKind.AUDIO, content_type="audio/wav", width=0, height=0, fps=0, poster_key="")

    page = viewer(cast, clip)

    assert [element.tag for element in page.walk() if element.tag in {"audio", "video", "img"}] == ["audio"]
    assert "0 × 0" not in page.text


def test_what_no_browser_shows_says_so(cast: Cast) -> None:
    clip = a_clip(cast, content_type="application/zip", fps=0)

    page = viewer(cast, clip)

    assert "No browser shows this file" in page.find(class_="screen").text
    assert [element.tag for element in page.walk() if element.tag in {"audio", "video"}] == []


def test_a_drawing_cannot_run_in_our_name(cast: Cast) -> None:
    """As an image it shows; opened by itself it is a download."""
    put_bytes(svg(), key="clips/drawing.svg", content_type="image/svg+xml")
    clip = a_clip(
        cast, kind=MediaKind.IMAGE, content_type="image/svg+xml", key="clips/drawing.svg", size_bytes=len(svg())
    )

    answer = cast.viewer.get(cast.url("clip_file", clip.public_id))
    answer.close()

    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["clip_zip", "clip_part"])
def test_only_the_team_gets_the_files(cast: Cast, prores: Clip, name: str) -> None:
    url = cast.url(name, prores.public_id, *([1] if name == "clip_part" else []))

    answers = [person.get(url) for person in (cast.owner, cast.creator, cast.viewer, cast.stranger)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404]
    assert cast.nobody.get(url).headers["Location"].startswith("/sign-in/")
    assert cast.owner.post(url).status_code == 405
    assert cast.owner.head(url).headers["Content-Length"] != "0"
    for answer in answers:  # at the end: it closes the connection to the database as well
        answer.close()


def test_a_zip_of_a_file_that_is_gone_is_not_begun(cast: Cast, prores: Clip) -> None:
    ClipFile.objects.update(size_bytes=1)

    assert cast.viewer.get(cast.url("clip_zip", prores.public_id)).status_code == 404


def test_an_image_is_an_image_on_its_card_and_in_the_gallery(cast: Cast) -> None:
    clip = delivered(cast.stage, STILL, way=WayKind.STILL)

    card = parse(cast.viewer.get(cast.url("studio")).content).find(id=f"take-{clip.generation.public_id}")
    tile = parse(cast.viewer.get(cast.url("gallery")).content).find(id=f"clip-{clip.public_id}")

    assert [element.tag for element in card.walk() if element.tag in {"img", "video"}] == ["img"]
    assert len(card.all("data-play")) == 0
    assert "image" in tile.text
    assert [element.tag for element in tile.walk() if element.tag in {"img", "video"}] == ["img"]


def test_the_bytes_of_an_image_are_what_was_stored(cast: Cast) -> None:
    content = image_bytes(size=(320, 180))
    put_bytes(content, key="clips/picture.png", content_type="image/png")
    clip = a_clip(
        cast, kind=MediaKind.IMAGE, content_type="image/png", key="clips/picture.png", size_bytes=len(content)
    )

    answer = cast.viewer.get(cast.url("clip_file", clip.public_id))

    assert (answer.headers["Content-Type"], bytes_of(answer)) == ("image/png", content)
