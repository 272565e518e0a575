"""Further settings: read from the form, shown in it, and never lost because they cannot be read."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings

from studio.forms.extras import Knob, as_extra_fields, choice_label, knobs, read_extras, text_of
from studio.generations.adjusting import adjusted
from studio.generations.extras import extra_problems
from studio.generations.request import Spec
from studio.generations.ways import shown_way
from studio.providers.base import WayKind
from studio.providers.catalog import MODELS, find_model
from tests.generations.steps import make_spec
from tests.generations.wild import specs

SHOTS = "extra_providerSettings.multiPrompt"
KEEP_SOUND = "extra_providerSettings.keepOriginalSound"


def form(**fields: str | list[str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def read(model: str, field: str, *texts: str) -> Any:
    return read_extras(form(**{field: list(texts)}), MODELS[model])


@pytest.mark.parametrize(
    ("model", "field", "text", "value"),
    [
        ("gen4.5", "extra_outputFormat", "prores", "prores"),
        ("kling3.0_pro", "extra_cfgScale", "0.8", 0.8),
        ("kling3.0_pro", "extra_cfgScale", " 0,8 ", 0.8),
        ("act_two", "extra_expressionIntensity", "5", 5),
        ("gpt_image_2", "extra_outputCount", "4", 4),
        ("veo3.1", "extra_negativePrompt", " rain\r\nsnow ", "rain\nsnow"),
        ("kling3.0_pro", SHOTS, "4: A boat", [{"prompt": "A boat", "duration": 4}]),
        ("kling3.0_pro", SHOTS, "\r\n 2 s : A: b \r\n\r\n3:c", [{"prompt": "A: b", "duration": 2},
                                                               {"prompt": "c", "duration": 3}]),
    ],
)  # fmt: skip
def test_what_is_set_is_read(model: str, field: str, text: str, value: object) -> None:
    found = read(model, field, text)

    assert found.values == {field.removeprefix("extra_"): value}
    assert (found.problems, found.texts) == ({}, {})


@pytest.mark.parametrize(
    ("model", "field", "text"),
    [
        ("gen4.5", "extra_outputFormat", "mp4"),
        ("kling3.0_pro", "extra_cfgScale", "0.50"),
        ("act_two", "extra_expressionIntensity", "3"),
        ("act_two", "extra_expressionIntensity", ""),
        ("gpt_image_2", "extra_quality", "high"),
        ("veo3.1", "extra_negativePrompt", "  "),
        ("kling3.0_pro", SHOTS, "\r\n"),
        ("gen4.5", "extra_nothing", "5"),
    ],
)
def test_a_default_is_not_sent(model: str, field: str, text: str) -> None:
    assert read(model, field, text).values == {}


def test_what_has_to_be_known_is_sent_in_any_case() -> None:
    assert read("enhance_frame_rate", "extra_targetFramerate", "24").values == {"targetFramerate": "24"}


@pytest.mark.parametrize(
    ("model", "field", "texts", "values"),
    [
        ("seedance2_5", "extra_draft", ["off", "on"], {"draft": True}),
        ("seedance2_5", "extra_draft", ["off"], {}),
        ("klingO3_pro", KEEP_SOUND, ["off", "on"], {}),
        ("klingO3_pro", KEEP_SOUND, ["off"], {"providerSettings.keepOriginalSound": False}),
        ("klingO3_pro", KEEP_SOUND, ["perhaps"], {}),
    ],
)
def test_a_switch_has_a_hidden_field_before_it(model: str, field: str, texts: list[str], values: object) -> None:
    assert read(model, field, *texts).values == values


@pytest.mark.parametrize(
    ("model", "field", "text"),
    [
        ("kling3.0_pro", "extra_cfgScale", "much"),
        ("act_two", "extra_expressionIntensity", "3.5"),
        ("act_two", "extra_expressionIntensity", "9" * 5000),
        ("kling3.0_pro", SHOTS, "A boat leaves"),
        ("kling3.0_pro", SHOTS, "4: A boat\r\nsoon: it comes back"),
        ("kling3.0_pro", SHOTS, "4: "),
    ],
)
def test_what_cannot_be_read_stays_as_it_was_typed(model: str, field: str, text: str) -> None:
    found = read(model, field, text)
    way = MODELS[model].ways[0]
    shown = {knob.field: knob for knob in knobs(make_spec(), way, problems=found.problems, texts=found.texts)}

    assert found.values == {}
    assert found.problems[field].startswith("Write ")
    assert (shown[field].text, shown[field].problem) == (text.replace("\r\n", "\n"), found.problems[field])


def test_long_shots_are_not_cut() -> None:
    lines = "\n".join(f"1: {'x' * 500}" for _ in range(15))

    shots = read("kling3.0_pro", SHOTS, lines).values["providerSettings.multiPrompt"]

    assert [len(shot["prompt"]) for shot in shots] == [500] * 15


def problem(model: str, field: str, value: object) -> str:
    way = MODELS[model].ways[0]
    return dict(extra_problems(make_spec(extras={field: value}), way, label=MODELS[model].label)).get(
        f"extra_{field}", ""
    )


@pytest.mark.parametrize(
    ("model", "field", "value", "part"),
    [
        ("gen4.5", "outputFormat", "gif", "“gif” is no choice here."),
        ("kling3.0_pro", "cfgScale", float("nan"), "Write a number from 0 to 1"),
        ("kling3.0_pro", "cfgScale", float("inf"), "Write a number from 0 to 1"),
        ("kling3.0_pro", "cfgScale", True, "Write a number from 0 to 1"),
        ("act_two", "expressionIntensity", 6, "Write a whole number from 1 to 5"),
        ("gemini_image3_pro", "outputCount", 2, "Choose one of: 1, 4."),
        ("act_two", "bodyControl", "yes", "is on or off"),
        ("veo3.1", "negativePrompt", "x" * 1001, "Shorten it by 1."),
        ("veo3.1", "negativePrompt", "no\0rain", "cannot be stored"),
        ("kling3.0_pro", "providerSettings.multiPrompt", [{"prompt": "a", "duration": 1}], "are 1 s long together"),
        ("kling3.0_pro", "providerSettings.multiPrompt", [{"prompt": "a", "duration": 1}] * 16, "Remove 1."),
        ("kling3.0_pro", "providerSettings.multiPrompt", [{"prompt": "a", "duration": -2},
                                                          {"prompt": "b", "duration": 8}], "lasts a second or more"),
        ("kling3.0_pro", "providerSettings.multiPrompt", [{"prompt": "\0", "duration": 5}], "cannot be stored"),
        ("enhance_frame_rate", "targetFramerate", "", "has to know this"),
    ],
)  # fmt: skip
def test_what_a_way_does_not_take_has_a_sentence(model: str, field: str, value: object, part: str) -> None:
    assert part in problem(model, field, value)


def knob(model: str, field: str, **values: object) -> Knob:
    way = MODELS[model].ways[-1]
    return next(
        knob for knob in knobs(make_spec(extras=values), way, problems={}) if knob.field.removeprefix("extra_") == field
    )


def test_a_switch_that_is_on_by_itself_is_shown_so() -> None:
    field = "providerSettings.keepOriginalSound"

    assert knob("klingO3_pro", field).is_on
    assert not knob("klingO3_pro", field, **{field: False}).is_on
    assert not knob("seedance2_5", "draft").is_on
    assert knob("seedance2_5", "draft", draft=True).is_on


def test_what_nobody_has_said_may_stay_unsaid() -> None:
    open_one, with_default = knob("mirelo_sfx_2_0", "format"), knob("gpt_image_2", "quality")

    assert open_one.choices[0] == ("", "Not said", True)
    assert [value for value, _, is_chosen in with_default.choices if is_chosen] == ["high"]
    assert "" not in [value for value, _, _ in with_default.choices]


def test_words_of_the_provider_are_told_as_people_say_them() -> None:
    assert choice_label("png_sequence") == "PNG sequence"
    assert choice_label("by_moonlight") == "By moonlight"


@settings(max_examples=200, deadline=None)
@given(specs)
def test_the_form_brings_back_what_it_was_told(spec: Spec) -> None:
    spec, _ = adjusted(spec)
    model = find_model(spec.model)
    assert model is not None
    if set(dict(extra_problems(spec, shown_way(spec, model), label=""))):
        return
    once = read_extras(form(**dict(as_extra_fields(spec.extras))), model)

    again = read_extras(form(**dict(as_extra_fields(once.values))), model)

    assert (again.values, again.problems) == (once.values, {})
    assert set(once.values) <= set(spec.extras)


def test_texts() -> None:
    assert [text_of(value) for value in (None, True, False, 0.5, 3, "a")] == ["", "on", "off", "0.5", "3", "a"]
    assert text_of([{"prompt": "A: b", "duration": 4}]) == "4: A: b"


def test_no_model_has_no_extras() -> None:
    assert read_extras(form(extra_draft="on"), None).values == {}
    assert MODELS["gen4.5"].way(WayKind.VIDEO) is None
