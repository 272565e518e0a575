"""Notices as mails. Blocking: to be called in a thread, which touches no database."""

import smtplib
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum, auto
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Notice
from accounts.notices import is_path
from accounts.profile import zone_of

SUBJECT_LENGTH = 120
PERMANENT = 500
DOWN = (OSError, smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPAuthenticationError)
log = structlog.get_logger()


class Outcome(Enum):
    """What became of a mail."""

    SENT = auto()
    LATER = auto()
    NEVER = auto()


def send_mails(notices: list[Notice]) -> list[Outcome]:
    """Send them over one connection. A server that is away is asked once: all wait then."""
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail.server_away", error=type(error).__name__, waiting=len(notices))
        return [Outcome.LATER] * len(notices)
    try:
        return list(_sent(notices, connection))
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.close()


def mail_of(notice: Notice, *, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The mail, in text and HTML, at the times of the person's zone."""
    site = settings.SITE_URL
    context: dict[str, Any] = {
        "notice": notice,
        "zone": notice.user.time_zone.replace("_", " "),
        "link": f"{site}/notices/{notice.public_id}/" if is_path(notice.url) else "",
        "choices": f"{site}/notices/choices/",
        "site": site,
    }
    with timezone.override(zone_of(notice.user)):
        text, html = (render_to_string(f"emails/notice.{kind}", context) for kind in ("txt", "html"))
    mail = EmailMultiAlternatives(
        subject=_cut(notice.text),
        body=text,
        to=[notice.user.email],
        headers={
            "Message-ID": f"<notice-{notice.public_id}@{site.partition('://')[2].partition(':')[0]}>",
            "List-Unsubscribe": f"<{context['choices']}>",
            "Auto-Submitted": "auto-generated",
        },
        connection=connection,
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _sent(notices: list[Notice], connection: BaseEmailBackend) -> Iterator[Outcome]:
    is_down = False
    for notice in notices:
        if is_down:
            yield Outcome.LATER
            continue
        try:
            mail_of(notice, connection=connection).send()
        except smtplib.SMTPRecipientsRefused as error:
            yield _refused(notice, error)
        except DOWN as error:
            log.warning("mail.server_away", error=type(error).__name__)
            is_down = True
            yield Outcome.LATER
        except Exception as error:  # its trouble touches that mail alone
            log.warning("mail.not_taken", notice_id=notice.pk, error=type(error).__name__)
            yield Outcome.LATER
        else:
            yield Outcome.SENT


def _refused(notice: Notice, error: smtplib.SMTPRecipientsRefused) -> Outcome:
    codes = [code for code, _ in error.recipients.values()]
    log.warning("mail.refused", notice_id=notice.pk, codes=codes)
    return Outcome.NEVER if codes and min(codes) >= PERMANENT else Outcome.LATER


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"
