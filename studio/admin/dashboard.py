"""The numbers of the admin's first page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from studio.enums import State
from studio.models import Generation, WorkerHeartbeat

NEWEST_TAKES = 100_000
"""Failures are looked for among these: no index says when a take has failed."""
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Number:
    """One card. `note` says what it is of; `is_bad` that somebody should look."""

    label: str
    value: int
    note: str
    icon: str
    url: str
    is_bad: bool = False


def with_numbers(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The first page's context, with today's numbers."""
    return {**context, "numbers": numbers()}


def numbers() -> list[Number]:
    """Six queries, whatever is in the tables."""
    now = timezone.now()
    newest = Generation.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    recent = Generation.objects.filter(pk__gt=newest - NEWEST_TAKES)
    failed = recent.filter(state=State.FAILED, finished_at__gte=now - DAY).count()
    alive = sum(worker.is_at_work(now=now) for worker in WorkerHeartbeat.objects.filter(stopped_at=None)[:1000])
    open_takes = Generation.objects.open().count()
    return [
        Number("Users", User.objects.filter(is_active=True).count(), "may sign in", "person", _list("accounts_user")),
        Number("Teams", Team.objects.filter(deleted_at=None).count(), "not deleted", "groups", _list("accounts_team")),
        Number("Open takes", open_takes, "waiting, running or being saved", "movie", _list("studio_generation")),
        Number("Failed", failed, "in the last 24 hours", "error", f"{_list('studio_generation')}?state__exact=failed"),
        Number("Engines", alive, "at work", "monitor_heart", _list("studio_workerheartbeat"), is_bad=not alive),
    ]


def _list(name: str) -> str:
    return reverse(f"admin:{name}_changelist")
