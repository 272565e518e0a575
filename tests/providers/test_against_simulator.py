"""RunwayProvider against the simulator: the whole way of a clip, and the remote's faults as our errors."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from PIL import Image

from studio.providers.base import Input, InputRole, RemoteStatus, RemoteTask, TaskSpec, WayKind
from studio.providers.errors import (
    DownloadFailed,
    Issue,
    LinkExpired,
    OutcomeUnknown,
    ProviderError,
    Reason,
    Rejected,
    RetryLater,
    TaskNotFound,
    Unreachable,
)
from studio.providers.runway.client import RunwayProvider
from studio.simulator.app import create_app
from studio.simulator.clock import ManualClock
from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.providers.conftest import KEY

BASE_URL = "http://127.0.0.1:9100"
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMIT = 50_000_000
LONG_S = 3600.0


@asynccontextmanager
async def _studio(scenario: str = "normal", *, key: str = KEY) -> AsyncIterator[tuple[RunwayProvider, Remote]]:
    """A provider and the remote that it speaks to, over ASGI, on a clock that stands still."""
    remote = Remote(base_url=BASE_URL, clock=ManualClock(START), scenario=scenario, draft_clips=True)
    transport = httpx.ASGITransport(app=create_app(remote))
    try:
        async with httpx.AsyncClient(transport=transport) as client:
            yield RunwayProvider(api_key=key, base_url=BASE_URL, client=client, clock=remote.clock.now), remote
    finally:
        remote.clips.close()


async def _finish(provider: RunwayProvider, remote: Remote, task_id: str) -> RemoteTask:
    """Let the remote's time pass, and read the task."""
    assert isinstance(remote.clock, ManualClock)
    remote.clock.advance(LONG_S)
    return await provider.fetch(task_id)


def _png(path: Path, *, size: tuple[int, int] = (640, 360)) -> Path:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, "PNG")
    path.write_bytes(buffer.getvalue())
    return path


def test_clip_from_an_upload_to_its_deletion(tmp_path: Path) -> None:
    async def main() -> None:
        async with _studio() as (provider, remote):
            before = (await provider.organization()).credit_balance
            upload = await provider.upload(_png(tmp_path / "in.png"), filename="in.png", content_type="image/png")
            spec = TaskSpec(
                model="gen4_turbo",
                way=WayKind.IMAGE,
                prompt="A paper boat",
                ratio="1280:720",
                duration_s=2,
                seed=7,
                inputs=(Input(upload.uri, InputRole.FIRST),),
            )
            submitted = await provider.submit(spec)
            waiting = await provider.fetch(submitted.task_id)
            done = await _finish(provider, remote, submitted.task_id)
            clip = await provider.download(done.outputs[0], tmp_path / "clip.mp4", max_bytes=LIMIT)
            after = (await provider.organization()).credit_balance
            await provider.delete(submitted.task_id)
            await provider.delete(submitted.task_id)
            with pytest.raises(TaskNotFound):
                await provider.fetch(submitted.task_id)

            assert submitted.estimated_credits == 10
            assert waiting.status is RemoteStatus.PENDING
            assert (done.status, done.cost_credits) == (RemoteStatus.SUCCEEDED, 10)
            assert before - after == 10
            content = (tmp_path / "clip.mp4").read_bytes()
            assert content[4:8] == b"ftyp"
            assert (clip.size_bytes, clip.sha256) == (len(content), hashlib.sha256(content).hexdigest())
            assert len(remote.creates) == 1

    asyncio.run(main())


def test_usage_is_charged_on_one_day_and_given_back_on_another(spec: TaskSpec) -> None:
    async def main() -> None:
        async with _studio("internal") as (provider, remote):
            assert isinstance(remote.clock, ManualClock)
            remote.clock.advance(12 * LONG_S - 1)
            await provider.submit(spec)
            charged = await provider.usage(date(2026, 11, 21), date(2026, 11, 24))
            remote.clock.advance(LONG_S)
            refunded = await provider.usage(date(2026, 11, 21), date(2026, 11, 24))
            nothing = await provider.usage(date(2026, 11, 20), date(2026, 11, 22))

            assert charged.credits == {(date(2026, 11, 22), "gen4.5"): 60}
            assert refunded.credits == {(date(2026, 11, 22), "gen4.5"): 60, (date(2026, 11, 23), "gen4.5"): -60}
            assert (nothing.credits, nothing.is_whole) == ({}, True)

    asyncio.run(main())


