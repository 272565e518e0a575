"""The page behind an invitation's link: for whom it is, what it tells, and the ways from there into the team."""

import logging
import re
from datetime import timedelta

import pytest
import structlog
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.enums import AuditAction, Role
from accounts.invitations import hash_of
from accounts.models import AuditEntry, Invitation, Membership, Team, User
from studio.config.logs import configure_logs
from studio.models import InvitedProject, Project
from studio.views.people import invitations as views
from tests.factories import ProjectFactory, UserFactory, join
from tests.views.cast import Cast, signed_in
from tests.views.html import Element, parse

SECRET = "s" * 43
LINK, ACCEPT, ENTER = (f"/invitations/{SECRET}/{more}" for more in ("", "accept/", "enter/"))
WAITING = "/invitations/waiting/"
PASSWORD = "gulls over the harbour"


@pytest.fixture
def invitation(cast: Cast) -> Invitation:
    Team.objects.filter(slug="northlight").update(name="Northlight")
    return Invitation.objects.create(
        team=cast.stage.team, email="noor@example.com", role=Role.CREATOR, token_hash=hash_of(SECRET),
        invited_by=cast.stage.owner, expires_at=timezone.now() + timedelta(days=14), sent_count=1,
    )  # fmt: skip


@pytest.fixture
def noor(invitation: Invitation) -> Client:
    return signed_in(UserFactory.create(email="noor@example.com", name="Noor"))


def buttons(page: Element) -> list[str]:
    return [one.text for one in page.walk() if one.tag == "button"]


def test_whoever_has_the_link_sees_what_it_is_about(cast: Cast, invitation: Invitation) -> None:
    project: Project = ProjectFactory.create(team=cast.stage.team, name="Secret film", is_confidential=True)
    InvitedProject.objects.create(invitation=invitation, project=project)

    answer = cast.nobody.get(LINK)

    page = parse(answer.content)
    assert answer.status_code == 200
    for said in ("Join Northlight", "Invited by Alice", "Your role Creator", "Secret film", "n…@example.com"):
        assert said in page.text
    assert "noor@example.com" not in answer.content.decode()
    assert "alice@example.com" not in answer.content.decode()


