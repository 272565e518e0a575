"""Mail: whether it leaves the house. Addresses are confirmed, people invited and passwords reset by it."""

import ssl
from smtplib import SMTPAuthenticationError, SMTPException, SMTPNotSupportedError
from typing import Final

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from studio.management.checkup.findings import Verdict, fail, ok, warn

BACKENDS: Final = "django.core.mail.backends."
SMTP, CONSOLE, FILES = (f"{BACKENDS}{way}.EmailBackend" for way in ("smtp", "console", "filebased"))
WAIT_S = 5
OK_CODE = 250
NOBODY = "Nobody can confirm an address or be invited. Set SMTP_HOST (docs/sign-in.md)."
NO_SENDER = "MAIL_FROM names localhost: most mail servers refuse it. Set it to an address of yours."
MEND = "Until then nobody can confirm an address, be invited or set a new password."


def check_mail() -> Verdict:
    """Whether the mail server takes mail from here. None is sent."""
    if settings.EMAIL_BACKEND == CONSOLE:
        return (
            ok("Mails are printed on the console.")
            if settings.DEBUG
            else warn(f"Mails are only printed on the console. {NOBODY}")
        )
    if settings.EMAIL_BACKEND == FILES:
        return warn(f"Mails are only written to files in MAIL_FOLDER. {NOBODY}")
    if settings.EMAIL_BACKEND == SMTP:
        return _server()
    return ok(f"Mails are taken by {settings.EMAIL_BACKEND}.")


def _server() -> Verdict:
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        problem = _asked()
    except (SMTPException, OSError) as error:
        problem = _told(error)
    if problem:
        return fail(f"The mail server {where} {problem} {MEND}")
    if "@localhost" in settings.DEFAULT_FROM_EMAIL:
        return warn(f"The mail server {where} answers. {NO_SENDER}")
    return ok(f"The mail server {where} answers{_safety()}; the sender is {settings.DEFAULT_FROM_EMAIL}.")


def _asked() -> str:
    """What is wrong when a connection could be opened, or ""."""
    connection = EmailBackend(timeout=WAIT_S)
    try:
        connection.open()
        server = connection.connection
        if server is None:
            return "does not answer. Start it; correct SMTP_HOST and SMTP_PORT."
        server.ehlo_or_helo_if_needed()
        code, _ = server.noop()
    finally:
        connection.close()
    return "" if code == OK_CODE else f"answers {code} to NOOP. Look at its log."


def _told(error: Exception) -> str:
    """The failure in words. Not the text of the error: servers repeat in it what they were sent."""
    if isinstance(error, SMTPAuthenticationError):
        return "refuses the login. Correct SMTP_USER and SMTP_PASSWORD."
    if isinstance(error, SMTPNotSupportedError):
        return "does not offer what is set. Correct SMTP_SECURITY (starttls, tls or none), or leave out SMTP_USER."
    if isinstance(error, ssl.SSLCertVerificationError):
        return "shows a certificate that is not valid here. SMTP_HOST has to be the name that it was made for."
    if isinstance(error, ssl.SSLError):
        return "speaks no TLS on this port. Correct SMTP_SECURITY and SMTP_PORT."
    if isinstance(error, SMTPException):
        kind = type(error).__name__
        return f"hung up, refused or kept silent ({kind}). Correct SMTP_SECURITY and SMTP_PORT; look at its log."
    return f"does not answer ({type(error).__name__}). Start it; correct SMTP_HOST and SMTP_PORT."


def _safety() -> str:
    return ", encrypted" if settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL else ", in the clear"
