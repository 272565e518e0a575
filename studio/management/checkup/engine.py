"""The engine: alive, and without trouble at the provider."""

import socket
from datetime import datetime, timedelta

from django.utils import timezone

from studio.enums import StatusCode
from studio.generations.breakers import open_breakers
from studio.generations.sentences import known_code
from studio.management.checkup.findings import Verdict, fail, ok, warn
from studio.models import Breaker, Generation, WorkerHeartbeat

START = "Start it: python manage.py sync_generations."
RESTART = "Look at its log, and restart it."


def check_engine() -> Verdict:
    """Whether any engine is at work."""
    return _judge(list(WorkerHeartbeat.objects.all()), now=timezone.now())


def check_engine_here() -> Verdict:
    """Whether an engine of this machine, or container, is at work."""
    mine = WorkerHeartbeat.objects.filter(name__startswith=f"{socket.gethostname()}:")
    return _judge(list(mine), now=timezone.now())


def _judge(workers: list[WorkerHeartbeat], *, now: datetime) -> Verdict:
    """`workers` come with the one seen last in front."""
    alive = [worker for worker in workers if worker.is_alive(now=now)]
    if not workers:
        return fail(f"No engine has run yet: takes are not carried out. {START}")
    if not alive:
        return fail(f"{_last_words(workers[0], now=now)} Takes are not carried out. {START}")
    stalled = [worker for worker in alive if worker.is_stalled(now=now)]
    if len(stalled) == len(alive):
        return fail(f"{_stalled(stalled[0])} Takes are not carried out. {RESTART}")
    if stalled:
        return warn(f"{_stalled(stalled[0])} Another engine is at work. {RESTART}")
    return _at_work(alive, now=now)


def _at_work(workers: list[WorkerHeartbeat], *, now: datetime) -> Verdict:
    troubled = [worker for worker in workers if worker.trouble]
    if troubled:
        return warn(_trouble(troubled[0], now=now))
    outdated = [worker for worker in workers if worker.is_outdated]
    if outdated:
        return warn(f"The engine {_name(outdated[0])} is older than the database. It works on; update and restart it.")
    return ok(f"At work: {', '.join(_name(worker) for worker in workers)}.")


def _name(worker: WorkerHeartbeat) -> str:
    return f"{worker.name} ({worker.version})" if worker.version else worker.name


def _last_words(worker: WorkerHeartbeat, *, now: datetime) -> str:
    if worker.stopped_at:
        return f"The engine {worker.name} was stopped {_ago(now - worker.stopped_at)}."
    return f"The engine {worker.name} has been silent since {_ago(now - worker.seen_at)}."


def _stalled(worker: WorkerHeartbeat) -> str:
    since = _ago(worker.seen_at - worker.worked_at) if worker.worked_at else "long ago"
    return f"The engine {worker.name} is stalled: it is heard, but has done no work since {since}."


def _trouble(worker: WorkerHeartbeat, *, now: datetime) -> str:
    since = f" since {_ago(now - worker.trouble_since)}" if worker.trouble_since else ""
    label = known_code(worker.trouble).label
    return f"The engine {worker.name} is at work, with trouble{since}: {label[0].lower()}{label[1:]}. Takes wait."


def check_takes() -> Verdict:
    """Whether takes wait for a person's decision."""
    count = Generation.objects.open().filter(status_code=StatusCode.OUTCOME_UNKNOWN).count()
    if not count:
        return ok("No take waits for a decision.")
    return warn(f"Takes that are “Checking”: {count}. Look for them at the provider, then decide (docs/operate.md).")


def check_lines() -> Verdict:
    """Whether the line of a key or a team is stopped after refusals."""
    stopped = open_breakers()
    if not stopped:
        return ok("No line is stopped.")
    whose = "; ".join(f"{_whose(breaker)}, {breaker.get_code_display().lower()}" for breaker in stopped)
    return warn(
        f"Stopped after refusals: {whose}. One take at a time is tried; mend the cause, or look at the prompts."
    )


def _whose(breaker: Breaker) -> str:
    if breaker.team:
        return str(breaker.team)
    return "a team with its own key" if breaker.is_of_a_team else "all teams"


def _ago(elapsed: timedelta) -> str:
    """ "40 s ago", "5 min ago", "3 h ago", "2 days ago"."""
    seconds = int(elapsed.total_seconds())
    for unit, size in ((" days", 86_400), (" h", 3_600), (" min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit} ago"
    return f"{max(seconds, 0)} s ago"
