"""Adjusting: whatever is asked for becomes something that can be made, and stays that."""

from collections.abc import Collection

import pytest
from hypothesis import given, settings

from studio.forms.inputs import ROLES
from studio.generations.adjusting import adjusted, nearest_ratio
from studio.generations.request import Spec, SpecInput
from studio.generations.spec import as_sent, expected_s, problems
from studio.generations.ways import live_extras, shown_way
from studio.models import Reference
from studio.providers.base import InputRole
from studio.providers.catalog import ExtraKind, find_model
from tests.generations.steps import make_spec
from tests.generations.wild import IMAGE, VIDEO, specs

PERSONS = {"prompt", "takes", "seed", *ROLES}
"""What only the person can mend."""
TYPED = {ExtraKind.WHOLE, ExtraKind.NUMBER, ExtraKind.TEXT, ExtraKind.SHOTS, ExtraKind.SWITCH}


def typed_extras(spec: Spec) -> set[str]:
    """The fields of extras that a person types."""
    model = find_model(spec.model)
    assert model is not None
    return {f"extra_{extra.field}" for extra in live_extras(spec, shown_way(spec, model)) if extra.kind in TYPED}


@settings(max_examples=300, deadline=None)
@given(specs)
def test_what_is_adjusted_is_legal_but_for_what_a_person_wrote(spec: Spec) -> None:
    found, _ = adjusted(spec)

    assert set(problems(found)) <= PERSONS | typed_extras(found)
    assert (found.prompt, found.inputs, found.takes) == (spec.prompt, spec.inputs, spec.takes)


@settings(max_examples=300, deadline=None)
@given(specs)
def test_adjusting_twice_is_adjusting_once(spec: Spec) -> None:
    once, _ = adjusted(spec)

    again, notes = adjusted(once)

    assert repr(again) == repr(once)  # NaN is not itself
    assert notes == []


@settings(max_examples=200, deadline=None)
@given(specs)
def test_what_is_sent_has_a_length_and_nothing_that_its_way_lacks(spec: Spec) -> None:
    found = as_sent(adjusted(spec)[0])
    model = find_model(found.model)
    assert model is not None
    way = shown_way(found, model)

    assert expected_s(found, way) >= 0
    assert bool(found.ratio) <= bool(way.ratios)
    assert bool(found.resolution) <= bool(way.resolutions)
    assert set(found.extras) <= {extra.field for extra in way.extras}


@pytest.mark.parametrize(
    ("ratio", "ratios", "expected"),
    [
        ("1920:1080", ("1280:720", "720:1280"), "1280:720"),
        ("864:496", ("auto_480p", "auto_720p"), "auto_480p"),
        ("1920:1080", ("auto_480p", "auto_720p", "auto_1080p"), "auto_1080p"),
        ("3840:2160", ("auto_480p", "auto_720p"), "auto_720p"),
        ("", ("1280:720", "auto_720p"), "auto_720p"),
        ("0:0", ("1280:720", "720:1280"), "1280:720"),
        ("auto_720p", ("1280:720", "720:1280"), "1280:720"),
    ],
)
def test_the_nearest_ratio(ratio: str, ratios: Collection[str], expected: str) -> None:
    assert nearest_ratio(ratio, tuple(ratios), default="auto_720p") == expected


def test_a_shape_of_an_input_that_has_gone_is_left() -> None:
    spec, notes = adjusted(make_spec(model="hailuo3", ratio="adaptive", resolution="768p", duration_s=5, seed=None))

    assert spec.ratio == "16:9"
    assert notes == ["Aspect ratio is 16:9 now: there is no input whose shape it could take."]


def test_an_extra_goes_with_the_file_that_it_needs() -> None:
    picture = SpecInput(role=InputRole.REFERENCE_IMAGE, reference=Reference(width=500, height=500, **IMAGE))
    changes = {"model": "grok_imagine_image_2", "extras": {"edit": True}}

    assert adjusted(make_spec(**changes, inputs=(picture,)))[0].extras == {"edit": True}
    assert adjusted(make_spec(**changes))[0].extras == {}


def test_a_profile_goes_with_its_format() -> None:
    spec = make_spec(extras={"outputFormat": "mp4", "proresProfile": "422"})
    assert adjusted(spec)[0].extras == {"outputFormat": "mp4"}


def test_what_has_to_be_known_has_a_value() -> None:
    film = SpecInput(role=InputRole.SOURCE, reference=Reference(width=320, height=180, duration_ms=3000, **VIDEO))

    spec, _ = adjusted(make_spec(model="enhance_frame_rate", inputs=(film,)))

    assert spec.extras == {"targetFramerate": "24"}
    assert problems(spec) == {}


def test_sound_is_as_long_as_its_clip_without_a_word() -> None:
    film = SpecInput(role=InputRole.SOURCE, reference=Reference(width=320, height=180, duration_ms=3200, **VIDEO))

    spec, notes = adjusted(make_spec(model="mirelo_sfx_2_0", duration_s=5, inputs=(film,)))

    assert (spec.duration_s, notes) == (4, [])
    assert problems(make_spec(model="mirelo_sfx_2_0", duration_s=5, inputs=(film,))) == {}
