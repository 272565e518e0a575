"""Warnings about the prompt: said when it has been written, before anything is sent, and never a refusal."""

from studio.models import Generation
from tests.views.cast import HX, Cast
from tests.views.html import parse

LOGO = "The company logo turns in the dark over a wet street"
SENTENCE = "Text and logos in the picture often come out wrong or make a take fail. Leave them out; add them later."


def told(cast: Cast, prompt: str) -> str:
    answer = cast.creator.post(cast.url("prompt_hints"), cast.fields(prompt=prompt), headers=HX)
    assert answer.status_code == 200
    return parse(answer.content).find(id="prompt-hints").text


def test_a_known_cause_is_said(cast: Cast) -> None:
    assert told(cast, LOGO) == SENTENCE


def test_a_good_prompt_and_an_empty_one_have_no_warning(cast: Cast) -> None:
    assert told(cast, "A paper boat drifts over a flooded street at dawn") == ""
    assert told(cast, "") == ""


def test_a_page_says_it_without_javascript(cast: Cast) -> None:
    page = cast.creator.post(cast.url("prompt_hints"), cast.fields(prompt=LOGO))

    assert page.status_code == 200
    assert parse(page.content).find(id="prompt-hints").text == SENTENCE
    assert parse(page.content).find(id="prompt").text == LOGO


def test_a_warning_is_no_refusal(cast: Cast) -> None:
    answer = cast.creator.post(cast.url("generate"), cast.fields(prompt=LOGO), headers=HX)

    assert answer.status_code == 200
    assert Generation.objects.get().prompt.text == LOGO
