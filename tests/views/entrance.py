"""Doing at the entrance what people do: following links of mails, entering codes of an app."""

import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.models import User
from accounts.sealing import unseal
from tests.factories import PASSWORD

SITE = "http://testserver"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"login": email, "password": password, **more})


def browser_of(user: User, *, agent: str = "") -> Client:
    """A browser in which the person has signed in, by the page."""
    client = Client(headers={"User-Agent": agent})
    sign_in(client, user.email)
    return client


def sign_up(client: Client, email: str, **changes: str) -> Any:
    return client.post("/accounts/signup/", {"name": "Noor", "email": email, "password1": PASSWORD, **changes})


def letters() -> list[EmailMultiAlternatives]:
    """The mails that have left, the oldest first."""
    return [letter for letter in mail.outbox if isinstance(letter, EmailMultiAlternatives)]


def html_of(letter: EmailMultiAlternatives) -> str:
    content, kind = letter.alternatives[0]
    assert kind == "text/html"
    return str(content)


def link_in(letter: EmailMultiAlternatives) -> str:
    """The path of the link of the site that a mail holds, the same in text and HTML."""
    found = re.search(rf"{SITE}(/\S+)", str(letter.body))
    assert found is not None
    assert f'href="{SITE}{found.group(1)}"' in html_of(letter)
    return found.group(1)


def code_in(letter: EmailMultiAlternatives) -> str:
    """The sign-in code that a mail holds."""
    found = re.search(r"^([A-Z0-9]{3,4}-[A-Z0-9]{3,4})$", str(letter.body), re.MULTILINE)
    assert found is not None
    assert f'<p class="code">{found.group(1)}</p>' in html_of(letter)
    return found.group(1)


def app_code(secret: str, *, later: int = 0) -> str:
    """What an authenticator app shows now, or `later` steps of thirty seconds from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later)))


def app_of(user: User) -> str:
    """The secret of a new authenticator app of the person's."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def stored_secret(user: User) -> str:
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return unseal(row.data["secret"])


def prove(client: Client, password: str = PASSWORD) -> None:
    """Show once more that it is you, as pages about safety demand."""
    client.post("/accounts/reauthenticate/", {"password": password})
