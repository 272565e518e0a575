"""Projects whose name is that of a page of the team: they must not be hidden by it."""

from django.urls import URLPattern, URLResolver

from studio.config.urls import urlpatterns
from studio.projects import RESERVED_SLUGS

OF_TEAMS = "<slug:team>/"


def _second(pattern: URLPattern | URLResolver) -> str:
    return str(pattern.pattern).removeprefix(OF_TEAMS).split("/")[0]


def test_no_project_gets_the_address_of_a_page_of_its_team() -> None:
    pages = {_second(pattern) for pattern in urlpatterns if str(pattern.pattern).startswith(OF_TEAMS)}

    assert {page for page in pages if page and not page.startswith("<")} <= RESERVED_SLUGS
