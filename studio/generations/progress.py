"""Writes what a round of reads has found: tasks that go on. Many rows in one short transaction, and no state moves.

Another status code is an event. Mere progress is none, for a take's history is not made of per cents: the row carries
the project's number instead, and the pages ask for open rows with a higher one than they know.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Self
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Field

from studio.enums import State, StatusCode
from studio.models import Generation, GenerationEvent, Project

COLUMNS = ("status_code", "progress", "started_at", "failures", "changed_seq", "due_at")
META = Generation._meta  # noqa: SLF001  # Django documents it


@dataclass(frozen=True, slots=True)
class Running:
    """A RUNNING row as it was claimed, under the lease `token`."""

    pk: int
    token: UUID
    project_id: int
    account: str
    provider_task_id: str
    model: str
    duration_s: int
    status_code: str
    progress: float | None
    submitted_at: datetime | None
    started_at: datetime | None
    changed_seq: int
    failures: int

    @classmethod
    def of(cls, generation: Generation, *, token: UUID) -> Self:
        """The same of a row that was loaded whole."""
        return cls(generation.pk, token, *(getattr(generation, name) for name in RUNNING_FIELDS))


RUNNING_FIELDS = tuple(field.name for field in fields(Running) if field.name not in {"pk", "token"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What one read found of a task that goes on, or why it could not be read (`failures` over 0 then).

    `is_news` when it shows on a page.
    """

    row: Running
    code: StatusCode
    progress: float | None
    started_at: datetime | None
    failures: int
    due_at: datetime
    is_news: bool

    @property
    def is_event(self) -> bool:
        """Whether its history tells of it."""
        return self.code != self.row.status_code


@dataclass(frozen=True, slots=True)
class Saved:
    """How much of a STORING row's clip has arrived, under the lease `token`."""

    pk: int
    token: UUID
    stored_bytes: int
    total_bytes: int | None


@transaction.atomic
def record_saved(found: Sequence[Saved]) -> int:
    """Store how far clips have come, for the pages and not for the history; how many rows were still ours. Locks the
    rows, then their projects, as `record_seen` does."""
    told = {saved.pk: saved for saved in found}
    rows = Generation.objects.select_for_update().filter(pk__in=list(told), state=State.STORING).order_by("pk")
    ours = [row for row in rows.values_list("pk", "lease_token", "project_id") if row[1] == told[row[0]].token]
    ids = {project_id for _, _, project_id in ours}
    projects = Project.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    next_of = {pk: seq + 1 for pk, seq in projects.values_list("pk", "change_seq")}
    for pk, number in next_of.items():
        Project.objects.filter(pk=pk).update(change_seq=number)
    for pk, _, project_id in ours:
        Generation.objects.filter(pk=pk).update(
            status_code=StatusCode.NONE,
            stored_bytes=told[pk].stored_bytes,
            total_bytes=told[pk].total_bytes,
            changed_seq=next_of[project_id],
        )
    return len(ours)


@transaction.atomic
def record_seen(found: Sequence[Seen], *, now: datetime, cancelled_due_at: datetime | None = None) -> int:
    """Store what was seen and give the leases back; how many rows were still ours.

    A row for which a person has asked to cancel meanwhile is due at `cancelled_due_at` (None: now). Locks the rows,
    then their projects where something shows, each in the order of their keys, as every writer of events does.
    """
    mine = _lock(found)
    ours = sorted((seen for seen in found if seen.row.pk in mine), key=lambda seen: seen.row.pk)
    numbers = _number(ours)
    if ours:
        listed = json.dumps([_values(seen, numbers) for seen in ours])
        with connection.cursor() as cursor:
            cursor.execute(_statement(connection.vendor), [listed, str(_stored("due_at", cancelled_due_at or now))])
    GenerationEvent.objects.bulk_create(_event(seen, numbers, now=now) for seen in ours if seen.is_event)
    return len(ours)


