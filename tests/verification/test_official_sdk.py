"""Proof from outside: `runwayml`, the provider's own SDK, takes the simulator for the provider."""

import asyncio
import io
from uuid import uuid4

import av
import httpx
import pytest
from PIL import Image
from runwayml import (
    APIResponseValidationError,
    AsyncRunwayML,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RunwayML,
    TaskFailedError,
    __version__,
)
from runwayml.types import TaskRetrieveResponse

from studio.simulator import Pace, Remote
from studio.simulator.app import create_app
from tests.verification.conftest import KEY, Connect

SLOW = Pace(pending_s=60, running_s=60)


def size_of(link: str) -> tuple[int, int, int]:
    """Width, height and number of frames of the clip at `link`."""
    content = httpx.get(link).content
    with av.open(io.BytesIO(content), "r") as container:
        video = container.streams.video[0]
        return video.width, video.height, len(list(container.decode(video)))


def output_of(task: TaskRetrieveResponse) -> str:
    assert task.status == "SUCCEEDED"
    return task.output[0]


def png(width: int = 640, height: int = 360) -> bytes:
    buffer = io.BytesIO()
    Image.effect_mandelbrot((width, height), (-2, -1.2, 1, 1.2), 9).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def text_task(client: RunwayML, prompt: str = "A paper boat") -> str:
    return client.text_to_video.create(model="gen4.5", prompt_text=prompt, ratio="1280:720", duration=2, seed=7).id


def test_sdk_is_the_version_that_the_contract_names() -> None:
    assert __version__ == "5.24.0"


def test_text_to_video_is_created_awaited_and_downloaded(connect: Connect) -> None:
    client, remote = connect()
    created = client.text_to_video.create(
        model="gen4.5", prompt_text="A paper boat", ratio="1280:720", duration=2, seed=7
    )

    task = created.wait_for_task_output(timeout=20)

    assert created.estimated_cost.credits == 24  # type: ignore[attr-defined]  # hidden by the SDK's own cast
    assert task.status == "SUCCEEDED"
    assert task.cost.credits == 24
    assert size_of(output_of(task)) == (1280, 720, 48)
    assert len(remote.creates) == 1
    assert remote.creates[0].body == {
        "model": "gen4.5",
        "promptText": "A paper boat",
        "ratio": "1280:720",
        "duration": 2,
        "seed": 7,
    }


def test_image_to_video_from_an_upload_with_first_and_last_frame(connect: Connect) -> None:
    client, remote = connect()
    first = client.uploads.create_ephemeral(file=("first.png", png()))
    last = client.uploads.create_ephemeral(file=("last.png", png(400, 400)))

    task = client.image_to_video.create(
        model="veo3.1_fast",
        prompt_image=[{"uri": first.uri, "position": "first"}, {"uri": last.uri, "position": "last"}],
        prompt_text="From one to the other",
        ratio="720:1280",
        duration=4,
        audio=True,
    ).wait_for_task_output(timeout=20)

    assert task.status == "SUCCEEDED"
    assert task.cost.credits == 60
    assert size_of(output_of(task)) == (720, 1280, 96)
    assert [record.path for record in remote.requests[:2]] == ["/v1/uploads", "/runway-uploads-prod"]


def test_turbo_takes_an_uploaded_frame_alone(connect: Connect) -> None:
    client, _ = connect()
    upload = client.uploads.create_ephemeral(file=("first.png", png()))

    task = client.image_to_video.create(
        model="gen4_turbo", prompt_image=upload.uri, ratio="1584:672", duration=2
    ).wait_for_task_output(timeout=20)

    assert size_of(output_of(task)) == (1584, 672, 48)


def test_pending_throttled_and_running_pass_strict_validation(connect: Connect) -> None:
    client, _ = connect(pace=SLOW, max_concurrent=1)
    running, _ = connect(pace=Pace(pending_s=0, running_s=60))

    statuses = [client.tasks.retrieve(text_task(client)) for _ in range(2)]
    third = running.tasks.retrieve(text_task(running))

    assert [task.status for task in statuses] == ["PENDING", "THROTTLED"]
    assert third.status == "RUNNING"
    assert 0 <= third.progress < 1
    assert third.estimated_cost.credits == 24


def test_strict_validation_bites(connect: Connect) -> None:
    client, _ = connect(pace=Pace(pending_s=0, odd_s=60), scenario="unknown_status")

    with pytest.raises(APIResponseValidationError):
        client.tasks.retrieve(text_task(client))


def test_cancelled_passes_strict_validation(connect: Connect) -> None:
    client, _ = connect(pace=Pace(pending_s=0, running_s=0), scenario="cancelled_elsewhere")

    task = client.tasks.retrieve(text_task(client))

    assert task.status == "CANCELLED"
    assert task.cost.credits == 24


