"""Ten engine processes at the same rows, at the same moment: each take is sent, stored and settled exactly once."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from botocore.exceptions import ClientError
from django.conf import settings
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from studio.credits.audit import differences
from studio.enums import EntryKind, State
from studio.models import Clip, Generation, LedgerEntry, WorkerHeartbeat
from studio.simulator.clock import SystemClock
from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.server import served
from studio.sync.engine import Engine, make_bench
from studio.sync.gateway import open_provider
from tests.faults import seams
from tests.journeys.house import ROOT
from tests.stage import Stage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="On SQLite one engine runs"),
]
ENGINES = 10
TAKES = 40
WAIT_S = 180.0
REFUSED = ClientError({"Error": {"Code": "SlowDown", "Message": "Please reduce your request rate."}}, "PutObject")


@pytest.fixture
def remote(settings: Settings) -> Iterator[Remote]:
    """A simulator on a socket, instant, with room for all takes at a time."""
    with served(lambda url: Remote(base_url=url, pace=Pace.instant(), draft_clips=True, max_concurrent=None)) as made:
        settings.RUNWAYML_BASE_URL = made.base_url
        yield made


@pytest.fixture
def stage(remote: Remote) -> Stage:
    stage = Stage()
    stage.close()
    stage.remote = remote
    stage.clock = SystemClock()  # type: ignore[assignment]  # engine processes have the machine's clock
    return stage


@pytest.fixture
def start_engines() -> Iterator[Callable[[], None]]:
    """Starts ten engine processes on the test's database and folders, and waits until all are at work."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        command = [sys.executable, "manage.py", "sync_generations"]
        started.extend(subprocess.Popen(command, env=_environment(), cwd=ROOT) for _ in range(ENGINES))
        _wait_for(lambda: WorkerHeartbeat.objects.filter(passes__gte=1).count() >= ENGINES, what="ten heartbeats")
        assert [engine.poll() for engine in started] == [None] * ENGINES

    yield start
    for engine in started:
        with contextlib.suppress(ProcessLookupError):
            engine.send_signal(signal.SIGTERM)
    assert [engine.wait(timeout=60) for engine in started] == [0] * len(started)


def _environment() -> dict[str, str]:
    known = connection.settings_dict
    server = f"{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}"
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{server}/{known['NAME']}",
        "RUNWAYML_BASE_URL": settings.RUNWAYML_BASE_URL,
        "VAR_DIR": str(settings.VAR_DIR),
        "PROVIDER_POLL_S": "0.1",
        "ENGINE_PASS_S": "0.05",
        "ENGINE_CONCURRENCY": "8",
    }


def _wait_for(condition: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, f"Waited in vain for: {what}"
        time.sleep(0.1)


def _launch(stage: Stage) -> list[Generation]:
    """Takes that nobody may touch yet."""
    takes = [stage.launch() for _ in range(TAKES)]
    _hold()
    return takes


def _hold() -> None:
    """Leases of an engine that is not among the ten: a sweep leaves such rows alone."""
    held = Generation.objects.filter(lease_token__isnull=True)
    assert held.update(lease_token=uuid4(), lease_until=timezone.now() + timedelta(hours=1)) == TAKES


def _release() -> None:
    """All rows are due at the same moment."""
    now = timezone.now()
    assert Generation.objects.update(due_at=now, lease_token=None, lease_until=None) == TAKES


def _assert_each_once(stage: Stage) -> None:
    _wait_for(lambda: Generation.objects.filter(finished_at__isnull=True).count() == 0, what="all takes are final")
    _wait_for(lambda: not Clip.objects.filter(poster_key="").exists(), what="posters that waited for the clips")
    folders = Counter(path.parts[0] for path in stage.stored_files() if path.parts[0] != "checks")
    media = Path(settings.MEDIA_ROOT)

    assert Counter(Generation.objects.values_list("state", flat=True)) == {State.READY: TAKES}
    assert (len(stage.remote.creates), len(stage.remote.tasks)) == (TAKES, TAKES)
    assert len({record.provider_task_id for record in Generation.objects.all()}) == TAKES
    assert Clip.objects.count() == TAKES
    assert (folders["clips"], folders["posters"], folders["rejected"]) == (TAKES, TAKES, 0)
    assert all((media / clip.key).stat().st_size == clip.size_bytes for clip in Clip.objects.all())
    assert LedgerEntry.objects.filter(kind=EntryKind.SETTLE).count() == TAKES
    assert LedgerEntry.objects.filter(kind=EntryKind.RELEASE).count() == 0
    assert list(differences()) == []


def test_ten_engines_send_and_land_each_take_once(stage: Stage, start_engines: Callable[[], None]) -> None:
    _launch(stage)
    start_engines()

    _release()

    _assert_each_once(stage)


def test_ten_engines_store_each_finished_take_once(
    stage: Stage, start_engines: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    _launch(stage)
    _release()
    _bring_to_storing(monkeypatch)
    start_engines()

    _release()

    _assert_each_once(stage)


def _bring_to_storing(patch: pytest.MonkeyPatch) -> None:
    """An engine of our own meets a storage that takes nothing, and leaves all takes in STORING."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise REFUSED

    owner, name = seams.STORAGE_SAVES.find()
    with patch.context() as away:
        away.setattr(owner, name, refuse)
        for _ in range(20):
            Generation.objects.exclude(state=State.STORING).update(due_at=timezone.now())
            async_to_sync(_one_pass)()
            if Generation.objects.filter(state=State.STORING, failures__gt=0).count() == TAKES:
                break
            time.sleep(0.2)
    WorkerHeartbeat.objects.all().delete()
    _hold()
    assert Generation.objects.filter(state=State.STORING).count() == TAKES


async def _one_pass() -> None:
    provider = open_provider()
    try:
        await Engine(make_bench(provider), name="race:0").run_once()
    finally:
        await provider.aclose()
