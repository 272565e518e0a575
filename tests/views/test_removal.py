"""The pages on which members are removed, or leave: who may, what is shown before, and what is done."""

import uuid
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import AuditEntry, Membership, User
from studio.credits.ledger import grant
from studio.enums import State
from studio.generations.submit import submit_generation
from studio.models import Generation
from tests.factories import ClipFactory, GenerationFactory, ProjectFactory, PromptFactory, TeamFactory, join
from tests.generations.steps import make_spec
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import parse


def bob() -> User:
    return User.objects.get(email="bob@example.com")


def url_of(user: User, team: str = "northlight") -> str:
    return f"/{team}/members/{user.public_id}/remove/"


def launched(cast: Cast, by: User, *, takes: int = 1) -> list[Generation]:
    return submit_generation(
        cast.stage.project, spec=make_spec(takes=takes), token=uuid.uuid4(), by=by, now=timezone.now()
    )


def rows_of(page: bytes) -> dict[str, list[str]]:
    """The table of the page: name → how much, what becomes of it."""
    body = next(element for element in parse(page).walk() if element.tag == "tbody")
    rows = [[cell.text for cell in row.walk() if cell.tag in {"th", "td"}] for row in body.walk() if row.tag == "tr"]
    return {name: told for name, *told in rows}


def chosen(page: bytes) -> str:
    return next(option.text for option in parse(page).walk() if "selected" in option.attributes)


def listed(client: Client, user: User) -> None:
    """Have the session in the list that signing in by the page writes."""
    UserSession.objects.create(user=user, ip="127.0.0.1", session_key=client.session.session_key)


def manager_of(cast: Cast, **fields: Any) -> tuple[User, Client]:
    person = join(cast.stage.team, Role.MANAGER, **{"email": "mia@example.com", "name": "Mia", **fields})
    return person, signed_in(person)


def test_all_is_shown_before_the_button(cast: Cast) -> None:
    launched(cast, bob(), takes=2)
    GenerationFactory.create(prompt__project=cast.stage.project, created_by=bob(), state=State.RUNNING)
    prompt = PromptFactory.create(project=cast.stage.project, created_by=bob())
    ClipFactory.create(generation__prompt=prompt)
    listed(cast.creator, bob())

    answer = cast.owner.get(url_of(bob()))

    assert answer.status_code == 200
    assert rows_of(answer.content) == {
        "Waiting takes": ["2", "cancelled; 48 credits come back to the team"],
        "Takes under way": ["1", "finished, paid and stored: 60 credits are held for them"],
        "Clips": ["1, 1.2 MB", "stay in their projects and pass to the heir"],
        "Takes in all": ["4", "pass to the heir; their history keeps the name"],
        "Prompts": ["2", "stay, under the name of who wrote them"],
        "Sessions": ["1", "ended: signed out everywhere"],
    }
    assert chosen(answer.content) == "Alice (owner, you)"


def test_looking_changes_nothing(cast: Cast) -> None:
    launched(cast, bob())

    cast.owner.get(url_of(bob()))
    cast.owner.get(url_of(bob()), headers=HX)
    cast.creator.get("/northlight/leave/")

    assert Membership.objects.filter(user=bob()).exists()
    assert Generation.objects.get(created_by=bob()).state == State.QUEUED


@pytest.mark.parametrize("headers", [{}, HX])
def test_removing_hands_over_and_says_so(cast: Cast, headers: dict[str, str]) -> None:
    launched(cast, bob(), takes=2)
    listed(cast.creator, bob())

    answer = cast.owner.post(url_of(bob()), {"heir": str(cast.stage.owner.public_id)}, headers=headers)

    assert (answer.headers.get("HX-Redirect") or answer.headers["Location"]).startswith("/northlight/")
    told = cast.owner.get("/northlight/").content.decode()
    assert "Bob was removed from" in told
    assert "2 waiting takes were cancelled. The work is in your hands now." in told
    assert not Membership.objects.filter(user=bob()).exists()
    assert set(Generation.objects.values_list("state", "kept_by__name")) == {(State.CANCELLED, "Alice")}
    assert cast.creator.get("/northlight/").status_code == 302, "signed out everywhere"
    assert signed_in(bob()).get("/northlight/").status_code == 404


def test_a_second_click_is_answered_as_the_first(cast: Cast) -> None:
    for _ in range(2):
        answer = cast.owner.post(url_of(bob()), {"heir": str(cast.stage.owner.public_id)})
        assert answer.status_code == 302
    assert AuditEntry.objects.filter(action="member_removed").count() == 1
    assert cast.owner.get(url_of(bob())).status_code == 302


