"""Nobody learns here who has an account: the same answer, the same kind of mail, the same work for any address. And
nobody tries passwords without end."""

import re
import time
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import AuditEntry
from tests.factories import PASSWORD, UserFactory
from tests.views.entrance import letters, sign_in, sign_up
from tests.views.html import parse

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "noor@example.com", "liam@example.com"
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
Ask = Callable[[Client, str], Any]


def by_password(client: Client, email: str) -> Any:
    return sign_in(client, email, "wrong")


def by_code(client: Client, email: str) -> Any:
    return client.post("/accounts/login/code/", {"email": email})


def by_wrong_code(client: Client, email: str) -> Any:
    by_code(client, email)
    return client.post("/accounts/login/code/confirm/", {"code": "AAAA-AAAA"})


def by_third_wrong_code(client: Client, email: str) -> Any:
    for _ in range(3):
        answer = by_wrong_code(client, email)
    return answer


def by_reset(client: Client, email: str) -> Any:
    return client.post("/accounts/password/reset/", {"email": email})


def by_sign_up(client: Client, email: str) -> Any:
    return sign_up(client, email)


def by_sign_up_twice(client: Client, email: str) -> Any:
    sign_up(Client(), email)
    return sign_up(client, email)


class CountingHasher(MD5PasswordHasher):
    """Counts how often it works."""

    made: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        self.made.append(password)
        return super().encode(password, salt)