def test_usage_where_there_is_none_is_unreachable(answering: Callable[..., RunwayProvider]) -> None:
    provider = answering(lambda request: httpx.Response(404, json={"error": "Not found"}))

    with pytest.raises(Unreachable, match="no usage at this address"):
        asyncio.run(provider.usage(date(2026, 11, 20), date(2026, 11, 22)))


def test_every_issue_comes_back_on_its_field(spec: TaskSpec) -> None:
    async def main() -> None:
        async with _studio() as (provider, _):
            wrong = TaskSpec(model="gen4.5", way=WayKind.TEXT, prompt="x" * 1001, ratio="960:960", duration_s=11)
            with pytest.raises(Rejected) as caught:
                await provider.submit(wrong)
            assert caught.value.reason is Reason.INVALID
            assert sorted(issue.field for issue in caught.value.issues) == ["duration_s", "prompt", "ratio"]

    asyncio.run(main())


def test_an_image_of_a_wrong_shape_comes_back_on_the_first_frame(tmp_path: Path) -> None:
    async def main() -> tuple[Issue, ...]:
        async with _studio() as (provider, _):
            tall = _png(tmp_path / "tall.png", size=(200, 700))
            upload = await provider.upload(tall, filename="tall.png", content_type="image/png")
            frame = Input(upload.uri, InputRole.FIRST)
            spec = TaskSpec(
                model="gen4.5", way=WayKind.IMAGE, prompt="A", ratio="1280:720", duration_s=2, inputs=(frame,)
            )
            with pytest.raises(Rejected) as caught:
                await provider.submit(spec)
            return caught.value.issues

    assert [issue.field for issue in asyncio.run(main())] == ["first_frame"]


@pytest.mark.parametrize("model", ["gen3a_turbo", "gen4_aleph", "veo3", "invented"])
def test_a_retired_model_is_told_as_such(model: str) -> None:
    async def main() -> Reason:
        async with _studio() as (provider, _):
            with pytest.raises(Rejected) as caught:
                await provider.submit(
                    TaskSpec(model=model, way=WayKind.TEXT, prompt="A", ratio="1280:720", duration_s=5)
                )
            return caught.value.reason

    assert asyncio.run(main()) is Reason.MODEL_RETIRED


@pytest.mark.parametrize(
    ("scenario", "kind", "reason", "tasks"),
    [
        ("daily_limit", RetryLater, Reason.DAILY_LIMIT, 0),
        ("out_of_credits", Rejected, Reason.OUT_OF_CREDITS, 0),
        ("key_revoked", RetryLater, Reason.KEY_REFUSED, 0),
        ("model_unavailable", Rejected, Reason.MODEL_NOT_ENABLED, 0),
        ("create_502", OutcomeUnknown, Reason.UNREADABLE, 0),
        ("create_lost", OutcomeUnknown, Reason.UNREADABLE, 1),
    ],
)
def test_faults_of_a_create(
    spec: TaskSpec, scenario: str, kind: type[ProviderError], reason: Reason, tasks: int
) -> None:
    async def main() -> None:
        async with _studio(scenario) as (provider, remote):
            with pytest.raises(ProviderError) as caught:
                await provider.submit(spec)
            assert (type(caught.value), caught.value.reason) == (kind, reason)
            assert (len(remote.creates), len(remote.tasks)) == (1, tasks)

    asyncio.run(main())


