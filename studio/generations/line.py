"""The line in front of the provider: who is sent next, and whether there is a place for it."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Q, Window
from django.db.models.functions import RowNumber

from studio.enums import State, StatusCode
from studio.generations import breakers
from studio.models import Generation, ModelLimit
from studio.models.generation import GenerationQuerySet

UNLIMITED = 1_000_000
TAKES_A_PLACE = (State.SUBMITTING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Place:
    """A take in the line or at the provider, and whose it is."""

    generation_id: int
    model: str
    team_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class Room:
    """How many more takes of a model may be sent now, and what to say when there is none. `at_a_time`: how many may
    be at the provider, None where only the day is counted."""

    free: int
    code: StatusCode = StatusCode.IN_LINE
    at_a_time: int | None = None


def in_turn(waiting: Iterable[Place], *, at_provider: Iterable[Place] = ()) -> list[Place]:
    """`waiting` in the order of sending: each team in turn, and within a team each member. Pure.

    A take at the provider counts as a turn that was had. Between equals the older take goes first.
    """
    had = list(at_provider)
    of_members = _turns(waiting, of=_member, had=Counter(map(_member, had)))
    return _turns(of_members, of=_team, had=Counter(map(_team, had)))


def _turns(places: Iterable[Place], *, of: Callable[[Place], Hashable], had: Mapping[Hashable, int]) -> list[Place]:
    turns = Counter(had)
    ranked: list[tuple[int, int, Place]] = []
    for place in places:
        whose = of(place)
        ranked.append((turns[whose], place.generation_id, place))
        turns[whose] += 1
    return [place for _, _, place in sorted(ranked, key=lambda rank: rank[:2])]


def _member(place: Place) -> Hashable:
    return place.model, place.team_id, place.member_id


def _team(place: Place) -> Hashable:
    return place.model, place.team_id


def places(rows: GenerationQuerySet, *, most: int | None = None) -> list[Place]:
    """The rows as places, the oldest first, `most` at most."""
    told = rows.order_by("pk").values_list("pk", "model", "team_id", "created_by_id")
    return [Place(*values) for values in told[:most]]


def first_of_each(rows: GenerationQuerySet, *, most: int) -> GenerationQuerySet:
    """The oldest `most` rows of each member's line of a model: no other can be among the first `most` in turn."""
    turn = Window(RowNumber(), partition_by=[F("model"), F("team"), F("created_by")], order_by=F("pk").asc())
    return rows.order_by().annotate(turn_of_member=turn).filter(turn_of_member__lte=most)


def at_provider(*, provider: str, account: str) -> GenerationQuerySet:
    """Takes that count against the key's limits now. "Checking" ones do not: nobody knows of a task of theirs."""
    return (
        Generation.objects.open()
        .filter(state__in=TAKES_A_PLACE, provider=provider, account__in=(account, ""))
        .exclude(status_code=StatusCode.OUTCOME_UNKNOWN)
    )


def rooms(*, provider: str, account: str, names: Iterable[str] | None = None) -> dict[str, Room]:
    """Model → room, for the models (of those in `names`) whose limits are known. One that is not in it has none."""
    limits = ModelLimit.objects.filter(provider=provider, account=account)
    if names is not None:
        limits = limits.filter(model__in=list(names))
    under_way = at_provider(provider=provider, account=account).order_by().values_list("model")
    counts = dict(under_way.annotate(count=Count("pk")))
    return {limit.model: _room(limit, under_way=counts.get(limit.model, 0)) for limit in limits}


def take_place(generation_id: int, *, provider: str, account: str, now: datetime) -> bool:
    """Whether this take may be sent now. Locks the model's limit, so that two engines cannot take one place, and then
    the stopped lines, so that one take tries them."""
    model, team_id = Generation.objects.values_list("model", "team_id").get(pk=generation_id)
    limits = ModelLimit.objects.select_for_update().filter(provider=provider, account=account, model=model)
    limit = limits.first()
    if limit is not None:
        under_way = at_provider(provider=provider, account=account).filter(model=model).count()
        if _room(limit, under_way=under_way).free <= 0:
            return False
    return breakers.let_through(team_id, provider=provider, account=account, now=now)


def _room(limit: ModelLimit, *, under_way: int) -> Room:
    today = UNLIMITED if limit.max_daily is None else limit.max_daily - limit.used_today - _sent_since(limit)
    if today <= 0:
        return Room(0, StatusCode.DAILY_LIMIT)
    at_a_time = UNLIMITED if limit.max_concurrent is None else limit.max_concurrent - under_way
    return Room(max(0, min(today, at_a_time)), at_a_time=limit.max_concurrent)


def _sent_since(limit: ModelLimit) -> int:
    """Takes that the provider's count of the day does not have yet."""
    sent = Generation.objects.filter(
        provider=limit.provider, account=limit.account, model=limit.model, submitted_at__gt=limit.read_at
    )
    return sent.filter(Q(finished_at__isnull=True) | Q(finished_at__gt=limit.read_at)).count()


def last_limits_at(*, provider: str, account: str) -> datetime | None:
    """When the provider last told the limits of the key; None when it never did."""
    limits = ModelLimit.objects.filter(provider=provider, account=account)
    last: datetime | None = limits.aggregate(last=Max("read_at"))["last"]
    return last


def record_limit(
    *,
    provider: str,
    account: str,
    model: str,
    max_concurrent: int | None,
    max_daily: int | None,
    used_today: int,
    now: datetime,
) -> None:
    """Keep what the provider says of a model."""
    ModelLimit.objects.update_or_create(
        provider=provider,
        account=account,
        model=model,
        defaults={
            "max_concurrent": max_concurrent, "max_daily": max_daily, "used_today": used_today, "read_at": now,
        },
    )  # fmt: skip
