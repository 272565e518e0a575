"""Links open an output for a day, are renewed by reading the task, and give whole files unless a scenario says no."""

from threading import Event
from typing import Any

import pytest

from studio.simulator import ManualClock
from studio.simulator.clips import Clips
from studio.simulator.shelf import MemoryShelf
from tests.simulator.remotes import BASE_URL, Client, MakeClient

Body = dict[str, Any]


@pytest.fixture
def short_body() -> Body:
    return {"model": "gen4.5", "promptText": "A boat", "ratio": "720:1280", "duration": 2, "seed": 7}


def finished(client: Client, clock: ManualClock, body: Body) -> str:
    """The id of a task that has succeeded."""
    task_id = client.create(body)
    clock.advance(30)
    return task_id


def link_of(client: Client, task_id: str) -> str:
    return str(client.seen(task_id)["output"][0])


def test_link_gives_an_mp4_of_the_announced_length(client: Client, clock: ManualClock, short_body: Body) -> None:
    link = link_of(client, finished(client, clock, short_body))

    head, whole = client.head(link), client.get(link, headers={"Authorization": ""})

    assert link.startswith(f"{BASE_URL}/outputs/")
    assert ".mp4?_jwt=" in link
    assert (head.status_code, head.content) == (200, b"")
    assert whole.content[4:8] == b"ftyp"
    assert head.headers["content-length"] == whole.headers["content-length"] == str(len(whole.content))
    assert whole.headers["content-type"] == "binary/octet-stream"


def test_eager_remote_keeps_a_task_running_until_its_clip_is_there(
    make_client: MakeClient, clock: ManualClock, short_body: Body
) -> None:
    client = make_client(is_eager=True)
    gate = Event()
    client.remote.clips = Clips(shelf=MemoryShelf(), render=lambda spec: b"clip" if gate.wait(30) else b"")
    task_id = client.create(short_body)
    clock.advance(30)

    held = client.seen(task_id)
    gate.set()
    client.remote.clip(client.remote.tasks[task_id]).result()

    assert (held["status"], held["progress"]) == ("RUNNING", 0.97)
    assert client.seen(task_id)["status"] == "SUCCEEDED"
    assert client.get(link_of(client, task_id)).content == b"clip"


def test_link_expires_and_is_renewed_by_reading_the_task(client: Client, clock: ManualClock, short_body: Body) -> None:
    task_id = finished(client, clock, short_body)
    link = link_of(client, task_id)
    clock.advance(86_401)

    late, fresh = client.get(link), client.get(link_of(client, task_id))

    assert (late.status_code, fresh.status_code) == (403, 200)
    assert "<Code>AccessDenied</Code>" in late.text


def test_link_without_its_token_or_for_another_task_is_403(
    client: Client, clock: ManualClock, short_body: Body
) -> None:
    one, other = client.create(short_body), finished(client, clock, short_body)
    link = link_of(client, one)

    assert client.get(link.partition("?")[0]).status_code == 403
    assert client.get(link[:-2] + "xx").status_code == 403
    assert client.get(link.replace(one, other)).status_code == 403


def test_link_of_a_deleted_task_is_403(client: Client, clock: ManualClock, short_body: Body) -> None:
    task_id = finished(client, clock, short_body)
    link = link_of(client, task_id)

    client.delete(f"/v1/tasks/{task_id}")

    assert client.get(link).status_code == 403


def test_expired_link_is_cured_by_the_second_reading(
    make_client: MakeClient, clock: ManualClock, short_body: Body
) -> None:
    client = make_client(scenario="expired_link")
    task_id = finished(client, clock, short_body)

    statuses = [client.get(link_of(client, task_id)).status_code for _ in range(2)]

    assert statuses == [403, 200]


def test_truncated_download_is_short_once(make_client: MakeClient, clock: ManualClock, short_body: Body) -> None:
    client = make_client(scenario="truncated_download")
    link = link_of(client, finished(client, clock, short_body))

    first, second = client.get(link), client.get(link)

    size_bytes = int(first.headers["content-length"])
    assert len(first.content) == size_bytes * 2 // 3
    assert len(second.content) == size_bytes


def test_output_that_is_not_a_video_is_text(make_client: MakeClient, clock: ManualClock, short_body: Body) -> None:
    client = make_client(scenario="not_a_video")

    answer = client.get(link_of(client, finished(client, clock, short_body)))

    assert answer.status_code == 200
    assert answer.content.startswith(b"The clip could not be found")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, -1), ("bytes=-7", -7, -1), ("bytes=5-99999999999", 5, -1)],
)
def test_range_gives_the_part_that_was_asked_for(
    client: Client, clock: ManualClock, short_body: Body, asked: str, first: int, last: int
) -> None:
    link = link_of(client, finished(client, clock, short_body))
    whole = client.get(link).content

    part = client.get(link, headers={"Range": asked})

    places = range(len(whole))
    assert part.status_code == 206
    assert part.content == whole[places[first] : places[last] + 1]
    assert part.headers["content-range"] == f"bytes {places[first]}-{places[last]}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=9-3", "bytes=0-1,4-5", "lines=1-2", "bytes=" + "9" * 5000 + "-"])
def test_range_that_says_nothing_gives_the_whole(
    client: Client, clock: ManualClock, short_body: Body, asked: str
) -> None:
    link = link_of(client, finished(client, clock, short_body))

    answer = client.get(link, headers={"Range": asked})

    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "bytes")
    assert len(answer.content) == int(answer.headers["content-length"])


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_range_behind_the_end_is_416(client: Client, clock: ManualClock, short_body: Body, asked: str) -> None:
    link = link_of(client, finished(client, clock, short_body))
    size_bytes = client.head(link).headers["content-length"]

    answer = client.get(link, headers={"Range": asked})

    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size_bytes}")
    assert "<Code>InvalidRange</Code>" in answer.text
