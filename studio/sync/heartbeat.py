"""Signs of life of an engine. Plain sync functions."""

from datetime import datetime, timedelta
from typing import Any

from studio import __version__
from studio.enums import StatusCode
from studio.models import WorkerHeartbeat

KEPT = timedelta(days=7)


def beat(name: str, *, provider: str, passes: int, trouble: StatusCode, now: datetime) -> None:
    """Say that the engine `name` lives, and what it meets at the provider. A new name clears those of a week ago."""
    worker, is_new = WorkerHeartbeat.objects.get_or_create(
        name=name, defaults={"provider": provider, "started_at": now}
    )
    changes: dict[str, Any] = {"seen_at": now, "passes": passes, "stopped_at": None, "provider": provider}
    changes["version"] = __version__
    if worker.trouble != trouble:
        changes |= {"trouble": trouble, "trouble_since": now if trouble else None}
    WorkerHeartbeat.objects.filter(pk=worker.pk).update(**changes)
    if is_new:
        WorkerHeartbeat.objects.filter(seen_at__lt=now - KEPT).delete()


def say_goodbye(name: str, *, now: datetime) -> None:
    """Say that the engine `name` has stopped of its own will."""
    WorkerHeartbeat.objects.filter(name=name).update(stopped_at=now, seen_at=now)
