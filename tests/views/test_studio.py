"""The studio page and its poller."""

from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from studio.enums import State, StatusCode
from studio.models import Generation, WorkerHeartbeat
from tests.factories import GenerationFactory, PromptFactory
from tests.views.cast import HX, Cast
from tests.views.html import Element, parse, swap

PAGE_QUERIES = 18
CHANGES_QUERIES = 19
NO_NEWS_QUERIES = 7


def page_of(cast: Cast) -> Element:
    return parse(cast.owner.get(cast.url("studio")).content)


def changes(cast: Cast, since: int, **more: str) -> Any:
    return cast.owner.get(cast.url("changes"), {"since": str(since), **more}, headers=HX)


def without_banners(page: Element) -> list[str]:
    """The page's lines; what an engine's sign of life changes is no news of a take."""
    page.find(id="banners").children.clear()
    return list(page.lines())


def texts(page: Element) -> list[str]:
    return [shot.find(class_="text").text for shot in page.all("data-shot")]


def test_an_empty_studio_offers_three_prompts_with_their_price(cast: Cast) -> None:
    page = page_of(cast)

    ideas = page.all("data-idea")
    assert [idea.text[-10:] for idea in ideas] == ["60 credits"] * 3
    filled = parse(cast.owner.get(ideas[2].attributes["href"]).content)
    assert filled.find(id="prompt").text.startswith("A night train crosses a viaduct")
    assert "checked" in filled.find(id="ratio-720:1280").attributes
    assert "data-filled" in filled.find(id="prompt").attributes
    assert filled.find(id="generate").text == "Generate · 60 credits Ctrl ↵"


def test_an_idea_runs_as_it_is(cast: Cast) -> None:
    page = parse(cast.owner.get(f"{cast.url('studio')}?idea=1").content)
    fields = {
        field.attributes["name"]: field.attributes["value"]
        for field in page.find(id="composer").walk()
        if field.tag == "input"
        and "name" in field.attributes
        and field.attributes.get("type") not in {"file", "checkbox"}
        and (field.attributes.get("type") != "radio" or "checked" in field.attributes)
    }

    answer = cast.owner.post(cast.url("generate"), {**fields, "prompt": page.find(id="prompt").text})

    assert answer.status_code == 302
    assert Generation.objects.get().quote_credits == 60


def test_the_price_is_on_the_button_and_explained(cast: Cast) -> None:
    page = page_of(cast)

    assert page.find(id="generate").text == "Generate · 60 credits Ctrl ↵"
    assert "5 s × 12 cr" in page.find(id="launch").text
    assert page.find(id="left").text == "Leaves 9,940 credits of the team's balance"