@pytest.mark.parametrize("heir", ["viewer", "elsewhere", "themselves", "nobody", "junk", "nul", ""])
def test_an_heir_who_cannot_be_one_is_refused(cast: Cast, heir: str) -> None:
    launched(cast, bob())
    stranger = User.objects.get(email="mallory@example.com")
    names = {
        "viewer": str(cast.vera.public_id),
        "elsewhere": str(stranger.public_id),
        "themselves": str(bob().public_id),
        "nobody": str(uuid.uuid4()),
        "junk": "<b>x</b>' --",
        "nul": "a\0b",
        "": "",
    }

    answer = cast.owner.post(url_of(bob()), {"heir": names[heir]})

    page = parse(answer.content)
    assert answer.status_code == 422
    assert page.find(id="heir-error").text.startswith("Choose somebody of the team who may generate")
    assert page.find(id="heir").attributes["aria-invalid"] == "true"
    assert Membership.objects.filter(user=bob()).exists()
    assert Generation.objects.get(created_by=bob()).state == State.QUEUED


def test_a_refusal_keeps_the_choice(cast: Cast) -> None:
    mia, _ = manager_of(cast)
    oscar = join(cast.stage.team, Role.OWNER, name="Oscar")
    launched(cast, bob())
    Membership.objects.filter(user=oscar).delete()

    answer = cast.owner.post(url_of(bob()), {"heir": str(oscar.public_id)})
    assert (answer.status_code, chosen(answer.content)) == (422, "Alice (owner, you)")
    assert cast.owner.post(url_of(bob()), {"heir": str(mia.public_id)}).status_code == 302


def test_without_work_nobody_has_to_take_over(cast: Cast) -> None:
    page = cast.owner.get(url_of(cast.vera)).content.decode()
    answer = cast.owner.post(url_of(cast.vera))

    assert "There is no work to hand over." in page
    assert 'name="heir"' not in page
    assert answer.status_code == 302
    assert not Membership.objects.filter(user=cast.vera).exists()


@pytest.mark.parametrize("who", ["creator", "viewer", "stranger"])
def test_whoever_may_not_finds_nothing(cast: Cast, who: str) -> None:
    for headers in ({}, HX):
        client = getattr(cast, who)
        assert client.get(url_of(cast.stage.owner), headers=headers).status_code == 404
        assert client.post(url_of(cast.stage.owner), headers=headers).status_code == 404
    assert Membership.objects.filter(team=cast.stage.team).count() == 3


def test_nobody_is_asked_to_sign_in(cast: Cast) -> None:
    for path in (url_of(bob()), "/northlight/leave/"):
        assert cast.nobody.get(path).headers["Location"].startswith("/sign-in/")
        assert cast.nobody.post(path).headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    ("actor", "other", "status"),
    [
        (Role.MANAGER, Role.VIEWER, 302),
        (Role.MANAGER, Role.CREATOR, 302),
        (Role.MANAGER, Role.MANAGER, 404),
        (Role.MANAGER, Role.OWNER, 404),
        (Role.OWNER, Role.MANAGER, 302),
        (Role.OWNER, Role.OWNER, 302),
    ],
)
def test_who_may_remove_whom(cast: Cast, actor: Role, other: Role, status: int) -> None:
    client = signed_in(join(cast.stage.team, actor))
    person = join(cast.stage.team, other)

    assert client.get(url_of(person)).status_code == (200 if status == 302 else 404)
    assert client.post(url_of(person)).status_code == status
    assert Membership.objects.filter(user=person).exists() is (status == 404)


def test_somebody_of_another_team_is_not_there(cast: Cast) -> None:
    stranger = User.objects.get(email="mallory@example.com")

    for user in (stranger.public_id, uuid.uuid4()):
        path = f"/northlight/members/{user}/remove/"
        assert (cast.owner.get(path).status_code, cast.owner.post(path).status_code) == (404, 404)
    assert cast.owner.post(url_of(bob(), "elsewhere")).status_code == 404
    assert Membership.objects.filter(user=stranger).count() == 1


def test_removing_oneself_leads_to_leaving(cast: Cast) -> None:
    for answer in (cast.owner.get(url_of(cast.stage.owner)), cast.owner.post(url_of(cast.stage.owner))):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/northlight/leave/")
    assert Membership.objects.filter(user=cast.stage.owner).exists()


