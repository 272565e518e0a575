"""Projects get an address that is free, and no address of the site's own."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Team
from studio.models import Project
from studio.projects import RESERVED_SLUGS, create_project
from tests.factories import ProjectFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return TeamFactory.create()


def _slug(team: Team, name: str, slug: str = "") -> str:
    return create_project(team, name=name, by=UserFactory.create(), slug=slug).slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Harbour film", "harbour-film"),
        ("  Harbour  ", "harbour"),
        ("Été à Nîmes", "ete-a-nimes"),
        ("_draft_", "draft"),
        ("first_film", "first-film"),
        ("港", "project"),
        ("!!!", "project"),
        ("Gallery", "gallery-2"),
        ("a" * 120, "a" * 46),
        ("b" * 45 + " film", "b" * 45),
    ],
)
def test_address_is_made_from_the_name(team: Team, name: str, slug: str) -> None:
    assert _slug(team, name) == slug
    assert Project.objects.get().name == name.strip()


def test_same_name_counts_up(team: Team) -> None:
    assert [_slug(team, "Harbour") for _ in range(3)] == ["harbour", "harbour-2", "harbour-3"]


def test_other_teams_do_not_count(team: Team) -> None:
    ProjectFactory.create(slug="harbour")

    assert _slug(team, "Harbour") == "harbour"


@pytest.mark.parametrize("name", ["", "   "])
def test_project_without_a_name_is_refused(team: Team, name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _slug(team, name)

    assert set(caught.value.message_dict) == {"name"}


def test_long_name_is_refused(team: Team) -> None:
    with pytest.raises(ValidationError) as caught:
        _slug(team, "a" * 121)

    assert set(caught.value.message_dict) == {"name"}


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_paths_of_a_team_are_no_projects(team: Team, slug: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _slug(team, "Harbour", slug)

    assert caught.value.message_dict == {"slug": [f"“{slug}” is a name that the site uses itself. Choose another one."]}
    assert not Project.objects.exists()


@pytest.mark.parametrize("slug", ["Harbour", "a b", "-a", "a" * 51, "a/b", "a\n"])
def test_address_that_cannot_be_is_refused(team: Team, slug: str) -> None:
    with pytest.raises(ValidationError):
        _slug(team, "Harbour", slug)


def test_address_that_is_taken_is_refused(team: Team) -> None:
    _slug(team, "Harbour", "harbour")

    with pytest.raises(ValidationError):
        _slug(team, "Another", "harbour")
