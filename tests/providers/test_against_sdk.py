"""Our requests against those of the official SDK `runwayml` 5.24.0, field by field, for the same inputs."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from runwayml import RunwayML

from studio.providers.base import Input, InputRole, TaskSpec
from studio.providers.catalog import MAX_SEED, Model, Way, WayKind, active_models
from studio.providers.runway.client import RunwayProvider
from tests.providers.conftest import KEY

TASK_ID = "17f20503-6c24-4c16-946b-35dbbce2af2f"
BASE_URL = "https://api.dev.runwayml.com"
FRAMES = {role: Input(f"runway://{name}", role) for role, name in ((InputRole.FIRST, "one"), (InputRole.LAST, "two"))}
UPLOAD_FIELDS = {"key": "uploads/1", "policy": "p", "x-amz-signature": "s"}


class Recorder:
    """Answers every request as Runway would, and keeps it."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path == "/v1/uploads":
            place = {"uploadUrl": "https://1.1.1.1/store", "fields": UPLOAD_FIELDS, "runwayUri": "runway://one"}
            return httpx.Response(200, json=place)
        if request.url.path == "/store":
            return httpx.Response(204)
        return httpx.Response(200, json={"id": TASK_ID, "estimatedCost": {"credits": 60}})


def _specs() -> Iterator[Any]:
    """Every model, way, set of frames, sound and seed on offer, with a ratio and a duration of each."""
    for model in active_models():
        for way in model.ways:
            for frames in _frame_sets(way):
                for sound in (None, True, False) if model.has_sound_switch else (None,):
                    for seed in (None, 0, MAX_SEED):
                        yield pytest.param(
                            _spec(model, way, frames=frames, sound=sound, seed=seed),
                            id=f"{model.name}-{way.kind}-{len(frames)}-{sound}-{seed}",
                        )


def _frame_sets(way: Way) -> list[tuple[Input, ...]]:
    """(), or the first frame alone, and the first with the last where both are taken."""
    if way.kind is WayKind.TEXT:
        return [()]
    return [tuple(FRAMES[position] for position in way.frames[:count]) for count in range(1, len(way.frames) + 1)]


def _spec(model: Model, way: Way, *, frames: tuple[Input, ...], sound: bool | None, seed: int | None) -> TaskSpec:
    return TaskSpec(
        model=model.name,
        way=way.kind,
        prompt="A paper boat 😀 sails “home”" if way.prompt_required or seed is None else "",
        ratio=way.ratios[-1],
        duration_s=way.durations_s[-1],
        sound=sound,
        seed=seed,
        inputs=frames,
    )


def _sdk_arguments(spec: TaskSpec) -> dict[str, Any]:
    """The same request in the SDK's words, written without a look at our wire module."""
    arguments: dict[str, Any] = {"model": spec.model, "ratio": spec.ratio, "duration": spec.duration_s}
    if spec.prompt:
        arguments["prompt_text"] = spec.prompt
    if spec.sound is not None:
        arguments["audio"] = spec.sound
    if spec.seed is not None:
        arguments["seed"] = spec.seed
    if len(spec.inputs) == 1:
        arguments["prompt_image"] = spec.inputs[0].uri
    if len(spec.inputs) == 2:
        arguments["prompt_image"] = [
            {"uri": "runway://one", "position": "first"},
            {"uri": "runway://two", "position": "last"},
        ]
    return arguments


def _sdk_request(spec: TaskSpec) -> httpx.Request:
    recorder = Recorder()
    with httpx.Client(transport=httpx.MockTransport(recorder)) as client:
        sdk = RunwayML(api_key=KEY, base_url=BASE_URL, http_client=client, max_retries=0)
        resource = sdk.image_to_video if spec.inputs else sdk.text_to_video
        created = resource.create(**_sdk_arguments(spec))
    assert created.id == TASK_ID
    return recorder.requests[0]


def _our_request(spec: TaskSpec) -> httpx.Request:
    recorder = Recorder()

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(recorder)) as client:
            await RunwayProvider(api_key=KEY, base_url=BASE_URL, client=client).submit(spec)

    asyncio.run(main())
    assert len(recorder.requests) == 1
    return recorder.requests[0]


@pytest.mark.parametrize("spec", list(_specs()))
def test_create_equals_the_sdks(spec: TaskSpec) -> None:
    ours, theirs = _our_request(spec), _sdk_request(spec)
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert json.loads(ours.content) == json.loads(theirs.content)
    for header in ("authorization", "x-runway-version", "content-type", "accept"):
        assert ours.headers[header] == theirs.headers[header]


def test_the_comparison_covers_every_way_on_offer() -> None:
    specs: list[TaskSpec] = [case.values[0] for case in _specs()]
    assert len(specs) == 63
    assert {spec.model for spec in specs} == {model.name for model in active_models()}
    assert {len(spec.inputs) for spec in specs} == {0, 1, 2}