@pytest.mark.parametrize("who", ["creator", "viewer"])
def test_leaving_is_free_to_everybody(cast: Cast, who: str) -> None:
    client = getattr(cast, who)
    assert "Leave" in client.get("/northlight/leave/").content.decode()

    answer = client.post("/northlight/leave/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert "You have left" in client.get("/").content.decode()
    assert client.get("/northlight/").status_code == 404
    assert client.post("/northlight/leave/").status_code == 404
    assert AuditEntry.objects.get(action="member_left").team == cast.stage.team


def test_the_last_owner_reads_why_not(cast: Cast) -> None:
    page = cast.owner.get("/northlight/leave/")
    answer = cast.owner.post("/northlight/leave/", {"heir": str(bob().public_id)})

    assert "You are the last owner" in page.content.decode()
    assert 'method="post"\n            action="/northlight/leave/"' not in page.content.decode()
    assert answer.status_code == 422
    assert "Alice is the last owner of" in answer.content.decode()
    assert Membership.objects.filter(user=cast.stage.owner, role=Role.OWNER).exists()


def test_strangers_cannot_leave(cast: Cast) -> None:
    assert cast.stranger.get("/northlight/leave/").status_code == 404
    assert cast.stranger.post("/northlight/leave/").status_code == 404


def test_no_site_of_others_removes_anybody(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.stage.owner)

    assert client.post(url_of(bob())).status_code == 403
    assert client.post("/northlight/leave/").status_code == 403


@pytest.mark.parametrize("takes", [1, 300])
def test_the_page_asks_the_same_number_of_questions(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries, running_engine: None, takes: int
) -> None:
    prompt = PromptFactory.create(project=cast.stage.project, created_by=bob())
    GenerationFactory.create_batch(takes, prompt=prompt)

    with django_assert_num_queries(22):
        answer = cast.owner.get(url_of(bob()))

    assert rows_of(answer.content)["Waiting takes"][0] == f"{takes}"


def test_a_manager_gets_no_sight_of_closed_projects_by_removing(cast: Cast) -> None:
    mia, client = manager_of(cast)
    secret = ProjectFactory.create(team=cast.stage.team, slug="secret", created_by=bob(), is_confidential=True)
    PromptFactory.create(project=secret, created_by=bob())
    assert client.get("/northlight/secret/").status_code == 404

    client.post(url_of(bob()), {"heir": str(mia.public_id)})

    secret.refresh_from_db()
    assert secret.kept_by == cast.stage.owner
    assert client.get("/northlight/secret/").status_code == 404
    assert cast.owner.get("/northlight/secret/").status_code == 200


def test_the_card_and_the_viewer_say_who_made_and_who_keeps(cast: Cast) -> None:
    grant(cast.stage.team, credits=100, note="More", by=None)
    prompt = PromptFactory.create(project=cast.stage.project, created_by=bob())
    clip = ClipFactory.create(generation__prompt=prompt)
    before = cast.owner.get(f"/clips/{clip.public_id}/").content.decode()

    cast.owner.post(url_of(bob()), {"heir": str(cast.stage.owner.public_id)})

    assert "Kept by" not in before
    viewer = parse(cast.viewer.get(f"/clips/{clip.public_id}/").content)
    facts = [element.text for element in viewer.walk() if element.tag in {"dt", "dd"}]
    assert facts[facts.index("Made by") + 1].startswith("Bob")
    assert facts[facts.index("Kept by") + 1] == "Alice"
    assert "Bob , kept by Alice" in parse(cast.viewer.get("/northlight/harbour/").content).text
    assert "Bob" in cast.viewer.get("/northlight/harbour/gallery/").content.decode()


def test_a_team_elsewhere_is_untouched(cast: Cast) -> None:
    other = TeamFactory.create(slug="spring")
    Membership.objects.create(team=other, user=bob(), role=Role.CREATOR)
    project = ProjectFactory.create(team=other, created_by=bob())
    take = GenerationFactory.create(prompt=PromptFactory.create(project=project, created_by=bob()))

    cast.owner.post(url_of(bob()), {"heir": str(cast.stage.owner.public_id)})

    take.refresh_from_db()
    project.refresh_from_db()
    assert (take.state, take.kept_by, project.kept_by) == (State.QUEUED, None, None)
    assert Membership.objects.filter(team=other, user=bob()).exists()
