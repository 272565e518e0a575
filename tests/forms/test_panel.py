"""The panel shows any request, with any problems, and keeps each file and each sentence in sight."""

from datetime import date

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Team
from studio.credits.queries import Balance
from studio.forms.composer import Composition
from studio.forms.inputs import ROLES, value_of
from studio.forms.panel import Panel, panel
from studio.forms.slots import slots
from studio.generations.adjusting import adjusted
from studio.generations.request import Spec, SpecInput
from studio.generations.spec import problems as problems_of
from studio.models import Project, Reference
from studio.providers.base import InputRole
from studio.providers.catalog import MODELS, default_model
from tests.generations.steps import make_spec
from tests.generations.wild import AUDIO, IMAGE, VIDEO, specs

TODAY = date(2026, 11, 29)
BALANCE = Balance(balance_credits=1000, held_credits=0)
FIELDS = ["", "prompt", "model", "ratio", "size", "resolution", "duration_s", "sound", "seed", "takes", *ROLES]


def shown(spec: Spec, **problems: str) -> Panel:
    composition = Composition(spec=spec, problems=problems)
    return panel(composition, balance=BALANCE, today=TODAY, history=[])


@settings(max_examples=150, deadline=None)
@given(specs, st.dictionaries(st.sampled_from([*FIELDS, "extra_mode", "strange"]), st.just("It is wrong."), max_size=4))
def test_any_request_is_shown_as_it_is_adjusted(spec: Spec, problems: dict[str, str]) -> None:
    spec, notes = adjusted(spec)
    found = panel(Composition(spec=spec, problems=problems, notes=notes), balance=BALANCE, today=TODAY, history=[])

    assert sorted(slot.value for slot in found.slots if slot.value) == sorted(map(value_of, spec.inputs))
    for choices in (found.shapes, found.resolutions, found.durations):
        assert [choice.is_chosen for choice in choices].count(True) == (1 if choices else 0)
    assert found.quote.total_credits > 0 or spec.takes < 1
    assert found.summary


@settings(max_examples=60, deadline=None)
@given(specs)
def test_every_sentence_has_its_place_on_the_page(spec: Spec) -> None:
    """What is said nowhere refuses without a word."""
    spec, _ = adjusted(spec)
    found = problems_of(spec)
    project = Project(name="Harbour", slug="harbour", team=Team(name="Northlight", slug="northlight"))

    page = shown(spec, **found)
    markup = render_to_string("components/settings.html", {"panel": page, "project": project})

    for field, sentence in found.items():
        if field == "prompt":
            assert page.prompt_limit or page.launch_problem == sentence
        else:
            assert f'id="{field}-error"' in markup or page.launch_problem == sentence, field


@pytest.mark.parametrize("field", ["duration_s", "ratio", "resolution", "seed", "extra_mode", "reference_audio"])
def test_a_problem_of_a_field_that_is_not_there_is_told_at_the_button(field: str) -> None:
    found = shown(make_spec(model="h3_max", ratio="", resolution="480p", duration_s=5), **{field: "It is wrong."})

    is_there = field in {"duration_s", "resolution", "seed", "reference_audio"}
    assert found.launch_problem == ("" if is_there else "It is wrong.")


def test_a_problem_of_the_whole_goes_first() -> None:
    assert (
        shown(make_spec(), strange="No.", **{"": "The price has changed."}).launch_problem == "The price has changed."
    )


@pytest.mark.parametrize("name", ["sora", "gen3a_turbo"])
def test_a_model_that_is_gone_shows_the_default_one(name: str) -> None:
    assert shown(adjusted(make_spec(model=name))[0]).model in {default_model(), MODELS["gen4_turbo"]}


def test_one_length_is_told_and_not_asked() -> None:
    film = SpecInput(role=InputRole.SOURCE, reference=Reference(width=320, height=180, duration_ms=3000, **VIDEO))
    spec, _ = adjusted(make_spec(model="mirelo_sfx_2_0", inputs=(film,)))

    found = shown(spec)

    assert (found.durations, found.length_sentence) == ([], "As long as the source")
    assert found.sound_sentence == "Always with Mirelo SFX 2"


def test_a_length_that_may_be_open_has_its_word() -> None:
    found = shown(adjusted(make_spec(model="seedance2", duration_s=None))[0])

    assert [(choice.value, choice.is_chosen) for choice in found.durations[-2:]] == [("15", False), ("auto", True)]


# Slots


def picture(role: InputRole, *, tag: str = "") -> SpecInput:
    return SpecInput(role=role, reference=Reference(width=500, height=500, filename="boat.png", **IMAGE), tag=tag)


def test_beside_each_file_there_is_room_for_the_next() -> None:
    spec = make_spec(model="gen4_image", inputs=(picture(InputRole.REFERENCE_IMAGE, tag="boat"),))

    found = slots(spec, MODELS["gen4_image"], problems={})

    assert [(slot.name, bool(slot.value), slot.takes_tag, slot.tag) for slot in found] == [
        ("reference_image", True, True, "boat"),
        ("reference_image.1", False, False, ""),
    ]
    assert [slot.label for slot in found] == ["Reference image", "Reference image 2"]


def test_a_full_role_has_no_further_place() -> None:
    spec = make_spec(model="gen4_image", inputs=(picture(InputRole.REFERENCE_IMAGE),) * 3)

    assert len(slots(spec, MODELS["gen4_image"], problems={})) == 3


def test_a_file_that_the_model_does_not_take_stays_where_it_can_be_removed() -> None:
    song = SpecInput(role=InputRole.REFERENCE_AUDIO, reference=Reference(duration_ms=3000, filename="a.wav", **AUDIO))
    spec = make_spec(inputs=(song,))

    found = {slot.name: slot for slot in slots(spec, MODELS["gen4.5"], problems={"reference_audio": "No."})}

    assert (found["reference_audio"].is_wrong, found["reference_audio"].caption) == (True, "a.wav · 3.0 s")
    assert found["reference_audio"].accept == "audio/*"


def test_a_file_that_could_not_be_read_has_a_place_for_its_sentence() -> None:
    names = [slot.name for slot in slots(make_spec(), MODELS["gen4.5"], problems={"source": "Gone."})]

    assert "source" in names
