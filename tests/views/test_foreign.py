"""Another team's references, clips, takes and rows, named wherever an address or a field takes a name."""

import uuid
from typing import Any

import pytest
from django.test import Client

from studio.forms.inputs import ROLES
from studio.models import Clip, Generation, GenerationReference, Reference
from tests.factories import ClipFactory, ProjectFactory, PromptFactory, ReferenceFactory, TeamFactory, UserFactory
from tests.views.cast import HX, Cast


@pytest.fixture
def theirs(cast: Cast) -> Clip:
    """A clip of a team in which nobody of the cast is."""
    project = ProjectFactory.create(team=TeamFactory.create(slug="theirs", owner=UserFactory.create()), slug="secret")
    return ClipFactory.create(generation__prompt=PromptFactory.create(project=project, text="Their secret"))


@pytest.fixture
def picture_of_theirs(theirs: Clip) -> Reference:
    return ReferenceFactory.create(team=theirs.team, filename="their-secret.jpg")


@pytest.mark.parametrize("field", ROLES)
def test_no_field_takes_their_files(cast: Cast, theirs: Clip, picture_of_theirs: Reference, field: str) -> None:
    for value in (f"clip-{theirs.public_id}", str(picture_of_theirs.public_id), f"clip-{picture_of_theirs.public_id}"):
        fields = cast.fields(token=str(uuid.uuid4()), **{field: value})
        shown = cast.owner.get(cast.url("composer"), fields, headers=HX)
        launched = cast.owner.post(cast.url("generate"), fields, headers=HX)

        assert (shown.status_code, launched.status_code) == (200, 422)
        for answer in (shown, launched):
            told = answer.content.decode()
            assert "not among the team" in told
            assert value not in told
            assert "secret" not in told
    assert not GenerationReference.objects.exists()


def test_no_address_of_the_studio_opens_with_their_things(
    cast: Cast, theirs: Clip, picture_of_theirs: Reference
) -> None:
    page, mine = cast.url("studio"), ReferenceFactory.create(team=cast.stage.team)
    clip, reference, take = theirs.public_id, picture_of_theirs.public_id, theirs.generation.public_id
    asked = [f"work={work}&clip={clip}" for work in ("edit", "upscale", "sound", "hdr", "guide", "character")]
    asked += [f"reference={reference}&use={use}&clip={clip}" for use in ("first_frame", "extend", "reference_image")]
    asked += [f"reference={mine.public_id}&use=extend&clip={clip}"]
    asked += [f"reuse={take}", f"reuse={take}&model=veo3.1", f"from={theirs.generation.prompt.public_id}"]

    for query in asked:
        assert cast.owner.get(f"{page}?{query}").status_code == 404, query


@pytest.mark.parametrize("name", ["clip", "clip_file", "clip_download", "clip_zip", "clip_poster"])
def test_their_clip_is_not_there(cast: Cast, theirs: Clip, name: str) -> None:
    assert cast.owner.get(cast.url(name, theirs.public_id)).status_code == 404


def test_nothing_is_done_to_their_things(cast: Cast, theirs: Clip) -> None:
    clip, take = theirs.public_id, theirs.generation.public_id
    posts: list[tuple[str, dict[str, Any]]] = [
        (cast.url("clip_frame", clip), {"at": "last", "use": "extend"}),
        (cast.url("cancel", take), {}),
        (cast.url("retry", take), {}),
        ("/theirs/keys/", {"key": f"key_{'ab' * 64}"}),
        ("/theirs/keys/retire/", {}),
        ("/theirs/provider/seen/", {"kind": "drift", "row": "1"}),
        ("/theirs/secret/generate/", cast.fields()),
        ("/theirs/secret/references/?slot=first_frame", {}),
    ]

    for path, fields in posts:
        assert cast.owner.post(path, fields).status_code == 404, path
    for number in (0, 1, 10**30):
        assert cast.owner.get(f"/clips/{clip}/files/{number}").status_code == 404
    assert cast.owner.get("/theirs/keys/").status_code == 404
    assert Generation.objects.count() == 1
    assert not Reference.objects.exists()


@pytest.mark.parametrize("who", ["creator", "viewer"])
def test_only_owners_see_keys_and_what_has_changed(cast: Cast, who: str) -> None:
    client, team = getattr(cast, who), cast.stage.team.slug

    for path in (f"/{team}/keys/", f"/{team}/provider/"):
        assert client.get(path).status_code == 404
        assert client.get(path, headers=HX).status_code == 404
    for path in (f"/{team}/keys/", f"/{team}/keys/retire/", f"/{team}/provider/seen/"):
        assert client.post(path, {"key": f"key_{'ab' * 64}", "kind": "drift", "row": "1"}).status_code == 404


def test_a_viewer_takes_no_frame_and_asks_no_composer(cast: Cast) -> None:
    clip = ClipFactory.create(generation__prompt=PromptFactory.create(project=cast.stage.project))

    assert cast.viewer.post(cast.url("clip_frame", clip.public_id), {"at": "last", "use": "keep"}).status_code == 404
    assert cast.viewer.get(cast.url("composer"), cast.fields(), headers=HX).status_code == 404
    assert cast.viewer.post(cast.url("prompt_hints"), cast.fields(), headers=HX).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/northlight/keys/", "/northlight/keys/retire/", "/northlight/provider/seen/", "/northlight/harbour/hints/"],
)
def test_nothing_is_done_for_a_page_of_somebody_else(cast: Cast, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.stage.owner)

    assert client.post(path, cast.fields(key=f"key_{'ab' * 64}")).status_code == 403


def test_a_line_with_an_endless_number_is_not_there(cast: Cast) -> None:
    assert cast.owner.post(f"/northlight/lines/{10**30}/try/").status_code == 404
