"""Which part of an image is used: what fits the clip, where the person wanted it."""

import pytest

from studio.generations.crops import crop_of, ratio_of
from studio.generations.request import SpecInput
from studio.generations.rules import FrameRule
from studio.generations.spec import cropped, problems
from studio.media.cropping import Crop
from studio.models import Reference
from studio.providers.base import InputRole
from tests.generations.steps import make_spec

JPEG = {"content_type": "image/jpeg", "size_bytes": 24_000}
SQUARE = Reference(width=1000, height=1000, **JPEG)
PANORAMA = Reference(width=4000, height=1000, **JPEG)
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
