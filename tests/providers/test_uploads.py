"""Uploads: two requests, the key in the first only, and no failure that leaves anything unknown."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from studio.providers.errors import ProviderError, Rejected, RetryLater, Unreachable
from studio.providers.runway import client as client_module
from studio.providers.runway.client import RunwayProvider
from studio.providers.transport import Transport
from tests.providers.conftest import KEY, Handler
from tests.providers.peers import (
    Behaviour,
    Peer,
    Received,
    answer,
    answer_json,
    peer,
    quick_client,
    reset,
    stay_silent,
)

HTML = b"<html><body>Bad gateway</body></html>"
Answering = Callable[[Handler], RunwayProvider]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
IMAGE = b"\x89PNG" + bytes(700)


def _upload(here: Peer, client: httpx.AsyncClient, path: Path) -> Awaitable[object]:
    provider = RunwayProvider(api_key=KEY, base_url=here.base_url, client=client, clock=lambda: NOW)
    return provider.upload(path, filename="boat.png", content_type="image/png")


def _meet_upload(first: Callable[[str], Behaviour], second: Behaviour, path: Path) -> tuple[object, list[Received]]:
    """An upload to a peer that is both the API (`first`, told its own address) and the store (`second`)."""

    async def main() -> tuple[object, list[Received]]:
        async def place(writer: asyncio.StreamWriter) -> None:
            await first(here.base_url)(writer)

        async with quick_client(Transport(), read_s=0.3) as client, peer(place, second) as here:
            try:
                return await _upload(here, client, path), here.received
            except ProviderError as error:
                return error, here.received

    return asyncio.run(main())


def _place(base_url: str) -> Behaviour:
    fields = {"key": "uploads/1", "x-amz-date": "20261122", "policy": "p"}
    return answer_json(200, {"uploadUrl": f"{base_url}/store", "fields": fields, "runwayUri": "runway://one"})


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "stored-under-another-name"
    path.write_bytes(IMAGE)
    return path


def test_upload_sends_the_fields_in_order_then_the_file_without_the_key(image: Path) -> None:
    result, received = _meet_upload(_place, answer(204), image)
    assert getattr(result, "uri", None) == "runway://one"
    assert getattr(result, "expires_at", None) == NOW + timedelta(hours=23)
    ask, form = received
    assert (ask.method, ask.target) == ("POST", "/v1/uploads")
    assert ask.json() == {"filename": "boat.png", "type": "ephemeral"}
    assert ask.headers["authorization"] == f"Bearer {KEY}"
    assert (form.method, form.target) == ("POST", "/store")
    assert "authorization" not in form.headers
    assert "x-runway-version" not in form.headers
    assert form.headers["content-type"].startswith("multipart/form-data; boundary=")
    names = [b'name="key"', b'name="x-amz-date"', b'name="policy"', b'name="file"; filename="boat.png"']
    places = [form.body.index(name) for name in names]
    assert places == sorted(places)
    assert b"Content-Type: image/png\r\n\r\n" + IMAGE + b"\r\n" in form.body


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        pytest.param(lambda url: answer_json(401, {"error": "No"}), answer(204), RetryLater, id="401"),
        pytest.param(lambda url: answer_json(429, {"error": "No"}), answer(204), RetryLater, id="429"),
        pytest.param(lambda url: answer_json(400, {"error": "No"}), answer(204), Rejected, id="400"),
        pytest.param(lambda url: answer(502, HTML), answer(204), RetryLater, id="502"),
        pytest.param(lambda url: answer(200, HTML), answer(204), Unreachable, id="200 as HTML"),
        pytest.param(lambda url: stay_silent, answer(204), Unreachable, id="silent"),
        pytest.param(_place, answer(403, b"<Error/>"), RetryLater, id="store says 403"),
        pytest.param(_place, answer(400, b"<Error/>"), Rejected, id="store says 400"),
        pytest.param(_place, answer(413), Rejected, id="store says 413"),
        pytest.param(_place, answer(503), RetryLater, id="store says 503"),
        pytest.param(_place, answer(301, Location="/x"), RetryLater, id="store redirects"),
        pytest.param(_place, reset, Unreachable, id="store resets"),
        pytest.param(
            lambda url: answer_json(200, {"uploadUrl": "http://10.0.0.1/", "fields": {}, "runwayUri": "runway://one"}),
            answer(204),
            RetryLater,
            id="private store",
        ),
    ],
)
def test_upload_in_trouble_never_leaves_anything_unknown(
    image: Path, first: Callable[[str], Behaviour], second: Behaviour, kind: type[ProviderError]
) -> None:
    error, _ = _meet_upload(first, second, image)
    assert type(error) is kind


def test_upload_of_a_file_that_is_gone_passes_the_error_on(tmp_path: Path, answering: Answering) -> None:
    provider = answering(lambda request: httpx.Response(500))
    with pytest.raises(FileNotFoundError):
        asyncio.run(provider.upload(tmp_path / "gone.png", filename="gone.png", content_type="image/png"))


def test_upload_over_the_limit_is_rejected_before_it_is_read(
    image: Path, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MAX_UPLOAD_BYTES", len(IMAGE) - 1)
    provider = answering(lambda request: httpx.Response(500))
    with pytest.raises(Rejected, match="larger than an upload may be"):
        asyncio.run(provider.upload(image, filename="a.png", content_type="image/png"))


def test_a_wish_to_wait_of_the_store_is_passed_on(image: Path) -> None:
    error, _ = _meet_upload(_place, answer(503, b"busy", **{"Retry-After": "40"}), image)
    assert type(error) is RetryLater
    assert error.retry_after_s == 40.0
