"""Signs of life for whoever watches the server: no login, no team's data, never kept by a cache."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from studio.generations import schema, vigil
from studio.media import pulse
from studio.models.worker import SILENT_AFTER, STALLED_AFTER


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `/readyz`. `value` and `limit` are whole seconds, or numbers of things; None: it cannot be told."""

    name: str
    ok: bool
    detail: str
    value: int | None
    limit: int | None


UNTOLD = ("engine", "unclaimed", "submitting")


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 "ok": this process answers. It asks nobody: a database that is away is no reason to restart the web."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every check is well, 503 otherwise, with one entry a check."""
    checks = _checks()
    is_ready = all(check.ok for check in checks)
    body = {"ok": is_ready, "checks": [asdict(check) for check in checks]}
    return JsonResponse(body, status=200 if is_ready else 503)


def _checks() -> list[Check]:
    try:
        return [_database(), _storage(), *_work()]
    except DatabaseError:
        away = Check(
            "database", ok=False, detail="The database does not answer, or has no tables yet.", value=None, limit=0
        )
        untold = "This cannot be told without the database."
        unknown = [Check(name, ok=False, detail=untold, value=None, limit=None) for name in UNTOLD]
        return [away, _storage(), *unknown]


def _database() -> Check:
    missing = schema.unapplied()
    detail = f"Migrations not applied: {missing}." if missing else "The database answers and is up to date."
    return Check("database", not missing, detail, missing, 0)


def _storage() -> Check:
    is_well = pulse.pulse.is_well()
    return Check("storage", is_well, "The storage answers." if is_well else "The storage does not answer.", None, None)


def _work() -> list[Check]:
    now = timezone.now()
    unclaimed = vigil.oldest_unclaimed(now=now)
    submitting = vigil.oldest_submitting(now=now)
    return [
        _engine(),
        _age("unclaimed", unclaimed, "No due take waits too long for an engine.", "A due take waits for an engine."),
        _age("submitting", submitting, "No take is being sent for too long.", "A take is being sent for too long."),
    ]


def _engine() -> Check:
    now = timezone.now()
    limit = int(SILENT_AFTER.total_seconds())
    worker = vigil.best_engine(now=now)
    if worker is None:
        return Check("engine", ok=False, detail="No engine has run yet.", value=None, limit=limit)
    if worker.is_stalled(now=now) and worker.worked_at:
        return _stalled(worker.seen_at - worker.worked_at, f"{worker.worked_at:%H:%M} UTC")
    seconds = max(int((now - worker.seen_at).total_seconds()), 0)
    is_alive = worker.is_alive(now=now)
    detail = "An engine is at work." if is_alive else "No engine is at work."
    return Check("engine", is_alive, detail, seconds, limit)


def _stalled(idle: timedelta, since: str) -> Check:
    detail = f"The engine is stalled since {since}: it is heard, but does no work. Restart it."
    seconds, limit = int(idle.total_seconds()), int(STALLED_AFTER.total_seconds())
    return Check("engine", ok=False, detail=detail, value=seconds, limit=limit)


def _age(name: str, oldest: vigil.Oldest, well: str, late: str) -> Check:
    detail = late if oldest.is_late else well
    seconds, limit = int(oldest.age.total_seconds()), int(oldest.limit.total_seconds())
    return Check(name, not oldest.is_late, detail, seconds, limit)
