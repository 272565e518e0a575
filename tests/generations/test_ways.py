"""The files that were added decide the way."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.generations.request import Spec, SpecInput
from studio.generations.ways import (
    as_taken,
    durations_for,
    fitting_way,
    is_live,
    missing_roles,
    nearest_way,
    only_length,
    open_rules,
    ratios_for,
    resolutions_for,
    source_length_s,
    way_of,
)
from studio.models import Reference
from studio.providers.base import InputRole, WayKind
from studio.providers.catalog import MODELS, active_models
from tests.generations.steps import make_spec
from tests.generations.wild import AUDIO, IMAGE, VIDEO

FIRST, LAST, SOURCE = InputRole.FIRST, InputRole.LAST, InputRole.SOURCE
PICTURE, FILM, SONG = InputRole.REFERENCE_IMAGE, InputRole.REFERENCE_VIDEO, InputRole.REFERENCE_AUDIO


def with_files(model: str, *roles: InputRole) -> Spec:
    return replace(make_spec(model=model), inputs=tuple(map(used, roles)))


def used(role: InputRole, *, ms: int = 3000) -> SpecInput:
    if role in {SOURCE, FILM, InputRole.PERFORMANCE}:
        return SpecInput(role=role, reference=Reference(width=1280, height=720, duration_ms=ms, **VIDEO))
    if role is SONG:
        return SpecInput(role=role, reference=Reference(duration_ms=ms, **AUDIO))
    return SpecInput(role=role, reference=Reference(width=1280, height=720, **IMAGE))


@pytest.mark.parametrize(
    ("model", "roles", "kind"),
    [
        ("gen4.5", (), WayKind.TEXT),
        ("gen4.5", (FIRST,), WayKind.IMAGE),
        ("gen4.5", (LAST,), None),
        ("gen4.5", (FIRST, FIRST), None),
        ("seedance2", (PICTURE,), WayKind.TEXT),
        ("seedance2", (FIRST, LAST, SONG), WayKind.IMAGE),
        ("seedance2", (SOURCE, PICTURE, FILM), WayKind.VIDEO),
        ("seedance2", (FIRST, SOURCE), None),
        ("kling_4", (FIRST, InputRole.MIDDLE, LAST), WayKind.IMAGE),
        ("aleph2", (), None),
        ("aleph2", (SOURCE, InputRole.KEYFRAME), WayKind.VIDEO),
        ("act_two", (InputRole.CHARACTER, InputRole.PERFORMANCE), WayKind.PERFORMANCE),
        ("gen4_image_turbo", (PICTURE, PICTURE, PICTURE), WayKind.STILL),
        ("gen4_image_turbo", (PICTURE,) * 4, None),
    ],
)
def test_the_way_follows_from_the_files(model: str, roles: tuple[InputRole, ...], kind: WayKind | None) -> None:
    way = way_of(with_files(model, *roles))

    assert (way.kind if way else None) == kind


counts = st.dictionaries(st.sampled_from(InputRole), st.integers(0, 12), max_size=5).map(Counter)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(active_models()), counts)
def test_there_is_always_a_way_to_show(model, roles) -> None:  # type: ignore[no-untyped-def]
    way, fitting = nearest_way(model, roles), fitting_way(model, roles)

    assert way in model.ways
    assert fitting in {None, way}
    assert (fitting is None) or not missing_roles(way, roles)
    found = open_rules(model, roles)
    assert len({rule.role for rule in found}) == len(found)


def test_every_way_can_be_reached_by_adding_what_is_offered() -> None:
    """File by file, each in a place that is open."""
    for model in active_models():
        for way in model.ways:
            roles: Counter[InputRole] = Counter()
            for rule in way.inputs:
                is_needed = rule.least or rule.role in way.needs_one_of[:1]
                if is_needed:
                    assert rule.role in {one.role for one in open_rules(model, roles)}, (model.name, way.kind)
                    roles[rule.role] += max(rule.least, 1)
            assert fitting_way(model, roles) is way, (model.name, way.kind)


def test_places_that_exclude_each_other_are_not_offered_together() -> None:
    model = MODELS["seedance2"]

    assert FIRST not in {rule.role for rule in open_rules(model, Counter({SOURCE: 1}))}
    with_frame = {rule.role for rule in open_rules(model, Counter({FIRST: 1}))}
    assert LAST in with_frame
    assert PICTURE not in with_frame


def test_the_shape_of_an_input_is_offered_where_there_is_or_will_be_one() -> None:
    text, edit = MODELS["hailuo3"].ways[0], MODELS["bria_fibo_edit_1_5"].ways[0]

    assert "adaptive" not in ratios_for(make_spec(model="hailuo3"), text)
    assert "adaptive" not in ratios_for(make_spec(model="hailuo3", inputs=(used(SONG),)), text)
    assert "adaptive" in ratios_for(make_spec(model="hailuo3", inputs=(used(PICTURE),)), text)
    assert "auto" in ratios_for(make_spec(model="bria_fibo_edit_1_5"), edit)


def test_files_limit_the_sizes() -> None:
    grok, wan = MODELS["grok_imagine_1_5"].ways[0], MODELS["wan3"].ways[1]

    assert resolutions_for(make_spec(), grok) == ("480p", "720p", "1080p")
    assert resolutions_for(make_spec(inputs=(used(PICTURE),)), grok) == ("480p", "720p")
    assert all(ratio.startswith("auto") for ratio in ratios_for(with_files("wan3", FIRST), wan))


def test_lengths() -> None:
    seedance, mirelo = MODELS["seedance2_5"].ways[2], MODELS["mirelo_sfx_2_0"].ways[0]
    kling = MODELS["kling3.0_pro"].ways[0]
    shots = {"providerSettings.multiPrompt": [{"prompt": "A boat", "duration": 4}]}

    assert durations_for(make_spec(), seedance)[-1] == 30
    assert durations_for(make_spec(extras={"mode": "edit"}), seedance) == ()
    assert durations_for(make_spec(extras=shots), kling) == ()
    assert durations_for(make_spec(inputs=(used(SOURCE, ms=3200),)), mirelo) == (4,)
    assert durations_for(make_spec(inputs=(used(SOURCE, ms=90_000),)), mirelo) == (60,)
    assert only_length(make_spec(inputs=(used(SOURCE),)), mirelo) == 3
    assert only_length(make_spec(), mirelo) is None
    assert source_length_s(with_files("gen4.5", FIRST)) is None


def test_an_extra_depends_on_another_and_on_its_file() -> None:
    profile = MODELS["gen4.5"].ways[0].extra_field("proresProfile")
    edit = MODELS["grok_imagine_image_2"].ways[0].extra_field("edit")
    assert profile
    assert edit

    assert not is_live(profile, make_spec())
    assert is_live(profile, make_spec(extras={"outputFormat": "prores"}))
    assert not is_live(edit, make_spec())
    assert is_live(edit, make_spec(inputs=(used(PICTURE),)))


def test_what_a_way_has_no_place_for_is_left() -> None:
    ruby = MODELS["ruby"].ways[0]
    spec = make_spec(model="ruby", resolution="2k", extras={"draft": True}, inputs=(used(SOURCE),))

    found = as_taken(spec, ruby)

    assert (found.prompt, found.ratio, found.resolution, found.duration_s, found.extras) == ("", "", "", None, {})
    assert found.inputs == spec.inputs
