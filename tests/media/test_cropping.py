"""A crop is the largest part that fits, it stays within the image, and its pixels are those of the image."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.media.cropping import (
    WHOLE,
    Crop,
    apply,
    centre_crop,
    crop_into,
    cropped_file,
    fits,
    fits_window,
    moved_to,
    read_crop,
)
from tests.media.files import image_bytes

SIDES = st.integers(min_value=16, max_value=8000)
RATIOS = st.floats(min_value=0.2, max_value=5)


@pytest.mark.parametrize(
    ("width", "height", "ratio", "expected"),
    [
        (1280, 720, 16 / 9, WHOLE),
        (2000, 1000, 1.0, Crop(left=0.25, top=0, width=0.5, height=1)),
        (1000, 2000, 1.0, Crop(left=0, top=0.25, width=1, height=0.5)),
        (1000, 1000, 2.0, Crop(left=0, top=0.25, width=1, height=0.5)),
    ],
)
def test_centre_crop_is_in_the_middle(width: int, height: int, ratio: float, expected: Crop) -> None:
    assert centre_crop(width, height, ratio) == expected


@given(SIDES, SIDES, RATIOS)
def test_a_centre_crop_has_the_ratio_and_the_full_length_of_one_side(width: int, height: int, ratio: float) -> None:
    crop = centre_crop(width, height, ratio)

    left, top, right, bottom = crop.box(width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert (right - left == width) or (bottom - top == height)
    if min(right - left, bottom - top) > 200:
        assert (right - left) / (bottom - top) == pytest.approx(ratio, rel=0.01)


@given(SIDES, SIDES, st.tuples(st.floats(0.2, 1), st.floats(1.2, 5)))
def test_a_crop_into_a_window_lies_within_it(width: int, height: int, window: tuple[float, float]) -> None:
    cut = crop_into(width, height, window).size(width, height)

    if min(cut) > 200:
        assert fits_window(*cut, window)


def test_what_lies_in_the_window_stays_whole() -> None:
    assert crop_into(1000, 1000, (0.5, 2.0)) == WHOLE
    assert crop_into(2000, 1000, (0.5, 2.0)) == WHOLE
    assert crop_into(4000, 1000, (0.5, 2.0)).size(4000, 1000)[0] in range(1980, 2001)


@pytest.mark.parametrize(
    ("width", "height", "is_fit"),
    [(1280, 720, True), (1279, 720, True), (1200, 720, False), (64, 36, True), (85, 48, True)],
)
def test_the_last_pixel_does_not_count(width: int, height: int, is_fit: bool) -> None:
    assert fits(width, height, 16 / 9) is is_fit


@given(SIDES, SIDES, RATIOS, st.floats(-1, 2), st.floats(-1, 2))
def test_a_moved_crop_stays_inside(width: int, height: int, ratio: float, left: float, top: float) -> None:
    crop = centre_crop(width, height, ratio)

    moved = moved_to(crop, left=left, top=top)

    assert (moved.width, moved.height) == (crop.width, crop.height)
    assert 0 <= moved.left <= 1 - moved.width + 1e-9
    assert 0 <= moved.top <= 1 - moved.height + 1e-9


@given(SIDES, SIDES, RATIOS)
def test_a_crop_survives_the_form_and_the_database(width: int, height: int, ratio: float) -> None:
    crop = centre_crop(width, height, ratio)
    if min(crop.width, crop.height) < 0.02:
        return

    from_form, from_database = read_crop(crop.as_text()), read_crop(crop.as_dict())

    assert from_form is not None
    assert from_form.box(width, height) == pytest.approx(crop.box(width, height), abs=1)
    assert from_database == crop


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0,0,1",
        "0,0,1,1,1",
        "a,b,c,d",
        "nan,0,1,1",
        "inf,0,1,1",
        "-0.1,0,1,1",
        "0.5,0,0.8,1",
        "0,0,0,1",
        "0,0,2,1",
        "0,0,0.001,1",
    ],
)
def test_what_is_no_crop_is_none(text: str) -> None:
    assert read_crop(text) is None


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_the_part_is_that_of_the_image(name: str) -> None:
    content = image_bytes(name=name, size=(160, 90))

    part = apply(content, Crop(left=0.5, top=0.1, width=0.5, height=0.8))

    with Image.open(BytesIO(part.content)) as image:
        assert (image.format, image.size) == (name, (80, 72))
        pixel = image.convert("RGB").getpixel((40, 30))
    assert isinstance(pixel, tuple)
    assert pixel[2] > 230 > 30 > pixel[0]
    assert (part.width, part.height, part.size_bytes) == (80, 72, len(part.content))
    assert part.changes == ("Cropped to 80 × 72 px.",)


def test_the_part_of_a_file_is_a_file(tmp_path: Path) -> None:
    source, target = tmp_path / "image", tmp_path / "part"
    source.write_bytes(image_bytes(name="JPEG", size=(160, 90)))

    content_type = cropped_file(source, Crop(left=0, top=0, width=0.5, height=1), target)

    assert content_type == "image/jpeg"
    with Image.open(target) as image:
        assert image.size == (80, 90)


def test_what_can_be_seen_through_stays_so() -> None:
    target = BytesIO()
    Image.new("RGBA", (64, 64), (1, 2, 3, 100)).save(target, format="PNG")

    with Image.open(BytesIO(apply(target.getvalue(), Crop(left=0, top=0, width=1, height=0.5)).content)) as image:
        assert (image.mode, image.size) == ("RGBA", (64, 32))
