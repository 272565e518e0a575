"""Rules for every rendered page: nothing inline, ids once, fields named, links alive."""

import re

import pytest
from django.template.loader import render_to_string

from studio.enums import State, StatusCode, SurpriseKind
from studio.models import PriceDrift, Surprise
from tests.factories import ClipFactory, GenerationFactory, PromptFactory, ReferenceFactory
from tests.views.cast import Cast
from tests.views.html import Element, parse

PAGES = [
    "/sign-in/",
    "/",
    "/northlight/",
    "/northlight/checking/",
    "/northlight/provider/",
    "studio",
    "gallery",
    "clip",
    "/nothing/here/",
    "/northlight/projects/new/",
]
INLINE = re.compile(r"^(style|on[a-z]+|hx-on.*)$")


def page_of(cast: Cast, name: str) -> Element:
    """The page, with a take in each state on it."""
    prompt = PromptFactory.create(project=cast.stage.project)
    reference = ReferenceFactory.create(team=cast.stage.team)
    for state in State:
        generation = GenerationFactory.create(prompt=prompt, state=state)
        if state == State.READY:
            clip = ClipFactory.create(generation=generation)
    GenerationFactory.create(prompt=prompt, state=State.FAILED, status_code=StatusCode.MODERATED_OUTPUT)
    for _ in range(2):
        GenerationFactory.create(prompt=prompt, state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN)
    PriceDrift.objects.create(provider="simulator", model="gen4.5", mark="5 s", our_credits=60, provider_credits=75)
    Surprise.objects.create(provider="simulator", kind=SurpriseKind.STATUS, value="REVIEW", where="task")
    cast.stage.launch(first_frame=reference)
    address = {"studio": cast.url("studio"), "gallery": cast.url("gallery"), "clip": cast.url("clip", clip.public_id)}
    client = cast.nobody if name == "/sign-in/" else cast.owner
    if name.endswith("/new/"):
        return parse(client.post(name, {"name": ""}).content)
    return parse(client.get(address.get(name, name), follow=True).content)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_inline(cast: Cast, name: str) -> None:
    for element in page_of(cast, name).walk():
        assert element.tag != "style"
        assert not [attribute for attribute in element.attributes if INLINE.match(attribute)]
        assert element.tag != "script" or (element.attributes["src"] and not element.children)
        assert not element.attributes.get("href", "").startswith("javascript:")


@pytest.mark.parametrize("name", PAGES)
def test_an_id_stands_once_and_what_names_one_finds_it(cast: Cast, name: str) -> None:
    page = page_of(cast, name)
    ids = [element.attributes["id"] for element in page.all("id")]

    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        for element in page.all(attribute):
            assert set(element.attributes[attribute].split()) <= set(ids), element.attributes
    for element in page.all("hx-target"):
        target = element.attributes["hx-target"]
        assert target == "this" or target.removeprefix("#") in ids


@pytest.mark.parametrize("name", PAGES)
def test_there_is_one_first_heading_and_one_main(cast: Cast, name: str) -> None:
    tags = [element.tag for element in page_of(cast, name).walk()]

    assert (tags.count("h1"), tags.count("main")) == (1, 1)


@pytest.mark.parametrize("name", PAGES)
def test_forms_and_links_work_without_htmx(cast: Cast, name: str) -> None:
    page = page_of(cast, name)

    for form in (element for element in page.walk() if element.tag == "form"):
        assert form.attributes["action"]
        assert form.attributes["method"] == "post"
        assert [field for field in form.all("name") if field.attributes["name"] == "csrfmiddlewaretoken"]
    for element in page.all("hx-get"):
        assert {"href", "formaction"} & set(element.attributes) or element.attributes["id"] in {"poller", "settings"}
        assert {"hx-target", "hx-swap"} <= set(element.attributes)


@pytest.mark.parametrize("name", PAGES)
def test_links_to_the_site_are_alive(cast: Cast, name: str) -> None:
    client = cast.owner
    for element in page_of(cast, name).all("href"):
        href = element.attributes["href"]
        if href.startswith("/") and not href.startswith(("/static/", "/clips/", "/references/")):
            assert client.get(href).status_code in {200, 302}, href


def test_a_page_of_the_server_says_which_scripts_may_run(cast: Cast) -> None:
    policy = cast.owner.get(cast.url("studio")).headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("template", ["500.html", "400.html"])
def test_error_pages_need_nothing(template: str) -> None:
    assert "Dailies" in render_to_string(template)