def test_failure_is_the_sdks_own_error(connect: Connect) -> None:
    client, _ = connect()
    created = client.text_to_video.create(
        model="gen4.5", prompt_text="[[moderated_input]]", ratio="1280:720", duration=2
    )

    with pytest.raises(TaskFailedError) as caught:
        created.wait_for_task_output(timeout=20)

    assert caught.value.task_details is not None
    assert caught.value.task_details.status == "FAILED"
    assert caught.value.task_details.failure_code == "SAFETY.INPUT.TEXT"
    assert caught.value.task_details.cost.credits == 24


def test_delete_cancels_and_the_task_is_gone(connect: Connect) -> None:
    client, remote = connect(pace=SLOW, credits=100)
    task_id = text_task(client)

    client.tasks.delete(task_id)

    with pytest.raises(NotFoundError) as caught:
        client.tasks.retrieve(task_id)
    assert caught.value.body == {"error": "Could not find Task"}
    assert remote.credit_balance == 100


def test_organization_and_usage_pass_strict_validation(connect: Connect) -> None:
    client, remote = connect(credits=1000, max_concurrent={"gen4.5": 3}, max_daily=50)
    text_task(client)
    today = remote.clock.now().date()

    organization = client.organization.retrieve()
    usage = client.organization.retrieve_usage(start_date=today)

    assert organization.credit_balance == 976
    assert organization.tier.models["gen4.5"].max_concurrent_generations == 3
    assert organization.tier.models["gen4_turbo"].max_concurrent_generations is None
    assert organization.usage.models["gen4.5"].daily_generations == 1
    assert usage.models == ["gen4.5"]
    assert [(row.date, row.used_credits[0].amount) for row in usage.results] == [(today, 24)]
    assert client.organization.retrieve_usage().results == []


def test_400_carries_all_issues(connect: Connect) -> None:
    client, _ = connect()

    with pytest.raises(BadRequestError) as caught:
        client.text_to_video.create(model="gen4.5", prompt_text="", ratio="1280:720", duration=99)

    body = caught.value.body
    assert isinstance(body, dict)
    assert body["error"] == "Validation of body failed"
    assert [issue["path"] for issue in body["issues"]] == [["promptText"], ["duration"]]


def test_400_for_credits(connect: Connect) -> None:
    client, _ = connect(credits=23)

    with pytest.raises(BadRequestError, match="You do not have enough credits to run this task"):
        text_task(client)


def test_401_for_a_wrong_key(connect: Connect) -> None:
    client, _ = connect(api_key="key_wrong")

    with pytest.raises(AuthenticationError):
        client.organization.retrieve()


def test_403_for_a_model_that_is_not_enabled(connect: Connect) -> None:
    client, _ = connect(scenario="model_unavailable")

    with pytest.raises(PermissionDeniedError, match=r"Model variant gen4\.5 is not available"):
        text_task(client)


def test_404_for_a_task_that_never_was(connect: Connect) -> None:
    client, _ = connect()

    with pytest.raises(NotFoundError):
        client.tasks.retrieve(str(uuid4()))


def test_429_for_the_daily_limit(connect: Connect) -> None:
    client, _ = connect(max_daily=1)
    text_task(client)

    with pytest.raises(RateLimitError, match="Your daily task limit has been reached"):
        text_task(client)


def test_502_in_html_is_the_sdks_server_error(connect: Connect) -> None:
    client, remote = connect()

    with pytest.raises(InternalServerError):
        text_task(client, "[[create_502]]")

    assert remote.tasks == {}


def test_retries_of_the_sdk_pay_twice_for_a_lost_create(connect: Connect) -> None:
    """Why our own client sends a create once: the SDK repeats it after a 504, and each one is charged."""
    client, remote = connect(credits=100, scenario="create_lost")

    with pytest.raises(InternalServerError):
        text_task(client.with_options(max_retries=1))

    assert len(remote.creates) == 2
    assert remote.credit_balance == 100 - 2 * 24


def test_async_client_goes_the_same_way() -> None:
    remote = Remote(base_url="http://simulator.test", pace=Pace.instant(), draft_clips=True)

    async def journey() -> TaskRetrieveResponse:
        transport = httpx.ASGITransport(create_app(remote))
        async with AsyncRunwayML(
            api_key=KEY,
            base_url=remote.base_url,
            max_retries=0,
            http_client=httpx.AsyncClient(transport=transport, base_url=remote.base_url),
            _strict_response_validation=True,
        ) as client:
            created = await client.text_to_video.create(
                model="veo3.1", prompt_text="A boat", ratio="1280:720", duration=4, audio=False
            )
            return await created.wait_for_task_output(timeout=20)

    task = asyncio.run(journey())

    assert task.status == "SUCCEEDED"
    assert task.cost.credits == 80
