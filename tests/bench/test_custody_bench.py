"""The cheap parts of the group custody at tiny sizes, so that it still runs when it is needed."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection  # noqa: F401  # for the condition of a skip
from django.utils import timezone
from runwayml.lib import polling

from studio.credits.ledger import grant
from studio.enums import State
from studio.media.probe import probe_video
from studio.models import Clip, Generation, GenerationEvent, LedgerEntry, Project
from studio.providers.base import RemoteStatus
from studio.providers.runway.client import RunwayProvider
from studio.sync.claims import claim_running
from tests.bench.custody import MEASURES
from tests.bench.custody.by_sdk import follow
from tests.bench.custody.films import film, padded
from tests.bench.custody.load import capacity
from tests.bench.custody.looking import looking
from tests.bench.custody.machine import KEY, ROOT, cpu_s, peak_mb, standin, stats
from tests.bench.custody.script import KINDS, Run, runs
from tests.bench.custody.simulated import Watched
from tests.factories import ProjectFactory, TeamFactory, UserFactory

TAKE = {"task_id": "hour-0", "state": "running", "model": "gen4.5", "duration_s": 5, "due_in_s": 0}


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("standin")
    film(folder / "small.mp4")
    with standin(folder, folder) as url:
        yield url


@pytest.fixture
def project() -> Project:
    owner = UserFactory.create(email="alice@example.com", name="Alice")
    team = TeamFactory.create(slug="demo", owner=owner)
    grant(team, credits=1000, note="To start with", by=owner)
    return ProjectFactory.create(team=team, slug="first-film", created_by=owner)


def test_a_padded_film_is_a_video_of_that_size(tmp_path: Path) -> None:
    for is_sparse in (False, True):
        path = padded(tmp_path / f"{is_sparse}.mp4", size_bytes=300_000, is_sparse=is_sparse)

        facts = probe_video(path)

        assert (path.stat().st_size, facts.width, facts.height, float(facts.duration_s)) == (300_000, 640, 360, 2.0)


def test_films_differ_by_their_shade(tmp_path: Path) -> None:
    first, second = (padded(tmp_path / f"{n}.mp4", size_bytes=100_000, shade=n).read_bytes() for n in range(2))

    assert first != second


def test_the_script_is_the_same_each_time() -> None:
    assert runs(20) == runs(20)
    assert {(run.model, run.duration_s) for run in runs(7)} == {(model, length) for model, length, _ in KINDS}


def test_our_client_reads_and_downloads_at_the_stand_in(remote: str, tmp_path: Path) -> None:
    async def story() -> tuple[RemoteStatus, RemoteStatus, int]:
        provider = RunwayProvider(api_key=KEY, base_url=remote)
        running, done = await provider.fetch("hour-7"), await provider.fetch("done-small.mp4-1")
        stored = await provider.download(done.outputs[0], tmp_path / "clip", max_bytes=10**7)
        await provider.aclose()
        return running.status, done.status, stored.size_bytes

    running, done, size_bytes = asyncio.run(story())

    assert (running, done) == (RemoteStatus.RUNNING, RemoteStatus.SUCCEEDED)
    assert (tmp_path / "clip").stat().st_size == size_bytes
    assert probe_video(tmp_path / "clip").duration_s == 2.0


def test_the_stand_in_counts_reads(remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_CAPACITY_S", "0")
    stats(remote, then="forget")

    capacity(remote, task_id="hour-9")

    assert stats(remote)["reads"] == 0  # no time, no reads
    asyncio.run(_read_twice(remote))
    assert stats(remote)["reads"] == 2


async def _read_twice(remote: str) -> None:
    provider = RunwayProvider(api_key=KEY, base_url=remote)
    await provider.fetch("hour-1")
    await provider.fetch("hour-1")
    await provider.aclose()


def test_the_sdk_waits_until_its_tasks_are_over(remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "POLL_TIME", 0.1)
    monkeypatch.setattr(polling, "POLL_JITTER", 0.0)
    stats(remote, then="forget")
    ends_at = time.time() + 0.3

    asyncio.run(follow(remote, "default", [f"quick-small.mp4-{ends_at:.3f}-{number}" for number in range(2)]))

    assert time.time() >= ends_at
    assert stats(remote)["reads"] >= 2


def test_a_watched_remote_tells_how_late_it_was_read(tmp_path: Path) -> None:
    remote = Watched(base_url="http://127.0.0.1:9", film=film(tmp_path / "small.mp4").read_bytes())
    task_id = remote.start(Run("gen4.5", 2, pending_s=0.0, run_s=0.1))
    first = remote.read(task_id, key=KEY)
    time.sleep(0.15)

    second = remote.read(task_id, key=KEY)

    (told,) = remote.told()
    assert (first["status"], second["status"], told["reads"], told["is_seen"]) == ("RUNNING", "SUCCEEDED", 2, True)
    assert 0.04 < told["delay_s"] < 5


@pytest.mark.django_db
def test_takes_can_be_claimed_and_are_held(project: Project) -> None:
    from tests.bench.custody import rows

    rows.takes({"takes": [TAKE]})
    take = Generation.objects.get()

    assert (take.state, take.provider_task_id) == (State.RUNNING, "hour-0")
    assert rows.check({}) == {"difference": 0}
    due = claim_running(limit=9, provider=take.provider, lease_s=60, now=timezone.now())
    assert [row.pk for row in due] == [take.pk]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the bulk is made by PostgreSQL's SQL")
@pytest.mark.django_db(transaction=True)
def test_filled_tables_are_whole(project: Project) -> None:
    from tests.bench.custody import rows

    rows.fill({"upto": 3})
    rows.fill({"upto": 12})

    found = [model.objects.count() for model in (Generation, Clip, GenerationEvent)]
    assert found == [12, 12, 60]
    assert LedgerEntry.objects.filter(generation__isnull=False).count() == 24
    assert rows.check({}) == {"difference": 0}


def test_looks_are_measured_on_both_sides() -> None:
    [figure] = looking(times=10)

    assert min(figure.ours, figure.reference) > 0


def test_a_process_has_counters() -> None:
    assert cpu_s(os.getpid()) > 0
    assert peak_mb(os.getpid()) > 20


def test_an_unknown_measure_is_named_with_those_that_there_are() -> None:
    command = [sys.executable, "-m", "tests.bench", "custody:speed"]

    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)

    assert done.returncode == 2
    assert "There is no group custody:speed" in done.stdout
    assert all(f"custody:{name}" in done.stdout for name in MEASURES)
