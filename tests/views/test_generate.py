"""The launch: what it answers, and every bad input that a form can carry."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from studio.models import Generation, Prompt, Reference
from tests.factories import ProjectFactory, ReferenceFactory
from tests.views.cast import HX, Cast
from tests.views.html import Element, parse, swap


def launch(cast: Cast, *, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    return cast.owner.post(cast.url("generate"), cast.fields(**changes), headers=headers)


def refused(cast: Cast, **changes: Any) -> Element:
    """The form that comes back with 422, by htmx and as a page; nothing was started and nothing was spent."""
    page = launch(cast, **changes)
    fragment = launch(cast, headers=HX, **changes)

    assert (page.status_code, fragment.status_code) == (422, 422)
    assert not Generation.objects.exists()
    assert not Prompt.objects.exists()
    assert cast.stage.balance == 10_000
    form = parse(page.content).find(id="composer")
    assert list(parse(fragment.content).find(id="composer").lines()) == list(form.lines())
    return form


def test_a_launch_leads_back_to_its_shot(cast: Cast) -> None:
    answer = launch(cast, takes="2", seen_credits="48")

    takes = list(Generation.objects.order_by("take_number"))
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/northlight/harbour/#shot-{takes[0].launch_token}"
    assert [(take.take_number, take.seed, take.quote_credits) for take in takes] == [(1, 7, 24), (2, 8, 24)]
    assert cast.stage.balance == 10_000 - 48


def test_the_answer_to_htmx_applied_to_the_page_equals_a_fresh_page(cast: Cast) -> None:
    launch(cast, headers=HX, token=str(uuid.uuid4()))
    page = parse(cast.owner.get(cast.url("studio")).content)

    answer = launch(cast, headers=HX, prompt="Gulls", since=page.find(id="since").attributes["value"])
    swap(page, parse(answer.content), target="composer")
    since = page.find(id="since").attributes["value"]
    swap(page, parse(cast.owner.get(f"{cast.url('changes')}?since={since}", headers=HX).content), target="poller")

    assert answer.status_code == 200
    assert list(page.lines()) == list(parse(cast.owner.get(cast.url("studio")).content).lines())


def test_a_launch_wakes_the_poller_from_what_the_page_has_seen(cast: Cast) -> None:
    cast.stage.launch()

    answer = parse(launch(cast, headers=HX, since="0").content)

    assert answer.find(id="poller").attributes["hx-get"] == "/northlight/harbour/changes/?since=0"
    assert answer.find(id="poller").attributes["hx-trigger"] == "every 2s, wake"


def test_after_a_launch_everything_stays_and_the_token_is_a_new_one(cast: Cast) -> None:
    fields = cast.fields()
    form = parse(launch(cast, headers=HX).content).find(id="composer")

    assert form.find(id="prompt").text == "A paper boat"
    assert form.find(id="seed").attributes["value"] == "7"
    assert "checked" in form.find(id="duration-2").attributes
    assert uuid.UUID(form.find(name="token").attributes["value"]) != uuid.UUID(fields["token"])


def test_the_page_looks_the_same_when_it_is_opened_again(cast: Cast) -> None:
    launch(cast, duration_s="4", model="veo3.1", sound="off", seen_credits="80")

    page = parse(cast.owner.get(cast.url("studio")).content)

    assert page.find(id="prompt").text == "A paper boat"
    assert "checked" in page.find(id="model-veo3.1").attributes
    assert "checked" in page.find(id="duration-4").attributes
    assert "checked" not in page.find(id="sound").attributes


def test_you_may_close_this_tab_is_said_once(cast: Cast) -> None:
    first = launch(cast, headers=HX, token=str(uuid.uuid4())).content.decode()
    second = launch(cast, headers=HX, token=str(uuid.uuid4())).content.decode()

    assert "You may close this tab" in first
    assert "You may close this tab" not in second


@pytest.mark.parametrize("headers", [None, HX], ids=["plain", "htmx"])
def test_a_double_click_buys_once(cast: Cast, headers: dict[str, str] | None) -> None:
    first = launch(cast, headers=headers)
    second = launch(cast, headers=headers)

    assert first.status_code == second.status_code
    assert Generation.objects.count() == 1
    assert cast.stage.balance == 10_000 - 24


def test_an_edited_prompt_names_the_one_it_came_from(cast: Cast) -> None:
    launch(cast)
    first = Prompt.objects.get()

    launch(cast, prompt="A paper boat at night", source_prompt=str(first.public_id), token=str(uuid.uuid4()))

    assert Prompt.objects.get(text="A paper boat at night").edited_from == first


@pytest.mark.parametrize("prompt", ["", "   ", "\r\n", "\u200b \u2060\ufeff", "\u3000", None])
def test_an_empty_prompt(cast: Cast, prompt: str | None) -> None:
    form = refused(cast, prompt=prompt)

    assert form.find(id="prompt-error").text == "The prompt is empty. Say what happens in the shot."
    assert form.find(id="prompt").attributes["aria-invalid"] == "true"
    assert "prompt-error" in form.find(id="prompt").attributes["aria-describedby"]


def test_an_over_long_prompt_counts_utf_16_units(cast: Cast) -> None:
    form = refused(cast, prompt="🎬" * 501)

    assert form.find(id="prompt-error").text == (
        "The prompt has 1,002 characters and Gen-4.5 takes 1,000. Shorten it by 2; an emoji counts as two."
    )
    assert form.find(id="prompt").text == "🎬" * 501
    assert form.find(id="prompt-count").text == "1002 / 1000"


def test_a_prompt_of_just_the_limit_in_utf_16_units_is_fine(cast: Cast) -> None:
    assert launch(cast, prompt="🎬" * 500).status_code == 302


def test_line_ends_count_once(cast: Cast) -> None:
    launch(cast, prompt="a\r\n" * 400 + "b" * 200)

    assert Prompt.objects.get().text == "a\n" * 400 + "b" * 200


def test_a_null_character(cast: Cast) -> None:
    form = refused(cast, prompt="a\x00b")

    assert form.find(id="prompt-error").text == "Null characters are not allowed."


@pytest.mark.parametrize(("ratio", "said"), [("960:960", "960:960"), ("5:4", "5:4"), ("<b>", "<b>")])
def test_a_ratio_that_the_model_does_not_make(cast: Cast, ratio: str, said: str) -> None:
    form = refused(cast, ratio=ratio)

    assert form.find(id="ratio-error").text == f"Gen-4.5 does not make {said}. Choose one of: 16:9, 9:16."
    chosen = [box for box in form.all("checked") if box.attributes.get("name") == "ratio"]
    assert len(chosen) == 1


@pytest.mark.parametrize("duration", ["1", "11", "60"])
def test_a_duration_that_the_model_does_not_make(cast: Cast, duration: str) -> None:
    form = refused(cast, duration_s=duration)

    assert form.find(id="duration_s-error").text == (f"Gen-4.5 does not make {duration} s. Choose 2 to 10 seconds.")


def test_a_duration_that_is_no_number(cast: Cast) -> None:
    assert refused(cast, duration_s="long").find(id="duration_s-error").text == "Choose a length in whole seconds."


@pytest.mark.parametrize("takes", ["0", "5", "50"])
def test_too_many_takes(cast: Cast, takes: str) -> None:
    assert refused(cast, takes=takes).find(id="takes-error").text == "Choose 1 to 4 takes."


@pytest.mark.parametrize("seed", ["-1", "4294967296", "dice", "1.5"])
def test_a_seed_out_of_range(cast: Cast, seed: str) -> None:
    form = refused(cast, seed=seed)

    assert form.find(id="seed-error").text == (
        "A seed is a whole number from 0 to 4,294,967,295. Leave it empty for a random one."
    )


def test_a_last_frame_without_a_first(cast: Cast) -> None:
    reference = ReferenceFactory.create(team=cast.stage.team)

    form = refused(cast, model="veo3.1", duration_s="8", last_frame=str(reference.public_id))

    assert form.find(id="last_frame-error").text == (
        "A last frame needs a first frame before it. Add one, or remove the last frame."
    )


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("gen3a_turbo", "Runway switched Gen-3 Alpha Turbo off on 30 July 2026."),
        ("gen4_aleph", "Runway switched Gen-4 Aleph off on 30 July 2026."),
        ("veo3", "Runway took Veo 3 off its list in the first week of August 2026."),
        ("sora9", "There is no model called “sora9”."),
    ],
)
def test_a_retired_or_unknown_model(cast: Cast, model: str, sentence: str) -> None:
    form = refused(cast, model=model)

    assert form.find(id="model-error").text.startswith(sentence)


def test_somebody_elses_reference_in_a_slot_that_the_model_lacks(cast: Cast) -> None:
    reference = ReferenceFactory.create()

    form = refused(cast, last_frame=str(reference.public_id))

    assert form.find(id="last_frame-error").text == "This file is not among the team's files. Add it again."


def test_somebody_elses_reference(cast: Cast) -> None:
    reference = ReferenceFactory.create()

    form = refused(cast, first_frame=str(reference.public_id))

    assert form.find(id="first_frame-error").text == ("This file is not among the team's files. Add it again.")


@pytest.mark.parametrize("value", ["x", "11111111-1111-4111-8111-111111111111", "' or 1=1"])
def test_a_reference_that_is_none(cast: Cast, value: str) -> None:
    form = refused(cast, first_frame=value)

    assert "is not among the team's files" in form.find(id="first_frame-error").text


def test_somebody_elses_project(cast: Cast) -> None:
    other = ProjectFactory.create()

    answer = cast.owner.post(cast.url("generate", other.team.slug, other.slug), cast.fields())

    assert answer.status_code == 404
    assert not Generation.objects.exists()


def test_somebody_elses_prompt_is_not_linked(cast: Cast) -> None:
    other = Prompt.objects.create(project=ProjectFactory.create(), text="Secret", created_by=cast.vera)

    launch(cast, source_prompt=str(other.public_id))

    assert Prompt.objects.get(project=cast.stage.project).edited_from is None


@pytest.mark.parametrize("token", [None, "", "again"])
def test_a_form_without_its_token(cast: Cast, token: str | None) -> None:
    form = refused(cast, token=token)

    assert form.find(id="launch-error").text == (
        "This form was not complete. Nothing was started: press Generate again."
    )
    assert form.find(id="launch-error").attributes["role"] == "alert"


def test_a_price_that_went_up_since_it_was_seen(cast: Cast) -> None:
    form = refused(cast, seen_credits="23")

    assert form.find(id="launch-error").text == (
        "The price is 24 credits now, not 23. Nothing was started: press Generate again if that is all right."
    )
    assert form.find(name="seen_credits").attributes["value"] == "24"


def test_more_than_the_balance(cast: Cast) -> None:
    from studio.credits.ledger import adjust

    adjust(cast.stage.team, credits=-9_990, note="Spent elsewhere", by=None)

    answer = launch(cast, headers=HX)

    assert answer.status_code == 422
    form = parse(answer.content)
    assert form.find(id="launch-error").text == (
        "This costs 24 credits and the team has 10: 14 are missing. "
        "Choose a shorter clip or fewer takes, or ask an owner for more."
    )
    assert form.find(id="left").text.startswith("14 credits are missing")
    assert not Generation.objects.exists()


def test_a_stale_csrf_token_keeps_what_was_typed(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.stage.owner)
    fields = cast.fields(prompt='</textarea><script>alert("x")</script>', csrfmiddlewaretoken="stale")

    answer = strict.post(cast.url("generate"), fields)

    assert answer.status_code == 403
    assert not Generation.objects.exists()
    assert b"<script>alert" not in answer.content
    page = parse(answer.content)
    assert page.find(name="prompt").text == '</textarea><script>alert("x")</script>'
    form = page.find(method="post")
    back = {field.attributes["name"]: field.attributes.get("value", "") for field in form.all("name")}
    assert form.attributes["action"] == cast.url("composer")
    assert "token" not in back
    again = strict.post(form.attributes["action"], {**back, "prompt": "Kept"})
    assert again.status_code == 200
    assert parse(again.content).find(id="prompt").text == "Kept"
    assert not Generation.objects.exists()


def test_a_stale_csrf_token_elsewhere_is_a_page_too(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.stage.owner)

    answer = strict.post(cast.url("cancel", cast.stage.launch().public_id))

    assert answer.status_code == 403
    assert "This page was out of date" in answer.content.decode()


def test_an_image_comes_along_without_javascript(cast: Cast, picture: bytes) -> None:
    upload = SimpleUploadedFile("boat.png", picture, "image/png")

    answer = launch(cast, first_frame_file=upload)

    assert answer.status_code == 302
    frame = Generation.objects.get().inputs.get()
    assert (frame.role, frame.reference) == ("first", Reference.objects.get())


def test_an_image_that_is_none_starts_nothing(cast: Cast) -> None:
    answer = launch(cast, first_frame_file=SimpleUploadedFile("boat.png", b"", "image/png"))

    assert answer.status_code == 422
    assert parse(answer.content).find(id="first_frame-error").text != ""
    assert not Generation.objects.exists()
    assert not Reference.objects.exists()


def test_a_setting_that_the_page_does_not_show_refuses_aloud(cast: Cast) -> None:
    """Seeds are not asked for by every model; one that came along all the same is told at the button."""
    form = refused(cast, model="kling3.0_standard", duration_s="5", seed="7", seen_credits="65", sound="on")

    assert form.find(id="launch-error").text == "Kling 3.0 Standard takes no seed. Leave it empty."


def test_shots_that_cannot_be_read_stay_as_they_were_typed(cast: Cast) -> None:
    field = "extra_providerSettings.multiPrompt"
    text = "4: A boat leaves\nand comes back"

    form = refused(cast, **{"model": "kling3.0_standard", "seed": "", field: text})

    textarea = form.find(id=field)
    assert textarea.children == [f"\n{text}"]
    assert form.find(id=f"{field}-error").text.startswith("Write a shot a line")


def test_words_wait_for_a_model_that_takes_some(cast: Cast) -> None:
    """Also when the form is refused."""
    form = refused(cast, model="ruby", seed="", duration_s=None, ratio=None)

    assert form.find(id="prompt").text == "A paper boat"
    assert "Ruby" in form.find(id="source-error").text
