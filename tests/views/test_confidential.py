"""A confidential project: to those who are not chosen it does not exist, on any page and in any number."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.enums import AuditAction, Role
from accounts.models import AuditEntry, Membership, User
from studio.enums import InputRole, State, StatusCode
from studio.errors import InvalidDecision, InvalidSpec
from studio.generations import decisions
from studio.generations.references import add_reference
from studio.generations.request import SpecInput
from studio.generations.submit import submit_generation
from studio.models import Clip, Generation, GenerationReference, Project, ProjectMember, Reference
from studio.projects import choose_members
from studio.providers import base
from tests.factories import ClipFactory, GenerationFactory, ProjectFactory, PromptFactory, ReferenceFactory, join
from tests.stage import Stage
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import parse

SECRET = "The unannounced sequel"
MEMBERS = "/northlight/sequel/members/"


@dataclass
class Secret:
    """A confidential project with a clip, an open take, one that is "Checking", and a reference. Mia, a manager, and
    Cho, a creator, are chosen; `mona` is a manager who is not."""

    project: Project
    clip: Clip
    open_take: Generation
    checking: Generation
    reference: Reference
    mia: Client
    cho: Client
    mona: Client
    users: dict[str, User]


def png(colour: int = 10) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 360), (colour, 20, 30)).save(buffer, "PNG")
    return buffer.getvalue()


def upload(stage: Stage, *, name: str, project: Project | None, colour: int = 10) -> Reference:
    file = ContentFile(png(colour), name=name)
    return add_reference(stage.team, upload=file, by=stage.owner, project=project)


@pytest.fixture
def secret(cast: Cast) -> Secret:
    team = cast.stage.team
    project = ProjectFactory.create(team=team, slug="sequel", name=SECRET, is_confidential=True)
    users = {
        "mia": join(team, Role.MANAGER, name="Mia"),
        "cho": join(team, Role.CREATOR, name="Cho"),
        "mona": join(team, Role.MANAGER, name="Mona"),
    }
    for name in ("mia", "cho"):
        ProjectMember.objects.create(project=project, membership=Membership.objects.get(user=users[name]))
    prompt = PromptFactory.create(project=project, text=SECRET)
    return Secret(
        project=project,
        clip=ClipFactory.create(generation__prompt=prompt),
        open_take=GenerationFactory.create(prompt=prompt),
        checking=GenerationFactory.create(
            prompt=prompt, state=State.SUBMITTING, status_code=StatusCode.OUTCOME_UNKNOWN, provider_task_id=None
        ),
        reference=ReferenceFactory.create(team=team, project=project, filename="sequel.png"),
        mia=signed_in(users["mia"]),
        cho=signed_in(users["cho"]),
        mona=signed_in(users["mona"]),
        users=users,
    )


def addresses(cast: Cast, secret: Secret) -> list[str]:
    """Every address that names the project or a thing of it."""
    clip, take = secret.clip.public_id, secret.open_take.public_id
    here = ("northlight", "sequel")
    names = ("studio", "takes", "changes", "generate", "composer", "prompt_hints", "references", "gallery")
    clips = ("clip", "clip_file", "clip_poster", "clip_download", "clip_frame", "clip_zip", "clip_menu")
    return [
        *(cast.url(name, *here) for name in (*names, "project_members")),
        *(cast.url(name, clip) for name in clips),
        cast.url("clip_part", clip, 1),
        *(cast.url(name, take) for name in ("cancel", "retry", "reuse")),
        cast.url("decide", secret.checking.public_id),
        *(cast.url(name, secret.reference.public_id) for name in ("reference_image", "reference_thumb")),
    ]


def test_no_address_of_it_opens_to_others(cast: Cast, secret: Secret) -> None:
    for url in addresses(cast, secret):
        for client in (secret.mona, cast.creator, cast.viewer, cast.stranger):
            for ask in (client.get, client.post):
                for headers in ({}, HX):
                    assert ask(url, headers=headers).status_code in {404, 405}, url


def test_it_opens_to_those_who_are_chosen_and_to_owners(cast: Cast, secret: Secret) -> None:
    for client in (cast.owner, secret.mia, secret.cho):
        for name in ("studio", "gallery", "takes"):
            assert client.get(cast.url(name, "northlight", "sequel")).status_code == 200
        assert client.get(cast.url("clip", secret.clip.public_id)).status_code == 200
    assert secret.cho.get(MEMBERS).status_code == 404
    assert secret.mia.get(MEMBERS).status_code == 200


def test_no_page_tells_others_of_it(cast: Cast, secret: Secret, running_engine: None) -> None:
    pages = ["/northlight/", "/northlight/harbour/", "/northlight/harbour/gallery/", "/northlight/checking/"]
    for url in pages:
        for client in (secret.mona, cast.creator, cast.viewer):
            page = client.get(url).content.decode()
            assert SECRET not in page
            assert "sequel" not in page
            assert "data-open-count" not in page
            assert "got no answer" not in page
    assert SECRET in secret.mia.get("/northlight/").content.decode()
    assert SECRET in secret.mia.get("/northlight/checking/").content.decode()
    assert 'data-open-count="2"' in secret.cho.get("/northlight/harbour/").content.decode()
    assert "got no answer" in secret.mia.get("/northlight/").content.decode()


def test_the_poller_tells_others_nothing_of_it(cast: Cast, secret: Secret, running_engine: None) -> None:
    cast.stage.launch()

    news = secret.mona.get(f"{cast.url('changes')}?since=0", headers=HX).content.decode()

    assert 'data-open-count="1"' in news
    assert "got no answer" not in news


def test_a_lock_stands_at_it(cast: Cast, secret: Secret) -> None:
    tile = parse(cast.owner.get("/northlight/").content).find(id=f"project-{secret.project.public_id}")
    other = parse(cast.owner.get("/northlight/").content).find(id=f"project-{cast.stage.project.public_id}")

    assert tile.find(title="Confidential").text == "confidential"
    assert [element for element in other.walk() if element.attributes.get("title") == "Confidential"] == []


FORGED: list[tuple[str, Callable[[Secret, "Elsewhere"], dict[str, Any]]]] = [
    ("a reference of it", lambda secret, other: {"first_frame": secret.reference.public_id}),
    ("a clip of it", lambda secret, other: {"source": f"clip-{secret.clip.public_id}", "model": "aleph2"}),
    ("a reference of another team", lambda secret, other: {"first_frame": other.reference.public_id}),
    ("a clip of another team", lambda secret, other: {"source": f"clip-{other.clip.public_id}", "model": "aleph2"}),
    ("its take as a reference", lambda secret, other: {"first_frame": secret.open_take.public_id}),
    ("its clip as a reference image", lambda secret, other: {"reference_image": f"clip-{secret.clip.public_id}"}),
    ("its reference as a last frame", lambda secret, other: {"last_frame": secret.reference.public_id}),
    ("no id", lambda secret, other: {"first_frame": "../../etc"}),
]


@dataclass
class Elsewhere:
    """What another team has."""

    reference: Reference
    clip: Clip


@pytest.fixture
def elsewhere(db: None) -> Elsewhere:
    return Elsewhere(reference=ReferenceFactory.create(filename="theirs.png"), clip=ClipFactory.create())


@pytest.mark.parametrize(("what", "forged"), FORGED, ids=[what for what, _ in FORGED])
@pytest.mark.parametrize("headers", [{}, HX], ids=["plain", "htmx"])
def test_a_forged_id_is_a_file_that_is_not_there(
    cast: Cast, secret: Secret, elsewhere: Elsewhere, what: str, forged: Any, headers: dict[str, str]
) -> None:
    before = Generation.objects.count()
    for client in (secret.mona, cast.creator, secret.mia, cast.owner):
        for name in ("generate", "composer", "references"):
            url = cast.url(name) + ("?slot=first_frame" if name == "references" else "")
            page = client.post(url, cast.fields(**forged(secret, elsewhere)), headers=headers).content.decode()

            assert "sequel.png" not in page
            assert "theirs.png" not in page
            assert str(secret.reference.public_id) not in page
            assert str(secret.clip.public_id) not in page
            assert str(elsewhere.reference.public_id) not in page
    assert Generation.objects.count() == before


@pytest.mark.parametrize("client", ["mona", "creator"])
def test_a_forged_prompt_is_not_linked(cast: Cast, secret: Secret, client: str) -> None:
    theirs = secret.clip.generation.prompt
    who = {"mona": secret.mona, "creator": cast.creator}[client]

    who.post(cast.url("generate"), cast.fields(source_prompt=theirs.public_id))

    take = Generation.objects.get(project=cast.stage.project)
    assert (take.prompt.text, take.prompt.edited_from) == ("A paper boat", None)


def openings(secret: Secret) -> list[str]:
    reference, clip, take = secret.reference.public_id, secret.clip.public_id, secret.open_take.public_id
    return [
        f"?from={secret.clip.generation.prompt.public_id}",
        f"?reuse={take}",
        f"?work=extend&clip={clip}",
        f"?work=larger&clip={clip}",
        f"?reference={reference}&use=first_frame",
        f"?reference={reference}&use=extend&clip={clip}",
    ]


@pytest.mark.parametrize("number", range(6))
def test_no_opening_fills_another_project_with_it(cast: Cast, secret: Secret, number: int) -> None:
    url = cast.url("studio") + openings(secret)[number]

    for client in (secret.mona, cast.creator, secret.mia, cast.owner):
        assert client.get(url).status_code == 404


def test_its_files_stay_in_it_for_commands_too(cast: Cast, secret: Secret) -> None:
    take, image = base.InputRole.SOURCE, base.InputRole.REFERENCE_IMAGE
    for used in (SpecInput(role=image, reference=secret.reference), SpecInput(role=take, clip=secret.clip)):
        spec = replace(cast.stage.spec(), inputs=(used,))
        with pytest.raises(InvalidSpec, match="not among the team's files"):
            submit_generation(
                cast.stage.project, spec=spec, token=uuid4(), by=cast.stage.owner, now=cast.stage.clock.now()
            )


def test_who_generates_from_a_shell_has_to_see_it(cast: Cast, secret: Secret) -> None:
    with pytest.raises(CommandError, match=r"bob@example\.com may not generate"):
        call_command("generate", "A boat", project="northlight/sequel", by="bob@example.com")

    call_command("generate", "A boat", project="northlight/sequel", by=secret.users["cho"].email)

    assert Generation.objects.order_by("pk").last().created_by == secret.users["cho"]  # type: ignore[union-attr]  # just made


def test_a_task_id_of_it_does_not_tell_its_prompt(cast: Cast, secret: Secret) -> None:
    mine = GenerationFactory.create(
        prompt=PromptFactory.create(project=cast.stage.project),
        state=State.SUBMITTING,
        status_code=StatusCode.OUTCOME_UNKNOWN,
        provider_task_id=None,
    )
    task = secret.clip.generation.provider_task_id
    assert task is not None

    with pytest.raises(InvalidDecision) as caught:
        decisions.follow_task(mine, task_id=task, by=secret.users["mona"], now=cast.stage.clock.now())

    assert str(caught.value) == "Another take has this task already. Look the id up again."


# files


def test_what_is_uploaded_to_it_is_its_own(cast: Cast, secret: Secret) -> None:
    kept = upload(cast.stage, name="key-art.png", project=secret.project)
    opened = upload(cast.stage, name="boat.png", project=cast.stage.project, colour=99)

    assert (kept.project, opened.project) == (secret.project, None)
    assert secret.mona.get(cast.url("reference_thumb", kept.public_id)).status_code == 404
    answer = secret.mona.get(cast.url("reference_thumb", opened.public_id))
    assert (answer.status_code, len(b"".join(answer.streaming_content))) == (200, opened.thumb_size_bytes)  # type: ignore[attr-defined]  # it streams


def test_uploading_it_by_the_page_keeps_it_there(cast: Cast, secret: Secret) -> None:
    url = cast.url("references", "northlight", "sequel") + "?slot=first_frame"

    secret.cho.post(url, {**cast.fields(), "first_frame_file": ContentFile(png(), name="key-art.png")})

    assert Reference.objects.get(filename="key-art.png").project == secret.project


def test_a_known_file_does_not_tell_its_name_there(cast: Cast, secret: Secret) -> None:
    kept = upload(cast.stage, name="sequel-key-art.png", project=secret.project)
    url = cast.url("references") + "?slot=first_frame"

    page = cast.creator.post(
        url, {**cast.fields(), "first_frame_file": ContentFile(png(), name="mine.png")}, headers=HX
    )

    assert "sequel-key-art" not in page.content.decode()
    assert "mine.png" in page.content.decode()
    kept.refresh_from_db()
    assert (kept.project, kept.filename, kept.created_by.name) == (None, "mine.png", "Bob")


def test_a_file_known_to_two_confidential_projects_is_named_neutrally(cast: Cast, secret: Secret) -> None:
    other = ProjectFactory.create(team=cast.stage.team, is_confidential=True)
    upload(cast.stage, name="one.png", project=secret.project)

    both = upload(cast.stage, name="two.png", project=other)

    assert (both.project, both.filename) == (None, "file.png")


def test_the_same_file_again_in_the_same_project_changes_nothing(cast: Cast, secret: Secret) -> None:
    first = upload(cast.stage, name="one.png", project=secret.project)

    again = upload(cast.stage, name="two.png", project=secret.project)

    assert (again.pk, again.filename, again.project) == (first.pk, "one.png", secret.project)


def test_what_was_used_before_it_closed_is_hidden_elsewhere(cast: Cast) -> None:
    other = ProjectFactory.create(team=cast.stage.team, slug="other")
    clip = ClipFactory.create(generation__prompt=PromptFactory.create(project=other))
    take = GenerationFactory.create(prompt=PromptFactory.create(project=cast.stage.project), state=State.FAILED)
    GenerationReference.objects.create(generation=take, role=InputRole.SOURCE, clip=clip)
    assert str(clip.public_id) in cast.viewer.get(cast.url("studio")).content.decode()

    choose_members(other, is_confidential=True, members=[], by=cast.stage.team.memberships.get(role=Role.OWNER))

    assert str(clip.public_id) not in cast.viewer.get(cast.url("studio")).content.decode()
    reused = cast.creator.get(cast.url("studio") + f"?reuse={take.public_id}")
    assert str(clip.public_id) not in reused.content.decode()
    cast.creator.post(cast.url("retry", take.public_id))
    assert Generation.objects.filter(retry_of=take).count() == 0


# choosing


def test_a_manager_makes_a_project_confidential_and_stays_in_it(cast: Cast) -> None:
    mia, bob = join(cast.stage.team, Role.MANAGER, name="Mia"), User.objects.get(email="bob@example.com")
    url = cast.url("project_members")

    answer = signed_in(mia).post(url, {"is_confidential": "on", "member": [str(bob.public_id)]})

    project = Project.objects.get(pk=cast.stage.project.pk)
    assert (answer.headers["Location"], project.is_confidential) == (url, True)
    assert {row.membership.user for row in project.project_members.all()} == {mia, bob}
    assert cast.viewer.get(cast.url("studio")).status_code == 404
    assert cast.creator.get(cast.url("studio")).status_code == 200
    assert cast.owner.get(cast.url("studio")).status_code == 200
    entry = AuditEntry.objects.get(action=AuditAction.PROJECT_MEMBERS_CHANGED)
    assert (entry.actor, entry.target) == (mia, project.name)
    assert entry.detail == {"is_confidential": True, "added": ["Bob", "Mia"], "removed": []}


def test_opening_it_again_shows_it_to_all_and_gives_its_files_back(cast: Cast, secret: Secret) -> None:
    secret.mia.post(MEMBERS, {})

    project = Project.objects.get(slug="sequel")
    assert (project.is_confidential, project.project_members.count()) == (False, 0)
    assert Reference.objects.get(pk=secret.reference.pk).project is None
    assert cast.viewer.get("/northlight/sequel/").status_code == 200


def test_files_used_in_it_alone_close_with_it(cast: Cast) -> None:
    alone, shared, unused = (ReferenceFactory.create(team=cast.stage.team) for _ in range(3))
    here = GenerationFactory.create(prompt=PromptFactory.create(project=cast.stage.project))
    there = GenerationFactory.create(prompt=PromptFactory.create(project=ProjectFactory.create(team=cast.stage.team)))
    for take, reference in ((here, alone), (here, shared), (there, shared)):
        order = take.inputs.count()
        GenerationReference.objects.create(
            generation=take, role=InputRole.REFERENCE_IMAGE, order=order, reference=reference
        )

    cast.owner.post(cast.url("project_members"), {"is_confidential": "on"})

    homes = {row.pk: row.project for row in Reference.objects.all()}
    assert homes == {alone.pk: cast.stage.project, shared.pk: None, unused.pk: None}


@pytest.mark.parametrize("forged", ["x", "", "11111111-1111-4111-8111-111111111111", "mallory"])
def test_somebody_who_is_not_in_the_team_is_not_chosen(cast: Cast, secret: Secret, forged: str) -> None:
    mallory = User.objects.get(email="mallory@example.com")
    value = str(mallory.public_id) if forged == "mallory" else forged
    cho = str(secret.users["cho"].public_id)

    answer = secret.mia.post(MEMBERS, {"is_confidential": "on", "member": [value, cho]})

    page = parse(answer.content)
    assert answer.status_code == 422
    assert "is not in the team any more" in page.text
    assert page.find(value=cho).attributes["checked"] == ""
    assert secret.project.project_members.count() == 2


def test_who_may_not_choose_finds_no_page(cast: Cast, secret: Secret) -> None:
    for client in (secret.mona, secret.cho, cast.viewer, cast.stranger):
        assert client.get(MEMBERS).status_code == 404
        assert client.post(MEMBERS, {}).status_code == 404
    assert Project.objects.get(slug="sequel").is_confidential


@pytest.mark.parametrize("count", [1, 30])
def test_choosing_asks_the_same_number_of_questions(
    cast: Cast, secret: Secret, count: int, running_engine: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        join(cast.stage.team, Role.VIEWER)

    with django_assert_num_queries(MEMBERS_QUERIES):
        secret.mia.get(MEMBERS)


MEMBERS_QUERIES = 13


def test_who_leaves_the_team_sees_it_no_more(cast: Cast, secret: Secret) -> None:
    Membership.objects.filter(user=secret.users["cho"]).delete()

    assert secret.cho.get("/northlight/sequel/").status_code == 404
    assert secret.project.project_members.count() == 1


def test_a_launch_in_it_is_shown_to_its_members(cast: Cast, secret: Secret) -> None:
    cho, now = secret.users["cho"], cast.stage.clock.now()
    token = "22222222-2222-4222-8222-222222222222"

    answer = secret.cho.post(cast.url("generate", "northlight", "sequel"), cast.fields(token=token))
    spec = cast.stage.spec(first_frame=secret.reference)
    takes = submit_generation(secret.project, spec=spec, token=secret.clip.public_id, by=cho, now=now)

    assert answer.status_code == 302
    assert len(takes) == 1
    page = secret.mia.get("/northlight/sequel/").content.decode()
    assert cast.url("reference_image", secret.reference.public_id) in page
