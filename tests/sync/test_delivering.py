"""What leaves the house: mails and pushes, decrypted as a browser would, refused and repeated as services do."""

import base64
import json
import os
import smtplib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import pytest
from asgiref.sync import async_to_sync
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.utils import timezone
from py_vapid import Vapid02
from pytest_django.fixtures import Settings

from accounts.enums import Channel, NoticeKind
from accounts.models import Delivery, Notice, PushSubscription, User
from accounts.notices import choose, notify
from accounts.push import subscribe
from studio.providers.addresses import Origin, loopback_origin
from studio.providers.errors import Rejected, Unreachable
from studio.providers.push import Browser, Pusher, Signer
from studio.providers.vapid import new_key
from studio.sync import mailing
from studio.sync.context import Bench
from studio.sync.delivering import deliver
from studio.sync.engine import make_bench
from tests.factories import UserFactory

CONTACT = "mailto:admin@example.com"


@dataclass
class PushService:
    """A push service on this machine: keeps what it is sent, and answers as a test says."""

    server: ThreadingHTTPServer = field(init=False)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, content))
                self.send_response(service.status.get(self.path, 201))
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def origin(self) -> Origin:
        found = loopback_origin(self.url)
        assert found
        return found

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Receiver:
    """The browser's half: keys of its own, with which it reads what arrives."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def p256dh(self) -> str:
        form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return _encoded(self.private.public_key().public_bytes(*form))

    @property
    def auth(self) -> str:
        return _encoded(self.secret)

    def read(self, content: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(content, private_key=self.private, auth_secret=self.secret, version="aes128gcm")
        found: dict[str, Any] = json.loads(plain)
        return found


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.fixture
def service() -> Iterator[PushService]:
    made = PushService()
    yield made
    made.close()


@pytest.fixture
def keys(settings: Settings) -> Settings:
    pair = new_key()
    settings.PUSH_PRIVATE_KEY, settings.PUSH_PUBLIC_KEY, settings.PUSH_CONTACT = pair.private, pair.public, CONTACT
    settings.SITE_URL = "https://studio.example.com"
    return settings


@pytest.fixture
def alice(db: None) -> User:
    return UserFactory.create(email="alice@example.com", name="Alice", time_zone="Europe/Vienna")


@pytest.fixture
def bench(db: None) -> Bench:
    made = make_bench(Any)  # type: ignore[arg-type]  # no provider is asked
    made.now = lambda: timezone.now() + timedelta(seconds=1)
    return made


def _send(bench: Bench, service: PushService | None = None) -> int:
    return async_to_sync(deliver)(bench, own=service.origin if service else None)


def _told(user: User, *channels: Channel, text: str = "Your Gen-4.5 take in Harbour is ready.") -> Notice:
    choose(user, {NoticeKind.JOINED: channels})
    notice = notify(user, NoticeKind.JOINED, text, url="/northlight/harbour/#shot-1")
    assert notice
    return notice


def _browser(user: User, service: PushService, path: str = "/one", receiver: Receiver | None = None) -> Receiver:
    receiver = receiver or Receiver()
    subscribe(user, endpoint=service.url + path, p256dh=receiver.p256dh, auth=receiver.auth, agent="Firefox")
    return receiver


def test_a_push_arrives_encrypted_for_that_browser_and_signed_by_us(
    alice: User, bench: Bench, service: PushService, keys: Settings
) -> None:
    receiver = _browser(alice, service)
    notice = _told(alice, Channel.PUSH)

    count = _send(bench, service)

    (path, headers, content), = service.got  # fmt: skip
    assert (count, path) == (1, "/one")
    assert b"Harbour" not in content
    assert receiver.read(content) == {
        "title": "Dailies",
        "body": "Your Gen-4.5 take in Harbour is ready.",
        "url": f"/notices/{notice.public_id}/",
        "tag": notice.public_id.hex,
    }
    assert (headers["content-encoding"], headers["ttl"], headers["topic"]) == (
        "aes128gcm",
        "86400",
        notice.public_id.hex,
    )
    assert _claims(headers["authorization"], keys) == {"aud": service.url, "sub": CONTACT}
    assert Delivery.objects.get().sent_at
    assert PushSubscription.objects.get().last_sent_at
    assert _send(bench, service) == 0


def _claims(authorization: str, keys: Settings) -> dict[str, Any]:
    """The claims of a VAPID header whose signature is good, without the time until which it is."""
    assert Vapid02.verify(authorization)
    parts = dict(part.split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
    assert parts["k"] == keys.PUSH_PUBLIC_KEY
    middle = parts["t"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert 0 < claims.pop("exp") - time.time() <= 24 * 3600
    return claims


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_the_others_are_told(
    alice: User, bench: Bench, service: PushService, keys: Settings, status: int
) -> None:
    _browser(alice, service, "/gone")
    here = _browser(alice, service, "/here")
    service.status["/gone"] = status
    _told(alice, Channel.PUSH)

    count = _send(bench, service)

    assert count == 1
    assert [one.endpoint for one in PushSubscription.objects.all()] == [f"{service.url}/here"]
    assert here.read(next(content for path, _, content in service.got if path == "/here"))["title"] == "Dailies"


@pytest.mark.parametrize(("wish", "minutes"), [("600", 10), ("0", 1), ("soon", 1), ("999999999", 360)])
def test_a_service_that_asks_to_wait_is_asked_again_then(
    alice: User, bench: Bench, service: PushService, keys: Settings, wish: str, minutes: int
) -> None:
    _browser(alice, service)
    service.status["/one"], service.headers["Retry-After"] = 429, wish
    _told(alice, Channel.PUSH)
    at = bench.now()
    bench.now = lambda: at

    count = _send(bench, service)

    delivery = Delivery.objects.get()
    assert (count, delivery.failures, delivery.sent_at) == (0, 1, None)
    assert delivery.due_at == at + timedelta(minutes=minutes)


@pytest.mark.parametrize(("status", "is_given_up"), [(500, False), (503, False), (400, True), (403, True), (413, True)])
def test_what_never_will_be_taken_is_given_up_and_the_rest_is_tried_again(
    alice: User, bench: Bench, service: PushService, keys: Settings, status: int, is_given_up: bool
) -> None:
    _browser(alice, service)
    service.status["/one"] = status
    _told(alice, Channel.PUSH)

    _send(bench, service)

    assert bool(Delivery.objects.get().given_up_at) is is_given_up
    assert PushSubscription.objects.count() == 1


def test_no_redirect_is_followed(alice: User, bench: Bench, service: PushService, keys: Settings) -> None:
    _browser(alice, service)
    service.status["/one"], service.headers["Location"] = 307, f"{service.url}/two"
    _told(alice, Channel.PUSH)

    _send(bench, service)

    assert [path for path, _, _ in service.got] == ["/one"]
    assert Delivery.objects.get().given_up_at


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/latest", "https://10.0.0.5/x",
        "http://127.0.0.1:{port}/one", "http://push.example.com/x", "https://localhost/x", "file:///etc/passwd",
        "https://user@127.0.0.1/x", "https://[::ffff:10.0.0.1]/x", "https://0x7f.1/x", "gopher://x/1", "x",
    ],
)  # fmt: skip
def test_addresses_within_the_house_are_never_asked(service: PushService, endpoint: str) -> None:
    """As in the product: no origin on loopback is let off."""
    pusher = Pusher(Signer(private_key=new_key().private, contact=CONTACT))
    receiver = Receiver()
    browser = Browser(endpoint.format(port=service.server.server_port), receiver.p256dh, receiver.auth)

    with pytest.raises((Rejected, Unreachable)):
        async_to_sync(pusher.send)(browser, b"{}")

    assert service.got == []


def test_without_a_key_pushes_are_given_up_and_mails_still_go(alice: User, bench: Bench, service: PushService) -> None:
    _browser(alice, service)
    _told(alice, Channel.PUSH, Channel.MAIL)

    count = _send(bench, service)

    assert (count, service.got, len(mail.outbox)) == (1, [], 1)
    assert Delivery.objects.get(channel=Channel.PUSH).given_up_at
    assert Delivery.objects.get(channel=Channel.MAIL).sent_at


def test_a_mail_is_text_and_html_in_the_zone_of_the_person(alice: User, bench: Bench, keys: Settings) -> None:
    notice = _told(alice, Channel.MAIL, text="Bob's <b>work</b> & more\r\nBcc: eve@example.com")
    Notice.objects.update(created_at="2026-11-29T23:30:00Z")
    bench.now = lambda: timezone.now() + timedelta(days=2)

    _send(bench)

    (sent,) = mail.outbox
    assert (sent.to, sent.bcc, sent.subject) == ([alice.email], [], "Bob's <b>work</b> & more Bcc: eve@example.com")
    choices = "https://studio.example.com/notices/choices/"
    assert sent.extra_headers["List-Unsubscribe"] == f"<{choices}>"
    assert sent.extra_headers["Message-ID"] == f"<notice-{notice.public_id}@studio.example.com>"
    assert isinstance(sent, mail.EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    for shown in (str(sent.body), html):
        assert f"https://studio.example.com/notices/{notice.public_id}/" in shown
        assert choices in shown
        assert "30 November 2026, 00:30 (Europe/Vienna)" in shown
    assert "<b>work</b>" in sent.body
    assert "<b>work</b>" not in html
    assert message_from_bytes(sent.message().as_bytes())["Bcc"] is None
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_mail_server_that_is_away_touches_nothing_else(
    alice: User, bench: Bench, service: PushService, keys: Settings, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    receiver = _browser(alice, service)
    _told(alice, Channel.MAIL, Channel.PUSH)

    count = _send(bench, service)

    mailed, pushed = (Delivery.objects.get(channel=one) for one in (Channel.MAIL, Channel.PUSH))
    assert count == 1
    assert receiver.read(service.got[0][2])["title"] == "Dailies"
    assert (mailed.failures, mailed.sent_at, mailed.given_up_at) == (1, None, None)
    assert pushed.sent_at


@pytest.mark.parametrize(
    ("error", "is_given_up"),
    [
        (smtplib.SMTPRecipientsRefused({"alice@example.com": (550, b"No such user")}), True),
        (smtplib.SMTPRecipientsRefused({"alice@example.com": (451, b"Later")}), False),
        (smtplib.SMTPServerDisconnected("gone"), False),
        (smtplib.SMTPDataError(554, b"Spam"), False),
        (RuntimeError("anything"), False),
    ],
)
def test_what_a_mail_server_says_decides_about_that_mail(
    alice: User, bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception, is_given_up: bool
) -> None:
    def refuse(*args: object) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    _told(alice, Channel.MAIL)

    count = _send(bench)

    delivery = Delivery.objects.get()
    assert (count, bool(delivery.given_up_at)) == (0, is_given_up)
    assert delivery.failures == (0 if is_given_up else 1)


def test_one_bad_mail_does_not_keep_the_next_one(alice: User, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = mailing.mail_of

    def breaks_once(notice: Notice, **options: Any) -> Any:
        if notice.text == "Bad":
            raise ValueError
        return whole(notice, **options)

    monkeypatch.setattr(mailing, "mail_of", breaks_once)
    _told(alice, Channel.MAIL, text="Bad")
    _told(alice, Channel.MAIL, text="Good")

    assert _send(bench) == 1
    assert [one.subject for one in mail.outbox] == ["Good"]
