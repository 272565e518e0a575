"""Modes that exclude one another, bounds by model, and which variants refuse what they do not know."""

from typing import Any

import pytest

from studio.simulator.cards import TABLES, TEXT
from studio.simulator.validator import body_issues

PICTURE, FILM = "https://example.com/a.png", "https://example.com/a.mp4"
Body = dict[str, Any]


def told(endpoint: str, body: Body) -> list[tuple[str, list[str | int]]]:
    return [(issue["code"], issue["path"]) for issue in body_issues(body, endpoint=endpoint)]


def said(endpoint: str, body: Body) -> list[str]:
    return [issue["message"] for issue in body_issues(body, endpoint=endpoint)]


def text(model: str, **body: Any) -> Body:
    return {"model": model, "promptText": "A boat"} | body


def image(model: str, **body: Any) -> Body:
    return text(model, promptImage=PICTURE) | body


def edit(model: str, field: str = "promptVideo", **body: Any) -> Body:
    return text(model, **{field: FILM}) | body


def keyed(*frames: Body) -> Body:
    return edit("aleph2", "videoUri", keyframes=[{"uri": PICTURE} | frame for frame in frames])


@pytest.mark.parametrize(
    ("model", "most"),
    [("gen4.5", 1000), ("gemini_omni_flash", 4000), ("seedance2", 3500), ("seedance2_5", 15000), ("hailuo3", 6000)],
)
def test_prompt_has_the_models_own_limit(model: str, most: int) -> None:
    body = text(model, ratio="16:9" if model == "hailuo3" else "1280:720", duration=5)

    assert told(TEXT, body | {"promptText": "x" * most}) == []
    assert told(TEXT, body | {"promptText": "x" * (most + 1)}) == [("too_big", ["promptText"])]


@pytest.mark.parametrize(
    ("model", "good", "bad"),
    [
        ("gemini_omni_flash", (3, 10), (2, 11, "auto")),
        ("gemini_omni_flash_1.1", (3, 10, "auto"), (2, 11, "long")),
        ("seedance2", (4, 15, "auto"), (3, 16)),
        ("seedance2_5", (4, 30, "auto"), (3, 31)),
        ("hailuo3", (5, 15), (4, 16)),
        ("happyhorse_1_0", (3, 15), (2, 16)),
        ("grok_imagine_1_5", (1, 15), (0, 16)),
        ("kling2.5_turbo_pro", (5, 10), (6,)),
    ],
)
def test_duration_has_the_models_own_bounds(model: str, good: tuple[Any, ...], bad: tuple[Any, ...]) -> None:
    assert [told(TEXT, text(model, duration=duration)) for duration in good] == [[]] * len(good)
    assert [[path for _, path in told(TEXT, text(model, duration=one))] for one in bad] == [[["duration"]]] * len(bad)


@pytest.mark.parametrize("endpoint", list(TABLES))
def test_strict_variants_refuse_unknown_keys_and_lax_ones_ignore_them(endpoint: str) -> None:
    refusing = {
        model
        for model in TABLES[endpoint]
        if ("unrecognized_keys", []) in told(endpoint, {"model": model, "foo": 1, "bar": 2})
    }
    seedance = {"seedance2", "seedance2_fast", "seedance2_mini", "seedance2_5"}
    films = {"veo3.1", "veo3.1_fast", "hailuo3", "happyhorse_1_0", "grok_imagine_1_5", *seedance}

    assert refusing == {
        "text_to_video": films,
        "image_to_video": films,
        "video_to_video": {"aleph2", "gemini_omni_flash", "hailuo3", *seedance},
        "video_upscale": {"magnific_video_upscaler_creative"},
    }.get(endpoint, set())


def test_several_unknown_keys_are_named_together() -> None:
    assert said(TEXT, text("happyhorse_1_0", foo=1, bar=2)) == ['Unrecognized keys: "foo", "bar"']


def test_source_field_is_the_models_own() -> None:
    assert told("video_to_video", edit("aleph2")) == [("invalid_type", ["videoUri"]), ("unrecognized_keys", [])]
    assert told("video_to_video", edit("seedance2", "videoUri")) == [
        ("invalid_type", ["promptVideo"]),
        ("unrecognized_keys", []),
    ]
    assert told("video_to_video", edit("aleph2", "videoUri")) == []


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([{"seconds": 1}], []),
        ([{"at": 0.5}], []),
        ([{"at": 1.5}], [("too_big", ["keyframes", 0, "at"])]),
        ([{}], [("invalid_type", ["keyframes", 0, "seconds"])]),
        ([{"seconds": 1}] * 6, [("too_big", ["keyframes"])]),
        (
            [{"seconds": 1, "range": {"start_seconds": 0, "end_seconds": 2}}, {"seconds": 3}],
            [("custom", ["keyframes"])],
        ),
        (
            [{"seconds": 2, "range": {"start_seconds": 0, "end_seconds": 2}}],
            [("custom", ["keyframes", 0, "seconds"])],
        ),
        ([{"seconds": 2, "range": {"start_seconds": 2, "end_seconds": 2}}], [("custom", ["keyframes", 0, "range"])]),
        ([{"seconds": 1, "range": {"startSeconds": 0, "endSeconds": 2}}], [
            ("invalid_type", ["keyframes", 0, "range", "start_seconds"]),
            ("invalid_type", ["keyframes", 0, "range", "end_seconds"]),
            ("unrecognized_keys", ["keyframes", 0, "range"]),
        ]),
    ],
)  # fmt: skip
def test_keyframes_have_a_time_and_all_of_them_a_range_or_none(frames: list[Body], expected: list[Any]) -> None:
    assert told("video_to_video", keyed(*frames)) == expected


