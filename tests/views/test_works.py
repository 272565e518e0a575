"""The menu of a clip: on the clip's page and on the card of a take, for whom, and with what in it."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from studio.models import Clip
from tests.factories import ClipFactory, PromptFactory
from tests.views.cast import HX, Cast
from tests.views.html import Element, parse

MENU_QUERIES = 3
FILM_WORKS = ["edit", "guide", "perform", "character", "upscale", "frame_rate", "hdr", "sound"]
STILL = {"kind": "image", "content_type": "image/png", "duration_ms": 0, "fps": 0}
SOUND = {"kind": "audio", "content_type": "audio/mpeg", "width": 0, "height": 0, "fps": 0}


def a_clip(cast: Cast, **fields: Any) -> Clip:
    return ClipFactory.create(generation__prompt=PromptFactory.create(project=cast.stage.project), **fields)


def on_page(cast: Cast, clip: Clip) -> Element:
    """The section of the clip's own page."""
    return parse(cast.creator.get(cast.url("clip", clip.public_id)).content).find(id="works")


def on_card(cast: Cast, clip: Clip) -> Element:
    """What the menu of a take's card fetches."""
    answer = cast.creator.get(cast.url("clip_menu", clip.public_id), headers=HX)
    assert answer.status_code == 200
    return parse(answer.content)


BOTH = pytest.mark.parametrize("look", [on_page, on_card])


def addresses(menu: Element) -> list[str]:
    return [link.attributes["href"] for link in menu.all("href") if link.tag == "a"]


def buttons(menu: Element) -> list[tuple[str, str]]:
    return [(one.attributes["name"], one.attributes["value"]) for one in menu.walk() if one.tag == "button"]


@BOTH
def test_a_film_has_every_work_as_a_link_to_the_studio(cast: Cast, look: Any) -> None:
    clip = a_clip(cast)

    menu = look(cast, clip)

    assert addresses(menu) == [f"/northlight/harbour/?clip={clip.public_id}&work={name}" for name in FILM_WORKS]
    assert "Edit by words from 140 credits Say what is to be different" in menu.text
    assert "Change the frame rate from 25 credits" in menu.text
    assert "The same clip with more or fewer frames a second. The price is not confirmed." in menu.text


@BOTH
def test_a_film_can_be_extended_and_its_frames_used(cast: Cast, look: Any) -> None:
    clip = a_clip(cast)

    menu = look(cast, clip)

    forms = [element for element in menu.walk() if element.tag == "form"]
    assert {form.attributes["action"] for form in forms} == {cast.url("clip_frame", clip.public_id)}
    assert {form.attributes["method"] for form in forms} == {"post"}
    extend, grab = forms
    assert (extend.find(name="at").attributes["value"], buttons(extend)) == ("last", [("use", "extend")])
    assert "Extend from 24 credits" in extend.text
    ends = [one.attributes["value"] for one in grab.walk() if one.attributes.get("name") == "at"]
    assert ends == (["last", "first", "second"] if look is on_page else ["last", "first"])
    assert "checked" in grab.find(value="last").attributes
    assert buttons(grab) == [("use", use) for use in ("first_frame", "last_frame", "reference_image", "keep")]
    assert all(form.find(name="csrfmiddlewaretoken") for form in forms)


@BOTH
def test_what_a_clip_is_too_long_for_is_there_and_says_why(cast: Cast, look: Any) -> None:
    menu = look(cast, a_clip(cast, duration_ms=42_000))

    off = [element for element in menu.walk() if element.attributes.get("aria-disabled") == "true"]
    assert [one.text.split(" takes ")[0] for one in off] == [
        "Edit by words Aleph 2",
        "Use as a reference Seedance 2.5",
        "Use as the performance Act-Two",
        "Make it larger Magnific Upscaler",
        "Make it HDR Ruby HDR",
    ]
    assert off[0].text.endswith("takes clips of up to 30 s, and this one is 42.0 s long.")
    assert all("href" not in one.attributes for one in off)
    assert [address.rsplit("=")[-1] for address in addresses(menu)] == ["character", "frame_rate", "sound"]


@BOTH
def test_a_still_begins_a_clip_or_is_a_character(cast: Cast, look: Any) -> None:
    clip = a_clip(cast, **STILL)

    menu = look(cast, clip)

    assert [address.rsplit("=")[-1] for address in addresses(menu)] == ["character"]
    assert menu.find(name="at").attributes == {"type": "hidden", "name": "at", "value": "first"}
    assert buttons(menu) == [("use", use) for use in ("first_frame", "last_frame", "reference_image", "keep")]


@BOTH
def test_nothing_is_made_of_a_sound(cast: Cast, look: Any) -> None:
    menu = look(cast, a_clip(cast, **SOUND))

    assert (addresses(menu), buttons(menu)) == ([], [])
    assert "A sound is finished" in menu.text


@BOTH
def test_nothing_is_made_of_a_file_that_is_gone(cast: Cast, look: Any) -> None:
    menu = look(cast, a_clip(cast, missing_since=timezone.now()))

    assert (addresses(menu), buttons(menu)) == ([], [])
    assert "The file of this clip is gone from the storage" in menu.text


@pytest.mark.parametrize("fields", [{}, STILL, SOUND], ids=["film", "still", "sound"])
def test_who_may_not_create_has_no_menu(cast: Cast, fields: dict[str, Any]) -> None:
    clip = a_clip(cast, **fields)
    path = cast.url("clip_menu", clip.public_id)

    page = parse(cast.viewer.get(cast.url("clip", clip.public_id)).content)

    assert [element for element in page.all("id") if element.attributes["id"] == "works"] == []
    for client in (cast.viewer, cast.stranger):
        assert client.get(path, headers=HX).status_code == 404
        assert client.get(path).status_code == 404
    assert cast.nobody.get(path).headers["Location"].startswith("/sign-in/")
    assert cast.creator.post(path, headers=HX).status_code == 405


def test_without_scripts_the_menu_is_on_the_page_of_the_clip(cast: Cast) -> None:
    clip = a_clip(cast)

    answer = cast.creator.get(cast.url("clip_menu", clip.public_id))

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/clips/{clip.public_id}/#works")


def test_a_card_has_the_menu_once_the_take_is_ready(cast: Cast) -> None:
    clip = a_clip(cast)
    ClipFactory.create(generation__prompt__project=cast.stage.project)
    cast.stage.launch()

    page = parse(cast.creator.get(cast.url("studio")).content)

    menus = [one for one in page.walk() if one.tag == "details" and "more" in one.attributes["class"].split()]
    menu = page.find(id=f"more-{clip.generation.public_id}")
    assert len(menus) == 2
    assert menu in menus
    assert menu.find(class_="item").attributes["hx-get"] == cast.url("clip_menu", clip.public_id)
    assert menu.find(aria_label="More for take 1").tag == "summary"
    assert addresses(menu) == [f"/clips/{clip.public_id}/#works"]
    assert parse(cast.viewer.get(cast.url("studio")).content).text.count("All that can be done") == 0


def test_the_menu_costs_the_same_queries_for_any_clip(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for fields in ({}, STILL, SOUND):
        path = cast.url("clip_menu", a_clip(cast, **fields).public_id)
        with django_assert_num_queries(MENU_QUERIES):
            cast.creator.get(path, headers=HX)
