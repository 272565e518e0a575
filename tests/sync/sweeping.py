"""What the stories of the sweep share: a sweep on a stage, and looks at files and tasks."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings

from studio.models import Clip, GenerationEvent
from studio.simulator.app import create_app
from studio.sync import sweep as sweeping
from studio.sync.context import Bench
from studio.sync.sweep import SweepReport
from tests.stage import Stage

HOUR_S = 3600
DAY_S = 24 * HOUR_S


def _nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Nobody listens there.", request=request)


def with_bench(stage: Stage, work: Callable[[Bench], Any]) -> Any:
    """Await `work` with a bench whose provider is the stage's remote."""

    async def run() -> Any:
        transport = httpx.MockTransport(_nobody) if stage.is_down else httpx.ASGITransport(app=create_app(stage.remote))
        async with httpx.AsyncClient(transport=transport) as client:
            return await work(stage.engine(stage.provider(client)).bench)

    return async_to_sync(run)()


def run_sweep(stage: Stage, *, after_s: float = 0, **options: bool) -> SweepReport:
    stage.clock.advance(after_s)
    report: SweepReport = with_bench(stage, lambda bench: sweeping.sweep(bench, **options))
    return report


def made(stage: Stage, **changes: Any) -> Clip:
    """A clip that came the normal way."""
    return stage.run_until_final(stage.launch(**changes)).clip


def file_of(key: str) -> Path:
    return Path(django_settings.MEDIA_ROOT) / key


def digest_of(key: str) -> str:
    return hashlib.sha256(file_of(key).read_bytes()).hexdigest()


def task_reads(stage: Stage) -> int:
    return len([record for record in stage.remote.requests if record.path.startswith("/v1/tasks/")])


def last_event(clip: Clip) -> GenerationEvent:
    return GenerationEvent.objects.filter(generation=clip.generation).latest("pk")


def forget_task(stage: Stage, clip: Clip) -> None:
    del stage.remote.tasks[clip.generation.provider_task_id or ""]


def as_said(clip: Clip) -> dict[str, Any]:
    """The row but for what the sweep itself writes of it."""
    row = Clip.objects.filter(pk=clip.pk).values()[0]
    return {name: value for name, value in row.items() if name not in {"missing_since", "checked_at"}}
