"""What the composer shows when its page is opened: by a link to a clip or a frame, or as it was left."""

import uuid
from typing import Any

import pytest

from studio.generations.works import OFFERS, Offer
from studio.models import Clip, Reference
from tests.factories import ClipFactory, ProjectFactory, PromptFactory, ReferenceFactory
from tests.views.cast import Cast
from tests.views.html import Element, parse


def opened(cast: Cast, **query: Any) -> Element:
    answer = cast.creator.get(cast.url("studio"), query)
    assert answer.status_code == 200
    return parse(answer.content).find(id="composer")


def a_clip(cast: Cast, **fields: Any) -> Clip:
    return ClipFactory.create(generation__prompt=PromptFactory.create(project=cast.stage.project), **fields)


def chosen_model(form: Element) -> str:
    radios = [one for one in form.all("checked") if one.attributes.get("name") == "model"]
    return radios[0].attributes["value"]


def values(form: Element, name: str) -> list[str]:
    return [one.attributes["value"] for one in form.all("name") if one.attributes["name"] == name]


@pytest.mark.parametrize("offer", [pytest.param(offer, id=offer.name) for offer in OFFERS])
def test_a_clip_opens_with_a_model_that_works_on_it(cast: Cast, offer: Offer) -> None:
    clip = a_clip(cast)

    form = opened(cast, work=offer.name, clip=clip.public_id)

    assert chosen_model(form) == offer.models[0]
    assert values(form, offer.role.value) == [f"clip-{clip.public_id}"]


def test_a_clip_of_another_project_of_the_team_may_be_worked_on(cast: Cast) -> None:
    other = ProjectFactory.create(team=cast.stage.team)
    clip = ClipFactory.create(generation__prompt__project=other)

    assert values(opened(cast, work="sound", clip=clip.public_id), "source") == [f"clip-{clip.public_id}"]


@pytest.mark.parametrize(
    "query",
    [
        {"work": "paint"},
        {"work": "sound", "clip": ""},
        {"work": "sound", "clip": "nothing"},
        {"work": "sound", "clip": str(uuid.uuid4())},
        {"work": ""},
        {"reference": "nothing", "use": "first_frame"},
        {"reference": str(uuid.uuid4()), "use": "first_frame"},
        {"reuse": "nothing"},
        {"reuse": str(uuid.uuid4())},
        {"from": str(uuid.uuid4())},
    ],
)
def test_what_is_not_there_is_404(cast: Cast, query: dict[str, str]) -> None:
    given = {"clip": str(a_clip(cast).public_id), **query}

    assert cast.creator.get(cast.url("studio"), given).status_code == 404


def test_what_another_team_has_is_404(cast: Cast) -> None:
    clip, reference = ClipFactory.create(), ReferenceFactory.create()

    for query in (
        {"work": "sound", "clip": str(clip.public_id)},
        {"reference": str(reference.public_id), "use": "first_frame"},
        {"reuse": str(clip.generation.public_id)},
    ):
        assert cast.creator.get(cast.url("studio"), query).status_code == 404


def test_a_use_that_is_none_is_404(cast: Cast) -> None:
    reference = ReferenceFactory.create(team=cast.stage.team)
    query = {"reference": str(reference.public_id), "use": "background"}

    assert cast.creator.get(cast.url("studio"), query).status_code == 404


def a_reference(cast: Cast, **fields: Any) -> Reference:
    return ReferenceFactory.create(team=cast.stage.team, **fields)


def test_pictures_come_beside_those_that_are_there(cast: Cast) -> None:
    boat, gulls = a_reference(cast), a_reference(cast)
    fields = cast.fields(
        model="gen4_image", ratio="720:720", seen_credits="5", reference_image=str(boat.public_id), duration_s=None
    )
    assert cast.creator.post(cast.url("generate"), fields).status_code == 302

    form = opened(cast, reference=gulls.public_id, use="reference_image")

    assert values(form, "reference_image") == [str(boat.public_id), str(gulls.public_id)]
    assert chosen_model(form) == "gen4_image"


def test_a_model_that_takes_no_pictures_makes_room_for_one_that_does(cast: Cast) -> None:
    boat = a_reference(cast)

    form = opened(cast, reference=boat.public_id, use="reference_image")

    assert values(form, "reference_image") == [str(boat.public_id)]
    assert form.find(id="reference_image-error").text == ""
    assert chosen_model(form) != "gen4.5"


def test_a_last_frame_alone_says_what_it_needs(cast: Cast) -> None:
    form = opened(cast, reference=a_reference(cast).public_id, use="last_frame")

    assert len(values(form, "last_frame")) == 1
    assert form.find(id="last_frame-error").text


@pytest.mark.parametrize(("ratio", "expected"), [("1280:720", "1280:720"), ("adaptive", "720:1280"), ("", "720:1280")])
def test_what_goes_on_from_a_clip_has_its_shape(cast: Cast, ratio: str, expected: str) -> None:
    """Also that of a clip which had the shape of its own input."""
    clip = a_clip(cast, generation__ratio=ratio, width=480, height=854)
    frame = a_reference(cast, width=480, height=854)

    form = opened(cast, reference=frame.public_id, use="extend", clip=clip.public_id)

    radios = [one for one in form.all("checked") if one.attributes.get("name") == "ratio"]
    assert [radio.attributes["value"] for radio in radios] == [expected]
    assert values(form, "first_frame") == [str(frame.public_id)]


@pytest.mark.parametrize("kept", [{"prompt": "A boat"}, 5, None, "%%%", "model=sora&takes=many&duration_s=x", ["a"]])
def test_what_an_older_version_remembered_is_no_failure(cast: Cast, kept: object) -> None:
    session = cast.creator.session
    session[f"composer-{cast.stage.project.pk}"] = kept
    session.save()

    assert chosen_model(opened(cast)) == "gen4.5"


def test_a_file_that_has_gone_since_is_told(cast: Cast) -> None:
    session = cast.creator.session
    session[f"composer-{cast.stage.project.pk}"] = f"model=gen4_turbo&first_frame={uuid.uuid4()}"
    session.save()

    assert opened(cast).find(id="first_frame-error").text.startswith("This file is not among the team's files.")
