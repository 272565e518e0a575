"""A remote that is killed and started again on the same folder goes on where it was."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.simulator import ManualClock, Remote
from studio.simulator.notebook import FILE_NAME, FileNotebook, InUse
from tests.simulator.processes import Simulator, free_port
from tests.simulator.remotes import BASE_URL, HEADERS, KEY, PACE, Client

Body = dict[str, Any]
Restart = Callable[..., Client]


@pytest.fixture
def restart(clock: ManualClock, tmp_path: Path) -> Iterator[Restart]:
    """A function that ends the remote, if there is one, and starts the next on the same folders."""
    running: list[Remote] = []

    def start(**options: Any) -> Client:
        for remote in running:
            remote.close()
        settings: Body = {"pace": PACE, "draft_clips": True, "credits": 1000, "is_eager": True} | options
        remote = Remote(
            base_url=BASE_URL,
            clock=clock,
            media_dir=tmp_path / "uploads",
            clip_cache_dir=tmp_path / "clips",
            state_dir=tmp_path,
            **settings,
        )
        running[:] = [remote]
        return Client(remote, headers=HEADERS)

    yield start
    running[0].close()


def wait_for(client: httpx.Client, task_id: str) -> Body:
    """The task once it has ended."""
    for _ in range(1000):
        task: Body = client.get(f"/v1/tasks/{task_id}").json()
        if task["status"] in {"SUCCEEDED", "FAILED"}:
            return task
        time.sleep(0.02)
    raise AssertionError("The task did not end.")


def send_picture(client: httpx.Client, content: bytes) -> str:
    ticket = client.post("/v1/uploads", json={"filename": "a.png", "type": "ephemeral"}).json()
    client.post(ticket["uploadUrl"], data=ticket["fields"], files={"file": ("a.png", content)})
    return str(ticket["runwayUri"])


def checksum(client: httpx.Client, link: str) -> str:
    return hashlib.sha256(client.get(link).content).hexdigest()


def test_killed_process_goes_on_where_it_was(tmp_path: Path, text_body: Body, picture: Callable[..., bytes]) -> None:
    port = free_port()
    from_image = {"model": "gen4_turbo", "promptText": "A boat", "ratio": "1280:720", "duration": 2}
    with Simulator(tmp_path, port=port, running_s=0.2) as client:
        address = send_picture(client, picture())
        done = client.post("/v1/text_to_video", json=text_body).json()["id"]
        link = wait_for(client, done)["output"][0]
        before = checksum(client, link)
    second = Simulator(tmp_path, port=port, running_s=3)
    with second as client:
        framed = client.post("/v1/image_to_video", json=from_image | {"promptImage": address}).json()["id"]
        withheld = text_body | {"promptText": "A boat [[moderated_output]]"}
        failing = client.post("/v1/text_to_video", json=withheld).json()["id"]
        held = client.get("/v1/organization").json()["creditBalance"]
        second.kill()

    with Simulator(tmp_path, port=port, running_s=3) as client:
        kept = client.get("/v1/organization").json()["creditBalance"]
        film, failed = wait_for(client, framed), wait_for(client, failing)
        again = client.post("/v1/image_to_video", json=from_image | {"promptImage": address})
        after = checksum(client, link)
        size_bytes = len(client.get(film["output"][0]).content)
        balance = client.get("/v1/organization").json()["creditBalance"]

    assert (held, kept) == (1000 - 60 - 10 - 60,) * 2
    assert (film["status"], failed["status"], failed["cost"]) == ("SUCCEEDED", "FAILED", {"credits": 60})
    assert size_bytes > 1000
    assert again.status_code == 200
    assert after == before
    assert balance == 1000 - 60 - 10 - 60 - 10


def test_task_ends_by_the_clock_while_nobody_runs(restart: Restart, clock: ManualClock, text_body: Body) -> None:
    ids = [restart().create(text_body | {"promptText": "A boat [[internal]]"})]
    client = restart()
    ids.append(client.create(text_body))
    clock.advance(30)

    client = restart()
    client.remote.clip(client.remote.tasks[ids[1]]).result()

    assert [client.seen(task_id)["status"] for task_id in ids] == ["FAILED", "SUCCEEDED"]
    assert client.remote.credit_balance == 1000 - 60
    assert client.seen(ids[1])["createdAt"] == "2026-11-22T09:30:00.000Z"


def test_everything_that_was_drawn_or_counted_is_kept(restart: Restart, text_body: Body) -> None:
    del text_body["seed"]
    client = restart(max_daily=3)
    seeds = {client.remote.tasks[client.create(text_body)].seed for _ in range(2)}
    before = client.get("/v1/organization").json()
    usage = client.post("/v1/organization/usage", json={"beforeDate": "2026-12-01"}).json()

    client = restart(max_daily=3, credits=5)
    after = client.get("/v1/organization").json()
    usage_after = client.post("/v1/organization/usage", json={"beforeDate": "2026-12-01"}).json()
    seeds.add(client.remote.tasks[client.create(text_body)].seed)

    assert after == before
    assert usage_after == usage
    assert usage["results"] == [{"date": "2026-11-22", "usedCredits": [{"model": "gen4.5", "amount": 120}]}]
    assert len(seeds) == 3
    assert client.post("/v1/text_to_video", json=text_body).status_code == 429


def test_waiting_tasks_keep_their_place(restart: Restart, clock: ManualClock, text_body: Body) -> None:
    client = restart(max_concurrent=1, is_eager=False)
    ids = [client.create(text_body) for _ in range(2)]
    clock.advance(4)

    client = restart(max_concurrent=1, is_eager=False)
    ids.append(client.create(text_body))
    at_once = [client.seen(task_id)["status"] for task_id in ids]
    client.delete(f"/v1/tasks/{ids[0]}")
    client = restart(max_concurrent=1, is_eager=False)

    assert at_once == ["RUNNING", "THROTTLED", "THROTTLED"]
    assert client.get(f"/v1/tasks/{ids[0]}").status_code == 404
    assert [client.seen(task_id)["status"] for task_id in ids[1:]] == ["PENDING", "THROTTLED"]
    clock.advance(12)
    assert [client.seen(task_id)["status"] for task_id in ids[1:]] == ["SUCCEEDED", "PENDING"]


@pytest.mark.parametrize("scenario", ["expired_link", "truncated_download"])
def test_fault_that_came_once_does_not_come_again(
    restart: Restart, clock: ManualClock, text_body: Body, scenario: str
) -> None:
    client = restart(is_eager=False)
    task_id = client.create(text_body | {"promptText": f"A boat [[{scenario}]]"})
    clock.advance(30)
    client.get(client.seen(task_id)["output"][0])

    client = restart(is_eager=False)
    answer = client.get(client.seen(task_id)["output"][0])

    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"])


def test_upload_form_and_address_outlive_the_process(
    restart: Restart, clock: ManualClock, picture: Callable[..., bytes]
) -> None:
    client = restart()
    ticket = client.post("/v1/uploads", json={"filename": "a.png", "type": "ephemeral"}).json()

    client = restart()
    sent = client.post(ticket["uploadUrl"], data=ticket["fields"], files={"file": ("a.png", picture())})
    uploads = restart().remote.uploads
    found = uploads.content(ticket["runwayUri"], key=KEY)
    clock.advance(86_401)
    tickets = restart().remote.uploads.tickets

    assert sent.status_code == 204
    assert found == picture()
    assert tickets == {}


def test_task_is_forgotten_a_week_after_its_end(
    restart: Restart, clock: ManualClock, text_body: Body, tmp_path: Path, picture: Callable[..., bytes]
) -> None:
    client = restart()
    address = client.upload(picture())
    body = {"model": "gen4_turbo", "promptText": "A boat", "ratio": "1280:720", "duration": 2, "promptImage": address}
    old = client.create(body, endpoint="image_to_video")
    clock.advance(7 * 86_400)
    kept = list(restart().remote.tasks)
    clock.advance(60)
    young = restart().create(text_body)

    client = restart()
    tasks = list(client.remote.tasks)
    client.remote.close()
    notebook = FileNotebook(tmp_path)
    pictures = notebook.read("picture")
    notebook.close()

    assert (kept, tasks, pictures) == ([old], [young], {})
    assert client.remote.credit_balance == 1000 - 10 - 60


def test_notes_are_kept_all_or_none(tmp_path: Path) -> None:
    one = FileNotebook(tmp_path)
    one.write("task", "a", {"seed": 1})
    one.write("picture", "b", b"\x00\xff")
    one.keep()
    one.write("task", "a", {"seed": 2})
    one.strike("picture", "b")
    one.close()

    two = FileNotebook(tmp_path)
    found = two.read("task"), two.read("picture")
    two.close()

    assert found == ({"a": {"seed": 1}}, {"b": b"\x00\xff"})


def test_folder_of_another_process_is_left_alone(
    restart: Restart, text_body: Body, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = restart().create(text_body)
    with pytest.raises(InUse, match=FILE_NAME):
        FileNotebook(tmp_path, wait_s=0)

    caplog.set_level(logging.WARNING, "studio.simulator.remote")
    logging.getLogger("studio.simulator.remote").addHandler(caplog.handler)
    monkeypatch.setattr(FileNotebook.__init__, "__kwdefaults__", {"wait_s": 0})
    second = Remote(base_url=BASE_URL, state_dir=tmp_path)
    second.close()
    logging.getLogger("studio.simulator.remote").removeHandler(caplog.handler)

    assert (second.tasks, second.credit_balance) == ({}, 1_000_000)
    assert f"state.in_use folder={tmp_path}" in caplog.messages
    assert list(restart().remote.tasks) == [task_id]
