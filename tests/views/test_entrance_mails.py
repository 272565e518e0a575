"""Each mail of the entrance: text and HTML say the same, links work, and nothing that somebody typed is markup."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.core.mail import EmailMultiAlternatives
from django.test import Client, RequestFactory

from accounts.adapters import TO_THE_OLD_ADDRESS
from accounts.models import User
from tests.factories import UserFactory
from tests.views.entrance import browser_of, code_in, html_of, letters, link_in, prove, sign_up
from tests.views.html import parse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strict_templates")]
FOLDER = Path(__file__).resolve().parents[2] / "templates" / "account" / "email"
ODD = "o'hara&co@example.com"
AGENT = "<script>alert(1)</script>\r\nBcc: mallory@example.com"
SITE = "http://testserver"


def new_person() -> None:
    sign_up(Client(), ODD, name="<b>Noor</b> & co")


def known_person() -> None:
    noor()
    sign_up(Client(), ODD)


def new_address() -> None:
    client = browser_of(UserFactory.create(email="noor@example.com"))
    prove(client)
    client.post("/accounts/email/", {"email": ODD, "action_add": ""})


def changed_address() -> None:
    new_address()
    browser_of(User.objects.get()).post(link_in(letters()[-1]))


def deleted_address() -> None:
    request = RequestFactory(headers={"User-Agent": AGENT}).get("/")
    with context.request_context(request):
        get_adapter().send_notification_mail("account/email/email_deleted", noor(), {"deleted_email": ODD})


def code() -> None:
    noor()
    Client().post("/accounts/login/code/", {"email": ODD})


def reset() -> None:
    noor()
    Client().post("/accounts/password/reset/", {"email": ODD})


def reset_of_nobody() -> None:
    Client().post("/accounts/password/reset/", {"email": ODD})


def noor() -> User:
    return UserFactory.create(email=ODD, name="<b>Noor</b> & co")


@dataclass(frozen=True)
class Mail:
    """What makes it leave, to whom, its subject, what it leads to ("": to nothing)."""

    cause: Callable[[], None]
    subject: str
    leads_to: str = ""
    to: str = ODD
    says: str = ""


MAILS = {
    "email_confirmation_signup": Mail(new_person, "Confirm your e-mail address", "/accounts/confirm-email/"),
    "account_already_exists": Mail(known_person, "You have an account already", "/accounts/password/reset/"),
    "email_confirmation": Mail(new_address, "Confirm your e-mail address", "/accounts/confirm-email/"),
    "email_changed": Mail(changed_address, "Your e-mail address was changed", to="noor@example.com", says=ODD),
    "email_deleted": Mail(deleted_address, "Your e-mail address is not used any more"),
    "login_code": Mail(code, "Your sign-in code", "code"),
    "password_reset_key": Mail(reset, "Set a new password", "/accounts/password/reset/key/"),
    "unknown_account": Mail(reset_of_nobody, "No account with this address", "/accounts/signup/"),
}


def test_the_table_has_every_mail() -> None:
    assert {path.name.removesuffix("_subject.txt") for path in FOLDER.glob("*_subject.txt")} == set(MAILS)
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{name}_{part}" for name in MAILS for part in ("subject.txt", "message.txt", "message.html")
    }
    assert {prefix.removeprefix("account/email/") for prefix in TO_THE_OLD_ADDRESS} <= set(MAILS)


@pytest.mark.parametrize("name", MAILS)
def test_text_and_html_say_the_same_and_hold_no_markup_of_others(name: str) -> None:
    wanted = MAILS[name]

    wanted.cause()

    letter = letters()[-1]
    text, page = str(letter.body), html_of(letter)
    assert (letter.to, letter.subject) == ([wanted.to], wanted.subject)
    assert "\n" not in letter.subject
    assert [bad for bad in ("<", ">", "&amp;", "&#x27;", "{{", "{%", "None") if bad in text] == []
    assert [bad for bad in ("<script", "<b>Noor", "{{", "{%", "None", "Bcc", ODD) if bad in page] == []
    assert (wanted.says in text, escape(wanted.says) in page) == (True, True)
    assert _sentences(text) == _headline_and_why(page)
    assert _goal(letter).startswith(wanted.leads_to)
    message = letter.message()
    assert (message.get_content_type(), message["Bcc"]) == ("multipart/alternative", None)


def _sentences(text: str) -> tuple[str, str]:
    """The first line, and why one gets the mail."""
    return text.partition("\n")[0], " ".join(text.partition("\n--\n")[2].split())


def _headline_and_why(page: str) -> tuple[str, str]:
    elements = list(parse(page).walk())
    (headline,) = [one.text for one in elements if one.tag == "h1"]
    return headline, [one.text for one in elements if one.tag == "p"][-1]


def _goal(letter: EmailMultiAlternatives) -> str:
    """Where the mail's link leads, the same in text and HTML, or "code"; "" for neither."""
    if f"{SITE}/" in str(letter.body):
        return link_in(letter)
    if 'class="code"' in html_of(letter):
        assert code_in(letter)
        return "code"
    return ""
