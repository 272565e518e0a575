"""What `doctor` says of mail, against a mail server of a few lines; and of second factors."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from pytest_django.fixtures import Settings

from studio.management.checkup import Level, mail
from studio.management.checkup.factors import MEND, check_second_factors
from studio.management.checkup.findings import Verdict
from tests.factories import UserFactory
from tests.views.entrance import app_of

UNTIL = "Until then nobody can confirm an address, be invited or set a new password."
HELLO = {"EHLO": b"250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n", "QUIT": b"221 Bye\r\n", "NOOP": b"250 OK\r\n"}


class Server:
    """Speaks a little SMTP with one visitor after the other."""

    def __init__(self, greeting: bytes = b"220 mail.example\r\n", **answers: bytes) -> None:
        self.greeting, self.answers = greeting, {**HELLO, **answers}
        self.heard: list[str] = []

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                visitor, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            with visitor, visitor.makefile("rb") as lines, suppress(OSError):  # who hears no greeting hangs up
                visitor.settimeout(10)
                visitor.sendall(self.greeting)
                for line in lines:
                    word = line.decode("ascii", "replace").split()[0].upper() if line.strip() else ""
                    self.heard.append(word)
                    visitor.sendall(self.answers.get(word, b"502 Unknown\r\n"))
                    if word == "QUIT":
                        break


@contextmanager
def serving(settings: Settings, server: Server) -> Iterator[str]:
    """The server on loopback, and settings that lead to it; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        thread = threading.Thread(target=server.serve, args=[listener], daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


@pytest.fixture
def smtp(settings: Settings) -> Settings:
    """Settings as of a house with SMTP_HOST and SMTP_SECURITY=none."""
    settings.EMAIL_BACKEND = mail.SMTP
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "Dailies <dailies@example.com>"
    return settings


def test_a_server_that_answers_is_asked_and_sent_nothing(smtp: Settings) -> None:
    server = Server()

    with serving(smtp, server) as where:
        verdict = mail.check_mail()

    assert verdict == Verdict(
        Level.OK, f"The mail server {where} answers, in the clear; the sender is Dailies <dailies@example.com>."
    )
    assert server.heard == ["EHLO", "NOOP", "QUIT"]


def test_a_sender_that_is_nowhere_is_a_warning(smtp: Settings) -> None:
    smtp.DEFAULT_FROM_EMAIL = "Dailies <dailies@localhost>"

    with serving(smtp, Server()) as where:
        verdict = mail.check_mail()

    assert verdict == Verdict(
        Level.WARN,
        f"The mail server {where} answers. MAIL_FROM names localhost: most mail servers refuse it. Set it to an "
        "address of yours.",
    )


def test_a_refused_login_fails_without_the_password(smtp: Settings) -> None:
    smtp.EMAIL_HOST_USER, smtp.EMAIL_HOST_PASSWORD = "dailies", "gulls"

    with serving(smtp, Server(AUTH=b"535 gulls is wrong\r\n")) as where:
        verdict = mail.check_mail()

    assert verdict == Verdict(
        Level.FAIL, f"The mail server {where} refuses the login. Correct SMTP_USER and SMTP_PASSWORD. {UNTIL}"
    )


def test_a_server_without_starttls_fails(smtp: Settings) -> None:
    smtp.EMAIL_USE_TLS = True

    with serving(smtp, Server()) as where:
        verdict = mail.check_mail()

    assert verdict == Verdict(
        Level.FAIL,
        f"The mail server {where} does not offer what is set. Correct SMTP_SECURITY (starttls, tls or none), or leave "
        f"out SMTP_USER. {UNTIL}",
    )


def test_a_server_without_tls_fails(smtp: Settings) -> None:
    smtp.EMAIL_USE_SSL = True

    with serving(smtp, Server()) as where:
        verdict = mail.check_mail()

    assert verdict == Verdict(
        Level.FAIL,
        f"The mail server {where} speaks no TLS on this port. Correct SMTP_SECURITY and SMTP_PORT. {UNTIL}",
    )


def test_a_server_that_sends_people_away_fails(smtp: Settings) -> None:
    with serving(smtp, Server(greeting=b"554 Not you\r\n")) as where:
        verdict = mail.check_mail()

    assert verdict == Verdict(
        Level.FAIL,
        f"The mail server {where} hung up, refused or kept silent (SMTPConnectError). Correct SMTP_SECURITY and "
        f"SMTP_PORT; look at its log. {UNTIL}",
    )


def test_a_server_that_is_not_well_fails(smtp: Settings) -> None:
    with serving(smtp, Server(NOOP=b"421 Too busy\r\n")) as where:
        verdict = mail.check_mail()

    assert verdict == Verdict(Level.FAIL, f"The mail server {where} answers 421 to NOOP. Look at its log. {UNTIL}")


def test_a_server_that_says_nothing_is_not_waited_for(smtp: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "WAIT_S", 0.2)

    with serving(smtp, Server(greeting=b"")) as where:
        verdict = mail.check_mail()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith(f"The mail server {where} hung up, refused or kept silent (SMTPServerDisc")


def test_a_server_that_is_not_there_fails(smtp: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    smtp.EMAIL_HOST, smtp.EMAIL_PORT = "127.0.0.1", port

    assert mail.check_mail() == Verdict(
        Level.FAIL,
        f"The mail server 127.0.0.1:{port} does not answer (ConnectionRefusedError). Start it; correct SMTP_HOST and "
        f"SMTP_PORT. {UNTIL}",
    )


@pytest.mark.parametrize(
    ("debug", "verdict"),
    [
        (True, Verdict(Level.OK, "Mails are printed on the console.")),
        (
            False,
            Verdict(
                Level.WARN,
                "Mails are only printed on the console. Nobody can confirm an address or be invited. Set SMTP_HOST "
                "(docs/sign-in.md).",
            ),
        ),
    ],
)
def test_mails_on_the_console_reach_nobody(settings: Settings, debug: bool, verdict: Verdict) -> None:
    settings.EMAIL_BACKEND, settings.DEBUG = mail.CONSOLE, debug

    assert mail.check_mail() == verdict


def test_mails_in_files_reach_nobody(settings: Settings) -> None:
    settings.EMAIL_BACKEND = mail.FILES

    assert mail.check_mail() == Verdict(
        Level.WARN,
        "Mails are only written to files in MAIL_FOLDER. Nobody can confirm an address or be invited. Set SMTP_HOST "
        "(docs/sign-in.md).",
    )


# Second factors


@pytest.mark.django_db
def test_second_factors_that_another_key_has_sealed_are_counted(settings: Settings) -> None:
    assert check_second_factors() == Verdict(Level.OK, "Every second factor can be opened.")
    noor, vera = UserFactory.create(), UserFactory.create()
    for user in (noor, vera):
        app_of(user)
    RecoveryCodes.activate(noor)
    assert check_second_factors() == Verdict(Level.OK, "Every second factor can be opened.")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another one"

    verdict = check_second_factors()

    assert verdict == Verdict(Level.FAIL, f"Second factors that cannot be opened: 3, of 2 people. {MEND}")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert check_second_factors() == Verdict(Level.OK, "Every second factor can be opened.")
