"""Signing in and out, themes, teams, projects, and a sign of life."""

import pytest

from accounts.enums import Role
from accounts.models import Membership
from studio.models import Project
from tests.factories import PASSWORD, ClipFactory, PromptFactory, TeamFactory, UserFactory
from tests.views.cast import Cast, signed_in
from tests.views.html import parse


def test_signing_in_leads_where_one_wanted_to_go(cast: Cast) -> None:
    answer = cast.nobody.post(
        "/sign-in/", {"login": "ALICE@example.com", "password": PASSWORD, "next": "/northlight/harbour/"}
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/northlight/harbour/")


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(cast: Cast, away: str) -> None:
    answer = cast.nobody.post("/sign-in/", {"login": "alice@example.com", "password": PASSWORD, "next": away})

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("email", ["alice@example.com", "unknown@example.com"])
def test_a_wrong_password_and_an_unknown_address_look_the_same(cast: Cast, email: str) -> None:
    answer = cast.nobody.post("/sign-in/", {"login": email, "password": "wrong"})

    page = parse(answer.content)
    assert page.find(id="sign-in-error").text.startswith("This e-mail address and this password do not belong")
    assert page.find(id="id_login").attributes["value"] == email
    assert "value" not in page.find(id="id_password").attributes


def test_signing_out_ends_the_session(cast: Cast) -> None:
    answer = cast.owner.post("/sign-out/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")
    assert cast.owner.get("/northlight/").status_code == 302


def test_home_is_the_only_team(cast: Cast) -> None:
    assert cast.owner.get("/").headers["Location"] == "/northlight/"


def test_home_lists_several_teams(cast: Cast) -> None:
    Membership.objects.create(team=TeamFactory.create(slug="spring", name="Spring"), user=cast.vera, role=Role.CREATOR)

    page = parse(cast.viewer.get("/").content)

    assert [row.attributes["href"] for row in page.all("href") if row.attributes.get("class") == "row"] == [
        "/spring/",
        "/northlight/",
    ]


def test_home_without_a_team_says_what_to_do(db: None) -> None:
    client = signed_in(UserFactory.create(email="noor@example.com", name="Noor"))

    page = client.get("/").content.decode()

    assert "Welcome, Noor" in page
    assert "Ask the owner of your team to add <b>noor@example.com</b>" in page


def test_a_project_is_made_and_opened(cast: Cast) -> None:
    answer = cast.creator.post("/northlight/projects/new/", {"name": "Spring ad"})

    assert answer.headers["Location"] == "/northlight/spring-ad/"
    assert Project.objects.get(slug="spring-ad").created_by.name == "Bob"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Harbour", "harbour-2"),
        ("Gallery", "gallery-2"),
        ("夜", "project"),
        ("a_b  c!", "a-b-c"),
        ("x" * 120, "x" * 46),
    ],
)
def test_a_project_gets_an_address_that_is_free(cast: Cast, name: str, slug: str) -> None:
    answer = cast.owner.post("/northlight/projects/new/", {"name": name})

    assert answer.headers["Location"] == f"/northlight/{slug}/"
    assert cast.owner.get(f"/northlight/{slug}/").status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_project_without_a_proper_name_is_refused(cast: Cast, name: str) -> None:
    answer = cast.owner.post("/northlight/projects/new/", {"name": name})

    page = parse(answer.content)
    assert answer.status_code == 422
    assert page.find(id="name-error").text != ""
    assert page.find(id="name").attributes["aria-invalid"] == "true"
    assert Project.objects.filter(team=cast.stage.team).count() == 1


def test_a_project_shows_its_latest_poster_and_its_counts(cast: Cast) -> None:
    prompt = PromptFactory.create(project=cast.stage.project)
    clip = [ClipFactory.create(generation__prompt=prompt) for _ in range(2)][-1]
    ClipFactory.create(generation__prompt=prompt, poster_key="")
    cast.stage.launch_all(takes=3)

    tile = parse(cast.viewer.get("/northlight/").content).find(id=f"project-{cast.stage.project.public_id}")

    assert tile.find(loading="lazy").attributes["src"] == f"/clips/{clip.public_id}/poster"
    assert tile.text == f"3 running {cast.stage.project.name} 3 clips"


@pytest.mark.parametrize("theme", ["dark", "light", "system"])
def test_a_theme_is_kept_and_right_from_the_first_paint(cast: Cast, theme: str) -> None:
    answer = cast.owner.post("/accounts/theme/", {"theme": theme, "next": "/northlight/harbour/"})

    assert answer.headers["Location"] == "/northlight/harbour/"
    page = parse(cast.owner.get("/northlight/harbour/").content)
    assert page.find(lang="en").attributes["data-theme"] == theme


@pytest.mark.parametrize("name", ["abc", "composer", "["])
def test_a_theme_leads_nowhere_by_a_name_of_ours(cast: Cast, name: str) -> None:
    answer = cast.nobody.post("/accounts/theme/", {"theme": "dark", "next": name})

    assert answer.status_code == 302


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", ""])
def test_a_theme_never_leads_elsewhere(cast: Cast, away: str) -> None:
    answer = cast.nobody.post("/accounts/theme/", {"theme": "<b>", "next": away})

    assert answer.headers["Location"] == "/"
    assert answer.cookies["theme"].value == "system"
