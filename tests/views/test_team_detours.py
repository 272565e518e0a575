"""A member who has to do something first is sent there: from pages, fragments, pollers, media and forms alike."""

import pytest
from allauth.mfa.models import Authenticator

from accounts.models import Team, User
from studio.team_deletion import ask_deletion
from tests.factories import ReferenceFactory
from tests.sync.sweeping import made
from tests.views.cast import HX, Cast

FACTORS, CLOSING = "/accounts/2fa/", "/northlight/closing/"
PAGES = ["/northlight/", "/northlight/harbour/", "/northlight/harbour/gallery/", "/northlight/members/"]
FRAGMENTS = [
    "/northlight/harbour/changes/?since=0",
    "/northlight/harbour/takes/?before=9",
    "/northlight/harbour/composer/",
]
FORMS = ["/northlight/harbour/generate/", "/northlight/projects/new/", "/northlight/harbour/composer/"]


def require(cast: Cast) -> None:
    Team.objects.filter(slug="northlight").update(is_second_factor_required=True)


@pytest.fixture(params=["second factor", "closing"])
def first(request: pytest.FixtureRequest, cast: Cast) -> str:
    """Where the members of the team are sent."""
    made(cast.stage)
    if request.param == "closing":
        ask_deletion(cast.stage.team, by=cast.stage.owner, now=cast.stage.clock.now())
        return CLOSING
    require(cast)
    return FACTORS


@pytest.mark.parametrize("url", PAGES)
def test_pages(cast: Cast, first: str, url: str) -> None:
    answer = cast.owner.get(url)

    assert (answer.status_code, answer.headers["Location"]) == (302, first)


@pytest.mark.parametrize("url", [*PAGES, *FRAGMENTS])
def test_fragments_and_pollers(cast: Cast, first: str, url: str) -> None:
    answer = cast.owner.get(url, headers=HX)

    assert (answer.status_code, answer.headers["HX-Redirect"], answer.content) == (200, first, b"")


@pytest.mark.parametrize("url", FORMS)
def test_forms(cast: Cast, first: str, url: str) -> None:
    assert cast.owner.post(url, cast.fields(name="New")).headers["Location"] == first
    assert cast.owner.post(url, cast.fields(name="New"), headers=HX).headers["HX-Redirect"] == first
    assert cast.stage.project.generations.count() == 1
    assert cast.stage.team.projects.count() == 1


@pytest.mark.parametrize("name", ["clip_file", "clip_poster", "clip_download", "clip_zip", "clip", "clip_menu"])
def test_media_of_clips(cast: Cast, first: str, name: str) -> None:
    clip = cast.stage.project.clips.get()

    answer = cast.owner.get(cast.url(name, clip.public_id))

    assert (answer.status_code, answer.headers["Location"]) == (302, first)


@pytest.mark.parametrize("name", ["reference_image", "reference_thumb"])
def test_media_of_references(cast: Cast, first: str, name: str) -> None:
    reference = ReferenceFactory.create(team=cast.stage.team)

    assert cast.owner.get(cast.url(name, reference.public_id)).headers["Location"] == first


@pytest.mark.parametrize("name", ["cancel", "retry", "reuse"])
def test_takes(cast: Cast, first: str, name: str) -> None:
    take = cast.stage.project.generations.get()
    ask = cast.owner.get if name == "reuse" else cast.owner.post

    assert ask(cast.url(name, take.public_id)).headers["Location"] == first
    assert ask(cast.url(name, take.public_id), headers=HX).headers["HX-Redirect"] == first


def test_strangers_are_told_nothing_by_it(cast: Cast, first: str) -> None:
    for url in (*PAGES, *FRAGMENTS):
        assert cast.stranger.get(url).status_code == 404
        assert cast.stranger.get(url, headers=HX).status_code == 404


def test_who_has_a_second_factor_passes(cast: Cast) -> None:
    require(cast)
    Authenticator.objects.create(user=cast.vera, type=Authenticator.Type.TOTP, data={})

    assert cast.viewer.get("/northlight/").status_code == 200
    assert cast.creator.get("/northlight/").headers["Location"] == FACTORS


def test_the_page_says_why(cast: Cast) -> None:
    require(cast)
    name = User.objects.get(email="vera@example.com").teams.get().name

    page = cast.viewer.get("/northlight/", follow=True).content.decode()

    assert f"{name} asks for a second factor. Add a passkey or an authenticator app." in page
