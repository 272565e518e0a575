"""Warnings say what is known to fail, and nothing else: each cause with a prompt that has it and one that has not."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from studio.generations.hints import Hint, hints
from studio.generations.request import Spec, SpecInput
from studio.generations.spec import cropped
from studio.generations.ways import way_of
from studio.models import Reference
from studio.providers.base import InputRole
from tests.generations.steps import make_spec

JPEG = {"content_type": "image/jpeg", "size_bytes": 24_000}
GOOD = "A paper boat drifts over a flooded street at dawn, low camera, soft light"


def told(spec: Spec) -> list[Hint]:
    way = way_of(spec)
    assert way is not None
    return list(hints(cropped(spec), way))


def of_prompt(text: str, **changes: Any) -> list[str]:
    return [hint.sentence for hint in told(make_spec(prompt=text, **changes)) if hint.field == "prompt"]


@pytest.mark.parametrize("text", ["Boat", "A boat", "🎬"])
def test_a_very_short_prompt_is_told(text: str) -> None:
    assert of_prompt(text) == [
        "This prompt is very short, so much is left to chance. Say who, where, light and camera."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Write a prompt for a boat film",
        "please generate me a cinematic video prompt about boats",
        "Improve this prompt: boat",
    ],
)
def test_a_wish_for_a_prompt_is_told(text: str) -> None:
    assert "Describe the shot itself instead." in of_prompt(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "A boat with text on its side saying hello",
        "The company logo turns in the dark",
        "A shop, and a sign that says OPEN above its door",
        "A road film with subtitles below",
    ],
)
def test_text_in_the_picture_is_told(text: str) -> None:
    assert of_prompt(text)[0].startswith("Text and logos in the picture often come out wrong")


def test_a_crowd_is_told() -> None:
    assert of_prompt("A crowd runs over the bridge at night")[0].startswith("Crowded scenes fail more often")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "A boat at dawn, no text, no logo, no watermark",
        "A woman writes a letter at a window, prompt and quick",
        "Without any subtitles, a quiet street in the rain",
        "霧の港を小さな船が出ていく",
        "A sign post in the fog turns slowly",
    ],
)
def test_a_good_prompt_has_no_warning(text: str) -> None:
    assert of_prompt(text) == []


def test_a_name_that_no_image_has_is_told() -> None:
    spec = make_spec(prompt=f"@Hero walks past @tower, mail to a@b.example. {GOOD}")
    picture = SpecInput(role=InputRole.REFERENCE_IMAGE, reference=Reference(width=640, height=640, **JPEG), tag="hero")

    sentences = [hint.sentence for hint in hints(replace(spec, inputs=(picture,)), _some_way())]

    assert sentences == [
        "The prompt names @Hero, and no reference image is called so. There are: @hero.",
        "The prompt names @tower, and no reference image is called so. There are: @hero.",
    ]


def test_an_at_sign_means_nothing_without_reference_images() -> None:
    assert of_prompt(f"@someone. {GOOD}") == []


def test_a_large_cut_is_told() -> None:
    square = Reference(width=2000, height=2000, **JPEG)

    assert told(make_spec(prompt=GOOD, first_frame=square)) == [
        Hint(
            "first_frame",
            "44 % of this image is cut off to fit the clip. Move the crop to what matters, or choose another ratio.",
        )
    ]


def test_a_small_cut_is_not_told() -> None:
    assert told(make_spec(prompt=GOOD, first_frame=Reference(width=1500, height=1000, **JPEG))) == []


def test_an_image_smaller_than_the_clip_is_told() -> None:
    small = Reference(width=640, height=360, **JPEG)

    assert told(make_spec(prompt=GOOD, first_frame=small)) == [
        Hint(
            "first_frame",
            "This image is smaller than the clip: 640 × 360 px for 1,280 × 720. "
            "It may look soft; a larger one is better.",
        )
    ]


def test_frames_a_second_that_are_brought_down_are_told() -> None:
    film = Reference(kind="video", width=1280, height=720, duration_ms=4000, fps=Decimal(60), content_type="video/mp4")
    way = _some_way(fps_max=30)
    spec = replace(make_spec(prompt=GOOD), inputs=(SpecInput(role=InputRole.SOURCE, reference=film),))

    assert hints(spec, way) == (Hint("source", "This video has 60 frames a second: it is made 30 before it is sent."),)


def _some_way(*, fps_max: float = 0) -> Any:
    """A way with a source and reference images, before the catalog has one."""
    from studio.generations.rules import FrameRule
    from studio.providers.base import MediaKind

    class SomeWay:
        prompt_required = True
        inputs = (
            FrameRule(role=InputRole.SOURCE, kinds=(MediaKind.VIDEO,), fps_max=fps_max),
            FrameRule(role=InputRole.REFERENCE_IMAGE, most=3),
        )

    return SomeWay()
