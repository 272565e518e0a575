"""The validator answers every issue at once, in the shapes that the real one gives them."""

from typing import Any

import pytest

from studio.simulator.cards import CARDS, IMAGE, TEXT, Role, models_for
from studio.simulator.validator import body_issues, order_of

PICTURE = "https://example.com/a.png"


def text(**changes: Any) -> dict[str, Any]:
    return {"model": "gen4.5", "promptText": "x", "ratio": "1280:720", "duration": 5} | changes


def image(**changes: Any) -> dict[str, Any]:
    return text(promptImage=PICTURE) | changes


def veo(**changes: Any) -> dict[str, Any]:
    return {"model": "veo3.1", "promptText": "x", "ratio": "1280:720", "duration": 8} | changes


def test_model_missing_answers_both_issues() -> None:
    assert body_issues({}, endpoint=TEXT) == [
        {
            "expected": "string",
            "code": "invalid_type",
            "path": ["model"],
            "message": "Invalid input: expected string, received undefined",
        },
        {
            "code": "invalid_union",
            "errors": [],
            "note": "No matching discriminator",
            "discriminator": "model",
            "path": ["model"],
            "message": "Invalid input",
        },
    ]


@pytest.mark.parametrize("model", ["gen3a_turbo", "gen4_aleph", "veo3", "sora"])
def test_model_retired_or_unknown_enumerates_what_there_is(model: str) -> None:
    issue = body_issues(image(model=model), endpoint=IMAGE)[0]

    assert issue["code"] == "invalid_value"
    assert issue["path"] == ["model"]
    assert issue["values"] == list(models_for(IMAGE))
    assert issue["values"][:4] == ["gen4.5", "gen4_turbo", "veo3.1", "veo3.1_fast"]
    assert issue["values"][-2:] == ["gen4", "robotics_v1"]
    assert issue["message"].startswith('Invalid option: expected one of "gen4.5"|"gen4_turbo"|')


def test_gen4_turbo_is_not_offered_for_text() -> None:
    assert "gen4_turbo" in models_for(IMAGE)
    assert "gen4_turbo" not in models_for(TEXT)
    assert body_issues(text(model="gen4_turbo"), endpoint=TEXT)[0]["path"] == ["model"]


def test_all_issues_come_at_once() -> None:
    body = text(promptText="", ratio="960:960", duration=11, seed=-1, contentModeration={"x": 1})

    found = body_issues(body, endpoint=TEXT)

    assert [(issue["code"], issue["path"]) for issue in found] == [
        ("too_small", ["promptText"]),
        ("invalid_value", ["ratio"]),
        ("too_big", ["duration"]),
        ("too_small", ["seed"]),
        ("unrecognized_keys", ["contentModeration"]),
    ]


def test_ratio_outside_enumerates_the_ratios() -> None:
    assert body_issues(text(ratio="1:1"), endpoint=TEXT) == [
        {
            "code": "invalid_value",
            "values": ["1280:720", "720:1280"],
            "path": ["ratio"],
            "message": 'Invalid option: expected one of "1280:720"|"720:1280"',
        }
    ]


def test_prompt_counts_in_utf16_units() -> None:
    assert body_issues(text(promptText="🎬" * 500), endpoint=TEXT) == []
    assert body_issues(text(promptText="🎬" * 500 + "x"), endpoint=TEXT) == [
        {
            "origin": "string",
            "code": "too_big",
            "maximum": 1000,
            "inclusive": True,
            "path": ["promptText"],
            "message": "Too big: expected string to have <=1000 characters",
        }
    ]


@pytest.mark.parametrize(
    ("duration", "code"),
    [
        (2, None),
        (10, None),
        (5.0, None),
        (1, "too_small"),
        (11, "too_big"),
        (2.5, "invalid_type"),
        ("5", "invalid_type"),
    ],
)
def test_gen_duration_is_a_whole_number_from_2_to_10(duration: object, code: str | None) -> None:
    found = body_issues(text(duration=duration), endpoint=TEXT)

    assert [issue["code"] for issue in found] == ([] if code is None else [code])


@pytest.mark.parametrize(("duration", "is_good"), [(4, True), (6, True), (8, True), (5, False), (True, False)])
def test_veo_duration_is_one_of_three(duration: object, is_good: bool) -> None:
    found = body_issues(veo(duration=duration), endpoint=TEXT)

    assert found == (
        []
        if is_good
        else [
            {
                "code": "invalid_value",
                "values": [4, 6, 8],
                "path": ["duration"],
                "message": "Invalid option: expected one of 4|6|8",
            }
        ]
    )


def test_unknown_field_is_refused_by_veo_and_ignored_by_gen() -> None:
    assert body_issues(text(foo=1), endpoint=TEXT) == []
    assert body_issues(veo(foo=1), endpoint=TEXT) == [
        {"code": "unrecognized_keys", "keys": ["foo"], "path": [], "message": 'Unrecognized key: "foo"'}
    ]


def test_gen45_image_needs_a_prompt_and_turbo_does_not() -> None:
    body = image()
    del body["promptText"]

    assert body_issues(body, endpoint=IMAGE)[0]["message"] == "Invalid input: expected string, received undefined"
    assert body_issues(body | {"model": "gen4_turbo"}, endpoint=IMAGE) == []


def test_frames_last_without_first_is_refused() -> None:
    frames = [{"uri": PICTURE, "position": "last"}]

    assert body_issues(veo(promptImage=frames), endpoint=IMAGE) == [
        {
            "code": "custom",
            "message": "You must specify a frame in position `first`.",
            "path": ["promptImage"],
        }
    ]


def test_frames_twice_at_one_position_are_refused() -> None:
    frames = [{"uri": PICTURE, "position": "first"}] * 2

    messages = [issue["message"] for issue in body_issues(veo(promptImage=frames), endpoint=IMAGE)]

    assert messages == [
        "Duplicate position values are not allowed. Each position (`first`, `last`) may only be used once."
    ]


def test_gen_takes_no_last_frame() -> None:
    frames = [{"uri": PICTURE, "position": "first"}, {"uri": PICTURE, "position": "last"}]

    found = body_issues(image(promptImage=frames), endpoint=IMAGE)

    assert [(issue["code"], issue["path"]) for issue in found] == [
        ("invalid_value", ["promptImage", 1, "position"]),
        ("too_big", ["promptImage"]),
    ]


@pytest.mark.parametrize(
    "uri", ["http://example.com/a.png", "ftp://example.com/a", "data:image/png;base64," + "A" * 5_242_880, "https://a"]
)
def test_address_of_the_wrong_kind_or_length_is_refused(uri: str) -> None:
    assert [issue["path"] for issue in body_issues(image(promptImage=uri), endpoint=IMAGE)] == [["promptImage"]]


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_body_that_is_no_object_is_refused(body: object) -> None:
    assert body_issues(body, endpoint=TEXT)[0]["code"] == "invalid_type"


def test_defaults_are_the_models_own() -> None:
    turbo = order_of({"model": "gen4_turbo", "promptImage": PICTURE, "ratio": "960:960"}, endpoint=IMAGE)
    veo_order = order_of({"model": "veo3.1", "promptText": "x", "ratio": "1280:720"})

    assert (turbo.duration_s, turbo.sound, turbo.seed, turbo.prompt) == (5, False, None, "")
    assert (veo_order.duration_s, veo_order.sound) == (8, True)
    assert CARDS["gen4_turbo"].variants[IMAGE].limits[Role.FIRST].aspect == (0.5, 2.358)
