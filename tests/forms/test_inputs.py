"""The files of the form: each in its place, and one of the team's."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from accounts.models import Team
from studio.forms.inputs import GONE, MOST_FILES, NO_MOMENT, ROLES, as_fields, read_inputs, value_of, without_file
from studio.generations.request import SpecInput
from studio.media.cropping import Crop
from studio.models import Clip, Reference
from studio.providers.base import InputRole
from tests.factories import ClipFactory, ReferenceFactory, TeamFactory

FIRST, PICTURE = InputRole.FIRST, InputRole.REFERENCE_IMAGE

NOBODY = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
"""The same in each process that collects the tests."""


@pytest.fixture
def team(db: None) -> Team:
    return TeamFactory.create()


@pytest.fixture
def boat(team: Team) -> Reference:
    return ReferenceFactory.create(team=team)


@pytest.fixture
def clip(team: Team) -> Clip:
    found = ClipFactory.create()
    Clip.objects.filter(pk=found.pk).update(team=team)
    found.refresh_from_db()
    return found


def form(*pairs: tuple[str, str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in pairs:
        data.appendlist(name, value)
    return data


def test_every_file_comes_with_what_belongs_to_it(team: Team, boat: Reference, clip: Clip) -> None:
    other = ReferenceFactory.create(team=team)
    asked = (
        SpecInput(role=FIRST, reference=boat, crop=Crop(left=0, top=0.25, width=1, height=0.5)),
        SpecInput(role=PICTURE, reference=boat, tag="boat"),
        SpecInput(role=PICTURE, reference=other),
        SpecInput(role=InputRole.SOURCE, clip=clip),
        SpecInput(role=InputRole.KEYFRAME, reference=other, at_s=Decimal("1.500")),
        SpecInput(role=InputRole.KEYFRAME, reference=boat, at_s=Decimal("0.000")),
    )

    found, problems = read_inputs(form(*as_fields(asked)), team=team)

    assert problems == {}
    assert list(found) == sorted(asked, key=lambda used: list(InputRole).index(used.role))
    assert [used.media for used in found if used.role is PICTURE] == [boat, other]


def test_files_are_read_in_two_queries(
    team: Team, boat: Reference, clip: Clip, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    inputs = [SpecInput(role=role, reference=boat) for role in (FIRST, InputRole.LAST, PICTURE)]
    inputs.append(SpecInput(role=InputRole.SOURCE, clip=clip))
    data = form(*as_fields(tuple(inputs)))

    with django_assert_num_queries(2):
        read_inputs(data, team=team)
    with django_assert_num_queries(0):
        read_inputs(form(), team=team)


@pytest.mark.parametrize(
    "value",
    ["nothing", "clip-", "clip-nothing", NOBODY, f"clip-{NOBODY}", "\0", "00000000-0000-0000-0000-0"],
)
def test_a_file_that_is_none_has_a_sentence(team: Team, value: str) -> None:
    assert read_inputs(form(("source", value)), team=team) == ((), {"source": GONE})


def test_a_file_of_another_team_is_none(team: Team) -> None:
    theirs, their_clip = ReferenceFactory.create(), ClipFactory.create()
    data = form(("first_frame", str(theirs.public_id)), ("source", f"clip-{their_clip.public_id}"))

    assert read_inputs(data, team=team) == ((), {"first_frame": GONE, "source": GONE})


def test_a_reference_is_no_clip_and_a_clip_no_reference(team: Team, boat: Reference, clip: Clip) -> None:
    data = form(("first_frame", f"clip-{boat.public_id}"), ("source", str(clip.public_id)))

    assert read_inputs(data, team=team) == ((), {"first_frame": GONE, "source": GONE})


def test_a_place_that_is_empty_moves_no_other(team: Team, boat: Reference) -> None:
    """Each name belongs to the file that stands at the same place."""
    data = form(
        ("reference_image", ""),
        ("reference_image", str(boat.public_id)),
        ("reference_image_tag", "nobody"),
        ("reference_image_tag", " @boat "),
    )

    assert [used.tag for used in read_inputs(data, team=team)[0]] == ["boat"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [("", None), ("  ", None), ("1.5", "1.5"), (" 1,25 ", "1.25"), ("0", "0"), ("1e1", "10"), ("9999", "9999")],
)
def test_moments(team: Team, boat: Reference, text: str, moment: str | None) -> None:
    (used,), problems = read_inputs(form(("keyframe", str(boat.public_id)), ("keyframe_at_s", text)), team=team)

    assert problems == {}
    assert used.at_s == (None if moment is None else Decimal(moment))


@pytest.mark.parametrize("text", ["soon", "-1", "1:30", "nan", "inf", "1e99", "10000", "9" * 400])
def test_a_moment_that_is_none_has_a_sentence(team: Team, boat: Reference, text: str) -> None:
    (used,), problems = read_inputs(form(("keyframe", str(boat.public_id)), ("keyframe_at_s", text)), team=team)

    assert (used.at_s, problems) == (None, {"keyframe": NO_MOMENT})


def test_a_crop_that_is_none_is_no_crop(team: Team, boat: Reference) -> None:
    (used,), problems = read_inputs(form(("first_frame", str(boat.public_id)), ("first_frame_crop", "a,b")), team=team)

    assert (used.crop, problems) == (None, {})


def test_more_files_than_any_model_takes_are_left(team: Team, boat: Reference) -> None:
    data = form(*[("reference_image", str(boat.public_id))] * (MOST_FILES + 40))

    assert len(read_inputs(data, team=team)[0]) == MOST_FILES


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("first_frame", [1, 2, 3]),
        ("reference_image", [0, 2, 3]),
        ("reference_image.1", [0, 1, 3]),
        ("reference_image.2", [0, 1, 2]),
        ("reference_image.9", [0, 1, 2, 3]),
        ("reference_image.x", [0, 2, 3]),
        ("reference_image.²", [0, 2, 3]),
        ("nothing", [0, 1, 2, 3]),
        ("", [0, 1, 2, 3]),
    ],
)
def test_one_file_of_several_is_removed(name: str, left: list[int]) -> None:
    references = [Reference(pk=number) for number in range(4)]
    roles = [FIRST, PICTURE, PICTURE, PICTURE]
    inputs = tuple(SpecInput(role=role, reference=file) for role, file in zip(roles, references, strict=True))

    assert [used.media.pk for used in without_file(inputs, name)] == left


def test_the_form_has_a_field_for_each_role() -> None:
    assert list(ROLES.values()) == list(InputRole)
    assert value_of(SpecInput(role=FIRST, clip=Clip())).startswith("clip-")
