"""CometProvider against a real peer: which answers mean that surely nothing was bought, and which leave it open."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from studio.providers.base import RemoteStatus, Submitted, TaskSpec
from studio.providers.cometapi.client import CometProvider
from studio.providers.cometapi.formats import Format
from studio.providers.errors import (
    NotSupported,
    OutcomeUnknown,
    ProviderError,
    Reason,
    Rejected,
    RetryLater,
    TaskNotFound,
    Unreachable,
)
from studio.providers.transport import Transport
from tests.providers.conftest import KEY
from tests.providers.peers import (
    Behaviour,
    Received,
    answer,
    answer_json,
    hang_up,
    peer,
    quick_client,
    reset,
    stay_silent,
    truncated,
)

HTML = b"<html><body>Sorry</body></html>"
LINK = "https://cdn.example.com/clip.mp4"
Call = Callable[[CometProvider], Awaitable[object]]


def refusal(status: int, text: str, *, code: str = "", **headers: str) -> Behaviour:
    return answer_json(status, {"error": {"message": text, "type": "comet_api_error", "code": code}}, **headers)


def meet(behaviour: Behaviour, call: Call, **options: Any) -> tuple[object, list[Received]]:
    """What a call returns or raises when a real peer behaves so, and what reached the peer."""

    async def main() -> tuple[object, list[Received]]:
        async with peer(behaviour) as here, quick_client(Transport(), read_s=0.3) as client:
            provider = CometProvider(api_key=KEY, base_url=here.base_url, client=client, **options)
            try:
                return await call(provider), here.received
            except ProviderError as error:
                return error, here.received

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("behaviour", "kind", "reason"),
    [
        pytest.param(refusal(400, "ratio is wrong"), Rejected, Reason.INVALID, id="400"),
        pytest.param(refusal(400, "no", code="model_not_found"), Rejected, Reason.MODEL_RETIRED, id="model"),
        pytest.param(refusal(402, "insufficient balance"), Rejected, Reason.OUT_OF_CREDITS, id="402"),
        pytest.param(refusal(403, "quota is not enough"), Rejected, Reason.OUT_OF_CREDITS, id="403 quota"),
        pytest.param(refusal(403, "not for you"), Rejected, Reason.FORBIDDEN, id="403"),
        pytest.param(answer(413, HTML), Rejected, Reason.INVALID, id="413 HTML"),
        pytest.param(answer(301, HTML, Location="https://elsewhere.example/"), Rejected, Reason.NOT_FOUND, id="301"),
        pytest.param(refusal(401, "invalid token"), RetryLater, Reason.KEY_REFUSED, id="401"),
        pytest.param(refusal(429, "slow down"), RetryLater, Reason.OVERLOADED, id="429"),
        pytest.param(refusal(429, "user quota is not enough"), Rejected, Reason.OUT_OF_CREDITS, id="429 quota"),
    ],
)
def test_a_create_that_surely_bought_nothing(
    spec: TaskSpec, behaviour: Behaviour, kind: type[ProviderError], reason: Reason
) -> None:
    error, received = meet(behaviour, lambda provider: provider.submit(spec))

    assert type(error) is kind
    assert error.reason is reason
    assert len(received) == 1
    assert KEY not in str(error)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(refusal(500, "internal"), id="500 JSON"),
        pytest.param(refusal(503, "no available channel"), id="503 JSON"),
        pytest.param(answer(502, HTML), id="502 HTML"),
        pytest.param(answer(524, HTML), id="524 HTML"),
        pytest.param(answer(404, HTML), id="404 HTML"),
        pytest.param(answer(403, HTML), id="403 HTML"),
        pytest.param(refusal(408, "timeout"), id="408"),
        pytest.param(answer(302, b"", Location="/done"), id="302"),
        pytest.param(answer(200, HTML), id="200 HTML"),
        pytest.param(answer_json(200, {"id": ""}), id="no id"),
        pytest.param(answer_json(400, {"code": "task_not_exist", "message": "task_not_exist"}), id="task_not_exist"),
        pytest.param(hang_up, id="hang up"),
        pytest.param(reset, id="reset"),
        pytest.param(stay_silent, id="silence"),
        pytest.param(truncated(b'{"id": "17f2', announced=90), id="truncated"),
    ],
)
def test_a_create_whose_outcome_is_not_known_is_sent_once(spec: TaskSpec, behaviour: Behaviour) -> None:
    error, received = meet(behaviour, lambda provider: provider.submit(spec))

    assert type(error) is OutcomeUnknown
    assert len(received) == 1


@pytest.mark.parametrize("form", list(Format))
def test_the_key_goes_to_the_gateway_in_each_format(spec: TaskSpec, form: Format) -> None:
    bodies = {
        Format.RUNWAY: {"id": "one"},
        Format.COMPAT: {"code": 200, "msg": "success", "data": {"task_id": "one"}},
        Format.RESPONSES: {"id": "one", "object": "response", "status": "in_progress"},
    }
    paths = {
        Format.RUNWAY: "/runwayml/v1/text_to_video",
        Format.COMPAT: "/runway/pro/generate",
        Format.RESPONSES: "/v1/responses",
    }
    found, [request] = meet(answer_json(200, bodies[form]), lambda provider: provider.submit(spec), form=form)

    assert isinstance(found, Submitted)
    assert found.estimated_credits is None
    assert (request.method, request.target) == ("POST", paths[form])
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_an_inner_code_of_the_compatibility_format_counts_as_its_status(spec: TaskSpec) -> None:
    refused = answer_json(200, {"code": 400, "msg": "callback_url_empty", "data": None})
    broken = answer_json(200, {"code": 500, "msg": "upstream", "data": None})

    assert type(meet(refused, lambda provider: provider.submit(spec), form=Format.COMPAT)[0]) is Rejected
    assert type(meet(broken, lambda provider: provider.submit(spec), form=Format.COMPAT)[0]) is OutcomeUnknown


def test_a_wish_for_peace_is_kept(spec: TaskSpec) -> None:
    busy = refusal(429, "slow down", **{"Retry-After": "7"})
    error, _ = meet(busy, lambda provider: provider.submit(spec))

    assert isinstance(error, RetryLater)
    assert error.retry_after_s == 7


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        pytest.param(answer_json(400, {"code": "task_not_exist", "message": "task_not_exist"}), TaskNotFound, id="new"),
        pytest.param(answer(404, HTML), Unreachable, id="404 HTML"),
        pytest.param(answer(301, HTML, Location="https://elsewhere.example/"), Unreachable, id="301"),
        pytest.param(answer(200, HTML), Unreachable, id="200 HTML"),
        pytest.param(answer(502, HTML), RetryLater, id="502 HTML"),
        pytest.param(refusal(401, "invalid token"), RetryLater, id="401"),
        pytest.param(hang_up, Unreachable, id="hang up"),
    ],
)
def test_a_read_that_tells_nothing_ends_nothing(behaviour: Behaviour, kind: type[ProviderError]) -> None:
    error, _ = meet(behaviour, lambda provider: provider.fetch("one"))

    assert type(error) is kind
    assert KEY not in str(error)


@pytest.mark.parametrize(
    "call",
    [
        lambda provider: provider.delete("one"),
        lambda provider: provider.organization(),
        lambda provider: provider.usage(None, None),
    ],
)
def test_what_is_documented_nowhere_is_not_asked_for(call: Call) -> None:
    error, received = meet(answer_json(200, {}), call)

    assert (type(error), received) == (NotSupported, [])


def test_a_clip_that_comes_with_the_answer_outlives_the_process(spec: TaskSpec, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    finished = {"object": "response", "status": "completed", "output": [{"type": "video", "url": LINK}]}
    submitted, _ = meet(
        answer_json(200, finished), lambda provider: provider.submit(spec), form=Format.RESPONSES, keep_in=folder
    )
    assert isinstance(submitted, Submitted)
    [file] = folder.iterdir()

    task, received = meet(answer(500, HTML), lambda provider: provider.fetch(submitted.task_id), keep_in=folder)

    assert (task.status, task.outputs) == (RemoteStatus.SUCCEEDED, (LINK,))  # type: ignore[attr-defined]  # a task
    assert received == []
    assert (file.stat().st_mode & 0o777, json.loads(file.read_text())) == (0o600, finished)


def test_a_kept_answer_that_is_not_here_is_asked_for_again(tmp_path: Path) -> None:
    error, _ = meet(answer(500, HTML), lambda provider: provider.fetch("kept:elsewhere"), keep_in=tmp_path)

    assert type(error) is RetryLater
