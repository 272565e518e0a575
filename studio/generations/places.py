"""Writes the place in line and the expected start of the takes that wait for room."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db import connection, transaction
from django.db.models import F

from studio.enums import State, StatusCode
from studio.generations.line import Place, Room, at_provider, first_of_each, in_turn
from studio.generations.provider_keys import EVERYBODY, Whose
from studio.models import Generation, Project
from studio.models.generation import GenerationQuerySet

MOST_PLACED = 500
MOST_WRITTEN = 500
PAST_RUNS = 50
MOVED = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Spot:
    """What a row says of its place: 1 is next; None and None for a take that is not in line."""

    line_place: int | None = None
    expected_start_at: datetime | None = None

    def is_news_after(self, told: "Spot") -> bool:
        """Another place, or a start that is known now, is not known any more, or moved by more than 15 s."""
        mine, theirs = self.expected_start_at, told.expected_start_at
        if self.line_place != told.line_place or (mine is None) != (theirs is None):
            return True
        return mine is not None and theirs is not None and abs(mine - theirs) > MOVED


@dataclass(frozen=True, slots=True)
class Waiting:
    """A take in line, and what its row says."""

    place: Place
    duration_s: int
    told: Spot


def write_places(
    waiting: GenerationQuerySet,
    *,
    rooms: Mapping[str, Room],
    provider: str,
    account: str,
    now: datetime,
    whose: Whose = EVERYBODY,
) -> int:
    """Give the first 500 takes of each model's line their place and expected start; the number of rows written.

    `waiting` are the rows in line now, of the teams `whose` takes go by this key. What has left it says nothing any
    more. A change is told to the pages by the project's next number in `changed_seq`, without an event. At most 500
    rows are written, the front of the line first; the rest follows at the next call. Locks the rows, then their
    projects; a row that is being sent is left.
    """
    lines = _lines(waiting, provider=provider, account=account)
    under_way = _under_way(lines, provider=provider, account=account)
    told: dict[int, Spot] = {}
    wanted: dict[int, Spot] = {}
    for model, line in lines.items():
        told |= {take.place.generation_id: take.told for take in line}
        wanted |= _spots(line, room=rooms.get(model), under_way=under_way.get(model, []), now=now)
    gone = {pk: Spot() for pk in _placed(whose) if pk not in wanted}
    changed = gone | {pk: spot for pk, spot in wanted.items() if spot.is_news_after(told[pk])}
    first = sorted(changed, key=lambda pk: (changed[pk].line_place or 0, pk))[:MOST_WRITTEN]
    return _write({pk: changed[pk] for pk in first}) if first else 0


def forget_places() -> int:
    """Clear the place of takes that have been sent; nobody sees it there."""
    sent = Generation.objects.filter(finished_at__isnull=True, line_place__isnull=False).exclude(state=State.QUEUED)
    return sent.update(line_place=None, expected_start_at=None)


def expected_starts(
    durations_s: Iterable[int],
    *,
    under_way: Iterable[tuple[int, datetime]],
    at_a_time: int,
    typical_s: Mapping[int, float],
    now: datetime,
) -> list[datetime | None]:
    """When each take of a line starts, the next one first, if all go as past ones did. Pure.

    `under_way`: (length, when it was sent) of those at the provider. `typical_s`: length → how long such takes held a
    place. One of an unknown length is taken for the longest known; None for all where nothing is known.
    """
    if not typical_s or at_a_time < 1:
        return [None for _ in durations_s]
    longest = max(typical_s.values())
    stays = {length: timedelta(seconds=seconds) for length, seconds in typical_s.items()}
    other = timedelta(seconds=longest)
    frees = sorted(max(now, sent_at + stays.get(length, other)) for length, sent_at in under_way)
    frees = frees[max(0, len(frees) - at_a_time) :]
    frees += [now + other] * (at_a_time - len(frees))  # a free place is being taken: else nobody would wait
    heapq.heapify(frees)
    starts: list[datetime | None] = []
    for length in durations_s:
        start = heapq.heappop(frees)
        starts.append(start)
        heapq.heappush(frees, start + stays.get(length, other))
    return starts


def _lines(waiting: GenerationQuerySet, *, provider: str, account: str) -> dict[str, list[Waiting]]:
    """Model → its line in turn, of 500 takes at most."""
    rows = first_of_each(waiting, most=MOST_PLACED).values_list(
        "pk", "model", "team_id", "created_by_id", "duration_s", "line_place", "expected_start_at"
    )
    by_pk = {row[0]: Waiting(Place(*row[:4]), row[4], Spot(row[5], row[6])) for row in sorted(rows)}
    had = at_provider(provider=provider, account=account).filter(model__in={w.place.model for w in by_pk.values()})
    ahead = [Place(*values) for values in had.order_by("pk").values_list("pk", "model", "team_id", "created_by_id")]
    lines: dict[str, list[Waiting]] = {}
    for place in in_turn((take.place for take in by_pk.values()), at_provider=ahead):
        lines.setdefault(place.model, []).append(by_pk[place.generation_id])
    return {model: line[:MOST_PLACED] for model, line in lines.items()}


def _under_way(names: Iterable[str], *, provider: str, account: str) -> dict[str, list[tuple[int, datetime]]]:
    rows = at_provider(provider=provider, account=account).filter(model__in=list(names), submitted_at__isnull=False)
    found: dict[str, list[tuple[int, datetime]]] = {}
    for model, length, sent_at in rows.order_by("pk").values_list("model", "duration_s", "submitted_at"):
        if sent_at:
            found.setdefault(model, []).append((length, sent_at))
    return found


def _spots(
    line: Sequence[Waiting], *, room: Room | None, under_way: Sequence[tuple[int, datetime]], now: datetime
) -> dict[int, Spot]:
    """Nobody can say when a day that is used up has room again."""
    lengths = [take.duration_s for take in line]
    starts: list[datetime | None] = [None] * len(line)
    if room and room.at_a_time and room.code != StatusCode.DAILY_LIMIT:
        typical = _typical_stays(line[0].place.model, {*lengths, *(length for length, _ in under_way)})
        starts = expected_starts(lengths, under_way=under_way, at_a_time=room.at_a_time, typical_s=typical, now=now)
    return {
        take.place.generation_id: Spot(number, start)
        for number, (take, start) in enumerate(zip(line, starts, strict=True), 1)
    }


def _typical_stays(model: str, lengths: Iterable[int]) -> dict[int, float]:
    """Length → median seconds from sent to stored of past takes, for the lengths of which there are any."""
    found = {length: _median_stay(model, length) for length in sorted(lengths)}
    return {length: seconds for length, seconds in found.items() if seconds is not None}


def _median_stay(model: str, length: int) -> float | None:
    runs = Generation.objects.filter(
        model=model, duration_s=length, state=State.READY, submitted_at__isnull=False
    ).order_by("-finished_at")
    spans = runs.values_list("submitted_at", "finished_at")[:PAST_RUNS]
    stays = [(end - start).total_seconds() for start, end in spans if start and end]
    return median(stays) if stays else None


def _placed(whose: Whose) -> list[int]:
    """Takes of these teams whose row gives them a place, and that no engine has in hand."""
    rows = Generation.objects.filter(whose.rows, finished_at__isnull=True, state=State.QUEUED, lease_token__isnull=True)
    return list(rows.filter(line_place__isnull=False).values_list("pk", flat=True))


@transaction.atomic
def _write(spots: Mapping[int, Spot]) -> int:
    can_skip = connection.features.has_select_for_update_skip_locked
    rows = Generation.objects.select_for_update(skip_locked=can_skip).filter(
        pk__in=list(spots), finished_at__isnull=True, state=State.QUEUED, lease_token__isnull=True
    )
    projects = dict(rows.order_by("pk").values_list("pk", "project_id"))
    numbers = {project_id: _next_number(project_id) for project_id in sorted(set(projects.values()))}
    columns = ("line_place", "expected_start_at", "changed_seq")
    table = connection.ops.quote_name(Generation._meta.db_table)  # noqa: SLF001  # the documented way to a table's name
    settings = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {settings} WHERE id = %s",  # noqa: S608  # names of our own table, no values
            [
                (spots[pk].line_place, adapt(spots[pk].expected_start_at), numbers[project_id], pk)
                for pk, project_id in projects.items()
            ],
        )
    return len(projects)


def _next_number(project_id: int) -> int:
    """The project's next number; its row is locked until the transaction ends."""
    Project.objects.filter(pk=project_id).update(change_seq=F("change_seq") + 1)
    return Project.objects.values_list("change_seq", flat=True).get(pk=project_id)
