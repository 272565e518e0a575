"""Signs of life of an engine, and of its work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from studio import __version__
from studio.enums import StatusCode
from studio.models import WorkerHeartbeat

KEPT = timedelta(days=7)
MOST_KEPT = 200
MOST_SILENCE = timedelta(hours=1)


@dataclass(slots=True)
class Vitals:
    """What an engine says of itself: when its last pass and its last round of reads came to their end, and whether the
    database is newer than its code."""

    passed_at: datetime
    polled_at: datetime
    is_outdated: bool = False

    @property
    def worked_at(self) -> datetime:
        """Up to when all of it worked: one part that hangs or fails is enough to be stalled."""
        return min(self.passed_at, self.polled_at)


def beat(
    name: str, *, provider: str, passes: int, trouble: StatusCode, now: datetime, vitals: Vitals | None = None
) -> None:
    """Say that the engine `name` lives, what it has done, and what it meets at the provider. A new name clears old
    ones."""
    worker, is_new = WorkerHeartbeat.objects.get_or_create(
        name=name, defaults={"provider": provider, "started_at": now}
    )
    changes: dict[str, Any] = {"seen_at": now, "passes": passes, "stopped_at": None, "provider": provider}
    changes["version"] = __version__
    if vitals:
        changes |= {"worked_at": vitals.worked_at, "is_outdated": vitals.is_outdated}
    if worker.trouble != trouble:
        changes |= {"trouble": trouble, "trouble_since": now if trouble else None}
    WorkerHeartbeat.objects.filter(pk=worker.pk).update(**changes)
    if is_new:
        _clear_old(now=now)


def _clear_old(*, now: datetime) -> None:
    """Each start has a name of its own: a process that ends and is started for a week must not fill the table."""
    latest = WorkerHeartbeat.objects.order_by("-seen_at").values_list("pk", flat=True)[:MOST_KEPT]
    gone = Q(seen_at__lt=now - KEPT) | (Q(seen_at__lt=now - MOST_SILENCE) & ~Q(pk__in=list(latest)))
    WorkerHeartbeat.objects.filter(gone).delete()


def say_goodbye(name: str, *, now: datetime) -> None:
    """Say that the engine `name` has stopped of its own will."""
    WorkerHeartbeat.objects.filter(name=name).update(stopped_at=now, seen_at=now)