@pytest.mark.parametrize(
    ("endpoint", "body", "messages"),
    [
        (
            "image_to_video",
            image("seedance2", promptImage=[{"uri": PICTURE, "position": "first"}, {"uri": PICTURE}]),
            ["Keyframes (with `position`) and references (without) cannot be mixed."],
        ),
        ("image_to_video", image("seedance2", promptImage=[{"uri": PICTURE}] * 9), []),
        (
            "image_to_video",
            image("hailuo3", promptImage=[{"uri": PICTURE}] * 10),
            ["Too big: expected array to have <=9 items"],
        ),
        (
            "image_to_video",
            image("hailuo3", referenceAudio=[{"type": "audio", "uri": "https://example.com/a.mp3"}]),
            ["referenceAudio requires reference images without a position"],
        ),
        (
            "text_to_video",
            text("hailuo3", ratio="adaptive"),
            ["ratio `adaptive` requires an image or video reference"],
        ),
        (
            "text_to_video",
            text("wan3", ratio="auto_720p"),
            ["ratio `auto_720p` requires an image or video reference"],
        ),
        ("image_to_video", image("wan3", ratio="1280:720"), ["Keyframes require one of the auto ratios"]),
        ("image_to_video", image("wan3", ratio="auto_720p"), []),
        (
            "text_to_video",
            text("grok_imagine_1_5", resolution="1080p", references=[{"uri": PICTURE}]),
            ["With reference images the resolution may be at most 720p"],
        ),
        (
            "text_to_video",
            text("grok_imagine_1_5", referenceAudio=[{"type": "audio", "uri": "https://example.com/a.mp3"}]),
            ["referenceAudio requires at least one reference image"],
        ),
        (
            "text_to_video",
            text("seedance2_5", draft=True, outputFormat="mov"),
            ["Draft mode only supports mp4"],
        ),
        (
            "text_to_video",
            text("seedance2_5", draftTaskId="x"),
            ["draftTaskId cannot be combined with other generation fields"],
        ),
        (
            "video_to_video",
            edit("seedance2_5", mode="edit", duration=5, ratio="1280:720"),
            ["ratio may not be provided when mode is `edit`", 'duration must be "auto" when mode is `edit`'],
        ),
        ("video_to_video", edit("seedance2_5", mode="edit", duration="auto"), []),
        (
            "video_to_video",
            {"model": "seedance2_5", "promptVideo": FILM, "mode": "extend"},
            ["Invalid input: expected string, received undefined"],
        ),
        (
            "video_to_hdr",
            {"model": "ruby", "videoUri": FILM, "proresProfile": "422"},
            ["proresProfile is only valid when outputFormat is a ProRes format"],
        ),
        (
            "text_to_video",
            text("gen4.5", ratio="1280:720", duration=2, outputFormat="hdr_prores", proresProfile="422 LT"),
            ['Invalid option: expected one of "422"|"4444"|"422 HQ"'],
        ),
        (
            "text_to_video",
            text(
                "kling3.0_pro",
                ratio="1920:1080",
                providerSettings={"multiPrompt": [{"prompt": "One", "duration": 9}, {"prompt": "Two", "duration": 8}]},
            ),
            ["The total duration of all segments must be between 3 and 15 seconds"],
        ),
        (
            "text_to_video",
            {"model": "klingO3_pro", "ratio": "1920:1080"},
            ["Invalid input: expected string, received undefined"],
        ),
        (
            "text_to_image",
            text("gen4_image", ratio="1280:720", referenceImages=[{"uri": PICTURE, "tag": "1x"}]),
            ["Invalid string: must match pattern /^[A-Za-z][A-Za-z0-9_]{2,15}$/"],
        ),
        (
            "text_to_image",
            text("gen4_image_turbo", ratio="1280:720", referenceImages=[]),
            ["Too small: expected array to have >=1 items"],
        ),
    ],
)  # fmt: skip
def test_fields_that_do_not_go_together(endpoint: str, body: Body, messages: list[str]) -> None:
    assert said(endpoint, body) == messages


def test_character_is_an_image_or_a_film() -> None:
    body = {"model": "act_two", "reference": {"type": "video", "uri": FILM}}

    assert told("character_performance", body | {"character": {"type": "image", "uri": PICTURE}}) == []
    assert told("character_performance", body | {"character": {"type": "mask", "uri": PICTURE}}) == [
        ("invalid_value", ["character", "type"]),
        ("invalid_union", ["character", "type"]),
    ]
    assert told("character_performance", {"model": "act_two", "expressionIntensity": 6}) == [
        ("invalid_type", ["character"]),
        ("invalid_type", ["reference"]),
        ("too_big", ["expressionIntensity"]),
    ]
