"""Vigil: rows that nobody looks after. What `/readyz` and `doctor` ask; a few indexed reads, nothing changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from studio.enums import OPEN_STATES, State, StatusCode
from studio.generations.breakers import open_breakers
from studio.generations.line import rooms
from studio.generations.provider_keys import keys_here, sends_with
from studio.models import Generation, ModelLimit, WorkerHeartbeat
from studio.models.generation import GenerationQuerySet
from studio.providers.base import WayKind
from studio.providers.catalog import MODELS, find_model

UNCLAIMED_LIMIT = timedelta(seconds=60)
CREATE_DEADLINE = timedelta(seconds=120)
MOST_NAMED = 5
MOST_ENGINES = 200


@dataclass(frozen=True, slots=True)
class Oldest:
    """The row that waits longest, and for how long. `age` is zero without one."""

    generation: Generation | None
    age: timedelta
    limit: timedelta

    @property
    def is_late(self) -> bool:
        return self.age > self.limit


def oldest_unclaimed(*, now: datetime) -> Oldest:
    """The due row that no engine has taken for longest, of those that one could take. Takes in line, or for a person,
    wait rightly."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    in_line = Q(state=State.QUEUED) & ~Q(status_code=StatusCode.NONE)
    rows = Generation.objects.filter(is_free, finished_at__isnull=True, due_at__lte=now)
    rows = rows.exclude(in_line).exclude(status_code=StatusCode.OUTCOME_UNKNOWN).order_by("due_at")
    oldest = _oldest(rows.first(), now=now)
    return _oldest(rows.exclude(_held(now=now)).first(), now=now) if oldest.is_late else oldest


def _oldest(row: Generation | None, *, now: datetime) -> Oldest:
    if row is None:
        return Oldest(None, timedelta(), UNCLAIMED_LIMIT)
    free_since = max(row.due_at, row.lease_until) if row.lease_until else row.due_at
    return Oldest(row, now - free_since, UNCLAIMED_LIMIT)


def _held(*, now: datetime) -> Q:
    """What no engine may take just now: of a full model, in a stopped line, under a provider's wish for peace (the take
    that heard it comes back when it is over), or of a provider that no engine speaks to."""
    waiting = Q(state=State.QUEUED)
    quiet = Generation.objects.open().filter(status_code=StatusCode.PROVIDER_BUSY, due_at__gt=now).order_by()
    held = Q(state__in=quiet.filter(state__in=(State.QUEUED, State.RUNNING)).values("state"))
    for account, models in _full_models().items():
        held |= waiting & Q(model__in=models) & sends_with(account)
    for breaker in open_breakers():
        if breaker.retry_at and breaker.retry_at > now - UNCLAIMED_LIMIT:
            held |= waiting & (Q(team=breaker.team_id) if breaker.team_id else sends_with(breaker.account))
    spoken = spoken_to(heard_engines(), now=now)
    return held | Q(state=State.RUNNING) & ~Q(provider__in=[*spoken, ""]) if spoken else held


def _full_models() -> dict[str, list[str]]:
    """Key → models without room for one more take: of each team's own key, and of the installation's, which is the one
    that was read last among the others."""
    owned = keys_here()
    own = owned.active().order_by().values_list("provider", "account").distinct()
    others = ModelLimit.objects.exclude(account__in=owned.values("account"))
    newest = others.order_by("-read_at").values_list("provider", "account")[:1]
    return {account: _without_room(provider, account) for provider, account in [*own, *newest]}


def _without_room(provider: str, account: str) -> list[str]:
    return [model for model, room in rooms(provider=provider, account=account).items() if room.free <= 0]


def oldest_submitting(*, now: datetime) -> Oldest:
    """The row that is being sent for longest and is not “Checking” yet: a create and a lease later, it must be one."""
    limit = CREATE_DEADLINE + timedelta(seconds=settings.ENGINE_LEASE_S)
    rows = Generation.objects.filter(state=State.SUBMITTING, finished_at__isnull=True, submitted_at__isnull=False)
    row = rows.exclude(status_code=StatusCode.OUTCOME_UNKNOWN).order_by("submitted_at").first()
    if row is None or row.submitted_at is None:
        return Oldest(None, timedelta(), limit)
    return Oldest(row, max(now - row.submitted_at, timedelta()), limit)


def heard_engines() -> list[WorkerHeartbeat]:
    """Those that have not said goodbye, the last heard first: not one that has just made room for another."""
    return list(WorkerHeartbeat.objects.filter(stopped_at__isnull=True).order_by("-seen_at")[:MOST_ENGINES])


def best_engine(*, now: datetime, heard: list[WorkerHeartbeat] | None = None) -> WorkerHeartbeat | None:
    """The engine that is best off: one at work before one that is stalled, before one that was heard last."""
    heard = heard_engines() if heard is None else heard
    at_work = (worker for worker in heard if worker.is_at_work(now=now))
    best = next(at_work, None) or next(iter(heard), None)
    return best if best and best.is_alive(now=now) else WorkerHeartbeat.objects.order_by("-seen_at").first()


def out_of_reach(*, now: datetime) -> GenerationQuerySet:
    """Open takes that the provider has and that no present key can reach."""
    return Generation.objects.open().filter(is_out_of_reach(heard_engines(), now=now))


def is_out_of_reach(heard: list[WorkerHeartbeat], *, now: datetime) -> Q:
    """The provider has it, but no living engine speaks to that provider, or it was found to be another key's."""
    spoken = spoken_to(heard, now=now)
    of_another = ~Q(provider__in=[*spoken, ""]) if spoken else Q(pk__in=[])
    return Q(state__in=(State.RUNNING, State.STORING)) & (Q(status_code=StatusCode.OTHER_KEY) | of_another)


def spoken_to(heard: list[WorkerHeartbeat], *, now: datetime) -> set[str]:
    """The providers that living engines speak to."""
    return {worker.provider for worker in heard if worker.is_alive(now=now)}


def unreadable() -> GenerationQuerySet:
    """Open rows that this version cannot work on: an unknown model or code, no prompt text where there must be one, or
    set aside as such."""
    is_mute = Q(prompt__text="") & ~_goes_without_a_prompt()
    is_strange = (
        Q(status_code=StatusCode.UNREADABLE_ROW)
        | ~Q(status_code__in=StatusCode.values)
        | Q(state__in=(State.QUEUED, State.SUBMITTING)) & (~Q(model__in=list(MODELS)) | is_mute)
    )
    return Generation.objects.filter(is_strange, state__in=OPEN_STATES, finished_at__isnull=True).order_by("pk")


def is_readable(generation: Generation) -> bool:
    """Whether this version can send it. `generation` comes with its prompt; asked before anything is sent."""
    model = find_model(generation.model)
    if model is None:
        return False
    way = model.way(WayKind(generation.way))
    return bool(generation.prompt.text) or (way is not None and not way.prompt_required)


def _goes_without_a_prompt() -> Q:
    """The rows of the ways that need no words."""
    found = Q(pk__in=[])
    for kind in WayKind:
        ways = ((name, model.way(kind)) for name, model in MODELS.items())
        found |= Q(way=kind.value, model__in=[name for name, way in ways if way and not way.prompt_required])
    return found


def first_ids(rows: GenerationQuerySet) -> Iterator[str]:
    """The public ids of the first few."""
    return (str(public_id) for public_id in rows.values_list("public_id", flat=True)[:MOST_NAMED])
