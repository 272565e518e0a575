"""Cancel, retry and reuse."""

import uuid

import pytest

from accounts.enums import AuditAction, Role
from accounts.models import AuditEntry, User
from studio.enums import State, StatusCode
from studio.models import Generation
from tests.factories import GenerationFactory, PromptFactory, ReferenceFactory, join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import parse, swap


def failed(cast: Cast) -> Generation:
    prompt = PromptFactory.create(project=cast.stage.project)
    return GenerationFactory.create(prompt=prompt, state=State.FAILED, status_code=StatusCode.PROVIDER_INTERNAL)


def test_a_waiting_take_is_cancelled_and_its_credits_come_back(cast: Cast) -> None:
    generation = cast.stage.launch()

    answer = cast.owner.post(cast.url("cancel", generation.public_id))

    generation.refresh_from_db()
    assert answer.headers["Location"] == f"/northlight/harbour/#take-{generation.public_id}"
    assert generation.state == State.CANCELLED
    assert cast.stage.balance == 10_000


@pytest.mark.parametrize("headers", [{}, HX], ids=["plain", "htmx"])
def test_a_creator_does_not_cancel_the_take_of_somebody_else(cast: Cast, headers: dict[str, str]) -> None:
    generation = cast.stage.launch()

    answer = cast.creator.post(cast.url("cancel", generation.public_id), headers=headers, follow=True)

    generation.refresh_from_db()
    told = answer.content.decode() + answer.headers.get("HX-Trigger", "")
    assert "A manager of the team can cancel it." in told
    assert (generation.state, generation.cancel_requested_at) == (State.QUEUED, None)
    assert "Cancel this take" not in cast.creator.get(cast.url("studio")).content.decode()
    assert not AuditEntry.objects.filter(action=AuditAction.TAKE_CANCELLED).exists()


def test_a_manager_cancels_the_take_of_somebody_else_and_the_log_tells(cast: Cast) -> None:
    generation, mia = cast.stage.launch(), join(cast.stage.team, Role.MANAGER, name="Mia")
    page = signed_in(mia).get(cast.url("studio")).content.decode()

    signed_in(mia).post(cast.url("cancel", generation.public_id))

    generation.refresh_from_db()
    entry = AuditEntry.objects.get(action=AuditAction.TAKE_CANCELLED)
    assert "Cancel this take" in page
    assert generation.state == State.CANCELLED
    assert (entry.actor, entry.about, entry.team) == (mia, cast.stage.owner, cast.stage.team)


def test_who_has_a_take_in_hand_cancels_it_without_a_line_in_the_log(cast: Cast) -> None:
    generation = cast.stage.launch()
    bob = User.objects.get(email="bob@example.com")
    Generation.objects.filter(pk=generation.pk).update(kept_by=bob)

    cast.creator.post(cast.url("cancel", generation.public_id))

    generation.refresh_from_db()
    assert generation.state == State.CANCELLED
    assert not AuditEntry.objects.filter(action=AuditAction.TAKE_CANCELLED).exists()


def test_the_cancelled_card_applied_to_the_page_equals_a_fresh_page_after_the_next_poll(cast: Cast) -> None:
    generation = cast.stage.launch()
    page = parse(cast.owner.get(cast.url("studio")).content)

    seen = {"seen_credits": page.find(id="seen_credits").attributes["value"]}
    answer = cast.owner.post(cast.url("cancel", generation.public_id), seen, headers=HX)
    swap(page, parse(answer.content), target=f"take-{generation.public_id}")
    since = page.find(id="since").attributes["value"]
    news = cast.owner.get(f"{cast.url('changes')}?since={since}", headers=HX)
    swap(page, parse(news.content), target="poller")

    assert list(page.lines()) == list(parse(cast.owner.get(cast.url("studio")).content).lines())


