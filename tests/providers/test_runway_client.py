"""RunwayProvider's errors: one for each answer of docs.dev.runwayml.com/errors, and for each way to get none."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from studio.providers.base import Organization, RemoteStatus, Submitted, TaskSpec
from studio.providers.calls import MAX_ANSWER_BYTES
from studio.providers.errors import (
    Issue,
    OutcomeUnknown,
    ProviderError,
    Reason,
    Rejected,
    RetryLater,
    TaskNotFound,
    Unreachable,
)
from studio.providers.runway import client as client_module
from studio.providers.runway.client import RunwayProvider
from studio.providers.transport import USER_AGENT, Transport
from tests.providers.conftest import KEY, Handler
from tests.providers.peers import (
    Behaviour,
    Peer,
    Received,
    answer,
    answer_json,
    hang_up,
    peer,
    quick_client,
    raw,
    reset,
    stay_silent,
    truncated,
)

TASK_ID = "17f20503-6c24-4c16-946b-35dbbce2af2f"
DOCS = "https://docs.dev.runwayml.com/api"
CREATED = answer_json(200, {"id": TASK_ID, "estimatedCost": {"credits": 60}})
HTML = b"<html><body>Bad gateway</body></html>"
Answering = Callable[[Handler], RunwayProvider]
Call = Callable[[RunwayProvider], Awaitable[object]]


def _meet(behaviour: Behaviour, call: Call) -> tuple[object, list[Received]]:
    """What a call returns or raises when a real peer behaves so, and what reached the peer."""

    async def main() -> tuple[object, list[Received]]:
        async with peer(behaviour) as here, quick_client(Transport(), read_s=0.3) as client:
            provider = RunwayProvider(api_key=KEY, base_url=here.base_url, client=client)
            try:
                return await call(provider), here.received
            except ProviderError as error:
                return error, here.received

    return asyncio.run(main())


def _raised(provider: RunwayProvider, call: Call) -> ProviderError:
    async def main() -> None:
        await call(provider)

    with pytest.raises(ProviderError) as caught:
        asyncio.run(main())
    return caught.value


def _submit(spec: TaskSpec) -> Call:
    return lambda provider: provider.submit(spec)


def _fetch(provider: RunwayProvider) -> Awaitable[object]:
    return provider.fetch(TASK_ID)


def _delete(provider: RunwayProvider) -> Awaitable[object]:
    return provider.delete(TASK_ID)


def _organization(provider: RunwayProvider) -> Awaitable[object]:
    return provider.organization()


# Creates


@pytest.mark.parametrize("name", ["", "northlight films"])
def test_each_request_says_on_whose_behalf_where_that_is_set(spec: TaskSpec, name: str) -> None:
    seen: list[httpx.Headers] = []

    async def use() -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            seen.append(request.headers)
            return httpx.Response(200, json={"id": TASK_ID, "status": "PENDING"})

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            provider = RunwayProvider(api_key=KEY, on_behalf_of=name, client=client)
            await provider.submit(spec)
            await provider.fetch(TASK_ID)

    asyncio.run(use())
    assert [headers.get("x-runway-on-behalf-of", "") for headers in seen] == [name, name]


def test_create_is_sent_with_the_required_headers(spec: TaskSpec) -> None:
    result, received = _meet(CREATED, _submit(spec))
    assert result == Submitted(TASK_ID, 60)
    assert [(request.method, request.target) for request in received] == [("POST", "/v1/text_to_video")]
    headers = received[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["x-runway-version"] == "2024-11-06"
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "application/json"
    assert headers["user-agent"] == USER_AGENT


NO_CLEAR_ANSWER = [
    pytest.param(hang_up, id="closed"),
    pytest.param(reset, id="reset"),
    pytest.param(stay_silent, id="silent"),
    pytest.param(raw(b"no HTTP at all\r\n\r\n"), id="not HTTP"),
    pytest.param(truncated(b'{"id": "17f', announced=100), id="truncated"),
    pytest.param(answer(200, b'{"id": '), id="200 with broken JSON"),
    pytest.param(answer(200, HTML, content_type="text/html"), id="200 with HTML"),
    pytest.param(answer(200, b""), id="200 with nothing"),
    pytest.param(answer(200, b"x" * (MAX_ANSWER_BYTES + 1)), id="200 without an end"),
    pytest.param(answer_json(200, {"task": TASK_ID}), id="200 without an id"),
    pytest.param(answer(204), id="204"),
    pytest.param(answer(302, Location="/elsewhere"), id="redirect"),
    pytest.param(answer(408), id="408"),
    pytest.param(answer_json(500, {"error": "Internal"}), id="500"),
    pytest.param(answer(502, HTML, content_type="text/html"), id="502 as HTML"),
    pytest.param(answer_json(503, {"error": "Busy"}), id="503"),
    pytest.param(answer(504, b""), id="504 with nothing"),
]


@pytest.mark.parametrize("behaviour", NO_CLEAR_ANSWER)
def test_create_without_a_clear_answer_is_unknown_and_sent_once(spec: TaskSpec, behaviour: Behaviour) -> None:
    error, received = _meet(behaviour, _submit(spec))
    assert type(error) is OutcomeUnknown
    assert len(received) == 1


def test_create_without_a_connection_is_unreachable(spec: TaskSpec) -> None:
    async def main() -> None:
        async with peer(hang_up) as here:
            gone = Peer(here.base_url)
        provider = RunwayProvider(api_key=KEY, base_url=gone.base_url)
        try:
            await provider.submit(spec)
        finally:
            await provider.aclose()

    with pytest.raises(Unreachable):
        asyncio.run(main())


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_create_that_never_left_is_unreachable(
    spec: TaskSpec, answering: Answering, error: type[httpx.TransportError]
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error("no")

    assert type(_raised(answering(handler), _submit(spec))) is Unreachable


@pytest.mark.parametrize(
    "error", [httpx.ReadError, httpx.WriteError, httpx.ReadTimeout, httpx.WriteTimeout, httpx.RemoteProtocolError]
)
def test_create_that_broke_off_is_unknown(
    spec: TaskSpec, answering: Answering, error: type[httpx.TransportError]
) -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise error("broken")

    assert type(_raised(answering(handler), _submit(spec))) is OutcomeUnknown
    assert len(calls) == 1


def test_create_that_drips_for_ever_is_unknown_at_the_deadline(spec: TaskSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    monkeypatch.setattr(client_module, "CREATE_DEADLINE_S", 0.3)
    error, received = _meet(drip, _submit(spec))
    assert type(error) is OutcomeUnknown
    assert len(received) == 1


BAD_VERSION = "The API version that was provided in the X-Runway-Version header is not valid."
NO_VERSION = "The API version must be provided in the X-Runway-Version header."
MODEL_ISSUE = {"code": "invalid_value", "values": ["gen4.5"], "path": ["model"], "message": "Invalid option"}
RATIO_ISSUE = {"code": "invalid_value", "values": ["1280:720"], "path": ["ratio"], "message": "Invalid option"}
LONG_ISSUE = {"code": "too_big", "maximum": 1000, "path": ["promptText"], "message": "Too big"}
BEHALF = "X-Runway-On-Behalf-Of"
BEHALF_ISSUE = {"code": "custom", "path": ["promptText"], "message": f"says {BEHALF}"}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, {"error": "Validation of body failed", "issues": [RATIO_ISSUE], "docUrl": DOCS}, Reason.INVALID),
        (400, {"error": "Validation of body failed", "issues": [MODEL_ISSUE]}, Reason.MODEL_RETIRED),
        (403, {"error": "Model variant gen4 is not available", "docUrl": DOCS}, Reason.MODEL_NOT_ENABLED),
        (400, {"error": "Model variant gen3a_turbo is not available"}, Reason.MODEL_RETIRED),
        (400, {"error": "You do not have enough credits to run this task."}, Reason.OUT_OF_CREDITS),
        (402, {"error": "Pay first"}, Reason.OUT_OF_CREDITS),
        (400, {"error": f"{BEHALF} request header was not specified for task creation"}, Reason.ON_BEHALF_OF),
        (400, {"error": "Validation of body failed", "issues": [BEHALF_ISSUE]}, Reason.INVALID),
        (400, {"error": "Invalid parameter 'promptText'"}, Reason.INVALID),
        (400, "<html>", Reason.INVALID),
        (403, {"error": "Forbidden"}, Reason.FORBIDDEN),
        (404, "Cannot POST /v1/text_to_video", Reason.NOT_FOUND),
        (405, {"error": "Method"}, Reason.INVALID),
        (413, "413 Request Entity Too Large", Reason.INVALID),
        (422, {"error": "No"}, Reason.INVALID),
    ],
)
def test_create_refused_for_good(
    spec: TaskSpec, answering: Answering, status: int, body: object, reason: Reason
) -> None:
    error = _raised(answering(lambda request: httpx.Response(status, json=body)), _submit(spec))
    assert type(error) is Rejected
    assert (error.reason, error.status) == (reason, status)


def test_create_refused_names_every_field(spec_with_both_frames: TaskSpec, answering: Answering) -> None:
    last = {"code": "custom", "path": ["promptImage", 1, "uri"], "message": "Failed to fetch asset."}
    body = {"error": "Validation of body failed", "issues": [LONG_ISSUE, last]}
    error = _raised(answering(lambda request: httpx.Response(400, json=body)), _submit(spec_with_both_frames))
    assert isinstance(error, Rejected)
    assert error.issues == (
        Issue("prompt", "too_big", "Too big"),
        Issue("last_frame", "custom", "Failed to fetch asset."),
    )
    assert str(error) == "400: Validation of body failed"


@pytest.mark.parametrize(
    ("status", "body", "headers", "reason", "retry_after_s"),
    [
        (401, {"error": "No API key was provided.", "docUrl": DOCS}, {}, Reason.KEY_REFUSED, None),
        (401, {"error": "Incorrect hostname for API key"}, {}, Reason.KEY_REFUSED, None),
        (400, {"error": BAD_VERSION, "docUrl": DOCS}, {}, Reason.VERSION_REFUSED, None),
        (400, {"error": NO_VERSION}, {}, Reason.VERSION_REFUSED, None),
        (429, {"error": "Your daily task limit has been reached."}, {}, Reason.DAILY_LIMIT, None),
        (429, {"error": "Too many requests"}, {"Retry-After": "7"}, Reason.OVERLOADED, 7.0),
        (429, {"error": "Slow"}, {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, Reason.OVERLOADED, 0.0),
        (429, "<html>", {"Retry-After": "soon"}, Reason.OVERLOADED, None),
    ],
)
def test_create_refused_for_now(
    spec: TaskSpec,
    answering: Answering,
    status: int,
    body: object,
    headers: dict[str, str],
    reason: Reason,
    retry_after_s: float | None,
) -> None:
    provider = answering(lambda request: httpx.Response(status, json=body, headers=headers))
    error = _raised(provider, _submit(spec))
    assert isinstance(error, RetryLater)
    assert (error.reason, error.status, error.retry_after_s) == (reason, status, retry_after_s)


# Reads and deletes


def test_fetch_reads_a_task_by_its_id() -> None:
    result, received = _meet(answer_json(200, {"id": TASK_ID, "status": "PENDING"}), _fetch)
    assert getattr(result, "status", None) is RemoteStatus.PENDING
    assert [(request.method, request.target) for request in received] == [("GET", f"/v1/tasks/{TASK_ID}")]
    assert received[0].headers["x-runway-version"] == "2024-11-06"


def test_a_task_id_cannot_leave_its_path(answering: Answering) -> None:
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(200, json={"status": "PENDING"})

    asyncio.run(answering(handler).fetch("../organization?x#y"))
    assert seen == [b"/v1/tasks/..%2Forganization%3Fx%23y"]


@pytest.mark.parametrize("task_id", ["", ".", "..", "..."])
def test_what_no_task_can_be_called_is_not_asked_for(answering: Answering, task_id: str) -> None:
    """In an address it means the folder above: a read, or worse a delete, would be of something else."""
    provider = answering(lambda request: pytest.fail(f"{request.method} {request.url} was sent."))

    asyncio.run(provider.delete(task_id))
    with pytest.raises(TaskNotFound):
        asyncio.run(provider.fetch(task_id))


def test_organization_tells_the_providers_clock(answering: Answering) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"creditBalance": 7}, headers={"Date": "Sun, 22 Nov 2026 12:00:00 GMT"})

    found = asyncio.run(answering(handler).organization())

    assert found == Organization(7, server_time=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        pytest.param(answer_json(404, {"error": "Could not find Task"}), TaskNotFound, id="404"),
        pytest.param(answer(404, HTML, content_type="text/html"), Unreachable, id="404 of a gateway"),
        pytest.param(answer(502, HTML, content_type="text/html"), RetryLater, id="502 as HTML"),
        pytest.param(answer(504, b""), RetryLater, id="504 with nothing"),
        pytest.param(answer_json(401, {"error": "No"}), RetryLater, id="401"),
        pytest.param(answer_json(429, {"error": "No"}), RetryLater, id="429"),
        pytest.param(answer_json(403, {"error": "No"}), RetryLater, id="403"),
        pytest.param(answer_json(400, {"error": "No"}), RetryLater, id="400"),
        pytest.param(answer(302, Location="/elsewhere"), RetryLater, id="redirect"),
        pytest.param(answer(200, HTML, content_type="text/html"), Unreachable, id="200 as HTML"),
        pytest.param(answer(200, b'{"status"'), Unreachable, id="200 with broken JSON"),
        pytest.param(answer_json(200, []), Unreachable, id="200 with a list"),
        pytest.param(hang_up, Unreachable, id="closed"),
        pytest.param(reset, Unreachable, id="reset"),
        pytest.param(stay_silent, Unreachable, id="silent"),
        pytest.param(truncated(b"{", announced=9), Unreachable, id="truncated"),
    ],
)
def test_fetch_in_trouble(behaviour: Behaviour, kind: type[ProviderError]) -> None:
    error, _ = _meet(behaviour, _fetch)
    assert type(error) is kind


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        pytest.param(answer(204), type(None), id="204"),
        pytest.param(answer_json(404, {"error": "Could not find Task"}), type(None), id="404"),
        pytest.param(answer_json(401, {"error": "No"}), RetryLater, id="401"),
        pytest.param(answer(502, HTML), RetryLater, id="502"),
        pytest.param(stay_silent, Unreachable, id="silent"),
    ],
)
def test_delete(behaviour: Behaviour, kind: type[object]) -> None:
    result, received = _meet(behaviour, _delete)
    assert type(result) is kind
    assert [(request.method, request.target) for request in received] == [("DELETE", f"/v1/tasks/{TASK_ID}")]


def test_organization_reads_the_balance() -> None:
    result, received = _meet(answer_json(200, {"creditBalance": 7, "tier": {"models": {}}}), _organization)
    assert getattr(result, "credit_balance", None) == 7
    assert received[0].target == "/v1/organization"


@pytest.mark.parametrize("status", [404, 401, 500])
def test_organization_in_trouble_is_never_a_missing_task(answering: Answering, status: int) -> None:
    provider = answering(lambda request: httpx.Response(status, json={"error": "No"}))
    assert type(_raised(provider, _organization)) in {RetryLater, Unreachable}


# The key


@pytest.mark.parametrize("key", ["", "   ", "key with blanks", "key_\nX: y", "schlüssel"])
def test_no_usable_key_is_refused_without_the_network(spec: TaskSpec, tmp_path: Path, key: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    file = tmp_path / "a.png"
    file.write_bytes(b"x" * 600)
    provider = RunwayProvider(api_key=key, client=httpx.AsyncClient(transport=httpx.MockTransport(handler)))
    upload: Call = lambda one: one.upload(file, filename="a.png", content_type="image/png")  # noqa: E731
    for call in (_submit(spec), _fetch, _delete, _organization, upload):
        error = _raised(provider, call)
        assert isinstance(error, RetryLater)
        assert error.reason is Reason.KEY_REFUSED


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hang_up, id="closed"),
        pytest.param(raw(b"nonsense\r\n\r\n"), id="not HTTP"),
        pytest.param(answer_json(401, {"error": f"Bad key {KEY}"}), id="echo in 401"),
        pytest.param(
            answer_json(400, {"error": "No", "issues": [{"path": [], "code": "x", "message": f"Bearer {KEY}"}]}),
            id="echo in an issue",
        ),
    ],
)
def test_the_key_is_in_no_error(spec: TaskSpec, behaviour: Behaviour) -> None:
    error, received = _meet(behaviour, _submit(spec))
    assert isinstance(error, ProviderError)
    assert received[0].headers["authorization"] == f"Bearer {KEY}"
    chain: BaseException | None = error
    texts = ["".join(traceback.format_exception(error)), repr(getattr(error, "issues", ()))]
    while chain is not None:
        texts += [str(chain), repr(chain), repr(vars(chain))]
        chain = chain.__cause__ or chain.__context__
    assert KEY not in "\n".join(texts)


def test_provider_closes_only_its_own_connections() -> None:
    async def main() -> tuple[bool, bool]:
        given = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(200)))
        await RunwayProvider(api_key=KEY, client=given).aclose()
        own = RunwayProvider(api_key=KEY)
        await own.aclose()
        closed = given.is_closed, own._api.is_closed
        await given.aclose()
        return closed

    assert asyncio.run(main()) == (False, True)
