"""Who may see and do what: every address, as every kind of person, plain and by htmx."""

import uuid

import pytest

from accounts.enums import Role
from studio.models import Clip, Generation, Project
from tests.factories import ClipFactory, PromptFactory, ReferenceFactory
from tests.views.cast import HX, Cast
from tests.views.html import parse

PLAIN: dict[str, str] = {}
LOOKS = {
    "studio": 200,
    "takes": 200,
    "changes": 302,
    "gallery": 200,
    "team_home": 200,
    "clip": 200,
    "clip_file": 404,
    "clip_download": 404,
    "clip_part": 404,
    "clip_zip": 404,
    "clip_poster": 404,
    "reference_image": 404,
    "reference_thumb": 404,
    "reuse": 302,
}
WRITES = ["generate", "composer", "prompt_hints", "references", "create_project", "cancel", "retry"]


def address(cast: Cast, name: str) -> str:
    """An address of that name which exists. Files of the rows do not, so that the right answer to a member is 404."""
    if name in {"team_home", "create_project"}:
        return cast.url(name, cast.stage.team.slug)
    if name.startswith("reference_"):
        return cast.url(name, ReferenceFactory.create(team=cast.stage.team).public_id)
    if name == "clip_part":
        return cast.url(name, a_clip(cast).public_id, 1)
    if name.startswith("clip"):
        return cast.url(name, a_clip(cast).public_id)
    if name in {"reuse", "cancel", "retry"}:
        return cast.url(name, cast.stage.launch().public_id)
    return cast.url(name) + ("?slot=first_frame" if name == "references" else "")


def a_clip(cast: Cast) -> Clip:
    prompt = PromptFactory.create(project=cast.stage.project)
    return ClipFactory.create(generation__prompt=prompt)


@pytest.mark.parametrize("headers", [PLAIN, HX], ids=["plain", "htmx"])
@pytest.mark.parametrize("name", LOOKS)
def test_members_look_and_others_do_not_learn_that_it_is_there(cast: Cast, name: str, headers: dict[str, str]) -> None:
    path = address(cast, name)
    expected = 204 if name == "changes" and headers else LOOKS[name]
    path += f"?since={Project.objects.get().change_seq}" if name == "changes" else ""

    for client in (cast.owner, cast.creator, cast.viewer):
        assert client.get(path, headers=headers).status_code == expected
    assert cast.stranger.get(path, headers=headers).status_code == 404
    answer = cast.nobody.get(path, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    assert answer.headers["HX-Redirect" if headers else "Location"].startswith("/sign-in/")


@pytest.mark.parametrize("headers", [PLAIN, HX], ids=["plain", "htmx"])
@pytest.mark.parametrize("name", WRITES)
def test_writes_need_a_creator(cast: Cast, name: str, headers: dict[str, str]) -> None:
    path = address(cast, name)
    before = Generation.objects.count(), Project.objects.count()

    assert cast.viewer.post(path, cast.fields(), headers=headers).status_code == 404
    assert cast.stranger.post(path, cast.fields(), headers=headers).status_code == 404
    assert cast.nobody.post(path, cast.fields(), headers=headers).status_code == (200 if headers else 302)

    assert (Generation.objects.count(), Project.objects.count()) == before
    assert Generation.objects.filter(cancel_requested_at__isnull=False).count() == 0


@pytest.mark.parametrize("name", ["generate", "prompt_hints", "references", "create_project", "cancel", "retry"])
def test_writes_are_never_a_get(cast: Cast, name: str) -> None:
    assert cast.owner.get(address(cast, name)).status_code == 405


@pytest.mark.parametrize(
    ("name", "back"),
    [
        ("generate", "/northlight/harbour/"),
        ("references", "/northlight/harbour/"),
        ("prompt_hints", "/northlight/harbour/"),
        ("create_project", "/northlight/"),
        ("cancel", "/"),
    ],
)
def test_the_address_of_a_form_leads_back_when_it_is_opened(cast: Cast, name: str, back: str) -> None:
    answer = cast.owner.get(address(cast, name))

    page = parse(answer.content)
    assert answer.status_code == 405
    assert next(element for element in page.walk() if element.tag == "h1").text == "This address is not a page"
    assert back in [element.attributes["href"] for element in page.all("href") if element.tag == "a"][1:]


@pytest.mark.parametrize(
    ("referer", "location"),
    [
        ("http://testserver/northlight/harbour/?idea=1", "/sign-in/?next=%2Fnorthlight%2Fharbour%2F%3Fidea%3D1"),
        ("https://evil.example/northlight/harbour/", "/sign-in/"),
        ("http://testserver", "/sign-in/"),
        ("", "/sign-in/"),
    ],
)
def test_a_session_that_ended_leads_a_plain_form_back_to_its_page(cast: Cast, referer: str, location: str) -> None:
    answer = cast.nobody.post(cast.url("generate"), cast.fields(), headers={"Referer": referer})

    assert (answer.status_code, answer.headers["Location"]) == (302, location)


def test_what_a_person_sets_is_never_a_get(cast: Cast) -> None:
    assert cast.owner.get("/accounts/theme/").status_code == 405


def test_opening_the_address_of_signing_out_only_asks(cast: Cast) -> None:
    asked = cast.owner.get("/sign-out/")

    assert (asked.status_code, "Sign out?" in asked.content.decode()) == (200, True)
    assert cast.owner.get("/northlight/").status_code == 200


@pytest.mark.parametrize("name", ["clip", "clip_file", "clip_poster", "clip_download", "reference_image", "reuse"])
def test_an_id_that_was_never_given_out_is_404(cast: Cast, name: str) -> None:
    assert cast.owner.get(cast.url(name, uuid.uuid4())).status_code == 404


def test_a_session_that_ended_sends_htmx_back_to_the_page_it_was_on(cast: Cast) -> None:
    page = cast.url("studio")
    headers = {**HX, "HX-Current-URL": f"http://testserver{page}?idea=1"}

    answer = cast.nobody.post(cast.url("generate"), cast.fields(), headers=headers)

    assert answer.headers["HX-Redirect"] == "/sign-in/?next=%2Fnorthlight%2Fharbour%2F%3Fidea%3D1"
    assert answer.content == b""


@pytest.mark.parametrize("client", ["owner", "creator"])
def test_who_may_create_has_a_composer(cast: Cast, client: str) -> None:
    page = getattr(cast, client).get(cast.url("studio")).content.decode()

    assert 'id="generate"' in page
    assert "You are looking on" not in page


def test_a_viewer_reads_why_there_is_no_composer(cast: Cast) -> None:
    cast.stage.launch()

    page = cast.viewer.get(cast.url("studio")).content.decode()

    assert "To generate, ask an owner of" in page
    assert "<form" not in page.split('<main id="main"')[1]


def test_a_role_that_was_raised_counts_at_once(cast: Cast) -> None:
    cast.vera.memberships.update(role=Role.CREATOR)

    answer = cast.viewer.post(cast.url("generate"), cast.fields())

    assert answer.status_code == 302
    assert Generation.objects.get().created_by == cast.vera
