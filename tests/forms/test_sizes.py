"""Ratios in two steps: the shape, and the size."""

import pytest

from studio.forms.sizes import MOST_AT_ONCE, resized, shapes, size_of, sizes
from studio.generations.request import Spec, SpecInput
from studio.models import Reference
from studio.providers.base import InputRole
from studio.providers.catalog import MODELS, active_models
from tests.generations.steps import make_spec
from tests.generations.wild import IMAGE

SEEDANCE = MODELS["seedance2"].ways[0]


@pytest.mark.parametrize(
    ("ratio", "size"),
    [("1280:720", "720p"), ("1920:1080", "1080p"), ("16:9", ""), ("adaptive", "auto"), ("auto_1k", "auto"), ("", "")],
)
def test_the_size_of_a_ratio(ratio: str, size: str) -> None:
    assert size_of(ratio) == size


def test_few_ratios_stand_side_by_side() -> None:
    ratios = MODELS["gen4.5"].ways[1].ratios

    assert [shape.value for shape in shapes("1280:720", ratios)] == list(ratios)
    assert sizes("1280:720", ratios) == []


@pytest.mark.parametrize("model", [model.name for model in active_models()])
def test_many_ratios_are_told_by_shape_and_size(model: str) -> None:
    """Each can be reached in two steps, and no two of a size have the same name."""
    for way in MODELS[model].ways:
        if len(way.ratios) <= MOST_AT_ONCE:
            continue
        reached: set[str] = set()
        for chosen in way.ratios:
            offered = shapes(chosen, way.ratios)
            labels = [shape.label for shape in offered]
            assert len(set(labels)) == len(labels), (chosen, labels)
            assert [size.is_chosen for size in sizes(chosen, way.ratios)].count(True) == 1
            assert [shape.value for shape in offered if shape.is_chosen] == [chosen]
            reached |= {shape.value for shape in offered}
        assert reached == set(way.ratios)


def test_another_size_keeps_the_shape() -> None:
    spec = make_spec(model="seedance2", ratio="720:1280")

    assert resized(spec, "1080p").ratio == "1080:1920"
    assert resized(spec, "720p") is spec
    assert resized(spec, "") is spec
    assert resized(spec, "9k") is spec


def still(*, ratio: str, size: tuple[int, int] | None) -> Spec:
    files = (SpecInput(role=InputRole.REFERENCE_IMAGE, reference=Reference(width=size[0], height=size[1], **IMAGE)),) \
        if size else ()  # fmt: skip
    return make_spec(model="grok_imagine_image_2", ratio=ratio, inputs=files)


def test_a_size_in_place_of_the_shape_of_an_input_takes_that_shape() -> None:
    """Not a square, as it would be for a shape that nobody knows."""
    tall, plain = still(ratio="auto_1k", size=(900, 1600)), still(ratio="auto_1k", size=None)

    for spec, is_tall in ((tall, True), (plain, False)):
        found = resized(spec, size_of("1280:720")).ratio
        width, _, height = found.partition(":")
        assert (int(width) < int(height)) is is_tall


def test_as_the_input_is_the_ways_own_choice_of_those() -> None:
    assert resized(still(ratio="1280:720", size=(900, 1600)), "auto").ratio == "auto_1k"


@pytest.mark.parametrize("name", ["sora", "gen3a_turbo"])
def test_a_model_that_is_gone_has_no_sizes(name: str) -> None:
    spec = make_spec(model=name)
    assert resized(spec, "1080p") is spec


def test_a_shape_is_drawn_within_its_box() -> None:
    for shape in shapes("1280:720", SEEDANCE.ratios[:MOST_AT_ONCE]):
        assert 0 < shape.width <= 24
        assert 0 < shape.height <= 18
        assert shape.left >= 0
        assert shape.top >= 0
    assert shapes("adaptive", ("adaptive", "0:9"))[0].width == 0
