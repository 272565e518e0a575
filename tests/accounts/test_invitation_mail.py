"""The mails of invitations: what stands in them, and a mail server that will not take them."""

from collections.abc import Callable
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from accounts import invitation_mail
from accounts.invitations import resend
from accounts.models import Invitation, Team, User
from tests.accounts.inviting import LINK, NOW, Run, alice, asked, link_to, run, secrets_sent, team

__all__ = ["alice", "run", "team"]


def test_the_mail_says_who_invites_and_answers_go_there(team: Team, alice: User, run: Callable[[Run], object]) -> None:
    run(lambda: asked(team, alice))

    (message,) = mail.outbox
    assert isinstance(message, mail.EmailMultiAlternatives)
    assert message.subject == "Alice invites you to Northlight"
    assert (message.to, message.reply_to) == (["vera@example.com"], ["alice@example.com"])
    ((html, _),) = message.alternatives
    for text in (str(message.body), str(html)):
        assert "creator" in text
        assert LINK.search(text)
        assert "Northlight" in text
        assert "Alice" in text


def test_a_name_cannot_forge_headers_or_markup(team: Team, alice: User, run: Callable[[Run], object]) -> None:
    Team.objects.update(
        name="North\r\nBcc: mallory@example.com\r\n\r\n<a href='https://evil.example'>x</a>\u202e\u0007"
    )
    User.objects.filter(pk=alice.pk).update(name="Al\nice <b>www.evil.example</b>")
    team.refresh_from_db()
    alice.refresh_from_db()

    run(lambda: asked(team, alice))

    (message,) = mail.outbox
    sent = message.message()
    assert isinstance(message, mail.EmailMultiAlternatives)
    assert [sent[name] for name in ("Bcc", "Cc", "To")] == [None, None, "vera@example.com"]
    assert "\n" not in message.subject
    assert message.subject.startswith("Al ice <b>evil.example</b> invites you to North Bcc: mallory@example.com <a")
    html = str(message.alternatives[0][0])
    assert "<b>evil" not in html
    assert "<a href='" not in html
    for text in (html, str(message.body), message.subject):
        assert "https://evil" not in text
        assert "www." not in text
        assert not {"\u202e", "\u0007"} & set(text)


def test_without_a_confirmed_address_answers_go_nowhere(team: Team, alice: User, run: Callable[[Run], object]) -> None:
    EmailAddress.objects.filter(user=alice).update(verified=False)

    run(lambda: asked(team, alice))

    assert mail.outbox[0].reply_to == []


def test_several_mails_use_one_connection(
    team: Team, alice: User, run: Callable[[Run], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    monkeypatch.setattr(EmailBackend, "close", lambda self: opened.append(1))

    run(lambda: asked(team, alice, "a@example.com", "b@example.com", "c@example.com"))

    assert [message.to for message in mail.outbox] == [["a@example.com"], ["b@example.com"], ["c@example.com"]]
    assert len(opened) == 1
    assert len(set(secrets_sent())) == 3


def test_a_mail_server_that_is_away_leaves_invitations_that_say_so(
    team: Team, alice: User, run: Callable[[Run], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def away(self: EmailBackend) -> None:
        tries.append(1)
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "open", away)
    run(lambda: asked(team, alice, "a@example.com", "b@example.com"))

    assert [(one.email, one.sent_at, one.sent_count) for one in Invitation.objects.order_by("email")] == [
        ("a@example.com", None, 0),
        ("b@example.com", None, 0),
    ]
    assert len(tries) == 1
    monkeypatch.undo()
    run(lambda: resend(Invitation.objects.get(email="a@example.com"), by=alice, link_to=link_to, now=NOW))
    again = Invitation.objects.get(email="a@example.com")
    assert (again.sent_at is not None, again.sent_count) == (True, 1)


def test_one_refused_address_does_not_keep_the_others_back(
    team: Team, alice: User, run: Callable[[Run], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = EmailBackend.send_messages

    def refuse(self: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        if messages[0].to == ["b@example.com"]:
            raise SMTPRecipientsRefused({})
        return int(send(self, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    run(lambda: asked(team, alice, "a@example.com", "b@example.com", "c@example.com"))

    assert [(one.email, one.sent_count) for one in Invitation.objects.order_by("email")] == [
        ("a@example.com", 1),
        ("b@example.com", 0),
        ("c@example.com", 1),
    ]


def test_a_connection_that_the_server_ends_is_opened_anew(
    team: Team, alice: User, run: Callable[[Run], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    send, calls = EmailBackend.send_messages, []

    def ends(self: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise SMTPServerDisconnected
        return int(send(self, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", ends)
    run(lambda: asked(team, alice, "a@example.com", "b@example.com", "c@example.com"))

    assert Invitation.objects.filter(sent_count=1, sent_at__isnull=False).count() == 3


def test_a_server_that_refuses_again_and_again_is_left_alone(
    team: Team, alice: User, run: Callable[[Run], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def refuse(self: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        tries.append(1)
        raise SMTPRecipientsRefused({})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    run(lambda: asked(team, alice, *(f"p{number}@example.com" for number in range(9))))

    assert len(tries) == 3
    assert Invitation.objects.filter(sent_at=None, sent_count=0).count() == 9


def test_mails_are_sent_for_a_bounded_time(
    team: Team, alice: User, run: Callable[[Run], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitation_mail, "LONGEST_S", -1.0)

    run(lambda: asked(team, alice))

    assert mail.outbox == []
    assert Invitation.objects.get().sent_at is None
