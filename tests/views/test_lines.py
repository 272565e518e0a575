"""Stopped lines on the pages: who reads what, and who may have one tried now."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Team
from studio.enums import State, StatusCode
from studio.models import Breaker, Generation
from tests.factories import join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse

pytestmark = pytest.mark.usefixtures("running_engine")
MENDED = "Ask your admin to mend it."


def stop(team: Team | None = None, **fields: Any) -> Breaker:
    """A line that was stopped a minute ago and is tried in ten."""
    now = timezone.now()
    times = {"opened_at": now - timedelta(minutes=1), "retry_at": now + timedelta(minutes=10)}
    code = StatusCode.MODERATED_INPUT if team else StatusCode.KEY_REFUSED
    return Breaker.objects.create(
        provider="simulator", account="a", team=team, **{"strikes": 5, "code": code, **times, **fields}
    )


def banners_of(cast: Cast, client: Client) -> Element:
    return parse(client.get(cast.url("studio")).content).find(id="banners")


def url(cast: Cast, breaker: Breaker, *, team: str = "") -> str:
    return reverse("try_line", args=[team or cast.stage.team.slug, breaker.pk])


def test_a_stopped_key_is_told_to_all_and_in_other_words_to_managers(cast: Cast) -> None:
    breaker = stop()
    manager = signed_in(join(cast.stage.team, Role.MANAGER))
    since, tried = f"{breaker.opened_at:%H:%M} UTC", f"{breaker.retry_at:%H:%M} UTC"

    for client in (cast.owner, manager):
        found = banners_of(cast, client)
        assert f"nothing has been sent since {since}. Takes wait, none is lost. Set RUNWAYML_API_SECRET" in found.text
        assert f"One take is tried at {tried}" in found.text
        assert found.find(id=f"try-line-{breaker.pk}").text == "Try again now"
    for client in (cast.creator, cast.viewer):
        found = banners_of(cast, client)
        assert f"nothing has been sent since {since}. Takes wait, none is lost. {MENDED}" in found.text
        assert "RUNWAYML_API_SECRET" not in found.text
        assert [element for element in found.walk() if element.tag == "button"] == []


def test_a_teams_stopped_line_is_told_to_that_team_alone(cast: Cast) -> None:
    stop(cast.stage.team)

    assert "blocked 5 or more takes of this team in a row" in banners_of(cast, cast.creator).text
    theirs = parse(cast.stranger.get(reverse("team_home", args=["elsewhere"])).content)
    assert theirs.find(id="banners").text == ""


def test_a_line_that_runs_has_no_banner(cast: Cast) -> None:
    stop(opened_at=None, retry_at=None, strikes=2)

    assert banners_of(cast, cast.owner).text == ""


@pytest.mark.parametrize("headers", [{}, HX])
@pytest.mark.parametrize("person", ["creator", "viewer", "stranger"])
def test_only_managers_and_owners_may_try(cast: Cast, person: str, headers: dict[str, str]) -> None:
    breaker = stop()

    answer = getattr(cast, person).post(url(cast, breaker), headers=headers)

    assert answer.status_code == 404
    assert Breaker.objects.get().retry_at == breaker.retry_at


def test_nobody_is_asked_to_sign_in(cast: Cast) -> None:
    breaker = stop()

    answer = cast.nobody.post(url(cast, breaker))

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("sign_in"))
    assert Breaker.objects.get().retry_at == breaker.retry_at


def test_the_owner_has_it_tried_now_and_it_stays_stopped(cast: Cast) -> None:
    breaker = stop()
    later = timezone.now() + timedelta(minutes=5)
    take = cast.stage.launch()
    Generation.objects.filter(pk=take.pk).update(status_code=StatusCode.KEY_REFUSED, due_at=later)

    answer = cast.owner.post(url(cast, breaker), headers=HX)

    breaker.refresh_from_db()
    take.refresh_from_db()
    assert breaker.opened_at is not None
    assert breaker.retry_at is not None
    assert breaker.retry_at <= timezone.now()
    assert (take.state, take.due_at) == (State.QUEUED, breaker.retry_at)
    assert "The next take is tried at once" in parse(answer.content).find(id="banners").text
    assert "One take is tried now" in answer["HX-Trigger"]


def test_a_manager_has_it_tried_without_javascript(cast: Cast) -> None:
    breaker = stop(cast.stage.team)
    manager = signed_in(join(cast.stage.team, Role.MANAGER))

    answer = manager.post(url(cast, breaker), follow=True)

    breaker.refresh_from_db()
    assert breaker.opened_at is not None
    assert breaker.retry_at is not None
    assert breaker.retry_at <= timezone.now()
    assert answer.redirect_chain == [(reverse("team_home", args=[cast.stage.team.slug]), 302)]
    assert "One take is tried now; when it goes well, the others follow." in parse(answer.content).text


def test_another_teams_line_is_not_there(cast: Cast) -> None:
    breaker = stop(cast.stage.team)

    answer = cast.stranger.post(url(cast, breaker, team="elsewhere"))

    assert answer.status_code == 404
    assert Breaker.objects.get().retry_at == breaker.retry_at


def test_a_line_that_runs_again_says_so(cast: Cast) -> None:
    breaker = stop(opened_at=None, retry_at=None, strikes=0)

    answer = cast.owner.post(url(cast, breaker), headers=HX)

    assert "This line is not stopped any more." in answer["HX-Trigger"]
    assert Breaker.objects.get().retry_at is None


def test_trying_is_a_post(cast: Cast) -> None:
    assert cast.owner.get(url(cast, stop())).status_code == 405


def test_a_form_without_its_token_is_refused(cast: Cast) -> None:
    breaker, client = stop(), Client(enforce_csrf_checks=True)
    client.force_login(cast.stage.owner)

    assert client.post(url(cast, breaker)).status_code == 403
    assert Breaker.objects.get().retry_at == breaker.retry_at


def test_a_stopped_line_is_news_to_a_page_without_its_banner(cast: Cast) -> None:
    cast.stage.launch()
    shown = banners_of(cast, cast.owner).find(id="warned").attributes["value"]
    cast.stage.project.refresh_from_db()
    asked = {"since": str(cast.stage.project.change_seq), "warned": shown}
    assert cast.owner.get(cast.url("changes"), asked, headers=HX).status_code == 204
    stop()

    answer = cast.owner.get(cast.url("changes"), asked, headers=HX)

    fresh = parse(answer.content).find(id="banners")
    assert "The provider refuses the studio's key" in fresh.text
    again = {**asked, "warned": fresh.find(id="warned").attributes["value"]}
    assert cast.owner.get(cast.url("changes"), again, headers=HX).status_code == 204
