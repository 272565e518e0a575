"""Browsers that take pushes: subscribed, listed, removed; and the script that shows them."""

import base64
import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django.fixtures import Settings

from accounts.models import PushSubscription
from studio.providers.vapid import new_key
from tests.views.cast import Cast

ENDPOINT = "https://push.example.com/one"


def _keys() -> dict[str, str]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )  # fmt: skip
    return {name: base64.urlsafe_b64encode(value).rstrip(b"=").decode()
            for name, value in (("p256dh", point), ("auth", os.urandom(16)))}  # fmt: skip


@pytest.fixture
def push(settings: Settings) -> None:
    pair = new_key()
    settings.PUSH_PRIVATE_KEY, settings.PUSH_PUBLIC_KEY = pair.private, pair.public
    settings.PUSH_CONTACT = "mailto:admin@example.com"


@pytest.mark.parametrize("is_json", [True, False])
def test_a_browser_subscribes_is_listed_and_is_removed(cast: Cast, push: None, is_json: bool) -> None:
    fields = {"endpoint": ENDPOINT, **_keys()}
    how: dict[str, Any] = {"content_type": "application/json"} if is_json else {}
    sent: Any = json.dumps(fields) if is_json else fields

    answer = cast.viewer.post("/push/subscribe/", sent, headers={"User-Agent": "Mozilla/5.0 Firefox/130.0"}, **how)
    made = PushSubscription.objects.get()
    page = cast.viewer.get("/notices/choices/").content.decode()
    theirs = cast.owner.get("/notices/choices/").content.decode()
    removed = cast.viewer.post("/push/unsubscribe/", {"id": str(made.public_id)})

    assert (answer.status_code, answer.json()) == (201, {"id": str(made.public_id)})
    assert (made.user, made.endpoint, made.auth) == (cast.vera, ENDPOINT, fields["auth"])
    assert ("Firefox" in page, ENDPOINT in page, ENDPOINT in theirs) == (True, True, False)
    assert removed["Location"] == "/notices/choices/"
    assert PushSubscription.objects.count() == 0


def test_a_browser_unsubscribes_by_its_endpoint(cast: Cast, push: None) -> None:
    cast.viewer.post("/push/subscribe/", {"endpoint": ENDPOINT, **_keys()})

    others = cast.owner.post("/push/unsubscribe/", {"endpoint": ENDPOINT})
    mine = cast.viewer.post("/push/unsubscribe/", {"endpoint": ENDPOINT})

    assert (others.json(), mine.json()) == ({"removed": 0}, {"removed": 1})


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "x", "http://push.example.com/x", "https://127.0.0.1/x", "https://[::1]/x", "https://10.1.2.3/x",
        "https://169.254.169.254/latest/meta-data", "https://localhost/x", "https://db.internal/x", "https://db/x",
        "https://2130706433/x", "https://0x7f.1/x", "https://127.1/x", "https://[::ffff:127.0.0.1]/x",
        "https://push.example.com:22/x", "https://me:pw@push.example.com/x", "https://push.example.com\\@127.0.0.1/x",
        "javascript:alert(1)", "https://push.example.com/\r\nX: y", "https://ex\u00e4mple.com/", "https://[::1",
        "https://push.example.com/" + "x" * 600,
    ],
)  # fmt: skip
def test_endpoints_that_cannot_be_a_push_service_are_refused(cast: Cast, push: None, endpoint: str) -> None:
    answer = cast.viewer.post("/push/subscribe/", {"endpoint": endpoint, **_keys()})

    assert answer.status_code == 422
    assert answer.json()["problem"]
    assert PushSubscription.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [{"auth": "AA"}, {"p256dh": "AA"}, {"p256dh": "B" * 87}, {"auth": "=;é"}, {"p256dh": ""}, {"auth": "x" * 99}],
)  # fmt: skip
def test_keys_that_are_none_are_refused(cast: Cast, push: None, changes: dict[str, str]) -> None:
    answer = cast.viewer.post("/push/subscribe/", {"endpoint": ENDPOINT, **_keys(), **changes})

    assert answer.status_code == 422
    assert PushSubscription.objects.count() == 0


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"', "[" * 100_000, '{"endpoint": {"a": 1}}'])
def test_what_is_no_json_is_refused(cast: Cast, push: None, body: str) -> None:
    answer = cast.viewer.post("/push/subscribe/", body, content_type="application/json")

    assert answer.status_code == 422


def test_without_a_key_no_browser_subscribes_and_nobody_may(cast: Cast) -> None:
    assert cast.viewer.post("/push/subscribe/", {"endpoint": ENDPOINT, **_keys()}).status_code == 422
    assert cast.nobody.post("/push/subscribe/", {}).status_code == 302
    assert cast.nobody.post("/push/unsubscribe/", {}).status_code == 302


def test_subscribing_again_and_again_is_slowed_down(cast: Cast, push: None) -> None:
    fields = {"endpoint": ENDPOINT, **_keys()}

    answers = [cast.viewer.post("/push/subscribe/", fields).status_code for _ in range(21)]

    assert answers == [201] * 20 + [429]


def test_signing_out_stops_the_pushes_of_that_browser_alone(cast: Cast, push: None) -> None:
    PushSubscription.objects.create(user=cast.vera, endpoint=f"{ENDPOINT}/other", **_keys())
    cast.viewer.post("/push/subscribe/", {"endpoint": ENDPOINT, **_keys()})

    cast.viewer.post("/sign-out/")

    assert [one.endpoint for one in PushSubscription.objects.all()] == [f"{ENDPOINT}/other"]


def test_the_worker_is_a_script_for_the_whole_site_that_everybody_may_load(cast: Cast) -> None:
    answer = cast.nobody.get("/push/worker.js")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert answer["Service-Worker-Allowed"] == "/"
    assert b"showNotification" in answer.content
    assert "worker-src 'self'" in cast.owner.get("/notices/")["Content-Security-Policy"]
