"""What has changed at the provider, on the pages: the banner, the owners' page, the picker, and a refused take."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import User
from studio.enums import State, StatusCode, SurpriseKind
from studio.generations.drift import acknowledge_drift
from studio.generations.surprises import acknowledge_surprise
from studio.models import Generation, PriceDrift, RefusedModel, Surprise, WorkerHeartbeat
from tests.factories import GenerationFactory, PromptFactory, join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse, swap

ADDRESS = "/northlight/provider/"
SEEN = "/northlight/provider/seen/"
PAGE_QUERIES = 15
ALARM = (
    "The provider asks 75 credits for Gen-4.5 (1280:720 · 5 s); our price list says 60. Takes settle on the provider's "
    "number."
)
BOTH = pytest.mark.parametrize("headers", [{}, HX], ids=["plain", "htmx"])


@pytest.fixture
def manager(cast: Cast) -> Client:
    return signed_in(join(cast.stage.team, Role.MANAGER, email="manager@example.com", name="The manager"))


def drift(**fields: Any) -> PriceDrift:
    values = {"model": "gen4.5", "mark": "1280:720 · 5 s", "our_credits": 60, "provider_credits": 75, **fields}
    return PriceDrift.objects.create(provider="simulator", card_key="gen4.5@2026-08-01", **values)


def surprise(**fields: Any) -> Surprise:
    values = {"kind": SurpriseKind.STATUS, "value": "AWAITING_REVIEW", "where": "task", **fields}
    return Surprise.objects.create(provider="simulator", **values)


def banner_texts(client: Client, address: str = ADDRESS) -> list[str]:
    page = parse(client.get(address).content)
    return [
        part.text for part in page.find(id="banners").walk() if "banner" in part.attributes.get("class", "").split()
    ]


def seen(client: Client, kind: str, row: object, headers: dict[str, str] | None = None) -> Any:
    return client.post(SEEN, {"kind": kind, "row": str(row)}, headers=headers or {})


# Who


def test_people_of_other_teams_are_not_named(cast: Cast) -> None:
    mallory = User.objects.get(email="mallory@example.com")
    assert acknowledge_drift(drift().pk, by=mallory, now=timezone.now())
    assert acknowledge_surprise(surprise().pk, by=cast.stage.owner, now=timezone.now())

    page = cast.owner.get(ADDRESS).content.decode()

    assert "Seen by somebody of another team" in page
    assert "Seen by Alice" in page
    assert "Mallory" not in page


@BOTH
def test_the_page_is_for_owners_and_nobody_else_learns_of_it(
    cast: Cast, manager: Client, headers: dict[str, str]
) -> None:
    row = drift()
    for client in (manager, cast.creator, cast.viewer, cast.stranger):
        assert client.get(ADDRESS, headers=headers).status_code == 404
        assert seen(client, "drift", row.pk, headers).status_code == 404
    assert cast.owner.get(ADDRESS, headers=headers).status_code == 200
    assert cast.owner.get(SEEN).status_code == 405
    row.refresh_from_db()
    assert row.acknowledged_at is None


@pytest.mark.usefixtures("running_engine")
def test_the_alarm_has_both_numbers_and_is_for_those_who_may_act(cast: Cast, manager: Client) -> None:
    drift(mark="older")
    drift()
    surprise()

    home = "/northlight/"
    assert banner_texts(manager, home) == [f"{ALARM} 1 more price differs."]
    assert banner_texts(cast.owner, home) == [
        f"{ALARM} 1 more price differs. Look at it",
        "The provider said something that this version does not know. No take was lost by it. Look at it",
    ]
    assert banner_texts(cast.creator, home) == []
    assert banner_texts(cast.viewer, home) == []


@pytest.mark.usefixtures("running_engine")
def test_no_alarm_is_no_banner(cast: Cast) -> None:
    assert banner_texts(cast.owner) == []
    assert "All as we know it" in parse(cast.owner.get(ADDRESS).content).text


def test_news_of_an_alarm_come_to_a_page_that_is_open(cast: Cast) -> None:
    WorkerHeartbeat.objects.create(name="engine:1", provider="simulator")
    address = f"{cast.url('changes')}?since={cast.stage.project.change_seq}&warned="
    assert cast.owner.get(address, headers=HX).status_code == 204

    drift()
    answer = cast.owner.get(address, headers=HX)

    assert ALARM in parse(answer.content).text


# What it shows


def test_the_page_shows_both_numbers_and_what_nobody_knows(cast: Cast) -> None:
    row, odd = drift(count=1200), surprise(count=3, generation=cast.stage.launch())
    elsewhere = surprise(value="OTHER", generation=GenerationFactory.create(state=State.RUNNING))
    page = parse(cast.owner.get(ADDRESS).content)

    told = page.find(id=f"drift-{row.pk}").text
    assert "Our price list: 60 credits. The provider: 75 credits." in told
    assert "1,200 times" in told
    assert "Status AWAITING_REVIEW" in page.find(id=f"surprise-{odd.pk}").text
    assert str(odd.generation and odd.generation.public_id) in page.text
    assert str(elsewhere.generation and elsewhere.generation.public_id) not in page.text


def test_models_that_are_gone_are_told_with_what_replaces_them(cast: Cast) -> None:
    prompt = PromptFactory.create(project=cast.stage.project)
    GenerationFactory.create_batch(2, prompt=prompt, model="veo3", account="one")
    RefusedModel.objects.create(
        provider="simulator", account="one", model="gen4_turbo", code=StatusCode.MODEL_NOT_ENABLED
    )

    told = parse(cast.owner.get(ADDRESS).content).find(id="changed").text

    assert "Veo 3 veo3 Retired since 7 August 2026. Use Veo 3.1. 2 takes of this team in the last 90 days" in told
    assert "Gen-4 Turbo gen4_turbo Model not enabled for this account since" in told


@pytest.mark.usefixtures("running_engine")
@pytest.mark.parametrize("count", [1, 4])
def test_the_page_costs_the_same_queries_for_any_number_of_rows(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        drift(mark=f"{number} s", acknowledged_by=cast.vera if number % 2 else None)
        surprise(value=f"S{number}", generation=cast.stage.launch())

    with django_assert_num_queries(PAGE_QUERIES):
        cast.owner.get(ADDRESS)


# Taking note


@pytest.mark.usefixtures("running_engine")
def test_taking_note_equals_a_fresh_page_and_ends_the_alarm(cast: Cast) -> None:
    row, odd = drift(), surprise()
    page = parse(cast.owner.get(ADDRESS).content)

    for kind, pk in (("drift", row.pk), ("surprise", odd.pk)):
        swap(page, parse(seen(cast.owner, kind, pk, HX).content), target="changed")

    row.refresh_from_db()
    odd.refresh_from_db()
    assert row.acknowledged_by == odd.acknowledged_by == cast.stage.owner
    assert list(page.lines()) == list(parse(cast.owner.get(ADDRESS).content).lines())
    assert banner_texts(cast.owner) == []


def test_taking_note_works_without_htmx_and_twice(cast: Cast) -> None:
    row = drift()

    assert seen(cast.owner, "drift", row.pk).headers["Location"] == ADDRESS
    assert (
        "Somebody has noted this already." in parse(seen(cast.owner, "drift", row.pk).client.get(ADDRESS).content).text
    )


@pytest.mark.parametrize(("kind", "row"), [("rumour", 1), ("drift", "x"), ("drift", ""), ("", 1)])
def test_a_form_that_makes_no_sense_is_not_found(cast: Cast, kind: str, row: object) -> None:
    assert seen(cast.owner, kind, row).status_code == 404


# The studio


def refused(cast: Cast) -> Generation:
    cast.stage.remote.scenario = "model_unavailable"
    generation = cast.stage.launch(duration_s=5)
    cast.stage.run_pass()
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.MODEL_NOT_ENABLED)
    return generation


def studio(cast: Cast, query: str = "") -> Element:
    return parse(cast.owner.get(cast.url("studio") + query, follow=True).content)


def test_a_refused_take_leads_to_the_composer_with_the_other_model_and_launches_nothing(cast: Cast) -> None:
    generation = refused(cast)
    link = studio(cast).find(id=f"instead-{generation.public_id}")

    assert link.text.startswith("Use ")
    card = studio(cast).find(id=f"take-{generation.public_id}").text
    assert "Runway no longer offers Gen-4.5 to this account. Use " in card
    page = parse(cast.creator.get(link.attributes["href"], follow=True).content)

    model = link.attributes["href"].rsplit("=", 1)[1]
    assert "checked" in page.find(id=f"model-{model}").attributes
    assert page.find(id="prompt").text == "A paper boat"
    assert Generation.objects.count() == 1


def test_the_picker_marks_it_until_it_is_taken_again(cast: Cast) -> None:
    refused(cast)
    page = studio(cast)
    marked = [part.text for part in page.walk() if part.attributes.get("class") == "refused"]
    since = Generation.objects.get().submitted_at
    assert since is not None
    assert marked == [f"Refused for this account since {since:%-d %B}"]

    cast.stage.remote.scenario = "normal"
    cast.stage.run_until_final(cast.stage.launch())
    assert not [part for part in studio(cast).walk() if part.attributes.get("class") == "refused"]


@pytest.mark.parametrize("model", ["invented", "../x", ""])
def test_another_model_that_nobody_knows_changes_nothing(cast: Cast, model: str) -> None:
    generation = refused(cast)

    page = parse(cast.owner.get(cast.url("reuse", generation.public_id), {"model": model}, follow=True).content)

    assert "checked" in page.find(id="model-gen4.5").attributes


def test_a_price_above_what_is_held_shows_on_the_card(cast: Cast) -> None:
    prompt = PromptFactory.create(project=cast.stage.project)
    generation = GenerationFactory.create(prompt=prompt, state=State.RUNNING, estimated_credits=75)

    told = studio(cast).find(id=f"take-{generation.public_id}").text

    assert "60 credits held, the provider may charge 75" in told
