"""The web with 20 takes in flight: launch, poll and page, against a view without a database on the same server."""

import re
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from tests.bench.figures import Figure, median_ms
from tests.journeys.house import PASSWORD, House

IN_FLIGHT = 20
LONG = Pace(pending_s=1, running_s=3600)
SETTLE_S = 8
REFERENCE = "healthz (no database)"
FIELDS = {"model": "gen4.5", "ratio": "1280:720", "duration_s": "5", "takes": "1", "seed": ""}


def studio() -> list[Figure]:
    """Medians in milliseconds, over real sockets, one request at a time, on SQLite and one granian worker."""
    with _busy_house() as house, _signed_in(house) as client:
        health = median_ms(lambda: client.get("/healthz").raise_for_status(), times=200)
        launch = median_ms(lambda: _launch(client), times=30)
        time.sleep(SETTLE_S)
        page = median_ms(lambda: client.get(STUDIO).raise_for_status(), times=40)
        since = _since(client)
        poll = median_ms(lambda: _poll(client, since=since), times=150)
        news = median_ms(lambda: _poll(client, since=since - IN_FLIGHT), times=40)
        first = _poll(client, since=since - IN_FLIGHT)
    assert first.status_code == 200, first.status_code
    return [
        _figure("POST generate, one take", launch, health),
        _figure("poll without news, 20 takes in flight", poll, health),
        _figure("poll with news of up to 20 takes", news, health),
        _figure("studio page", page, health),
    ]


STUDIO = "/demo/first-film/"


def _figure(name: str, ours: float, reference: float) -> Figure:
    return Figure(f"{name} against {REFERENCE}", ours, reference, "ms", "lower")


@contextmanager
def _busy_house() -> Iterator[House]:
    """A house with takes that run for an hour."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(lambda url: Remote(base_url=url, pace=LONG, draft_clips=True, max_concurrent=None)) as remote,
    ):
        house = House(folder=Path(folder), remote=remote, url=remote.base_url, settings={"PROVIDER_POLL_S": "5"})
        with closing(house):
            house.settle_in()
            house.open_web()
            house.engine()
            yield house


@contextmanager
def _signed_in(house: House) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.address, follow_redirects=True) as client:
        client.get("/sign-in/")
        form = {
            "login": "demo@example.com",
            "password": PASSWORD,
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        client.post("/sign-in/", data=form).raise_for_status()
        for _ in range(IN_FLIGHT):
            _launch(client)
        yield client


def _launch(client: httpx.Client) -> httpx.Response:
    form = {
        **FIELDS,
        "prompt": "A paper boat",
        "token": str(uuid.uuid4()),
        "csrfmiddlewaretoken": client.cookies["csrftoken"],
    }
    answer = client.post(f"{STUDIO}generate/", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text[:300]
    return answer


def _since(client: httpx.Client) -> int:
    found = re.search(r'id="since" value="(\d+)"', client.get(STUDIO).text)
    assert found is not None
    return int(found.group(1))


def _poll(client: httpx.Client, *, since: int) -> httpx.Response:
    return client.get(f"{STUDIO}changes/", params={"since": since, "warned": ""}, headers={"HX-Request": "true"})