@pytest.mark.usefixtures("running_engine")
@pytest.mark.parametrize("takes", [1, 3])
def test_the_page_costs_the_same_queries_for_any_number_of_takes(
    cast: Cast, takes: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(takes):
        cast.stage.launch()

    with django_assert_num_queries(PAGE_QUERIES):
        cast.owner.get(cast.url("studio"))


@pytest.mark.usefixtures("running_engine")
@pytest.mark.parametrize("takes", [1, 3])
def test_news_cost_the_same_queries_for_any_number_of_takes(
    cast: Cast, takes: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(takes):
        cast.stage.launch()

    with django_assert_num_queries(CHANGES_QUERIES):
        answer = changes(cast, 0)
    assert answer.status_code == 200


def test_no_news_is_204_and_cheap(
    cast: Cast, running_engine: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast.stage.launch()

    with django_assert_num_queries(NO_NEWS_QUERIES):
        answer = changes(cast, 1, warned="")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]


def test_a_silent_engine_is_told_to_a_page_where_nothing_else_happens(cast: Cast) -> None:
    cast.stage.launch()
    WorkerHeartbeat.objects.all().delete()

    told = changes(cast, 1, warned="")

    page = parse(told.content)
    assert told.status_code == 200
    assert "The engine is not running, so takes wait; nothing is lost." in page.find(id="banners").text
    assert page.find(id="warned").attributes["value"] == "warn"
    assert page.find(id="poller").attributes["data-live"] == "true"
    assert changes(cast, 1, warned="warn").status_code == 204


def test_a_page_that_is_far_behind_is_loaded_afresh(cast: Cast, running_engine: None) -> None:
    cast.stage.launch()
    type(cast.stage.project).objects.update(change_seq=2_002)

    answer = changes(cast, 1, warned="")

    assert (answer.status_code, answer.headers["HX-Refresh"], answer.content) == (200, "true", b"")
    assert "HX-Refresh" not in changes(cast, 2, warned="").headers


def test_a_page_hears_that_the_engine_is_back(cast: Cast, running_engine: None) -> None:
    cast.stage.launch()

    assert parse(changes(cast, 1, warned="warn").content).find(id="banners").text == ""
    assert changes(cast, 1, warned="").status_code == 204


def test_moments_are_told_in_utc_for_the_script_to_show_in_local_time(cast: Cast) -> None:
    generation = cast.stage.launch()

    moment = page_of(cast).find(id="shots").find(data_when="short")

    assert moment.text == f"{generation.created_at:%-d %b, %H:%M} UTC"
    assert moment.attributes["datetime"] == generation.created_at.isoformat()


def test_the_poller_sleeps_on_a_page_where_nothing_runs(cast: Cast) -> None:
    poller = page_of(cast).find(id="poller")

    assert poller.attributes["data-live"] == "false"
    assert poller.attributes["hx-trigger"] == "wake"


def test_one_poller_asks_for_all_takes(cast: Cast) -> None:
    cast.stage.launch_all(takes=3)

    page = page_of(cast)

    asking = [part for part in page.all("hx-trigger") if "every" in part.attributes["hx-trigger"]]
    assert [part.attributes["id"] for part in asking] == ["poller"]
    assert page.find(id="poller").attributes["hx-get"] == "/northlight/harbour/changes/?since=3"


def test_a_fragment_applied_to_the_old_page_equals_a_fresh_page(cast: Cast) -> None:
    """Through a whole life: waiting, sent, running, saved, ready."""
    generation = cast.stage.launch()
    page = page_of(cast)
    for _ in range(12):
        cast.stage.run_pass(after_s=7)
        with time_machine.travel(cast.stage.clock.now(), tick=False):
            answer = changes(cast, int(page.find(id="since").attributes["value"]))
            fresh = page_of(cast)
        if answer.status_code == 200:
            swap(page, parse(answer.content), target="poller")
        assert without_banners(page) == without_banners(fresh)

    generation.refresh_from_db()
    assert generation.state == State.READY
    assert page.find(id="poller").attributes["hx-trigger"] == "wake"
    assert page.find(id=f"cost-{generation.launch_token}").text == "24 credits"


def test_a_take_of_unknown_outcome_does_not_keep_the_poller_awake(cast: Cast) -> None:
    prompt = PromptFactory.create(project=cast.stage.project)
    GenerationFactory.create(prompt=prompt, state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN)

    page = page_of(cast)

    assert page.find(id="poller").attributes["hx-trigger"] == "wake"
    assert "Checking" in page.find(id="shots").text


@pytest.mark.parametrize("since", ["", "-1", "x", "9" * 40, "1 or 1"])
def test_a_number_that_is_none_is_no_error(cast: Cast, since: str) -> None:
    cast.stage.launch()

    answer = cast.owner.get(cast.url("changes"), {"since": since}, headers=HX)

    assert answer.status_code == 200


def test_each_state_has_its_word_and_its_action(cast: Cast) -> None:
    prompt = PromptFactory.create(project=cast.stage.project)
    rows = {state: GenerationFactory.create(prompt=prompt, state=state) for state in State if state != State.READY}
    blocked = GenerationFactory.create(prompt=prompt, state=State.FAILED, status_code=StatusCode.MODERATED_INPUT)

    page = page_of(cast)

    def said(generation: Generation) -> str:
        return page.find(id=f"take-{generation.public_id}").find(class_="bar").text

    assert said(rows[State.QUEUED]).startswith("Waiting 60 credits held Cancel take 1")
    assert said(rows[State.SUBMITTING]) == "Sending 60 credits held"
    assert said(rows[State.RUNNING]).startswith("Running 60 credits held Cancel take 1")
    assert "The provider charges for a running take" in said(rows[State.RUNNING])
    assert said(rows[State.STORING]) == "Saving 60 credits held"
    assert said(rows[State.FAILED]) == "Failed Not charged Reuse Retry for 60 credits"
    assert said(rows[State.CANCELLED]) == "Cancelled Not charged Reuse Retry for 60 credits"
    assert said(blocked) == "Blocked Not charged Edit prompt"


def test_older_takes_come_by_a_plain_link_and_by_htmx(cast: Cast) -> None:
    for number in range(13):
        prompt = PromptFactory.create(project=cast.stage.project, text=f"Shot {number}")
        GenerationFactory.create(prompt=prompt)
    page = page_of(cast)
    link = page.find(id="more").children[1]
    assert isinstance(link, Element)

    plain = parse(cast.owner.get(link.attributes["href"]).content)
    fragment = parse(cast.owner.get(link.attributes["hx-get"], headers=HX).content)
    swap(page, fragment, target="more")

    assert texts(plain) == ["Shot 0"]
    assert texts(page) == [f"Shot {number}" for number in reversed(range(13))]
    assert page.find(id="more").text == ""


def test_history_fills_the_composer_and_is_ones_own(cast: Cast) -> None:
    prompt = PromptFactory.create(project=cast.stage.project, text="Gulls", created_by=cast.stage.owner)
    PromptFactory.create(project=cast.stage.project, text="Not mine", created_by=cast.vera)

    page = page_of(cast)
    links = page.all("data-history-prompt")

    assert [link.text for link in links] == ["Gulls"]
    filled = parse(cast.owner.get(links[0].attributes["href"]).content)
    assert filled.find(id="prompt").text == "Gulls"
    assert filled.find(name="source_prompt").attributes["value"] == str(prompt.public_id)


@pytest.mark.parametrize("name", ["reuse", "from"])
@pytest.mark.parametrize("value", ["x", "11111111-1111-4111-8111-111111111111"])
def test_what_is_not_there_cannot_be_reused(cast: Cast, name: str, value: str) -> None:
    assert cast.owner.get(cast.url("studio"), {name: value}).status_code == 404


def test_a_silent_engine_is_a_banner(cast: Cast) -> None:
    assert "The engine is not running, so takes wait; nothing is lost." in page_of(cast).find(id="banners").text
