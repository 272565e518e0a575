"""The form: what cannot be read has a sentence, and what is remembered comes back as it was."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings

from studio.forms.composer import ComposerForm, Composition, remembered
from studio.generations.adjusting import adjusted
from studio.generations.request import Spec, SpecInput
from studio.generations.spec import default_spec, problems
from studio.models import Project
from studio.providers.base import InputRole
from tests.factories import ClipFactory, ProjectFactory, PromptFactory, ReferenceFactory
from tests.generations.steps import make_spec
from tests.generations.wild import specs

pytestmark = pytest.mark.django_db
NOBODY = uuid.UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")


@pytest.fixture
def project() -> Project:
    return ProjectFactory.create()


def read(project: Project, fields: str = "", **more: Any) -> Composition:
    data = QueryDict(fields, mutable=True)
    data.update(more)
    return ComposerForm(data, project=project).composition()


def test_an_empty_form_is_the_default(project: Project) -> None:
    found = read(project)

    assert found.spec == replace(default_spec(), sound=None)
    assert (found.problems, found.token, found.seen_credits, found.source_prompt) == ({}, None, None, None)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("seed", "abc"),
        ("seed", "1.5"),
        ("takes", "many"),
        ("takes", "-1"),
        ("takes", "100"),
        ("duration_s", "5 s"),
        ("duration_s", "-5"),
        ("duration_s", "\N{ARABIC-INDIC DIGIT FIVE}"),
        ("duration_s", "3601"),
        ("duration_s", "1e3"),
        ("model", "x" * 61),
        ("ratio", "1" * 21),
        ("resolution", "1" * 13),
        ("prompt", "A boat\0"),
    ],
)
def test_what_cannot_be_read_has_a_sentence_and_changes_nothing_else(project: Project, field: str, text: str) -> None:
    found = read(project, **{field: text})

    assert set(found.problems) == {field}
    assert found.spec == replace(default_spec(), sound=None)


@pytest.mark.parametrize(("text", "expected"), [("auto", None), ("8", 8), (" 8 ", 8), ("", 5)])
def test_lengths(project: Project, text: str, expected: int | None) -> None:
    assert read(project, duration_s=text).spec.duration_s == expected


def test_a_seed_that_is_none_stays_as_it_was_typed(project: Project) -> None:
    assert read(project, seed="0x1f").seed_text == "0x1f"
    assert read(project, seed="7").seed_text == ""


def test_a_setting_that_cannot_be_read_stays_as_it_was_typed(project: Project) -> None:
    field = "extra_providerSettings.multiPrompt"

    found = read(project, **{"model": "kling3.0_pro", field: "A boat leaves\r\nand comes back"})

    assert found.texts == {field: "A boat leaves\nand comes back"}
    assert set(found.problems) == {field}


def test_numbers_that_nobody_typed_are_left(project: Project) -> None:
    found = read(project, token="nothing", seen_credits="-1", source_prompt="nothing", sound="loud")

    assert (found.token, found.seen_credits, found.source_prompt, found.spec.sound) == (None, None, None, None)
    assert found.problems == {}


def test_a_prompt_of_another_project_is_no_source(project: Project) -> None:
    own, theirs = PromptFactory.create(project=project), PromptFactory.create()

    assert read(project, source_prompt=str(own.public_id)).source_prompt == own
    assert read(project, source_prompt=str(theirs.public_id)).source_prompt is None


def test_a_size_is_of_the_ratios_that_are_left(project: Project) -> None:
    """An edit takes the shape of its source: there is no ratio of which another size could be chosen."""
    film = ReferenceFactory.create(
        team=project.team, kind="video", content_type="video/mp4", width=854, height=480, duration_ms=3000, fps=24
    )
    asked = {"model": "seedance2_5", "ratio": "1280:720", "size": "1080p", "source": str(film.public_id)}

    assert read(project, **asked).spec.ratio == "1920:1080"
    assert read(project, **asked, extra_mode="edit").spec.ratio == "1280:720"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(specs)
def test_what_is_remembered_comes_back(project: Project, spec: Spec) -> None:
    """Of everything that can be launched but for its files, which the next test has."""
    spec = replace(adjusted(replace(spec, inputs=(), prompt="A paper boat"))[0], takes=1)
    if set(problems(spec)) - {"source", "first_frame", "character", "performance", "reference_image"}:
        return

    found = read(project, remembered(spec, source_prompt=NOBODY))

    assert found.problems == {}
    assert adjusted(found.spec)[0] == without_defaults(spec)


def without_defaults(spec: Spec) -> Spec:
    """As the form says it: what is the provider's default anyway is not said, and texts begin and end with no space."""
    from studio.forms.extras import as_extra_fields, read_extras
    from studio.providers.catalog import find_model

    data = QueryDict(mutable=True)
    data.update(dict(as_extra_fields(spec.extras)))
    return adjusted(replace(spec, extras=read_extras(data, find_model(spec.model)).values))[0]


def test_files_are_remembered_in_their_places(project: Project) -> None:
    boat, gulls = (ReferenceFactory.create(team=project.team) for _ in range(2))
    clip = ClipFactory.create(generation__prompt__project=project)
    pictures = tuple(
        SpecInput(role=InputRole.REFERENCE_IMAGE, reference=file, tag=tag)
        for file, tag in ((boat, "boat"), (gulls, ""))
    )
    source = SpecInput(role=InputRole.SOURCE, clip=clip)
    for spec in (
        make_spec(model="gen4_image", duration_s=None, inputs=pictures),
        make_spec(model="seedance2", duration_s=None, sound=True, inputs=(*pictures, source)),
    ):
        found = read(project, remembered(spec, source_prompt=NOBODY))

        assert sorted(found.spec.inputs, key=repr) == sorted(spec.inputs, key=repr)
        assert (found.spec.duration_s, found.spec.sound) == (spec.duration_s, spec.sound)
