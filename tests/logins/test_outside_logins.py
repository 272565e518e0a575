"""Coming in by a login of another house."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.enums import Role
from accounts.invitations import hash_of
from accounts.models import AuditEntry, Invitation, Notice, User
from tests.factories import PASSWORD, TeamFactory, UserFactory
from tests.logins.provider import VERA
from tests.logins.visitor import Visitor
from tests.views.entrance import app_code, app_of, letters, link_in, prove, sign_in
from tests.views.html import parse

LINK = "v" * 43
ALREADY = "You have an account already"


def addresses() -> list[tuple[str, str, bool, bool]]:
    """(login, address, confirmed, primary) of everybody."""
    rows = EmailAddress.objects.order_by("user__email", "email")
    return list(rows.values_list("user__email", "email", "verified", "primary"))


def logins() -> list[tuple[str, str, str]]:
    return list(SocialAccount.objects.order_by("pk").values_list("user__email", "provider", "uid"))


def test_a_new_person_gets_an_account_with_a_confirmed_address(visitor: Visitor) -> None:
    answer = visitor.come_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert addresses() == [("vera@example.com", "vera@example.com", True, True)]
    assert logins() == [("vera@example.com", "oidc", "vera-1")]
    assert User.objects.get().name == "Vera Lindqvist"
    assert visitor.client.get("/accounts/email/").status_code == 200
    assert mail.outbox == []


def test_who_comes_again_is_signed_in_to_the_same_account(visitor: Visitor) -> None:
    visitor.come_in()
    again = Visitor(visitor.provider)
    visitor.provider.person["email"] = "elsewhere@example.com"

    answer = again.come_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert addresses() == [("vera@example.com", "vera@example.com", True, True)]
    assert logins() == [("vera@example.com", "oidc", "vera-1")]


def test_the_way_leads_to_the_page_that_was_asked_for(visitor: Visitor) -> None:
    answer = visitor.come_in("/sign-in/?next=/accounts/sessions/")

    assert answer.headers["Location"] == "/accounts/sessions/"


def test_the_way_leads_to_no_other_site(visitor: Visitor) -> None:
    answer = visitor.come_in("/sign-in/?next=https://mallory.example/")

    assert answer.headers["Location"] == "/"


def test_the_provider_is_asked_with_pkce_and_a_state(visitor: Visitor) -> None:
    visitor.come_in()

    (asked,) = visitor.provider.asked
    assert {name: asked[name] for name in ("client_id", "redirect_uri", "response_type")} == {
        "client_id": "dailies",
        "redirect_uri": "http://testserver/accounts/oidc/oidc/login/callback/",
        "response_type": "code",
    }
    assert sorted(asked["scope"].split()) == ["email", "openid", "profile"]
    assert (asked["code_challenge_method"], len(asked["code_challenge"]), len(asked["state"])) == ("S256", 43, 16)


# Accounts that are there already


def test_an_account_with_the_confirmed_address_is_connected(visitor: Visitor) -> None:
    vera = UserFactory.create(email="vera@example.com", name="Vera")

    answer = visitor.come_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert logins() == [("vera@example.com", "oidc", "vera-1")]
    vera.refresh_from_db()
    assert (vera.name, vera.check_password(PASSWORD)) == ("Vera", True)
    told = AuditEntry.objects.filter(about=vera).order_by("pk").values_list("action", "target", "detail")
    assert list(told) == [
        ("login_connected", "Harbour", {}),
        ("signed_in", "", {"how": "socialaccount"}),
    ]
    assert list(Notice.objects.values_list("user__email", "kind")) == [("vera@example.com", "security")]


def test_a_confirmed_second_address_counts_too(visitor: Visitor) -> None:
    vera = UserFactory.create(email="v@example.com")
    EmailAddress.objects.create(user=vera, email="vera@example.com", verified=True)

    visitor.come_in()

    assert logins() == [("v@example.com", "oidc", "vera-1")]


@pytest.mark.parametrize("is_confirmed_elsewhere", [True, False])
def test_an_account_whose_address_is_not_confirmed_is_not_entered(
    visitor: Visitor, is_confirmed_elsewhere: bool
) -> None:
    """Mallory has signed up with Vera's address, and waits for her."""
    mallory = UserFactory.create(email="vera@example.com", name="Mallory")
    EmailAddress.objects.filter(user=mallory).update(verified=False)
    visitor.provider.person["email_verified"] = is_confirmed_elsewhere

    answer = visitor.come_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/confirm-email/")
    assert "_auth_user_id" not in visitor.client.session
    assert (addresses(), logins()) == ([("vera@example.com", "vera@example.com", False, True)], [])
    mallory.refresh_from_db()
    assert mallory.check_password(PASSWORD)
    assert [(letter.to, letter.subject) for letter in letters()] == [(["vera@example.com"], ALREADY)]