def _lock(found: Sequence[Seen]) -> set[int]:
    """Those rows that are still RUNNING under their lease."""
    tokens = {seen.row.pk: seen.row.token for seen in found}
    rows = Generation.objects.select_for_update().filter(pk__in=list(tokens), state=State.RUNNING).order_by("pk")
    return {pk for pk, token in rows.values_list("pk", "lease_token") if token == tokens[pk]}


def _number(ours: Sequence[Seen]) -> dict[int, int]:
    """Row → the project's number for its news: one each for events, and one for all the rest of a project."""
    told = [seen for seen in ours if seen.is_event or seen.is_news]
    if not told:
        return {}
    ids = {seen.row.project_id for seen in told}
    projects = Project.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    next_of = {pk: seq + 1 for pk, seq in projects.values_list("pk", "change_seq")}
    numbers: dict[int, int] = {}
    for seen in sorted(told, key=lambda seen: not seen.is_event):
        numbers[seen.row.pk] = next_of[seen.row.project_id]
        next_of[seen.row.project_id] += seen.is_event
    quiet = {seen.row.project_id for seen in told if not seen.is_event}
    for pk, number in next_of.items():
        Project.objects.filter(pk=pk).update(change_seq=number if pk in quiet else number - 1)
    return numbers


def _event(seen: Seen, numbers: dict[int, int], *, now: datetime) -> GenerationEvent:
    return GenerationEvent(
        generation_id=seen.row.pk,
        project_id=seen.row.project_id,
        seq=numbers[seen.row.pk],
        state=State.RUNNING,
        status_code=seen.code,
        created_at=now,
    )


@cache
def _statement(vendor: str) -> str:
    """One UPDATE of all rows of a list in JSON: the ORM's own builds a CASE a column, at twenty times the cost, and one
    with a parameter a value is parsed anew for each length. Its second parameter is when rows are due that a person
    wants cancelled.
    """
    is_postgres = vendor == "postgresql"

    def typed(name: str, value: str) -> str:
        """PostgreSQL gives every value of a list as text; SQLite knows what it is."""
        return f"CAST({value} AS {field_of(name).db_type(connection)})" if is_postgres else value

    def listed(name: str, place: int) -> str:
        value = f"value->>{place}" if is_postgres else f"json_extract(value, '$[{place}]')"
        return f"{typed(name, value)} AS {name}"

    columns = ", ".join(listed(name, place) for place, name in enumerate(("id", *COLUMNS)))
    sets = ", ".join(f"{name} = seen.{name}" for name in COLUMNS if name != "due_at")
    due = f"CASE WHEN cancel_requested_at IS NULL THEN seen.due_at ELSE {typed('due_at', '%s')} END"
    rows = "json_array_elements(%s)" if is_postgres else "json_each(%s)"
    return (
        f"WITH seen AS (SELECT {columns} FROM {rows}) "  # noqa: S608  # names alone
        f"UPDATE studio_generation SET {sets}, lease_token = NULL, lease_until = NULL, due_at = {due} "
        "FROM seen WHERE studio_generation.id = seen.id"
    )


def _values(seen: Seen, numbers: dict[int, int]) -> tuple[int | float | str | None, ...]:
    """The row's key, and what is stored in `COLUMNS`."""
    row = seen.row
    started_at = None if seen.started_at is None else str(_stored("started_at", seen.started_at))
    return (
        row.pk,
        seen.code.value,
        seen.progress,
        started_at,
        seen.failures,
        numbers.get(row.pk, row.changed_seq),
        str(_stored("due_at", seen.due_at)),
    )


def _stored(name: str, value: datetime) -> object:
    """As the database keeps it: text in SQLite."""
    return field_of(name).get_db_prep_value(value, connection)


def field_of(name: str) -> Field[Any, Any]:
    """The column `name` of a generation."""
    field = META.get_field(name)
    assert isinstance(field, Field)  # noqa: S101  # for the type checker: the names are those above
    return field