def _created(scenario: str, check: Callable[[RunwayProvider, Remote, str], Awaitable[None]]) -> None:
    """Create a task in a scenario and hand it on."""

    async def main() -> None:
        async with _studio(scenario) as (provider, remote):
            spec = TaskSpec(model="gen4.5", way=WayKind.TEXT, prompt="A paper boat", ratio="1280:720", duration_s=2)
            submitted = await provider.submit(spec)
            await check(provider, remote, submitted.task_id)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("scenario", "code", "cost"),
    [
        ("moderated_input", "SAFETY.INPUT.TEXT", 24),
        ("moderated_output", "SAFETY.OUTPUT.VIDEO", 24),
        ("bad_output", "INTERNAL.BAD_OUTPUT.01", 0),
        ("no_failure_code", "", 0),
    ],
)
def test_failures_tell_their_code_and_cost(scenario: str, code: str, cost: int) -> None:
    async def check(provider: RunwayProvider, remote: Remote, task_id: str) -> None:
        task = await _finish(provider, remote, task_id)
        assert (task.status, task.failure_code, task.cost_credits) == (RemoteStatus.FAILED, code, cost)

    _created(scenario, check)


@pytest.mark.parametrize("scenario", ["html_502", "empty_504"])
def test_an_outage_of_reads_is_asked_again_later(scenario: str) -> None:
    async def check(provider: RunwayProvider, remote: Remote, task_id: str) -> None:
        assert isinstance(remote.clock, ManualClock)
        remote.clock.advance(remote.pace.pending_s + 1)
        with pytest.raises(RetryLater) as caught:
            await provider.fetch(task_id)
        assert caught.value.reason is Reason.OVERLOADED
        assert (await _finish(provider, remote, task_id)).status is RemoteStatus.SUCCEEDED

    _created(scenario, check)


def test_an_expired_link_is_renewed_by_reading_again(tmp_path: Path) -> None:
    async def check(provider: RunwayProvider, remote: Remote, task_id: str) -> None:
        stale = await _finish(provider, remote, task_id)
        with pytest.raises(LinkExpired):
            await provider.download(stale.outputs[0], tmp_path / "a", max_bytes=LIMIT)
        fresh = await provider.fetch(task_id)
        clip = await provider.download(fresh.outputs[0], tmp_path / "a", max_bytes=LIMIT)
        assert clip.path.stat().st_size == clip.size_bytes

    _created("expired_link", check)


def test_a_truncated_download_fails_and_the_next_is_whole(tmp_path: Path) -> None:
    async def check(provider: RunwayProvider, remote: Remote, task_id: str) -> None:
        done = await _finish(provider, remote, task_id)
        with pytest.raises(DownloadFailed):
            await provider.download(done.outputs[0], tmp_path / "a", max_bytes=LIMIT)
        assert not (tmp_path / "a").exists()
        clip = await provider.download(done.outputs[0], tmp_path / "a", max_bytes=LIMIT)
        assert clip.path.stat().st_size == clip.size_bytes

    _created("truncated_download", check)


def test_old_answers_without_costs_are_read() -> None:
    async def check(provider: RunwayProvider, remote: Remote, task_id: str) -> None:
        task = await _finish(provider, remote, task_id)
        assert (task.status, task.cost_credits) == (RemoteStatus.SUCCEEDED, None)

    _created("no_costs", check)


def test_a_task_cancelled_elsewhere_tells_its_cost() -> None:
    async def check(provider: RunwayProvider, remote: Remote, task_id: str) -> None:
        task = await _finish(provider, remote, task_id)
        assert (task.status, task.cost_credits) == (RemoteStatus.CANCELLED, 24)

    _created("cancelled_elsewhere", check)


def test_clip_over_real_sockets_with_the_clients_of_production(spec: TaskSpec, tmp_path: Path) -> None:
    async def main(remote: Remote) -> None:
        provider = RunwayProvider(api_key=KEY, base_url=remote.base_url)
        task = await provider.fetch((await provider.submit(spec)).task_id)
        while not task.status.is_final:
            await asyncio.sleep(0.02)
            task = await provider.fetch(task.task_id)
        clip = await provider.download(task.outputs[0], tmp_path / "clip.mp4", max_bytes=LIMIT)
        await provider.delete(task.task_id)
        await provider.aclose()
        assert task.cost_credits == 60
        assert clip.sha256 == hashlib.sha256(clip.path.read_bytes()).hexdigest()

    with served(lambda base_url: Remote(base_url=base_url, pace=Pace.instant(), draft_clips=True)) as remote:
        asyncio.run(main(remote))
        assert remote.tasks == {}
        assert len(remote.creates) == 1
