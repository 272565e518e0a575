"""Signing in, signing up, confirming, a new password, a code: what works, and what is refused."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import hashers
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.enums import AuditAction, NoticeKind
from accounts.models import AuditEntry, Notice, User
from tests.factories import PASSWORD, UserFactory
from tests.views.entrance import browser_of, code_in, letters, link_in, sign_in, sign_up
from tests.views.html import parse

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "the herons stand in the reeds"


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def is_in(client: Client) -> bool:
    return client.get("/accounts/email/").status_code == 200


def test_signing_up_confirming_and_signing_in() -> None:
    client = Client()

    answer = sign_up(client, "Noor@Example.com", name="  Noor   Haddad ")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/confirm-email/")
    user = User.objects.get()
    assert (user.email, user.name, user.has_usable_password()) == ("noor@example.com", "Noor Haddad", True)
    assert [(letter.to, letter.subject) for letter in letters()] == [
        (["noor@example.com"], "Confirm your e-mail address")
    ]
    assert sign_in(Client(), "noor@example.com").headers["Location"] == "/accounts/confirm-email/"

    link = link_in(letters()[0])
    assert parse(client.get(link).content).find(method="post").attributes["action"] == link
    assert not EmailAddress.objects.get().verified

    answer = client.post(link)

    assert answer.headers["Location"] == "/"
    assert EmailAddress.objects.get().verified
    assert is_in(client)
    assert actions() == [AuditAction.SIGNED_UP, AuditAction.SIGNED_IN]
    assert is_in(browser_of(user))


def test_an_address_that_is_confirmed_in_another_browser_lets_nobody_in_there() -> None:
    client = Client()
    sign_up(client, "noor@example.com")
    other = Client()

    answer = other.post(link_in(letters()[0]))

    assert answer.headers["Location"] == "/sign-in/"
    assert "noor@example.com is confirmed." in other.get("/sign-in/").content.decode()
    assert not is_in(other)
    assert not is_in(client)


@pytest.mark.parametrize("times", [1, 2])
def test_a_confirming_link_works_once_and_then_says_so(times: int) -> None:
    client = Client()
    sign_up(client, "noor@example.com")
    link = link_in(letters()[0])
    for _ in range(times):
        Client().post(link)

    page = Client().get(link)

    assert page.status_code == 200
    assert "This link is not valid any more" in page.content.decode()


def test_a_wrong_confirming_link_is_a_page(client: Client) -> None:
    assert "This link is not valid any more" in client.get("/accounts/confirm-email/abc/").content.decode()
    assert client.post("/accounts/confirm-email/abc/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"name": ""}, "id_name-error"),
        ({"name": "x" * 121}, "id_name-error"),
        ({"name": "Noor\u202egnp"}, "id_name-error"),
        ({"email": "noor"}, "id_email-error"),
        ({"email": "noor@example.com\r\nBcc: all@example.com"}, "id_email-error"),
        ({"email": ""}, "id_email-error"),
        ({"password1": "short"}, "id_password1-error"),
        ({"password1": "password1234"}, "id_password1-error"),
        ({"password1": "12345678901234"}, "id_password1-error"),
        ({"password1": "noor@example.com"}, "id_password1-error"),
        ({"password1": ""}, "id_password1-error"),
    ],
)
def test_a_bad_sign_up_is_422_and_loses_nothing_but_the_password(
    client: Client, fields: dict[str, str], place: str
) -> None:
    answer = sign_up(client, **{"email": "noor@example.com", **fields})

    page = parse(answer.content)
    assert answer.status_code == 422
    assert page.find(id=place).text
    assert page.find(id="id_name").attributes["value"] == fields.get("name", "Noor")
    assert "value" not in page.find(id="id_password1").attributes
    assert (User.objects.count(), letters()) == (0, [])


def test_the_sign_up_page_says_what_a_password_needs(client: Client) -> None:
    text = client.get("/accounts/signup/").content.decode()

    assert "Your password must contain at least 8 characters." in text


def test_a_name_with_line_breaks_becomes_one_line(client: Client) -> None:
    sign_up(client, "noor@example.com", name="Noor\r\nBcc: all@example.com")

    assert User.objects.get().name == "Noor Bcc: all@example.com"
    assert letters()[0].to == ["noor@example.com"]
    assert "all@example.com" not in str(letters()[0].message())


def test_a_new_password_is_set_by_a_link_and_ends_all_sessions() -> None:
    user = UserFactory.create(email="noor@example.com")
    elsewhere, client = browser_of(user), Client()

    answer = client.post("/accounts/password/reset/", {"email": "NOOR@example.com"})

    assert answer.headers["Location"] == "/accounts/password/reset/done/"
    assert (letters()[0].to, letters()[0].subject) == (["noor@example.com"], "Set a new password")
    form = client.get(link_in(letters()[0])).headers["Location"]
    assert form.endswith("-set-password/")
    fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post(form, fields).headers["Location"] == "/accounts/password/reset/key/done/"
    assert client.get("/accounts/password/reset/key/done/").status_code == 200
    assert not is_in(elsewhere)
    assert not is_in(client)
    assert sign_in(Client(), user.email).status_code == 422
    assert sign_in(Client(), user.email, NEW_PASSWORD).status_code == 302
    entry = AuditEntry.objects.get(action=AuditAction.PASSWORD_RESET)
    assert (entry.actor, entry.about, entry.detail) == (user, user, {"sessions_ended": 1})
    notice = Notice.objects.get()
    assert (notice.user, notice.kind) == (user, NoticeKind.SECURITY)
    assert notice.text.startswith("Your password was reset by a link in a mail. It was done from ")
    assert [one.channel for one in notice.deliveries.all()] == ["mail"]


def test_a_reset_link_works_once(client: Client) -> None:
    UserFactory.create(email="noor@example.com")
    client.post("/accounts/password/reset/", {"email": "noor@example.com"})
    link = link_in(letters()[0])
    form = client.get(link).headers["Location"]
    client.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert "This link is not valid any more" in Client().get(link).content.decode()
    assert "This link is not valid any more" in client.get(form).content.decode()


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"password1": "short", "password2": "short"}, "id_password1-error"),
        ({"password1": NEW_PASSWORD, "password2": PASSWORD}, "id_password2-error"),
    ],
)
def test_a_bad_new_password_is_422(client: Client, fields: dict[str, str], place: str) -> None:
    UserFactory.create(email="noor@example.com")
    client.post("/accounts/password/reset/", {"email": "noor@example.com"})
    form = client.get(link_in(letters()[0])).headers["Location"]

    answer = client.post(form, fields)

    assert answer.status_code == 422
    assert parse(answer.content).find(id=place).text


def test_a_reset_never_goes_to_an_address_that_waits_to_be_confirmed(client: Client) -> None:
    user = UserFactory.create(email="noor@example.com")
    EmailAddress.objects.create(user=user, email="typo@example.com")

    client.post("/accounts/password/reset/", {"email": "typo@example.com"})
    client.post("/accounts/login/code/", {"email": "typo@example.com"})

    assert [letter.subject for letter in letters()] == ["No account with this address"] * 2


def test_signing_in_by_a_code_of_a_mail(client: Client) -> None:
    UserFactory.create(email="noor@example.com")

    answer = client.post("/accounts/login/code/", {"email": "noor@example.com", "next": "/accounts/email/"})

    page = answer.headers["Location"]
    assert page == "/accounts/login/code/confirm/?next=%2Faccounts%2Femail%2F"
    assert (letters()[0].to, letters()[0].subject) == (["noor@example.com"], "Your sign-in code")
    assert client.get(page).status_code == 200
    assert client.post(page, {"code": "WRONG-CODE"}).status_code == 422
    answer = client.post(page, {"code": code_in(letters()[0]).lower()})
    assert answer.headers["Location"] == "/accounts/email/"
    assert is_in(client)
    assert actions() == [AuditAction.SIGN_IN_FAILED, AuditAction.SIGNED_IN]


def test_three_wrong_codes_end_it(client: Client) -> None:
    UserFactory.create(email="noor@example.com")
    client.post("/accounts/login/code/", {"email": "noor@example.com"})
    code = code_in(letters()[0])

    answers = [client.post("/accounts/login/code/confirm/", {"code": "AAAA-AAAA"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [422, 422, 302]
    assert client.post("/accounts/login/code/confirm/", {"code": code}).status_code == 302
    assert not is_in(client)


def test_a_code_works_in_the_browser_that_asked_alone(client: Client) -> None:
    UserFactory.create(email="noor@example.com")
    client.post("/accounts/login/code/", {"email": "noor@example.com"})
    thief = Client()

    thief.post("/accounts/login/code/confirm/", {"code": code_in(letters()[0])})

    assert not is_in(thief)


def test_an_inactive_person_is_told_so_and_stays_outside(client: Client) -> None:
    user = UserFactory.create(email="noor@example.com", is_active=False)

    answer = sign_in(client, user.email)

    assert answer.headers["Location"] == "/accounts/inactive/"
    assert client.get("/accounts/inactive/").status_code == 200
    assert not is_in(client)


def test_a_person_who_becomes_inactive_is_out_at_once() -> None:
    user = UserFactory.create()
    client = browser_of(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert not is_in(client)


def test_passwords_are_hashed_by_argon2(settings: Settings, client: Client) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]

    sign_up(client, "noor@example.com")

    assert User.objects.get().password.startswith("argon2$argon2id$")
    assert hashers.check_password(PASSWORD, User.objects.get().password)


def test_a_failed_sign_in_is_told_without_an_address_that_belongs_to_nobody() -> None:
    user = UserFactory.create(email="noor@example.com")

    sign_in(Client(), "noor@example.com", "wrong")
    sign_in(Client(), "hunter2@example.com", "wrong")

    told: Any = AuditEntry.objects.order_by("pk").values_list("action", "actor", "about", "target", "detail", "ip")
    assert list(told) == [
        (AuditAction.SIGN_IN_FAILED, None, user.pk, str(user), {"how": "password"}, "127.0.0.1"),
        (AuditAction.SIGN_IN_FAILED, None, None, "an unknown address", {"how": "password"}, "127.0.0.1"),
    ]


def test_signing_in_and_out_are_told() -> None:
    user = UserFactory.create()
    client = browser_of(user, agent="Firefox")

    client.post("/sign-out/")

    told: Any = AuditEntry.objects.order_by("pk").values_list("action", "actor", "detail", "agent")
    assert list(told) == [
        (AuditAction.SIGNED_IN, user.pk, {"how": "password"}, "Firefox"),
        (AuditAction.SIGNED_OUT, user.pk, {}, "Firefox"),
    ]


def test_signing_out_asks_first_when_it_is_opened_as_a_link() -> None:
    client = browser_of(UserFactory.create())

    page = client.get("/sign-out/")

    assert page.status_code == 200
    assert parse(page.content).find(method="post").attributes["action"] == "/sign-out/"
    assert is_in(client)


@pytest.mark.parametrize("page", ["/sign-out/", "/accounts/sessions/end/"])
def test_who_has_signed_out_is_not_led_back_to_that_page(page: str) -> None:
    client = browser_of(UserFactory.create())

    answer = client.post(page, {"here": "too"}, headers={"Referer": f"http://testserver{page}"})

    assert answer.headers["Location"] == "/sign-in/"
