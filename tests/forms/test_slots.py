"""Slots: what a place says of its file."""

from dataclasses import replace

from studio.forms.slots import Slot, slots
from studio.generations.request import SpecInput
from studio.generations.spec import default_spec
from studio.models import Reference
from studio.providers.base import InputRole
from studio.providers.catalog import find_model

PLAIN = Reference(width=640, height=360, filename="boat.png")
WIDE = Reference(width=1200, height=200, filename="pier.png", changes=["Turned upright."])


def places(model: str, *references: Reference) -> list[Slot]:
    """The filled places of reference images."""
    inputs = tuple(SpecInput(role=InputRole.REFERENCE_IMAGE, reference=one, tag="anna") for one in references)
    found = find_model(model)
    assert found is not None
    spec = replace(default_spec(), model=model, inputs=inputs)
    return [slot for slot in slots(spec, found, problems={}) if slot.value]


def test_one_of_several_images_says_what_will_be_cut() -> None:
    plain, wide = places("seedance2", PLAIN, WIDE)

    assert plain.changes == ()
    assert wide.changes == (
        "Turned upright.",
        "Reference image 2: 17 % at the left and 17 % at the right will be cut.",
    )
    assert wide.cut is None


def test_a_tag_stays_with_a_model_that_takes_none() -> None:
    (slot,) = places("seedance2", PLAIN)

    assert (slot.takes_tag, slot.tag) == (False, "anna")


def test_the_place_beside_a_wrong_file_is_not_wrong_itself() -> None:
    model = find_model("aleph2")
    assert model is not None
    empty = replace(default_spec(), model="aleph2", inputs=())
    filled = empty.with_input(SpecInput(role=InputRole.KEYFRAME, reference=PLAIN))
    problems = {"keyframe": "Each keyframe needs its moment."}

    wrong = [
        [slot.is_wrong for slot in slots(spec, model, problems=problems) if slot.field == "keyframe"]
        for spec in (empty, filled)
    ]

    assert wrong == [[True], [True, False]]
