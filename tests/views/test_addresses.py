"""E-mail addresses: changed, confirmed, taken by others; and signing up with one that an invitation has confirmed."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.addresses import has_confirmed
from accounts.enums import AuditAction
from accounts.forms import STASH
from accounts.models import AuditEntry, Notice, User
from tests.factories import PASSWORD, UserFactory
from tests.views.entrance import browser_of, html_of, letters, link_in, prove, sign_in, sign_up
from tests.views.html import parse

pytestmark = pytest.mark.django_db
PAGE = "/accounts/email/"


@pytest.fixture
def noor() -> User:
    return UserFactory.create(email="noor@example.com")


def change(client: Client, email: str) -> int:
    prove(client)
    return client.post(PAGE, {"action_add": "", "email": email}).status_code


def test_an_address_is_changed_when_the_new_one_is_confirmed(noor: User) -> None:
    client = browser_of(noor)

    assert change(client, "New@example.com") == 302

    noor.refresh_from_db()
    assert noor.email == "noor@example.com"
    assert "A mail is on its way to <b" in client.get(PAGE).content.decode()
    assert [letter.to for letter in letters()] == [["new@example.com"]]
    client.post(link_in(letters()[0]))
    noor.refresh_from_db()
    assert noor.email == "new@example.com"
    assert [(one.email, one.verified, one.primary) for one in EmailAddress.objects.all()] == [
        ("new@example.com", True, True)
    ]
    assert sign_in(Client(), "new@example.com").status_code == 302
    assert sign_in(Client(), "noor@example.com").status_code == 422


def test_the_old_address_is_told_of_a_change_and_the_log_too(noor: User) -> None:
    client = browser_of(noor, agent="Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
    change(client, "new@example.com")

    client.post(link_in(letters()[0]))

    told = letters()[1]
    assert (told.to, told.subject) == (["noor@example.com"], "Your e-mail address was changed")
    assert "new@example.com now, and not this one any more" in str(told.body)
    assert "It was done from Firefox on Windows, 127.0.0.1." in str(told.body)
    assert "new@example.com" in html_of(told)
    assert len(letters()) == 2
    entry = AuditEntry.objects.get(action=AuditAction.EMAIL_CHANGED)
    assert (entry.actor, entry.target, entry.detail) == (noor, "new@example.com", {"before": "noor@example.com"})
    assert [notice.text.split(".")[0] for notice in Notice.objects.all()] == ["Your e-mail address was changed"]


def test_a_change_is_called_off(noor: User) -> None:
    client = browser_of(noor)
    change(client, "new@example.com")
    link = link_in(letters()[0])

    client.post(PAGE, {"action_remove": "", "email": "new@example.com"})

    client.post(link)
    noor.refresh_from_db()
    assert noor.email == "noor@example.com"


def test_the_only_address_stays(noor: User) -> None:
    client = browser_of(noor)
    prove(client)

    client.post(PAGE, {"action_remove": "", "email": "noor@example.com"})

    assert has_confirmed(noor, "noor@example.com")
    assert "noor@example.com is your only address and stays." in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("email", "status"), [("noor", 422), ("", 422), ("noor@example.com", 422), ("a@b.c\r\nBcc: d@e.f", 422)]
)
def test_a_bad_new_address_is_422(noor: User, email: str, status: int) -> None:
    client = browser_of(noor)
    prove(client)

    answer = client.post(PAGE, {"action_add": "", "email": email})

    assert answer.status_code == status
    assert parse(answer.content).find(id="id_email-error").text
    assert letters() == []


def test_the_address_of_another_person_looks_like_a_free_one_and_stays_theirs(noor: User) -> None:
    other = UserFactory.create(email="other@example.com")
    client = browser_of(noor)

    assert change(client, "other@example.com") == 302

    for letter in letters():
        client.post(link_in(letter))
    noor.refresh_from_db()
    assert noor.email == "noor@example.com"
    assert has_confirmed(other, "other@example.com")


def test_an_address_is_changed_by_a_person_with_a_second_factor_too(noor: User) -> None:
    client = browser_of(noor)
    prove(client)
    Authenticator.objects.create(user=noor, type="webauthn", data={"name": "Key"})

    assert client.post(PAGE, {"action_add": "", "email": "new@example.com"}).status_code == 302
    assert [letter.to for letter in letters()] == [["new@example.com"]]


def invited_client(email: str) -> Client:
    """A browser in which an invitation to this address has just been opened."""
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session[STASH] = email
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    return client


def test_where_accounts_are_by_invitation_the_sign_up_page_says_so(settings: Settings, client: Client) -> None:
    settings.SIGN_UP = "invited"

    answers = [client.get("/accounts/signup/"), sign_up(client, "noor@example.com")]

    for answer in answers:
        assert "Accounts are by invitation here" in answer.content.decode()
    assert (User.objects.count(), letters()) == (0, [])


@pytest.mark.parametrize("mode", ["open", "invited"])
def test_an_invited_person_signs_up_with_the_invited_address_alone(settings: Settings, mode: str) -> None:
    settings.SIGN_UP = mode
    client = invited_client("noor@example.com")

    field = parse(client.get("/accounts/signup/?next=/invitations/abc/").content).find(id="id_email")
    answer = sign_up(client, "other@example.com", next="/invitations/abc/")

    assert (field.attributes["value"], "readonly" in field.attributes) == ("noor@example.com", True)
    assert answer.headers["Location"] == "/invitations/abc/"
    user = User.objects.get()
    assert (user.email, user.name, user.check_password(PASSWORD)) == ("noor@example.com", "Noor", True)
    assert has_confirmed(user, "noor@example.com")
    assert letters() == []
    assert client.get(PAGE).status_code == 200


def test_an_invitation_opens_the_door_once(settings: Settings) -> None:
    settings.SIGN_UP = "invited"
    client = invited_client("noor@example.com")
    sign_up(client, "")
    client.post("/sign-out/")

    assert "Accounts are by invitation here" in sign_up(client, "other@example.com").content.decode()
    assert User.objects.count() == 1


def test_an_invited_person_with_an_account_is_told_nothing_new(settings: Settings, noor: User) -> None:
    settings.SIGN_UP = "invited"

    answer = sign_up(invited_client("noor@example.com"), "")

    assert answer.headers["Location"] == "/accounts/confirm-email/"
    assert [letter.subject for letter in letters()] == ["You have an account already"]
    assert User.objects.count() == 1
