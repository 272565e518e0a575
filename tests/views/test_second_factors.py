"""Authenticator apps, recovery codes, and what guards the pages about them. `tests/browser` has the passkeys."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client, TestCase
from pytest_django.fixtures import Settings

from accounts.enums import AuditAction
from accounts.models import AuditEntry, Notice, User
from accounts.sealing import seal, unseal
from tests.factories import UserFactory
from tests.views.entrance import app_code, app_of, browser_of, prove, sign_in, stored_secret
from tests.views.html import parse

pytestmark = pytest.mark.django_db
CODES = "/accounts/2fa/recovery-codes/"
ACTIVATE, DEACTIVATE = "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/"
ANOTHER_KEY = "another-secret-key"


@pytest.fixture
def noor() -> User:
    return UserFactory.create(email="noor@example.com")


def codes_of(client: Client) -> list[str]:
    """The recovery codes that the page shows."""
    page = parse(client.get(CODES).content)
    return [element.text for element in page.walk() if element.tag == "li" and len(element.text) == 8]


def set_up(client: Client) -> tuple[str, Any]:
    """The secret of an app that is set up by the page, and the answer."""
    prove(client)
    secret = parse(client.get(ACTIVATE).content).find(id="authenticator-key").attributes["value"]
    with TestCase.captureOnCommitCallbacks(execute=True):
        return secret, client.post(ACTIVATE, {"code": app_code(secret)})


def is_in(client: Client) -> bool:
    return client.get("/accounts/email/").status_code == 200


def test_an_app_is_set_up_and_asked_for(noor: User) -> None:
    client = browser_of(noor, agent="Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0")

    secret, answer = set_up(client)

    assert (answer.status_code, answer.headers["Location"]) == (302, CODES)
    assert len(codes_of(client)) == 10
    later = Client()
    assert sign_in(later, noor.email).headers["Location"] == "/accounts/2fa/authenticate/"
    assert later.get("/accounts/2fa/authenticate/").status_code == 200
    assert later.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 422
    answer = later.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})
    assert answer.headers["Location"] == "/"
    assert is_in(later)
    told = AuditEntry.objects.order_by("pk").values_list("action", "target", "detail")
    assert list(told) == [
        (AuditAction.SIGNED_IN, "", {"how": "password"}),
        (AuditAction.SECOND_FACTOR_ADDED, "authenticator app", {}),
        (AuditAction.RECOVERY_CODES_MADE, "recovery codes", {}),
        (AuditAction.SIGN_IN_FAILED, str(noor), {"how": "authenticator app"}),
        (AuditAction.SIGNED_IN, "", {"how": "password, mfa"}),
    ]
    assert [notice.text for notice in Notice.objects.all()] == [
        "A second factor was added: authenticator app. It was done from Firefox on Windows, 127.0.0.1. "
        "If that was not you, set a new password."
    ]


def test_the_page_of_an_app_shows_a_picture_that_its_policy_allows(noor: User) -> None:
    client = browser_of(noor)
    prove(client)

    answer = client.get(ACTIVATE)

    picture = parse(answer.content).find(width="200")
    assert picture.attributes["src"].startswith("data:image/svg+xml;base64,")
    assert "img-src 'self' blob: data:" in answer.headers["Content-Security-Policy"]
    assert "data:" not in client.get("/accounts/2fa/").headers["Content-Security-Policy"]


def test_a_wrong_code_sets_nothing_up(noor: User) -> None:
    client = browser_of(noor)
    prove(client)
    secret = parse(client.get(ACTIVATE).content).find(id="authenticator-key").attributes["value"]

    answer = client.post(ACTIVATE, {"code": "000000"})

    page = parse(answer.content)
    assert answer.status_code == 422
    assert page.find(id="id_code-error").text == "This code is not right, or not valid any more. Enter the newest one."
    assert page.find(id="authenticator-key").attributes["value"] == secret
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(("later", "status"), [(-3, 422), (-1, 302), (0, 302), (1, 302), (3, 422)])
def test_a_code_is_good_for_half_a_minute_around_its_own(
    noor: User, later: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    secret = app_of(noor)
    client = Client()
    sign_in(client, noor.email)

    answer = client.post("/accounts/2fa/authenticate/", {"code": app_code(secret, later=later)})

    assert answer.status_code == status


def test_a_code_of_an_app_works_once(noor: User) -> None:
    secret = app_of(noor)
    code = app_code(secret)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, noor.email)
        client.post("/accounts/2fa/authenticate/", {"code": code})

    assert (is_in(first), is_in(second)) == (True, False)


def test_after_five_wrong_codes_the_right_one_waits(noor: User) -> None:
    secret = app_of(noor)
    client = Client()
    sign_in(client, noor.email)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    answer = client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)})

    assert answer.status_code == 422
    assert parse(answer.content).find(id="id_code-error").text.startswith("There were too many attempts.")


def test_a_recovery_code_lets_in_once(noor: User) -> None:
    client = browser_of(noor)
    set_up(client)
    code = codes_of(client)[3]
    first, second = Client(), Client()
    for later in (first, second):
        sign_in(later, noor.email)
        later.post("/accounts/2fa/authenticate/", {"code": code})

    assert (is_in(first), is_in(second)) == (True, False)
    assert code not in codes_of(client)
    assert len(codes_of(client)) == 9


def test_recovery_codes_are_downloaded_as_text(noor: User) -> None:
    client = browser_of(noor)
    set_up(client)

    answer = client.get(f"{CODES}download/")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert [line for line in answer.content.decode().splitlines() if line.isdigit()] == codes_of(client)


def test_new_recovery_codes_replace_the_old_ones(noor: User) -> None:
    client = browser_of(noor)
    set_up(client)
    old = codes_of(client)
    assert "10 that are left" in client.get(f"{CODES}generate/").content.decode()

    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(f"{CODES}generate/")

    assert answer.headers["Location"] == CODES
    new = codes_of(client)
    assert (len(new), set(new) & set(old)) == (10, set())
    assert AuditEntry.objects.filter(action=AuditAction.RECOVERY_CODES_MADE).count() == 2


def test_an_app_is_removed_with_its_codes_and_the_person_is_told(noor: User) -> None:
    client = browser_of(noor)
    set_up(client)
    assert client.get(DEACTIVATE).status_code == 200

    answer = client.post(DEACTIVATE)

    assert answer.headers["Location"] == "/accounts/2fa/"
    assert not Authenticator.objects.exists()
    told = AuditEntry.objects.filter(action=AuditAction.SECOND_FACTOR_REMOVED).order_by("pk")
    assert [entry.target for entry in told] == ["authenticator app", "recovery codes"]
    assert Notice.objects.order_by("-pk")[0].text.startswith("A second factor was removed: authenticator app.")


PAGES_ABOUT_SAFETY = [ACTIVATE, "/accounts/2fa/webauthn/add/", f"{CODES}generate/"]


@pytest.mark.parametrize("page", PAGES_ABOUT_SAFETY)
def test_what_touches_safety_asks_for_the_password_again(noor: User, page: str) -> None:
    client = browser_of(noor)

    answer = client.get(page)

    assert answer.headers["Location"].startswith("/accounts/reauthenticate/?next=")
    asked = client.get(answer.headers["Location"])
    assert parse(asked.content).find(id="id_password").attributes["autocomplete"] == "current-password"
    wrong = client.post(answer.headers["Location"], {"password": "wrong", "next": page})
    assert (wrong.status_code, client.get(page).status_code) == (422, 302)
    client.post(answer.headers["Location"], {"password": "wrong"})
    right = client.post("/accounts/reauthenticate/", {"password": "the gulls wheel overhead", "next": page})
    assert right.headers["Location"] == page


@pytest.mark.parametrize("page", [*PAGES_ABOUT_SAFETY, "/accounts/2fa/", CODES, "/accounts/2fa/webauthn/"])
def test_nobody_is_led_to_the_sign_in_page(client: Client, page: str) -> None:
    assert client.get(page).headers["Location"].startswith("/sign-in/?next=")


def test_the_second_factor_is_no_page_for_somebody_without_the_first(client: Client, noor: User) -> None:
    app_of(noor)

    assert client.get("/accounts/2fa/authenticate/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 302


@pytest.mark.parametrize("way", ["edit", "remove"])
def test_the_passkey_of_another_person_is_not_there(noor: User, way: str) -> None:
    other = UserFactory.create()
    key = Authenticator.objects.create(user=other, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})
    client = browser_of(noor)
    prove(client)

    answers = [client.get(f"/accounts/2fa/webauthn/keys/{key.pk}/{way}/"),
               client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/{way}/", {"name": "Mine"})]  # fmt: skip

    assert [answer.status_code for answer in answers] == [404, 404]
    key.refresh_from_db()
    assert key.data == {"name": "Key"}


@pytest.mark.parametrize("credential", ["", "[]", "{}", '{"id": 1}', "x" * 100, '{"response": {"userHandle": "!"}}'])
def test_a_broken_passkey_lets_nobody_in(client: Client, credential: str) -> None:
    client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})

    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})

    assert answer.status_code == 302
    assert not is_in(client)


@pytest.mark.parametrize("name", ["", "x" * 5000])
def test_a_passkey_needs_a_name(noor: User, name: str) -> None:
    client = browser_of(noor)
    prove(client)
    key = Authenticator.objects.create(user=noor, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})

    answer = client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/edit/", {"name": name})

    assert answer.status_code == 422
    assert parse(answer.content).find(id="id_name-error").text


def test_a_passkey_is_renamed_and_removed(noor: User) -> None:
    client = browser_of(noor)
    prove(client)
    key = Authenticator.objects.create(user=noor, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})
    assert client.get(f"/accounts/2fa/webauthn/keys/{key.pk}/edit/").status_code == 200

    answer = client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/edit/", {"name": "Desk <b>"})

    assert answer.headers["Location"] == "/accounts/2fa/webauthn/"
    assert "Desk &lt;b&gt;" in client.get("/accounts/2fa/webauthn/").content.decode()
    assert "Remove Desk &lt;b&gt;?" in client.get(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/").content.decode()
    client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")
    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.latest("pk").target == "passkey"


@pytest.mark.parametrize("credential", ["", "[]", "{}", '{"id": 1}', '{"id": "a", "rawId": "a", "response": {}}'])
def test_a_broken_passkey_is_not_added(noor: User, credential: str) -> None:
    client = browser_of(noor)
    prove(client)
    client.get("/accounts/2fa/webauthn/add/")

    answer = client.post("/accounts/2fa/webauthn/add/", {"name": "Key", "credential": credential})

    assert answer.status_code == 422
    assert not Authenticator.objects.exists()


def test_secrets_are_stored_encrypted(noor: User) -> None:
    client = browser_of(noor)

    secret, _ = set_up(client)

    rows = {row.type: row.data for row in Authenticator.objects.all()}
    assert secret not in str(rows)
    assert stored_secret(noor) == secret
    assert len(unseal(rows["recovery_codes"]["seed"])) == 80


def test_a_changed_secret_key_opens_them_while_the_old_one_is_a_fallback(noor: User, settings: Settings) -> None:
    secret, old = app_of(noor), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = ANOTHER_KEY, [old]

    client = Client()
    sign_in(client, noor.email)

    assert client.post("/accounts/2fa/authenticate/", {"code": app_code(secret)}).status_code == 302
    sealed = seal("new")
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(sealed) == "new"


def test_a_secret_that_cannot_be_opened_lets_nobody_in_and_breaks_nothing(noor: User, settings: Settings) -> None:
    app_of(noor)
    settings.SECRET_KEY = ANOTHER_KEY
    client = Client()
    sign_in(client, noor.email)

    answers = [client.post("/accounts/2fa/authenticate/", {"code": code}) for code in ("000000", app_code("A" * 32))]

    assert [answer.status_code for answer in answers] == [422, 422]
