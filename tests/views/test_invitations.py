"""Inviting people from the page: lists of addresses, what is said of each, sending again, revoking."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import invitations
from accounts.enums import Role
from accounts.models import Invitation, Membership, Team
from studio.models import InvitedProject, Project, ProjectMember
from studio.views.people import invitations as views
from tests.factories import ProjectFactory, TeamFactory, join
from tests.views.cast import HX, Cast, signed_in
from tests.views.html import Element, parse

MEMBERS, ADDRESS = "/northlight/members/", "/northlight/members/invite/"
LINK = re.compile(r"http://testserver(/invitations/[\w-]{43}/)")
PAGE_QUERIES = 14


@pytest.fixture
def manager(cast: Cast) -> Client:
    return signed_in(join(cast.stage.team, Role.MANAGER, email="maud@example.com", name="Maud"))


@pytest.fixture
def secret_project(cast: Cast) -> Project:
    made: Project = ProjectFactory.create(team=cast.stage.team, name="Secret film", slug="secret", is_confidential=True)
    return made


def page_of(client: Client, address: str = ADDRESS) -> Element:
    return parse(client.get(address).content)


def send(client: Client, emails: str, **fields: object) -> Element:
    """The form, sent; the answer has to be a refusal."""
    answer = client.post(ADDRESS, {"emails": emails, "role": 20, **fields})
    assert answer.status_code == 422
    return parse(answer.content)


def problems(page: Element) -> list[str]:
    return [item.text for item in page.walk() if item.tag == "li" and item.attributes.get("class") == "error"]


def invited() -> list[tuple[str, int]]:
    return list(Invitation.objects.order_by("email").values_list("email", "role"))


def test_managers_and_owners_alone_invite(cast: Cast, manager: Client) -> None:
    for client in (cast.owner, manager):
        assert client.get(ADDRESS).status_code == 200
    for client in (cast.creator, cast.viewer, cast.stranger):
        assert client.get(ADDRESS).status_code == 404
        assert client.post(ADDRESS, {"emails": "a@example.com", "role": 10}).status_code == 404
    assert cast.nobody.post(ADDRESS).headers["Location"].startswith("/sign-in/")
    assert invited() == []


def test_several_people_are_invited_at_once(cast: Cast, transactional_db: None) -> None:
    answer = cast.owner.post(ADDRESS, {"emails": "Noor <Noor@Example.com>; b@example.com\nB@example.com", "role": 30})

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{MEMBERS}#invitations")
    assert invited() == [("b@example.com", 30), ("noor@example.com", 30)]
    assert sorted(message.to[0] for message in mail.outbox) == ["b@example.com", "noor@example.com"]
    assert all(LINK.search(str(message.body)) for message in mail.outbox)
    shown = page_of(cast.owner, MEMBERS)
    assert "2 invitations were sent." in shown.text
    row = shown.find(id=f"invitation-{Invitation.objects.get(email='noor@example.com').public_id}")
    assert row.text.startswith("noor@example.com invited by Alice Manager – ")
    assert "Resend to noor@example.com" in row.text


def test_each_bad_address_has_its_own_sentence_and_nothing_is_sent(cast: Cast) -> None:
    cast.owner.post(ADDRESS, {"emails": "carol@example.com", "role": 20})
    text = "good@example.com, x&y'z, BOB@example.com, Alice@example.com, carol@example.com, b@d@example.com"

    page = send(cast.owner, text)

    assert problems(page) == [
        "“x&y'z” is not an e-mail address. One looks like name@example.com.",
        "“BOB@example.com” is in the team already.",
        "“Alice@example.com” is your own address.",
        "“carol@example.com” is invited already. Send that invitation again instead.",
        "“b@d@example.com” is not an e-mail address. One looks like name@example.com.",
    ]
    assert "Nothing was sent yet" in page.find(id="emails-error").text
    assert page.find(id="emails").text == text
    assert page.find(id="emails").attributes["aria-invalid"] == "true"
    assert "checked" in page.find(type="radio", value="20").attributes
    assert page.find(name="only_good").text == "Send to the good one"
    assert invited() == [("carol@example.com", 20)]


def test_the_good_ones_are_sent_when_the_person_says_so(cast: Cast) -> None:
    text = "foo, a@example.com, bob@example.com, b@example.com"

    answer = cast.owner.post(ADDRESS, {"emails": text, "role": 10, "only_good": "on"})

    assert answer.status_code == 302
    assert invited() == [("a@example.com", 10), ("b@example.com", 10)]
    assert "Left out: foo, bob@example.com." in page_of(cast.owner, MEMBERS).text


def test_without_a_good_one_nothing_is_sent_either_way(cast: Cast) -> None:
    page = send(cast.owner, "foo bar", only_good="on")

    assert len(problems(page)) == 2
    assert not [one for one in page.all("name") if one.attributes["name"] == "only_good"]


@pytest.mark.parametrize(
    ("emails", "said"),
    [
        ("", "Write or paste at least one e-mail address."),
        (" ,;\n", "Write or paste at least one e-mail address."),
        (", ".join(f"p{number}@example.com" for number in range(101)), "These are 101 addresses. Invite at most 100"),
        ("x" * 30_001, "That is too long a text."),
        ("a@example.com\x00", "Null characters are not allowed."),
    ],
)
def test_a_list_that_cannot_be_is_refused(cast: Cast, emails: str, said: str) -> None:
    page = send(cast.owner, emails)

    assert said in page.find(id="emails-error").text
    assert invited() == []


def test_a_hundred_are_invited_at_once(cast: Cast) -> None:
    answer = cast.owner.post(ADDRESS, {"emails": "\n".join(f"p{n}@example.com" for n in range(100)), "role": 10})

    assert answer.status_code == 302
    assert Invitation.objects.count() == 100
    page = page_of(cast.owner, MEMBERS)
    assert page.find(id="invitations-head").text == "Invited 100"


@pytest.mark.parametrize(
    ("emails", "shown"), [("x" * 200, "x" * 79 + "…"), ("\u202egro.x@v", "gro.x@v"), ("vera@\u00fcber", "vera@über")]
)
def test_an_odd_address_is_shown_as_text_and_cut(cast: Cast, emails: str, shown: str) -> None:
    assert problems(send(cast.owner, emails)) == [
        f"“{shown}” is not an e-mail address. One looks like name@example.com."
    ]


@pytest.mark.parametrize("role", ["40", "", "15", "manager", "-1", "\x00"])
def test_a_role_above_ones_own_or_none_is_refused(cast: Cast, manager: Client, role: str) -> None:
    page = send(manager, "a@example.com", role=role)

    assert page.find(id="role-error").text.startswith("Choose ")
    assert page.find(id="emails").text == "a@example.com"
    assert invited() == []


def test_only_roles_up_to_ones_own_are_offered(cast: Cast, manager: Client) -> None:
    def roles(client: Client) -> list[str]:
        return [
            radio.attributes["value"]
            for radio in page_of(client).all("value")
            if radio.attributes.get("name") == "role"
        ]

    assert roles(cast.owner) == ["10", "20", "30", "40"]
    assert roles(manager) == ["10", "20", "30"]


def test_confidential_projects_are_offered_to_who_sees_them(
    cast: Cast, manager: Client, secret_project: Project
) -> None:
    assert "Secret film" in page_of(cast.owner).text
    assert "Secret film" not in page_of(manager).text
    ProjectMember.objects.create(project=secret_project, membership=Membership.objects.get(user__name="Maud"))
    assert "Secret film" in page_of(manager).text

    manager.post(ADDRESS, {"emails": "a@example.com", "role": 10, "projects": [str(secret_project.public_id)]})

    assert [row.project for row in InvitedProject.objects.all()] == [secret_project]
    assert "Secret film" in page_of(manager, MEMBERS).find(id="invitations").text
    ProjectMember.objects.all().delete()
    assert "Secret film" not in page_of(manager, MEMBERS).text
    assert "Secret film" in page_of(cast.owner, MEMBERS).find(id="invitations").text


def test_projects_of_others_are_refused_and_not_named(cast: Cast, manager: Client, secret_project: Project) -> None:
    theirs = ProjectFactory.create(team=Team.objects.get(slug="elsewhere"), name="Theirs", is_confidential=True)
    for project in (str(secret_project.public_id), str(theirs.public_id), str(uuid.uuid4()), "nonsense", "\x00"):
        answer = manager.post(ADDRESS, {"emails": "a@example.com", "role": 10, "projects": [project]})

        assert answer.status_code == 422
        assert "Secret film" not in answer.content.decode()
        assert "Theirs" not in answer.content.decode()
    assert invited() == []


def test_a_chosen_project_is_kept_in_a_refused_form(cast: Cast, secret_project: Project) -> None:
    page = send(cast.owner, "foo", projects=[str(secret_project.public_id)], role=30)

    assert "checked" in page.find(value=str(secret_project.public_id)).attributes
    assert "checked" in page.find(type="radio", value="30").attributes


def test_too_many_in_a_day_is_a_sentence(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_A_DAY_OF_TEAM", 1)

    page = send(cast.owner, "a@example.com b@example.com")

    assert "This team has sent 0 invitations within a day, and 1 is the limit." in page.text
    assert page.find(id="emails").text == "a@example.com b@example.com"


def test_who_sends_again_and_again_has_to_wait(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(views.RATES, "invite", "2/10m/user")
    for _ in range(2):
        send(cast.owner, "foo")

    answer = cast.owner.post(ADDRESS, {"emails": "a@example.com", "role": 20})

    assert answer.status_code == 429
    page = parse(answer.content)
    assert "Wait ten minutes" in page.text
    assert page.find(id="emails").text == "a@example.com"
    assert invited() == []


def test_a_mail_server_that_is_away_is_told_and_tried_again(
    cast: Cast, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: EmailBackend) -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", away)
        answer = cast.owner.post(ADDRESS, {"emails": "a@example.com b@example.com", "role": 20})

        assert answer.status_code == 302
        page = page_of(cast.owner, MEMBERS)
        assert "The mail server did not take the mail. Send again below: b@example.com, a@example.com." in page.text
        assert page.find(id="invitations").text.count("not sent") == 2
        again = cast.owner.post(act("resend", "a@example.com"), headers=HX)
        assert "Try again for a@example.com." in again.headers["HX-Trigger"]
        assert "not sent" in parse(again.content).text

    cast.owner.post(act("resend", "a@example.com"))
    assert [message.to for message in mail.outbox] == [["a@example.com"]]
    assert page_of(cast.owner, MEMBERS).find(id="invitations").text.count("not sent") == 1


def act(what: str, email: str) -> str:
    return f"/northlight/invitations/{Invitation.objects.get(email=email).public_id}/{what}/"


def invite(cast: Cast, *emails: str, role: Role = Role.CREATOR) -> None:
    cast.owner.post(ADDRESS, {"emails": " ".join(emails), "role": role.value})


@pytest.mark.parametrize("headers", [{}, HX])
def test_an_invitation_is_sent_again(cast: Cast, transactional_db: None, headers: dict[str, str]) -> None:
    invite(cast, "a@example.com")

    answer = cast.owner.post(act("resend", "a@example.com"), headers=headers)

    first, second = (LINK.search(str(message.body)) for message in mail.outbox)
    assert first
    assert second
    assert cast.nobody.get(first.group(1)).status_code == 404
    assert cast.nobody.get(second.group(1)).status_code == 200
    if headers:
        assert "was sent to a@example.com again" in answer.headers["HX-Trigger"]
        assert "2 times" in parse(answer.content).text
    else:
        assert answer.headers["Location"] == f"{MEMBERS}#invitations"
        assert "was sent to a@example.com again" in page_of(cast.owner, MEMBERS).text


@pytest.mark.parametrize("headers", [{}, HX])
def test_an_invitation_is_revoked(cast: Cast, headers: dict[str, str]) -> None:
    invite(cast, "a@example.com")
    address = act("revoke", "a@example.com")

    answer = cast.owner.post(address, headers=headers)

    assert Invitation.objects.get().revoked_by == cast.stage.owner
    if headers:
        assert answer.content.strip() == b""
        assert "its link is dead" in answer.headers["HX-Trigger"]
    assert "a@example.com" not in page_of(cast.owner, MEMBERS).find(id="invitations").text
    again = cast.owner.post(address, headers=HX)
    assert "was revoked a moment ago" in again.headers["HX-Trigger"]
    assert '"tone": "bad"' in again.headers["HX-Trigger"]


def test_after_five_times_it_is_not_sent_again(cast: Cast) -> None:
    invite(cast, "a@example.com")
    Invitation.objects.update(sent_count=6)

    answer = cast.owner.post(act("resend", "a@example.com"), headers=HX)

    assert "a@example.com was sent 6 mails" in answer.headers["HX-Trigger"]


def test_an_invitation_of_others_is_not_there(cast: Cast, manager: Client) -> None:
    invite(cast, "low@example.com")
    invite(cast, "high@example.com", role=Role.OWNER)
    theirs = TeamFactory.create(slug="theirs")
    Invitation.objects.create(
        team=theirs, email="x@example.com", token_hash="0" * 64, invited_by=cast.stage.owner,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    for what in ("resend", "revoke"):
        for client in (cast.creator, cast.viewer, cast.stranger):
            assert client.post(act(what, "low@example.com")).status_code == 404
        assert manager.post(act(what, "high@example.com")).status_code == 404
        assert cast.owner.post(act(what, "x@example.com")).status_code == 404
        assert cast.owner.post(f"/northlight/invitations/{uuid.uuid4()}/{what}/").status_code == 404
        assert cast.owner.get(act(what, "low@example.com")).status_code == 405
        assert cast.nobody.post(act(what, "low@example.com")).headers["Location"].startswith("/sign-in/")
    assert not Invitation.objects.exclude(revoked_at=None).exists()


def test_an_owners_invitation_is_shown_to_a_manager_without_buttons(cast: Cast, manager: Client) -> None:
    invite(cast, "high@example.com", role=Role.OWNER)

    row = page_of(manager, MEMBERS).find(id=f"invitation-{Invitation.objects.get().public_id}")

    assert "high@example.com" in row.text
    assert [one for one in row.walk() if one.tag == "button"] == []


def test_creators_and_viewers_do_not_see_who_is_invited(cast: Cast) -> None:
    invite(cast, "noor@example.com")

    for client in (cast.creator, cast.viewer):
        assert "noor@example.com" not in client.get(MEMBERS).content.decode()


def test_expired_and_unvouched_invitations_say_so(cast: Cast, manager: Client) -> None:
    manager.post(ADDRESS, {"emails": "a@example.com", "role": 30})
    invite(cast, "late@example.com")
    Invitation.objects.filter(email="late@example.com").update(
        created_at=timezone.now() - timedelta(days=20), expires_at=timezone.now() - timedelta(days=6)
    )
    Membership.objects.filter(user__name="Maud").update(role=Role.CREATOR)

    shown = page_of(cast.owner, MEMBERS).find(id="invitations").text

    assert "not valid: Maud may not invite with this role any more." in shown
    assert "expired" in shown
    cast.owner.post(act("resend", "a@example.com"))
    assert "not valid" not in page_of(cast.owner, MEMBERS).find(id="invitations").text


@pytest.mark.parametrize("count", [1, 3, 90])
def test_any_number_of_invitations_costs_the_same_queries(
    cast: Cast, running_engine: None, secret_project: Project,
    django_assert_num_queries: DjangoAssertNumQueries, count: int,
) -> None:  # fmt: skip
    fields = {"role": 10, "projects": [str(secret_project.public_id)]}
    cast.owner.post(ADDRESS, {"emails": " ".join(f"p{number}@example.com" for number in range(count)), **fields})
    cast.owner.get(MEMBERS)

    with django_assert_num_queries(PAGE_QUERIES):
        cast.owner.get(MEMBERS)


def test_more_than_a_hundred_are_found_by_searching(cast: Cast) -> None:
    for start in (0, 60):
        invite(cast, *(f"p{start + number:03}@example.com" for number in range(60)))

    text = page_of(cast.owner, MEMBERS).find(id="invitations").text
    assert "The newest 100 of 120 are shown." in text
    found = page_of(cast.owner, f"{MEMBERS}?q=p007").find(id="invitations").text
    assert "p007@example.com" in found
    assert "p008@example.com" not in found