class BrokenMail(BaseEmailBackend):
    """A mail server that is down."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError


def later(seconds: float) -> Callable[[], float]:
    """A clock that is ahead."""
    real = time.time
    return lambda: real() + seconds


ASKS = [by_password, by_code, by_wrong_code, by_third_wrong_code, by_reset, by_sign_up, by_sign_up_twice]


def seen(answer: Any, client: Client, email: str) -> tuple[int, str, str, str, list[str]]:
    """All that somebody outside sees: status, address, page, the page after it, cookies."""
    after = client.get(answer.headers["Location"]).content.decode() if answer.status_code == 302 else ""
    pages = (CSRF.sub("", text).replace(email, "ADDRESS") for text in (answer.content.decode(), after))
    return (answer.status_code, answer.headers.get("Location", ""), *pages, sorted(client.cookies))


@pytest.mark.parametrize("ask", ASKS)
def test_known_and_unknown_addresses_look_the_same(ask: Ask) -> None:
    UserFactory.create(email=KNOWN)
    told = []
    for email in (KNOWN, UNKNOWN):
        cache.clear()
        client = Client()
        told.append(seen(ask(client, email), client, email))

    assert told[0] == told[1]


@pytest.mark.parametrize("state", ["unconfirmed", "inactive", "without a password"])
@pytest.mark.parametrize("ask", [by_password, by_code, by_wrong_code, by_reset, by_sign_up])
def test_accounts_in_other_states_look_like_none(ask: Ask, state: str) -> None:
    user = UserFactory.create(email=KNOWN, is_active=state != "inactive")
    if state == "unconfirmed":
        EmailAddress.objects.filter(user=user).update(verified=False)
    if state == "without a password":
        user.set_unusable_password()
        user.save()
    told = []
    for email in (KNOWN, UNKNOWN):
        cache.clear()
        client = Client()
        told.append(seen(ask(client, email), client, email))

    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("ask", "mails"),
    [(by_password, 0), (by_code, 1), (by_wrong_code, 1), (by_reset, 1), (by_sign_up, 1)],
)
@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_as_many_mails_leave_for_known_and_unknown_addresses(ask: Ask, mails: int, email: str) -> None:
    UserFactory.create(email=KNOWN)

    ask(Client(), email)

    assert [letter.to for letter in letters()] == [[email]] * mails


@pytest.mark.parametrize(("ask", "hashes"), [(by_password, 1), (by_sign_up, 1), (by_code, 0), (by_reset, 0)])
def test_as_many_hashes_are_made_for_known_and_unknown_addresses(
    ask: Ask, hashes: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    UserFactory.create(email=KNOWN)
    made: list[str] = []
    settings.PASSWORD_HASHERS = ["tests.views.test_who_has_an_account.CountingHasher"]
    monkeypatch.setattr(CountingHasher, "made", made)
    UserFactory.create(email="counts@example.com")
    counts = []
    for email in ("counts@example.com", UNKNOWN):
        made.clear()
        ask(Client(), email)
        counts.append(len(made))

    assert counts == [hashes, hashes]


def test_what_cannot_be_mailed_looks_the_same_too(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.views.test_who_has_an_account.BrokenMail"
    UserFactory.create(email=KNOWN)
    told = []
    for email in (KNOWN, UNKNOWN):
        client = Client()
        told.append(seen(by_reset(client, email), client, email))

    assert told[0] == told[1]
    assert "The mail could not be sent just now." in told[0][3]


def test_after_five_failures_even_the_right_password_waits() -> None:
    UserFactory.create(email=KNOWN)

    answers = [sign_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), KNOWN, "wrong") for number in range(5)]
    refused = sign_in(Client(REMOTE_ADDR="192.0.2.99"), KNOWN, PASSWORD)

    assert [answer.status_code for answer in answers] == [422] * 5
    assert refused.status_code == 422
    page = parse(refused.content)
    assert page.find(id="sign-in-error").text.startswith("There were too many attempts. Wait five minutes")
    assert page.find(id="id_login").attributes["value"] == KNOWN


def test_the_wait_is_over_after_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    UserFactory.create(email=KNOWN)
    for _ in range(5):
        sign_in(Client(), KNOWN, "wrong")
    monkeypatch.setattr("allauth.core.internal.ratelimit.time.time", later(5 * 60 + 1))

    assert sign_in(Client(), KNOWN).status_code == 302


def test_one_address_that_is_locked_does_not_lock_others() -> None:
    UserFactory.create(email=KNOWN)
    UserFactory.create(email="other@example.com")
    for _ in range(6):
        sign_in(Client(), KNOWN, "wrong")

    assert sign_in(Client(), "other@example.com").status_code == 302


def test_successes_in_between_do_not_start_the_count_again() -> None:
    UserFactory.create(email=KNOWN)
    for _ in range(4):
        sign_in(Client(), KNOWN, "wrong")
    assert sign_in(Client(), KNOWN).status_code == 302
    sign_in(Client(), KNOWN, "wrong")

    assert sign_in(Client(), KNOWN).status_code == 422


def test_another_name_of_the_site_does_not_start_the_count_again(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    UserFactory.create(email=KNOWN)
    for number in range(5):
        Client(HTTP_HOST=f"a{number}.example.com").post("/sign-in/", {"login": KNOWN, "password": "wrong"})

    assert sign_in(Client(), KNOWN).status_code == 422


def test_one_place_cannot_try_many_addresses() -> None:
    UserFactory.create(email=KNOWN)
    for number in range(20):
        sign_in(Client(), f"person{number}@example.com", "wrong")

    assert sign_in(Client(), KNOWN).status_code == 422
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), KNOWN).status_code == 302


@pytest.mark.parametrize(("proxies", "status"), [(0, 422), (1, 302)])
def test_the_place_is_what_the_trusted_proxies_say(settings: Settings, proxies: int, status: int) -> None:
    settings.TRUSTED_PROXIES = proxies
    UserFactory.create(email=KNOWN)
    for number in range(20):
        sign_in(Client(HTTP_X_FORWARDED_FOR="192.0.2.1"), f"person{number}@example.com", "wrong")

    assert sign_in(Client(HTTP_X_FORWARDED_FOR="192.0.2.2"), KNOWN).status_code == status


def test_what_a_client_writes_into_the_header_itself_does_not_help(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    UserFactory.create(email=KNOWN)
    for number in range(20):
        spoofed = Client(HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 192.0.2.1")
        sign_in(spoofed, f"person{number}@example.com", "wrong")

    assert sign_in(Client(HTTP_X_FORWARDED_FOR="198.51.100.99, 192.0.2.1"), KNOWN).status_code == 422


@pytest.mark.parametrize("ask", [by_reset, by_sign_up])
def test_too_many_mails_are_a_page_with_a_sentence(ask: Ask) -> None:
    answers = [ask(Client(), f"person{number}@example.com") for number in range(31)]

    assert [answer.status_code for answer in answers] == [302] * 30 + [429]
    assert "There were too many attempts" in answers[-1].content.decode()
    assert len(letters()) == 30


def test_one_address_does_not_get_mails_without_end() -> None:
    statuses = [by_reset(Client(REMOTE_ADDR=f"192.0.2.{number}"), KNOWN).status_code for number in range(6)]
    codes = [by_code(Client(REMOTE_ADDR=f"192.0.2.{number}"), KNOWN).status_code for number in range(6)]

    assert (statuses, codes) == ([302] * 5 + [429], [302] * 5 + [422])
    assert len(letters()) == 10


def test_refused_attempts_do_not_fill_the_log() -> None:
    UserFactory.create(email=KNOWN)
    for _ in range(9):
        sign_in(Client(), KNOWN, "wrong")

    assert AuditEntry.objects.count() == 5