def test_the_page_is_kept_by_nobody_and_its_address_told_to_nobody(cast: Cast, invitation: Invitation) -> None:
    unknown = f"/invitations/{'x' * 43}/"
    for answer in (cast.nobody.get(LINK), cast.viewer.get(LINK), cast.nobody.get(unknown), cast.nobody.post(ENTER)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert answer.headers["X-Robots-Tag"] == "noindex"
    page = parse(cast.nobody.get(LINK).content)
    addresses = [one.attributes[name] for name in ("src", "href", "action") for one in page.all(name)]
    assert [address for address in addresses if not address.startswith("/")] == []


def test_opening_the_link_accepts_nothing(cast: Cast, noor: Client) -> None:
    for client in (noor, cast.nobody):
        for answer in (client.get(LINK), client.head(LINK), client.options(LINK)):
            assert answer.status_code in {200, 405}
        assert client.get(ACCEPT).status_code == 405
        assert client.head(ACCEPT).status_code == 405
        assert client.get(ENTER).status_code == 405
    assert Invitation.objects.get().accepted_at is None
    assert "account_verified_email" not in cast.nobody.session
    assert not Membership.objects.filter(user__email="noor@example.com").exists()


def test_the_invited_person_joins_by_one_button(cast: Cast, noor: Client) -> None:
    assert buttons(parse(noor.get(LINK).content)) == ["Join as creator"]

    answer = noor.post(ACCEPT)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/northlight/")
    membership = Membership.objects.get(user__email="noor@example.com")
    assert (membership.team, membership.role) == (cast.stage.team, Role.CREATOR)
    assert "Welcome to Northlight: you are creator here." in parse(noor.get("/northlight/").content).text
    assert AuditEntry.objects.filter(action=AuditAction.INVITATION_ACCEPTED).count() == 1


def test_a_second_press_leads_into_the_team_too(cast: Cast, noor: Client) -> None:
    noor.post(ACCEPT)

    again = noor.post(ACCEPT)

    assert (again.status_code, again.headers["Location"]) == (302, "/northlight/")
    assert AuditEntry.objects.filter(action=AuditAction.INVITATION_ACCEPTED).count() == 1
    used = noor.get(LINK)
    assert used.status_code == 410
    assert "You are in the team already." in parse(used.content).text
    for client in (cast.nobody, cast.stranger):
        assert client.get(LINK).status_code == 410
        assert "Northlight" not in client.get(LINK).content.decode()
        assert client.post(ACCEPT).status_code in {302, 410}


def test_another_person_is_told_for_whom_it_is_and_cannot_accept(cast: Cast, invitation: Invitation) -> None:
    for answer in (cast.stranger.get(LINK), cast.stranger.post(ACCEPT)):
        page = parse(answer.content)
        assert answer.status_code == 403
        assert "This invitation is for n…@example.com , and you are signed in as mallory@example.com" in page.text
        assert "noor@example.com" not in answer.content.decode()
        assert buttons(page) == ["Sign out, and use another account"]
        assert "/accounts/email/" in [link.attributes["href"] for link in page.all("href")]
    assert Invitation.objects.get().accepted_at is None
    assert Membership.objects.filter(team=cast.stage.team).count() == 3


def test_another_person_signs_out_and_the_invitation_waits(cast: Cast, invitation: Invitation) -> None:
    answer = cast.stranger.post(ENTER, {"how": "switch"})

    assert answer.headers["Location"] == WAITING
    assert "_auth_user_id" not in cast.stranger.session
    page = parse(cast.stranger.get(WAITING).content)
    assert buttons(page) == ["Make an account", "I have an account with another address"]
    assert SECRET not in str(dict(cast.stranger.session))


def test_a_confirmed_second_address_is_enough(cast: Cast, invitation: Invitation) -> None:
    mallory = User.objects.get(email="mallory@example.com")
    EmailAddress.objects.create(user=mallory, email="noor@example.com", verified=True)

    assert cast.stranger.post(ACCEPT).headers["Location"] == "/northlight/"


def test_who_has_not_confirmed_the_address_is_told_to(cast: Cast, noor: Client) -> None:
    EmailAddress.objects.filter(email="noor@example.com").update(verified=False)

    answer = noor.get(LINK)

    assert answer.status_code == 403
    assert "you have not confirmed it yet" in parse(answer.content).text
    assert noor.post(ACCEPT).status_code == 403


def test_who_has_an_account_signs_in_and_comes_back(cast: Cast, noor: Client) -> None:
    user = User.objects.get(email="noor@example.com")
    user.set_password(PASSWORD)
    user.save()
    assert buttons(parse(cast.nobody.get(LINK).content)) == ["Sign in"]

    answer = cast.nobody.post(ENTER, {"how": "sign_in"})

    assert answer.headers["Location"] == "/accounts/login/?next=%2Finvitations%2Fwaiting%2F"
    fields = {"login": "noor@example.com", "password": PASSWORD, "next": WAITING}
    assert cast.nobody.post("/accounts/login/", fields).headers["Location"] == WAITING
    assert buttons(parse(cast.nobody.get(WAITING).content)) == ["Join as creator"]
    assert cast.nobody.post(f"{WAITING}accept/").headers["Location"] == "/northlight/"
    assert cast.nobody.get(WAITING).status_code == 404


@pytest.mark.parametrize("sign_up", ["open", "invited"])
def test_a_new_person_signs_up_with_the_address_confirmed_and_comes_back(
    cast: Cast, invitation: Invitation, settings: Settings, sign_up: str
) -> None:
    settings.SIGN_UP = sign_up

    answer = cast.nobody.post(ENTER, {"how": "sign_up"})
    assert answer.headers["Location"] == "/accounts/signup/?next=%2Finvitations%2Fwaiting%2F"
    form = parse(cast.nobody.get(answer.headers["Location"]).content)
    assert form.find(name="email").attributes["value"] == "noor@example.com"
    assert "readonly" in form.find(name="email").attributes

    fields = {"name": "Noor", "email": "mallory2@example.com", "password1": PASSWORD, "next": WAITING}
    assert cast.nobody.post("/accounts/signup/", fields).headers["Location"] == WAITING

    address = EmailAddress.objects.get(email="noor@example.com")
    assert (address.verified, address.user.email) == (True, "noor@example.com")
    assert not User.objects.filter(email="mallory2@example.com").exists()
    assert buttons(parse(cast.nobody.get(WAITING).content)) == ["Join as creator"]
    assert cast.nobody.post(f"{WAITING}accept/").headers["Location"] == "/northlight/"
    assert Membership.objects.get(user__email="noor@example.com").role == Role.CREATOR


def test_nobody_signs_up_by_an_address_that_has_an_account(cast: Cast, noor: Client) -> None:
    answer = cast.nobody.post(ENTER, {"how": "sign_up"})

    assert answer.headers["Location"].startswith("/accounts/login/")
    assert "account_verified_email" not in cast.nobody.session


def test_who_is_signed_in_is_not_led_to_signing_up(cast: Cast, invitation: Invitation) -> None:
    for how in ("sign_up", "sign_in", "", "x" * 999):
        assert cast.stranger.post(ENTER, {"how": how}).headers["Location"] == WAITING
    assert "account_verified_email" not in cast.stranger.session


def test_accepting_without_being_signed_in_leads_to_the_page(cast: Cast, invitation: Invitation) -> None:
    assert cast.nobody.post(ACCEPT).headers["Location"] == LINK
    assert Invitation.objects.get().accepted_at is None


def test_a_forged_form_accepts_nothing(noor: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(email="noor@example.com"))

    assert strict.post(ACCEPT).status_code == 403
    assert strict.post(ENTER, {"how": "switch"}).status_code == 403
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize(
    ("fate", "status", "said"),
    [
        ("revoked", 410, "This invitation was taken back"),
        ("expired", 410, "This invitation has expired"),
        ("closing", 403, "Nobody can join this team just now"),
        ("deleted", 410, "This team is not there any more"),
        ("inviter left", 403, "This invitation is not valid any more"),
        ("inviter demoted", 403, "This invitation is not valid any more"),
        ("resent", 404, "This link opens nothing"),
    ],
)
def test_what_ended_it_is_said_and_nothing_else(cast: Cast, noor: Client, fate: str, status: int, said: str) -> None:
    end(cast, fate)

    for client in (noor, cast.nobody, cast.viewer):
        for answer in (client.get(LINK), client.post(ENTER, {"how": "sign_up"})):
            assert answer.status_code == status
            page = parse(answer.content)
            assert page.find(id="main").text.startswith(f"D {said}")
            assert page.all("href")[-1].attributes["href"] in {"/", "/sign-in/"}
            for kept in ("Northlight", "Alice", "noor@", "n…@", "Creator"):
                assert kept not in page.find(id="main").text
    refused = noor.post(ACCEPT)
    assert refused.status_code == status
    assert said in parse(refused.content).text
    assert not Membership.objects.filter(user__email="noor@example.com").exists()
    assert "account_verified_email" not in cast.nobody.session


def end(cast: Cast, fate: str) -> None:
    now, owner = timezone.now(), cast.stage.owner
    closing = {"deletion_asked_at": now, "deletion_asked_by": owner, "deletion_due_at": now + timedelta(days=30)}
    mine = Membership.objects.filter(user=owner)
    join(cast.stage.team, Role.OWNER)
    match fate:
        case "revoked":
            Invitation.objects.update(revoked_at=now, revoked_by=owner)
        case "expired":
            Invitation.objects.update(created_at=now - timedelta(days=9), expires_at=now)
        case "closing":
            Team.objects.filter(slug="northlight").update(**closing)
        case "deleted":
            Team.objects.filter(slug="northlight").update(**closing, deleted_at=now)
        case "inviter left":
            mine.delete()
        case "inviter demoted":
            mine.update(role=Role.CREATOR)
        case "resent":
            Invitation.objects.update(token_hash=hash_of("another"))


@pytest.mark.parametrize("token", ["x", "waiting", "s" * 42, "s" * 5000, "%00", "%F0%9F%92%A9", "..", "a%20b"])
def test_a_wrong_link_says_so(cast: Cast, invitation: Invitation, token: str) -> None:
    for client in (cast.nobody, cast.owner):
        answer = client.get(f"/invitations/{token}/")
        assert answer.status_code == 404
    assert cast.owner.post(f"/invitations/{token}/accept/").status_code == 404


def test_who_guesses_has_to_wait(cast: Cast, noor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(views.RATES, "guess", "3/10m/ip")
    for number in range(3):
        assert cast.nobody.get(LINK).status_code == 200
        assert cast.nobody.get(WAITING).status_code == 404
        assert cast.nobody.get(f"/invitations/wrong-{number}/").status_code == 404

    for answer in (cast.nobody.get("/invitations/wrong/"), cast.nobody.get(LINK), noor.post(ACCEPT)):
        assert answer.status_code == 429
        assert "Try again in ten minutes" in parse(answer.content).text
    assert cast.nobody.get(LINK, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_the_sessions_memory_ends_with_the_link(cast: Cast, invitation: Invitation) -> None:
    cast.nobody.post(ENTER, {"how": "sign_in"})
    assert cast.nobody.get(WAITING).status_code == 200

    Invitation.objects.update(token_hash=hash_of("another"))

    assert cast.nobody.get(WAITING).status_code == 404


def test_a_member_is_told_that_they_keep_the_higher_role(cast: Cast, invitation: Invitation) -> None:
    Invitation.objects.update(email="vera@example.com")

    assert "You are in this team already" in parse(cast.viewer.get(LINK).content).text
    cast.viewer.post(ACCEPT)
    assert Membership.objects.get(user=cast.vera).role == Role.CREATOR


def test_a_team_that_asks_for_a_second_factor_is_joined_before_it_is_added(cast: Cast, noor: Client) -> None:
    Team.objects.update(is_second_factor_required=True)

    assert noor.post(ACCEPT).headers["Location"] == "/northlight/"
    assert noor.get("/northlight/").headers["Location"] == "/accounts/2fa/"


def test_a_name_is_text_and_nothing_else(cast: Cast, invitation: Invitation) -> None:
    Team.objects.update(name="<script>alert(1)</script>")
    User.objects.filter(pk=cast.stage.owner.pk).update(name="<img src=x>")

    page = cast.nobody.get(LINK).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_no_line_of_the_log_has_the_secret(
    cast: Cast, noor: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = (logging.getLogger().handlers, logging.getLogger().level)
    configure_logs(level="INFO")
    try:
        cast.viewer.get(LINK)
        cast.viewer.post(ACCEPT)
        cast.viewer.get(ACCEPT)
        Client(enforce_csrf_checks=True).post(ACCEPT)
        Invitation.objects.update(revoked_at=timezone.now(), revoked_by=cast.stage.owner)
        cast.nobody.get(LINK)
        structlog.get_logger("x").warning("seen", address=f"http://testserver{LINK}?x=1")
        logging.getLogger("x").error("Broken: %s", "/accounts/password/reset/key/3-secret-key/")
    finally:
        logging.getLogger().handlers, level = kept
        logging.getLogger().setLevel(level)
    written = capsys.readouterr().err
    assert SECRET not in written
    assert "secret-key" not in written
    assert len(re.findall(r"/invitations/\*\*\*/", written)) >= 5
    assert "Forbidden" in written
    assert "Gone" in written
