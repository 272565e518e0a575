"""The gallery, the viewer and the bytes behind them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from studio.models import Clip
from tests.factories import ClipFactory, PromptFactory
from tests.views.cast import HX, Cast
from tests.views.html import Element, parse, swap

GALLERY_QUERIES = 13
TEAM_QUERIES = 12
CLIP_QUERIES = 18
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def clips(cast: Cast, count: int, *, made_at: datetime = NOON, **fields: Any) -> list[Clip]:
    """Clips of the project, the newest last."""
    made = []
    for number in range(count):
        prompt = PromptFactory.create(project=cast.stage.project, text=f"Clip {number}")
        clip = ClipFactory.create(generation__prompt=prompt, **fields)
        Clip.objects.filter(pk=clip.pk).update(created_at=made_at + timedelta(seconds=number))
        made.append(clip)
    return made


def gallery(cast: Cast, query: str = "", **headers: str) -> Element:
    return parse(cast.viewer.get(cast.url("gallery") + query, headers=headers).content)


@pytest.fixture
def real(cast: Cast) -> Clip:
    """A clip that went the whole way and is in the storage."""
    generation = cast.stage.run_until_final(cast.stage.launch(prompt="First light, über the pier / 35mm"))
    return generation.clip


@pytest.mark.usefixtures("running_engine")
@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_queries_for_any_number_of_clips(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clips(cast, count)

    with django_assert_num_queries(GALLERY_QUERIES):
        cast.owner.get(cast.url("gallery"))
    with django_assert_num_queries(TEAM_QUERIES):
        cast.owner.get(cast.url("team_home", "northlight"))
    with django_assert_num_queries(CLIP_QUERIES):
        cast.owner.get(cast.url("clip", Clip.objects.order_by("pk")[count // 2].public_id))


def test_the_gallery_is_grouped_by_day(cast: Cast) -> None:
    clips(cast, 2, duration_ms=8_000)
    clips(cast, 1, made_at=NOON + timedelta(days=1), duration_ms=65_000)

    heads = [head.text for head in gallery(cast).walk() if head.attributes.get("class", "").startswith("day-head")]

    assert heads == ["21 November 1 clip · 1 min 5 s", "20 November 2 clips · 16 s"]


def test_an_empty_gallery_offers_prompts_that_run(cast: Cast) -> None:
    assert len(parse(cast.owner.get(cast.url("gallery")).content).all("data-idea")) == 3
    assert len(gallery(cast).all("data-idea")) == 0


def test_older_clips_come_by_htmx_as_on_one_long_page(cast: Cast) -> None:
    made = clips(cast, 42)
    page = gallery(cast)
    link = page.find(id="more").find(class_="btn")

    plain = parse(cast.viewer.get(link.attributes["href"]).content)
    swap(page, parse(cast.viewer.get(link.attributes["hx-get"], headers=HX).content), target="more")

    assert [tile.attributes["data-clip"] for tile in plain.all("data-clip")] == [
        str(clip.public_id) for clip in reversed(made[:2])
    ]
    assert [tile.attributes["data-clip"] for tile in page.all("data-clip")] == [
        str(clip.public_id) for clip in reversed(made)
    ]
    ids = [element.attributes["id"] for element in page.all("id")]
    assert len(ids) == len(set(ids))
    assert "42 clips" in page.text


def test_the_viewer_says_what_made_the_clip(cast: Cast, real: Clip) -> None:
    page = parse(cast.viewer.get(cast.url("clip", real.public_id)).content)

    facts = page.find(class_="facts").text
    assert "Model Gen-4.5 Made by Alice · 22 November 2026, 12:00 UTC" in facts
    assert "1280 × 720, 0:02, 24 frames/s, no sound" in facts
    assert "Seed 7" in facts
    assert "Charged 24 credits" in facts
    assert real.sha256 in facts
    assert page.find(class_="said").text == "First light, über the pier / 35mm"


def test_neighbours_are_those_of_the_gallery(cast: Cast) -> None:
    oldest, middle, newest = clips(cast, 3)

    page = parse(cast.owner.get(cast.url("clip", middle.public_id)).content)

    assert page.find(rel="prev").attributes["href"] == cast.url("clip", newest.public_id)
    assert page.find(rel="next").attributes["href"] == cast.url("clip", oldest.public_id)


def test_the_file_plays_in_parts(cast: Cast, real: Clip) -> None:
    whole = cast.viewer.get(cast.url("clip_file", real.public_id))
    part = cast.viewer.get(cast.url("clip_file", real.public_id), headers={"Range": "bytes=4-7"})

    assert (whole.status_code, whole.headers["Content-Length"]) == (200, str(real.size_bytes))
    assert whole.headers["Content-Disposition"] == "inline"
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"ftyp")  # type: ignore[attr-defined]  # it streams
    assert cast.viewer.head(cast.url("clip_file", real.public_id)).status_code == 200
    whole.close()


def test_a_download_has_a_name_that_says_what_it_is(cast: Cast, real: Clip) -> None:
    answer = cast.viewer.get(cast.url("clip_download", real.public_id))
    answer.close()

    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="harbour-first-light-ber-the-pier-35mm-take-1.mp4"'
    )


def test_the_poster_is_a_picture(cast: Cast, real: Clip) -> None:
    answer = cast.viewer.get(cast.url("clip_poster", real.public_id))
    answer.close()

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")


def test_a_clip_without_a_poster_still_shows(cast: Cast) -> None:
    (clip,) = clips(cast, 1, poster_key="", poster_size_bytes=0)

    assert cast.owner.get(cast.url("clip_poster", clip.public_id)).status_code == 404
    assert gallery(cast).find(data_clip=str(clip.public_id)).text.startswith("16:9 0:05 Clip 0")
    assert cast.owner.get(cast.url("clip", clip.public_id)).status_code == 200


@pytest.mark.parametrize("name", ["clip_file", "clip_download", "clip_poster"])
def test_a_storage_that_does_not_answer_is_503(
    cast: Cast, real: Clip, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.media.errors import StorageDown

    def refuse(*args: object, **kwargs: object) -> None:
        raise StorageDown

    monkeypatch.setattr("studio.views.clips.serve", refuse)

    answer = cast.owner.get(cast.url(name, real.public_id))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "The file is safe" in answer.content.decode()