@pytest.mark.parametrize(
    ("call", "method", "path"),
    [("retrieve", "GET", f"/v1/tasks/{TASK_ID}"), ("delete", "DELETE", f"/v1/tasks/{TASK_ID}")],
)
def test_task_calls_equal_the_sdks(call: str, method: str, path: str) -> None:
    theirs: list[httpx.Request] = []
    ours: list[httpx.Request] = []

    def handler(seen: list[httpx.Request]) -> httpx.MockTransport:
        def handle(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            body = {"id": TASK_ID, "createdAt": "2026-08-26T06:30:33.796Z", "status": "PENDING"}
            return httpx.Response(204) if method == "DELETE" else httpx.Response(200, json=body)

        return httpx.MockTransport(handle)

    with httpx.Client(transport=handler(theirs)) as client:
        getattr(RunwayML(api_key=KEY, http_client=client).tasks, call)(TASK_ID)
    provider = RunwayProvider(api_key=KEY, client=httpx.AsyncClient(transport=handler(ours)))
    asyncio.run(provider.fetch(TASK_ID) if method == "GET" else _as_none(provider))

    assert (ours[0].method, ours[0].url.path) == (method, path)
    assert (ours[0].method, ours[0].url) == (theirs[0].method, theirs[0].url)
    for header in ("authorization", "x-runway-version", "accept"):
        if header in theirs[0].headers and theirs[0].headers[header] != "*/*":
            assert ours[0].headers[header] == theirs[0].headers[header]


async def _as_none(provider: RunwayProvider) -> None:
    await provider.delete(TASK_ID)


def test_usage_equals_the_sdks() -> None:
    start, before = date(2026, 11, 20), date(2026, 11, 22)
    theirs: list[httpx.Request] = []
    ours: list[httpx.Request] = []

    def handler(seen: list[httpx.Request]) -> httpx.MockTransport:
        def handle(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            used = [{"model": "gen4.5", "amount": -24}]
            return httpx.Response(
                200, json={"models": ["gen4.5"], "results": [{"date": "2026-11-20", "usedCredits": used}]}
            )

        return httpx.MockTransport(handle)

    with httpx.Client(transport=handler(theirs)) as client:
        sdk = RunwayML(api_key=KEY, base_url=BASE_URL, http_client=client, max_retries=0)
        their_usage = sdk.organization.retrieve_usage(start_date=start, before_date=before)
    provider = RunwayProvider(api_key=KEY, base_url=BASE_URL, client=httpx.AsyncClient(transport=handler(ours)))
    our_usage = asyncio.run(provider.usage(start, before))

    assert len(ours) == len(theirs) == 1
    assert (ours[0].method, ours[0].url) == (theirs[0].method, theirs[0].url)
    assert json.loads(ours[0].content) == json.loads(theirs[0].content)
    for header in ("authorization", "x-runway-version", "content-type", "accept"):
        assert ours[0].headers[header] == theirs[0].headers[header]
    for result in their_usage.results:
        for used in result.used_credits:
            assert our_usage.credits[(result.date, used.model)] == used.amount == -24


def test_upload_equals_the_sdks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "boat.png"
    file.write_bytes(b"\x89PNG" + bytes(700))
    theirs, ours = Recorder(), Recorder()
    with httpx.Client(transport=httpx.MockTransport(theirs)) as client:
        sdk = RunwayML(api_key=KEY, base_url=BASE_URL, http_client=client, max_retries=0)
        # The SDK sends the form by a client of its own: give that one the recorder too.
        real_client = httpx.Client
        monkeypatch.setattr(
            httpx, "Client", lambda **options: real_client(transport=httpx.MockTransport(theirs), **options)
        )
        sdk.uploads.create_ephemeral(file=("boat.png", file.read_bytes(), "image/png"))

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(ours)) as client:
            provider = RunwayProvider(api_key=KEY, base_url=BASE_URL, client=client)
            await provider.upload(file, filename="boat.png", content_type="image/png")

    asyncio.run(main())

    assert len(ours.requests) == len(theirs.requests) == 2
    assert json.loads(ours.requests[0].content) == json.loads(theirs.requests[0].content)
    assert ours.requests[0].url == theirs.requests[0].url
    assert ours.requests[1].url == theirs.requests[1].url
    assert _without_boundary(ours.requests[1]) == _without_boundary(theirs.requests[1])
    assert "authorization" not in ours.requests[1].headers


def _without_boundary(request: httpx.Request) -> bytes:
    boundary = request.headers["content-type"].partition("boundary=")[2]
    return request.content.replace(boundary.encode(), b"BOUNDARY")