def test_an_address_that_somebody_wants_to_add_is_not_theirs(visitor: Visitor) -> None:
    mallory = UserFactory.create(email="mallory@example.com")
    EmailAddress.objects.create(user=mallory, email="vera@example.com", verified=False)

    answer = visitor.come_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/confirm-email/")
    assert ("_auth_user_id" in visitor.client.session, logins()) == (False, [])
    assert [(letter.to, letter.subject) for letter in letters()] == [(["vera@example.com"], ALREADY)]


@pytest.mark.parametrize("told", [False, "false", None, ""])
def test_an_address_that_the_provider_has_not_confirmed_opens_no_account(visitor: Visitor, told: object) -> None:
    vera = UserFactory.create(email="vera@example.com")
    visitor.provider.person["email_verified"] = told

    answer = visitor.come_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/confirm-email/")
    assert "_auth_user_id" not in visitor.client.session
    assert (logins(), list(User.objects.all())) == ([], [vera])


@pytest.mark.parametrize("told", [False, "false", None, ""])
def test_an_address_that_the_provider_has_not_confirmed_has_to_be_confirmed_here(
    visitor: Visitor, told: object
) -> None:
    visitor.provider.person["email_verified"] = told

    answer = visitor.come_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/confirm-email/")
    assert "_auth_user_id" not in visitor.client.session
    assert addresses() == [("vera@example.com", "vera@example.com", False, True)]
    visitor.client.post(link_in(letters()[0]))
    assert addresses() == [("vera@example.com", "vera@example.com", True, True)]
    assert Visitor(visitor.provider).come_in().headers["Location"] == "/"


def test_a_deactivated_account_stays_out(visitor: Visitor) -> None:
    UserFactory.create(email="vera@example.com", is_active=False)

    answer = visitor.come_in()

    assert answer.status_code == 302
    assert "_auth_user_id" not in visitor.client.session


def test_a_second_factor_is_asked_for(visitor: Visitor) -> None:
    vera = UserFactory.create(email="vera@example.com")
    secret = app_of(vera)

    answer = visitor.come_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in visitor.client.session
    assert visitor.client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)}).headers["Location"] == "/"
    assert visitor.client.session["_auth_user_id"] == str(vera.pk)


# Invited people


@pytest.fixture
def invited(visitor: Visitor) -> Visitor:
    """A visitor whom the link in an invitation's mail has led to the page for signing up; Vera's invitation."""
    alice = UserFactory.create(email="alice@example.com")
    team = TeamFactory.create(slug="northlight", owner=alice)
    Invitation.objects.create(
        team=team, email="vera@example.com", role=Role.CREATOR, token_hash=hash_of(LINK), invited_by=alice,
        expires_at=timezone.now() + timedelta(days=14), sent_count=1,
    )  # fmt: skip
    visitor.client.post(f"/invitations/{LINK}/enter/", {"how": "sign_up"})
    assert visitor.client.session["account_verified_email"] == "vera@example.com"
    return visitor


def test_strangers_stay_out_of_a_house_for_invited_people(visitor: Visitor, settings: Settings) -> None:
    settings.SIGN_UP = "invited"

    answer = visitor.come_in()

    assert (answer.status_code, "Accounts are by invitation here" in answer.content.decode()) == (200, True)
    assert list(User.objects.all()) == []


def test_the_invited_address_is_admitted(invited: Visitor, settings: Settings) -> None:
    settings.SIGN_UP = "invited"

    answer = invited.come_in("/accounts/signup/?next=/invitations/waiting/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/invitations/waiting/")
    assert ("vera@example.com", "vera@example.com", True, True) in addresses()
    assert logins() == [("vera@example.com", "oidc", "vera-1")]
    assert invited.client.get("/invitations/waiting/").status_code == 200


def test_another_address_than_the_invited_one_stays_out(invited: Visitor, settings: Settings) -> None:
    settings.SIGN_UP = "invited"
    invited.provider.person["email"] = "mallory@example.com"

    answer = invited.come_in()

    assert answer.status_code == 200
    assert (logins(), User.objects.count()) == ([], 1)


def test_another_address_is_not_given_the_invited_one(invited: Visitor) -> None:
    """Who holds a link and comes by a login of their own has proven their own address, and no other."""
    invited.provider.person = {**VERA, "sub": "mallory-1", "email": "mallory@example.com", "name": "Mallory"}

    answer = invited.come_in("/accounts/signup/?next=/invitations/waiting/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/invitations/waiting/")
    assert addresses() == [
        ("alice@example.com", "alice@example.com", True, True),
        ("mallory@example.com", "mallory@example.com", True, True),
    ]
    assert invited.client.get("/invitations/waiting/").status_code == 403


