"""Which part of an image is used: what fits the clip, where the person wanted it."""

from collections.abc import Iterator

import pytest

from studio.generations.crops import crop_of, ratio_of
from studio.generations.request import SpecInput
from studio.generations.rules import FrameRule
from studio.generations.spec import cropped, problems
from studio.media.cropping import Crop
from studio.models import Reference
from studio.providers.base import InputRole
from studio.providers.catalog import InputRule, Model, Way, active_models
from tests.generations.steps import make_spec

JPEG = {"content_type": "image/jpeg", "size_bytes": 24_000}
SQUARE = Reference(width=1000, height=1000, **JPEG)
PANORAMA = Reference(width=4000, height=1000, **JPEG)
TOWER = Reference(width=700, height=3100, **JPEG)
WIDE = Reference(width=1280, height=720, **JPEG)
FIRST = FrameRule(role=InputRole.FIRST, aspect=(0.5, 2.0))


def frame(reference: Reference, crop: Crop | None = None, role: InputRole = InputRole.FIRST) -> SpecInput:
    return SpecInput(role=role, reference=reference, crop=crop)


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [("1280:720", 16 / 9), ("16:9", 16 / 9), ("adaptive", None), ("auto_720p", None), ("", None), ("1:0", None)],
)
def test_ratio_is_read_from_the_provider_s_words(ratio: str, expected: float | None) -> None:
    assert ratio_of(ratio) == expected


def test_a_frame_that_fits_is_used_whole() -> None:
    assert crop_of(frame(WIDE), "1280:720", FIRST) is None


def test_a_frame_is_cropped_to_the_clip_in_the_middle() -> None:
    crop = crop_of(frame(SQUARE), "1280:720", FIRST)

    assert crop is not None
    assert (crop.left, crop.width) == (0, 1)
    assert crop.height == pytest.approx(0.5625)
    assert crop.top == pytest.approx((1 - 0.5625) / 2)


def test_what_was_chosen_stays_where_it_was() -> None:
    chosen = Crop(left=0, top=0, width=1, height=0.5625)

    assert crop_of(frame(SQUARE, chosen), "1280:720", FIRST) == chosen


def test_another_ratio_keeps_the_middle_of_what_was_chosen() -> None:
    chosen = Crop(left=0, top=0.2, width=1, height=0.5)

    crop = crop_of(frame(SQUARE, chosen), "1584:672", FIRST)

    assert crop is not None
    assert crop.top + crop.height / 2 == pytest.approx(0.45)
    assert (crop.left, crop.width) == (0, 1)


def test_without_a_ratio_the_window_decides() -> None:
    crop = crop_of(frame(PANORAMA), "adaptive", FIRST)

    assert crop is not None
    assert 1.9 < crop.size(4000, 1000)[0] / 1000 <= 2.0
    assert crop_of(frame(WIDE), "adaptive", FIRST) is None


def test_an_image_that_guides_the_look_keeps_its_shape() -> None:
    used = frame(SQUARE, role=InputRole.REFERENCE_IMAGE)

    assert crop_of(used, "1280:720", FrameRule(role=InputRole.REFERENCE_IMAGE)) is None


def test_a_video_is_never_cropped() -> None:
    film = Reference(kind="video", width=1000, height=1000)

    assert crop_of(SpecInput(role=InputRole.SOURCE, reference=film), "1280:720", None) is None


def test_a_crop_mends_what_would_be_refused() -> None:
    spec = make_spec(model="gen4_turbo", first_frame=PANORAMA)

    assert problems(spec) == {}
    crop = cropped(spec).inputs[0].crop
    assert crop is not None
    assert crop.size(4000, 1000) == (1778, 1000)


def test_a_clip_may_be_wider_than_any_image_that_its_model_takes() -> None:
    """Gen-4.5 makes 21:9, and takes images that are at most twice as wide as high."""
    spec = make_spec(model="gen4.5", ratio="1584:672", first_frame=SQUARE)

    assert problems(spec) == {}
    crop = cropped(spec).inputs[0].crop
    assert crop is not None
    width, height = crop.size(1000, 1000)
    assert width == 1000
    assert 1.97 < width / height <= 2.0


@pytest.mark.parametrize("reference", [SQUARE, PANORAMA, WIDE, TOWER])
def test_whatever_is_sent_lies_within_the_window_of_its_model(reference: Reference) -> None:
    for model, way, rule in first_frames():
        for ratio in way.ratios or ("",):
            crop = crop_of(frame(reference), ratio, rule)
            width, height = (
                crop.size(reference.width, reference.height) if crop else (reference.width, reference.height)
            )
            assert rule.aspect is None or rule.aspect[0] <= width / height <= rule.aspect[1], (model.name, ratio)


def first_frames() -> Iterator[tuple[Model, Way, InputRule]]:
    """The ways that take a first frame."""
    for model in active_models():
        for way in model.ways:
            rule = way.input_rule(InputRole.FIRST)
            if rule:
                yield model, way, rule
