"""The simulator on a real socket: it comes up, breaks off downloads as promised, and goes down when told to."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest

from studio.simulator import Pace, Remote
from studio.simulator.clock import ManualClock
from studio.simulator.server import served
from tests.simulator.processes import free_port
from tests.simulator.remotes import HEADERS

BODY = {"model": "gen4.5", "promptText": "A boat", "ratio": "1280:720", "duration": 2, "seed": 1}
PROGRAM = "import sys; from studio.simulator.server import serve; serve(port=int(sys.argv[1]))"


@pytest.fixture
def remote() -> Iterator[Remote]:
    with served(lambda url: Remote(base_url=url, pace=Pace.instant(), draft_clips=True)) as remote:
        yield remote


def finished(client: httpx.Client, body: dict[str, object]) -> str:
    """The link of a new task's output."""
    task_id = client.post("/v1/text_to_video", json=body).json()["id"]
    for _ in range(500):
        task = client.get(f"/v1/tasks/{task_id}").json()
        if task["status"] == "SUCCEEDED":
            return str(task["output"][0])
        time.sleep(0.01)
    raise AssertionError("The task did not succeed.")


def test_truncated_download_breaks_the_connection_once(remote: Remote) -> None:
    with httpx.Client(base_url=remote.base_url, headers=HEADERS) as client:
        link = finished(client, BODY | {"promptText": "A boat [[truncated_download]]"})

        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            client.get(link)
        whole = client.get(link)

    assert whole.content[4:8] == b"ftyp"
    assert len(whole.content) == int(whole.headers["content-length"])


def test_truncated_download_hangs_up_at_once(remote: Remote) -> None:
    with httpx.Client(base_url=remote.base_url, headers=HEADERS) as client:
        link = urlsplit(finished(client, BODY | {"promptText": "A boat [[truncated_download]]"}))
        remote.clip(next(iter(remote.tasks.values()))).result()
    request = f"GET {link.path}?{link.query} HTTP/1.1\r\nHost: {link.netloc}\r\n\r\n"

    with socket.create_connection((link.hostname, link.port), timeout=2) as line:
        line.sendall(request.encode())
        answer = b"".join(iter(lambda: line.recv(65_536), b""))

    # The line was closed by the other end, or the last `recv` would have met its timeout.
    head, _, body = answer.partition(b"\r\n\r\n")
    announced = re.search(rb"content-length: (\d+)", head)
    assert announced is not None
    assert len(body) == int(announced[1]) * 2 // 3


def test_process_comes_up_and_ends_on_sigterm() -> None:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)])
    try:
        healthy = _wait_for_health(port)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)

    assert healthy["status"] == "ok"
    assert code in {0, -signal.SIGTERM}


def _wait_for_health(port: int) -> dict[str, str]:
    for _ in range(400):
        try:
            body: dict[str, str] = httpx.get(f"http://127.0.0.1:{port}/_simulator/health").json()
        except httpx.TransportError:
            time.sleep(0.025)
        else:
            return body
    raise AssertionError("The simulator did not come up.")


def test_each_answer_has_one_date_by_the_remotes_own_clock() -> None:
    clock = ManualClock(datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC))
    with (
        served(lambda url: Remote(base_url=url, clock=clock)) as remote,
        httpx.Client(base_url=remote.base_url) as client,
    ):
        taken = client.get("/v1/organization", headers=HEADERS)
        refused = client.get("/v1/organization")
        clock.advance(59)
        later = client.get("/v1/organization", headers=HEADERS)

    assert [answer.status_code for answer in (taken, refused, later)] == [200, 400, 200]
    dates = [answer.headers.get_list("date") for answer in (taken, refused, later)]
    assert dates == [["Sun, 04 May 2031 03:02:01 GMT"]] * 2 + [["Sun, 04 May 2031 03:03:00 GMT"]]