def test_a_login_without_an_address_is_not_given_the_invited_one(invited: Visitor) -> None:
    invited.provider.person = {"sub": "mallory-1", "name": "Mallory"}

    answer = invited.come_in()
    assert answer.headers["Location"] == "/accounts/3rdparty/signup/"
    form = parse(invited.client.get("/accounts/3rdparty/signup/").content)
    assert form.find(name="name").attributes["value"] == "Mallory"
    answer = invited.client.post("/accounts/3rdparty/signup/", {"name": "Mallory", "email": "vera@example.com"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/confirm-email/")
    assert ("vera@example.com", "vera@example.com", False, True) in addresses()
    assert "_auth_user_id" not in invited.client.session


# What goes wrong on the way


def test_who_cancels_is_told_that_nothing_was_changed(visitor: Visitor) -> None:
    visitor.provider.refuses_with = "access_denied"

    answer = visitor.client.get(visitor.sent_back(), follow=True)

    assert answer.redirect_chain == [("/accounts/3rdparty/login/cancelled/", 302)]
    assert "You are not signed in" in answer.content.decode()
    assert User.objects.count() == 0


@pytest.mark.parametrize("breaks", ["token", "userinfo", "issuer", "audience", "sub", "no code"])
def test_a_provider_that_fails_is_told_in_a_sentence(visitor: Visitor, breaks: str) -> None:
    visitor.provider.breaks = breaks
    if breaks == "sub":
        del visitor.provider.person["sub"]
    if breaks == "no code":
        visitor.provider.refuses_with = "server_error"

    answer = visitor.come_in()

    assert (answer.status_code, "That login did not work" in answer.content.decode()) == (401, True)
    assert (User.objects.count(), "_auth_user_id" in visitor.client.session) == (0, False)


def test_a_provider_that_is_down_is_told_before_anybody_leaves(visitor: Visitor) -> None:
    visitor.provider.breaks = "discovery"

    answer = visitor.press()

    assert (answer.status_code, "That login did not work" in answer.content.decode()) == (401, True)


def test_an_answer_that_belongs_to_another_browser_signs_nobody_in(visitor: Visitor) -> None:
    """Mallory sends Vera the address by which her own login would come back."""
    back = visitor.sent_back()

    answer = Client().get(back)

    assert (answer.status_code, "That login did not work" in answer.content.decode()) == (401, True)
    assert User.objects.count() == 0


def test_an_answer_counts_once(visitor: Visitor) -> None:
    back = visitor.sent_back()
    visitor.client.get(back)

    assert visitor.client.get(back).status_code == 401


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("Vera\u0000\u202e\n Lindqvist", "Vera Lindqvist"),
        ("V" * 200, "V" * 120),
        ("<b>Vera</b>", "<b>Vera</b>"),
        (None, ""),
    ],
)
def test_names_become_one_line_that_can_be_seen(visitor: Visitor, told: object, kept: str) -> None:
    visitor.provider.person["name"] = told

    visitor.come_in()

    assert User.objects.get().name == kept


# Connecting and disconnecting


def test_a_person_connects_a_login_and_parts_from_it(visitor: Visitor) -> None:
    bob = UserFactory.create(email="bob@example.com")
    sign_in(visitor.client, bob.email)
    prove(visitor.client)

    answer = visitor.come_in("/accounts/3rdparty/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/3rdparty/")
    assert logins() == [("bob@example.com", "oidc", "vera-1")]
    assert addresses() == [("bob@example.com", "bob@example.com", True, True)]
    page = visitor.client.get("/accounts/3rdparty/")
    assert "vera@example.com" in page.content.decode()
    visitor.client.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})
    assert logins() == []
    actions = AuditEntry.objects.filter(about=bob, action__startswith="login_").order_by("pk")
    assert list(actions.values_list("action", "target")) == [
        ("login_connected", "Harbour"),
        ("login_disconnected", "Harbour"),
    ]


def test_a_login_that_is_somebody_elses_is_not_connected(visitor: Visitor) -> None:
    Visitor(visitor.provider).come_in()
    sign_in(visitor.client, UserFactory.create(email="bob@example.com").email)
    prove(visitor.client)

    answer = visitor.client.get(visitor.sent_back("/accounts/3rdparty/"), follow=True)

    assert logins() == [("vera@example.com", "oidc", "vera-1")]
    assert "another" in answer.content.decode()