def test_a_running_take_warns_and_is_asked_to_stop(cast: Cast) -> None:
    generation = cast.stage.launch()
    cast.stage.run_pass()
    generation.refresh_from_db()
    assert generation.state == State.RUNNING

    answer = cast.owner.post(cast.url("cancel", generation.public_id), headers=HX)

    card = parse(answer.content).find(id=f"take-{generation.public_id}")
    assert card.attributes["aria-label"] == "Take 1: Cancelling"
    assert "Cancel this take" not in card.text


def test_what_cannot_be_cancelled_says_why_in_a_toast(cast: Cast) -> None:
    generation = failed(cast)

    answer = cast.owner.post(cast.url("cancel", generation.public_id), headers=HX)

    assert answer.status_code == 200
    assert "This take has failed already: there is nothing to cancel." in answer.headers["HX-Trigger"]
    assert parse(answer.content).find(id=f"take-{generation.public_id}").attributes["data-state"] == "failed"


def test_what_cannot_be_cancelled_says_why_on_the_page(cast: Cast) -> None:
    answer = cast.owner.post(cast.url("cancel", failed(cast).public_id), follow=True)

    assert "This take has failed already: there is nothing to cancel." in answer.content.decode()


@pytest.mark.parametrize("headers", [None, HX], ids=["plain", "htmx"])
def test_a_retry_is_one_new_take_however_often_it_is_pressed(cast: Cast, headers: dict[str, str] | None) -> None:
    generation = failed(cast)
    fields = {"token": str(uuid.uuid4())}

    for _ in range(2):
        answer = cast.creator.post(cast.url("retry", generation.public_id), fields, headers=headers)

    retry = Generation.objects.get(retry_of=generation)
    assert (retry.prompt, retry.model, retry.state) == (generation.prompt, "gen4.5", State.QUEUED)
    assert cast.stage.balance == 10_000 - 60
    if headers:
        page = parse(answer.content)
        assert page.find(id="shots").find(data_shot=str(retry.launch_token)).attributes["class"] == "shot"
        assert page.find(id="poller").attributes["data-live"] == "true"
    else:
        assert answer.headers["Location"] == f"/northlight/harbour/#shot-{retry.launch_token}"


def test_a_retry_that_cannot_be_paid_says_so(cast: Cast) -> None:
    generation = failed(cast)
    cast.stage.launch_all(takes=4, duration_s=10)
    from studio.credits.ledger import adjust

    adjust(cast.stage.team, credits=-9_500, note="Spent elsewhere", by=None)

    answer = cast.owner.post(cast.url("retry", generation.public_id), {"token": "x"}, headers=HX)

    assert "40 are missing" in answer.headers["HX-Trigger"]
    assert not Generation.objects.filter(retry_of=generation).exists()


def test_reuse_fills_the_composer(cast: Cast) -> None:
    reference = ReferenceFactory.create(team=cast.stage.team)
    generation = cast.stage.launch(model="veo3.1", duration_s=6, sound=False, first_frame=reference, ratio="720:1280")

    page = parse(cast.owner.get(cast.url("reuse", generation.public_id), follow=True).content)

    assert page.find(id="prompt").text == "A paper boat"
    assert "checked" in page.find(id="model-veo3.1").attributes
    assert "checked" in page.find(id="duration-6").attributes
    assert "checked" in page.find(id="ratio-720:1280").attributes
    assert "checked" not in page.find(id="sound").attributes
    assert page.find(id="seed").attributes["value"] == "7"
    assert page.find(name="first_frame").attributes["value"] == str(reference.public_id)
    assert page.find(name="source_prompt").attributes["value"] == str(generation.prompt.public_id)


def test_reuse_of_a_retired_model_chooses_its_replacement_and_says_so(cast: Cast) -> None:
    prompt = PromptFactory.create(project=cast.stage.project)
    generation = GenerationFactory.create(prompt=prompt, model="veo3", duration_s=8, state=State.CANCELLED)

    page = parse(cast.owner.get(cast.url("reuse", generation.public_id), follow=True).content)

    assert "checked" in page.find(id="model-veo3.1").attributes
    assert "Veo 3.1 was chosen." in page.find(id="adjusted").text
