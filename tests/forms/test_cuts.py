"""What a person sees of a crop: numbers that agree with what will be cut."""

import pytest

from studio.forms.cuts import Cut, cut_of, cut_sentence
from studio.generations.request import SpecInput
from studio.generations.rules import FrameRule
from studio.media.cropping import Crop
from studio.models import Reference
from studio.providers.base import InputRole

SQUARE = Reference(width=1000, height=1000)
WIDE = Reference(width=2000, height=500)
FIRST = FrameRule(role=InputRole.FIRST, aspect=(0.5, 2.0))


def cut(reference: Reference, ratio: str = "1280:720", crop: Crop | None = None) -> Cut | None:
    used = SpecInput(role=InputRole.FIRST, reference=reference, crop=crop)
    return cut_of(used, label="First frame", ratio=ratio, rule=FIRST)


def test_an_image_that_fits_has_no_cut() -> None:
    assert cut(Reference(width=1280, height=720)) is None


def test_a_square_is_cut_above_and_below() -> None:
    found = cut(SQUARE)

    assert found is not None
    assert (found.field, found.shape, found.position, found.is_sideways) == ("first_frame", "16:9", 50, False)
    assert found.sentence == "22 % at the top and 22 % at the bottom will be cut."
    assert found.value == "0,0.21875,1,0.5625"
    assert found.box == ("0.0", "218.8", "1000.0", "562.5")
    assert found.shade == "M0 0H1000V1000H0ZM0.0 218.8h1000.0v562.5h-1000.0Z"


def test_places_of_one_field_have_ids_of_their_own() -> None:
    used = SpecInput(role=InputRole.REFERENCE_IMAGE, reference=WIDE)
    rule = FrameRule(role=InputRole.REFERENCE_IMAGE, most=3, aspect=(0.5, 2.0))

    found = cut_of(used, label="Reference image 2", ratio="1280:720", rule=rule, name="reference_image.1")

    assert found is not None
    assert (found.field, found.dom_id) == ("reference_image", "crop-reference_image.1")


def test_a_panorama_is_cut_at_its_sides() -> None:
    found = cut(WIDE, crop=Crop(left=0, top=0, width=0.4444, height=1))

    assert found is not None
    assert (found.position, found.is_sideways, found.names) == (0, True, ("at the left", "at the right"))
    assert found.sentence == "56 % at the right will be cut."


def test_without_a_ratio_the_window_cuts() -> None:
    found = cut(WIDE, ratio="")

    assert found is not None
    assert found.crop.size(2000, 500)[0] <= 1000


@pytest.mark.parametrize(
    ("crop", "sentence"),
    [
        (Crop(left=0.14, top=0, width=0.8, height=1), "14 % at the left and 6 % at the right will be cut."),
        (Crop(left=0, top=0.3, width=1, height=0.7), "30 % at the top will be cut."),
        (Crop(left=0.002, top=0, width=0.996, height=1), "Less than 1 % will be cut."),
    ],
)
def test_the_sentence_names_the_sides(crop: Crop, sentence: str) -> None:
    assert cut_sentence(crop) == sentence
