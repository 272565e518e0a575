"""`sweep_media`, and what `doctor` says of missing clips."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import httpx
import pytest
from django.core.management import call_command
from django.utils import timezone

from studio.management.checkup.clips import check_clips
from studio.management.checkup.findings import Level
from studio.management.commands import sweep_media
from studio.media.inventory import find_object
from studio.models import Clip
from studio.simulator.app import create_app
from studio.sync.sweep import OTHER_STORAGE
from tests.factories import ClipFactory
from tests.stage import Stage
from tests.sync.sweeping import digest_of, file_of, forget_task, made


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A stage whose remote is the provider that the command opens."""
    made_stage = Stage()
    app = create_app(made_stage.remote)
    monkeypatch.setattr(
        sweep_media,
        "open_provider",
        lambda: made_stage.provider(httpx.AsyncClient(transport=httpx.ASGITransport(app=app))),
    )
    yield made_stage
    made_stage.close()


def command(*arguments: str) -> tuple[int, str]:
    """(exit status, what it printed, errors too)."""
    out = StringIO()
    try:
        call_command("sweep_media", *arguments, stdout=out, stderr=out, no_color=True)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue()
    return 0, out.getvalue()


def test_it_brings_a_clip_back_and_says_so(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()

    status, printed = command()

    assert status == 0
    assert "looked at: 1, missing: 1, back: 0, restored: 1" in printed
    assert digest_of(clip.key) == clip.sha256


def test_it_names_what_is_gone_and_ends_with_1(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()
    forget_task(stage, clip)

    status, printed = command()

    assert status == 1
    assert "gone: 1" in printed
    assert f"{clip.public_id}  missing since" in printed
    assert clip.key in printed
    assert command("--list")[0] == 1


def test_the_list_alone_asks_nobody(stage: Stage) -> None:
    clip = made(stage)
    file_of(clip.key).unlink()

    assert command("--list") == (0, "")
    assert find_object(clip.key) is None


def test_another_storage_is_believed_on_demand_alone(stage: Stage) -> None:
    ClipFactory.create_batch(21)

    refused = command()
    marked = Clip.objects.filter(missing_since__isnull=False).count()
    trusted = command("--trust-storage")

    assert refused[0] == trusted[0] == 1
    assert OTHER_STORAGE in refused[1]
    assert (marked, Clip.objects.filter(missing_since__isnull=False).count()) == (0, 21)
    assert OTHER_STORAGE not in trusted[1]


def test_doctor_counts_missing_clips(db: None) -> None:
    ClipFactory.create()
    before = check_clips()
    ClipFactory.create(missing_since=timezone.now() - timedelta(days=3), checked_at=timezone.now())
    ClipFactory.create(missing_since=timezone.now())

    verdict = check_clips()

    assert (before.level, verdict.level) == (Level.OK, Level.WARN)
    assert verdict.text.startswith(
        "Clips without their file: 2, the first for 3 days. The provider has been asked for 1 "
    )
