"""Lines up the takes that wait: who is sent now, why the others wait, and which place they have. Plain sync functions.

A pass does not load the line: of each member only as many takes as there are seats can be among the next ones, so the
database gives those alone. What is told to the others is looked through every 5 s.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from studio.enums import State, StatusCode
from studio.generations import transitions
from studio.generations.breakers import stopped, waiting_code_of
from studio.generations.line import Place, Room, at_provider, first_of_each, in_turn, places, rooms
from studio.generations.places import forget_places, write_places
from studio.generations.provider_keys import EVERYBODY, Whose
from studio.models import Breaker
from studio.models.generation import GenerationQuerySet
from studio.sync.claims import due_generations

T = TypeVar("T")
MOST_SENT = 100
MOST_TOLD = 50
TRIED_AMONG = 20
TELL_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Stops:
    """The stopped lines of a key."""

    of_key: Breaker | None
    of_teams: list[Breaker]
    now: datetime

    def is_shut(self, breaker: Breaker) -> bool:
        """Not even one take may try it yet."""
        return breaker.retry_at is not None and breaker.retry_at > self.now

    @property
    def teams(self) -> list[int]:
        return [breaker.team_id for breaker in self.of_teams if breaker.team_id]


@dataclass(slots=True)
class Lining:
    """An engine's view of the line; it remembers when it told the waiting ones last."""

    told_at: datetime | None = field(default=None)
    _told_at: dict[str, datetime | None] = field(default_factory=dict)

    def line_up(
        self, *, provider: str, account: str, now: datetime, most: int = MOST_SENT, whose: Whose = EVERYBODY
    ) -> list[int]:
        """Ids of the takes that may be sent now with this key, in their order, `most` at most, of the teams that send
        with it. The others are told why they wait.

        Fair between teams and members, within each model's room, and past no stopped line.
        """
        queue = due_generations(now=now).filter(whose.rows, state=State.QUEUED).order_by()
        names = _models_in(queue)
        if not names:
            return []
        stops = _stops(provider=provider, account=account, now=now)
        room = rooms(provider=provider, account=account, names=names)
        turns = _turns(queue, names, room, stops, provider=provider, account=account, most=most)
        to_send = _tries(_seated(turns, room)[:most], stops)
        told_at = self._told_at.get(account, self.told_at)
        if told_at is None or abs(now - told_at) >= TELL_EVERY:
            told = _tell(queue.exclude(pk__in=to_send), room, stops, now=now)
            in_line = queue.exclude(pk__in=to_send).exclude(team__in=stops.teams).filter(model__in=list(room))
            in_line = queue.none() if stops.of_key else in_line
            write_places(in_line, rooms=room, provider=provider, account=account, now=now, whose=whose)
            forget_places()
            self._told_at[account] = now if told < MOST_TOLD else None
        return to_send

    def tell_unreadable(self, teams: Collection[int], *, now: datetime) -> None:
        """Tell the takes of teams whose key cannot be opened that they wait for it."""
        if teams:
            waiting = due_generations(now=now).filter(state=State.QUEUED, team__in=teams)
            _tell_all(waiting, code=StatusCode.KEY_UNREADABLE, now=now)


def _models_in(queue: GenerationQuerySet) -> list[str]:
    """The models of the waiting takes: one step in an index a model, not a look at each row."""
    names: list[str] = []
    while (
        name := queue.filter(model__gt=names[-1] if names else "")
        .order_by("model")
        .values_list("model", flat=True)
        .first()
    ):
        names.append(name)
    return names


def _stops(*, provider: str, account: str, now: datetime) -> Stops:
    found = list(stopped(provider=provider, account=account))
    of_key = next((breaker for breaker in found if breaker.team_id is None), None)
    return Stops(of_key, [breaker for breaker in found if breaker.team_id is not None], now)


def _turns(
    queue: GenerationQuerySet,
    names: Iterable[str],
    room: dict[str, Room],
    stops: Stops,
    *,
    provider: str,
    account: str,
    most: int,
) -> list[Place]:
    """The takes that can be among the next ones, in turn."""
    seats = {name: min(most, room[name].free) if name in room else most for name in names}
    seats = {name: free for name, free in seats.items() if free > 0}
    if not seats or (stops.of_key and stops.is_shut(stops.of_key)):
        return []
    running = queue.exclude(team__in=stops.teams) if stops.of_teams else queue
    waiting = [
        place for name, free in seats.items() for place in places(first_of_each(running.filter(model=name), most=free))
    ]
    trying = [breaker for breaker in stops.of_teams if not stops.is_shut(breaker)]
    for breaker in trying:
        theirs = places(queue.filter(team=breaker.team_id, model__in=list(seats)), most=TRIED_AMONG)
        waiting += _one_of(theirs, tries=breaker.tries)
    ahead = places(at_provider(provider=provider, account=account).filter(model__in=list(seats)))
    return in_turn(sorted(waiting, key=lambda place: place.generation_id), at_provider=ahead)


def _seated(turns: Iterable[Place], room: dict[str, Room]) -> list[int]:
    free = {model: found.free for model, found in room.items()}
    seated: list[int] = []
    for place in turns:
        if place.model in free:
            if free[place.model] <= 0:
                continue
            free[place.model] -= 1
        seated.append(place.generation_id)
    return seated


def _tries(to_send: list[int], stops: Stops) -> list[int]:
    """One take alone where the key's line is stopped."""
    return _one_of(to_send, tries=stops.of_key.tries) if stops.of_key else to_send


def _one_of(candidates: Sequence[T], *, tries: int) -> list[T]:
    """Each time another one: it may be the take itself that is refused."""
    return [candidates[tries % len(candidates)]] if candidates else []


def _tell(waiting: GenerationQuerySet, room: dict[str, Room], stops: Stops, *, now: datetime) -> int:
    """Say why they wait; of those that do not say so yet, 50 at most a time. How many were told."""
    if stops.of_key:
        return _tell_all(waiting, code=waiting_code_of(stops.of_key), now=now)
    told = (
        _tell_all(waiting.filter(team__in=stops.teams), code=StatusCode.LINE_STOPPED, now=now) if stops.of_teams else 0
    )
    for name, found in room.items():
        theirs = waiting.filter(model=name).exclude(team__in=stops.teams)
        told += _tell_all(theirs, code=found.code, now=now, most=MOST_TOLD - told)
    return told


def _tell_all(waiting: GenerationQuerySet, *, code: StatusCode, now: datetime, most: int = MOST_TOLD) -> int:
    untold = waiting.exclude(status_code=code).order_by("pk").values_list("pk", flat=True)
    return sum(transitions.keep_in_line(pk, code=code, now=now) for pk in untold[: max(0, most)])
