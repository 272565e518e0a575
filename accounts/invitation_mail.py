"""Sends the mails of invitations. One that does not leave stays "not sent" in the list; nothing fails with it."""

import re
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from smtplib import SMTPSenderRefused, SMTPServerDisconnected
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Invitation
from accounts.naming import JOINERS

LONGEST_S = 25.0
MOST_FAILURES_IN_A_ROW = 3
NAME_LENGTH = 80
LINK_MAKING = re.compile(r"(?i)[a-z]+://|www\.")
TURNING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Kinds of characters that end a line, or turn the text around: none of them belongs into a mail's subject."""

log = structlog.get_logger(__name__)

LinkTo = Callable[[str], str]
"""Makes the whole address of the page of an invitation from its secret."""


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """An invitation with the secret of its link, which is known only until the mail is out."""

    invitation: Invitation
    secret: str


def send_letters(letters: Sequence[Letter], *, link_to: LinkTo) -> None:
    """Send each, over one connection, for a bounded time; what has left is marked as sent.

    The mail server's trouble is logged, never raised.
    """
    post = _Post(until=time.monotonic() + LONGEST_S)
    for letter in letters:
        row = Invitation.objects.filter(pk=letter.invitation.pk, token_hash=letter.invitation.token_hash)
        if post.takes(letter, link_to=link_to):
            row.update(sent_at=timezone.now())
        else:
            row.filter(sent_count__gt=0).update(sent_count=F("sent_count") - 1)
    post.close()


class _Post:
    """A connection to the mail server, opened anew when the server has ended it. A server that does not answer, or
    refuses several mails in a row, is left alone."""

    def __init__(self, *, until: float) -> None:
        self._until = until
        self._is_given_up = False
        self._failures_in_a_row = 0
        self._connection: Any = get_connection()

    def takes(self, letter: Letter, *, link_to: LinkTo) -> bool:
        """Whether the mail server has taken the mail."""
        if self._is_given_up or time.monotonic() > self._until:
            return False
        message = _message(letter, link=link_to(letter.secret), connection=self._connection)
        try:
            is_taken = self._send(message)
        except OSError as error:  # smtplib's errors are among them
            log.warning("invitation.not_sent", invitation_id=letter.invitation.pk, error=type(error).__name__)
            is_taken = False
            self.close()
        self._failures_in_a_row = 0 if is_taken else self._failures_in_a_row + 1
        self._is_given_up |= self._failures_in_a_row >= MOST_FAILURES_IN_A_ROW
        return is_taken

    def close(self) -> None:
        try:
            self._connection.close()
        except OSError as error:
            log.warning("invitation.mail_server_left", error=type(error).__name__)

    def _send(self, message: EmailMultiAlternatives) -> bool:
        self._open()
        try:
            return bool(message.send())
        except (SMTPServerDisconnected, SMTPSenderRefused):  # many servers take some mails a connection
            self.close()
            self._open()
            return bool(message.send())

    def _open(self) -> None:
        try:
            self._connection.open()
        except OSError:
            self._is_given_up = True
            raise


def _message(letter: Letter, *, link: str, connection: Any) -> EmailMultiAlternatives:
    invitation = letter.invitation
    context = {
        "team": one_line(invitation.team.name),
        "inviter": one_line(str(invitation.invited_by)),
        "role": invitation.get_role_display().lower(),
        "email": invitation.email,
        "link": link,
        "expires_at": invitation.expires_at,
    }
    message = EmailMultiAlternatives(
        subject=f"{context['inviter']} invites you to {context['team']}",
        body=render_to_string("emails/invitation.txt", context),
        to=[invitation.email],
        reply_to=_reply_to(invitation),
        connection=connection,
    )
    message.attach_alternative(render_to_string("emails/invitation.html", context), "text/html")
    return message


def _reply_to(invitation: Invitation) -> list[str]:
    """The inviter's own address, if they have proven that it is theirs."""
    confirmed = EmailAddress.objects.filter(user=invitation.invited_by_id, verified=True).order_by("-primary", "pk")
    return list(confirmed.values_list("email", flat=True)[:1])


def one_line(name: str) -> str:
    """A name as it may stand in a mail's subject: one line, one direction, no link, not too long."""
    kept = "".join(" " if _is_turning(character) else character for character in name)
    kept = LINK_MAKING.sub("", " ".join(kept.split()))
    return kept if len(kept) <= NAME_LENGTH else f"{kept[: NAME_LENGTH - 1]}…"


def _is_turning(character: str) -> bool:
    return unicodedata.category(character) in TURNING and character not in JOINERS
