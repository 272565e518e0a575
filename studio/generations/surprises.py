"""Surprises: what the provider said that this version does not know. Counted, bounded, and never in the way."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F

from accounts.models import User
from studio.enums import SurpriseKind
from studio.models import Generation, Surprise
from studio.models.surprise import LONGEST_VALUE

MOST_OF_A_KIND = 100

log = structlog.get_logger()
Key = tuple[SurpriseKind, str, str]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something new, `count` times, in the answer to `where`; the take by its id, or by its task's."""

    kind: SurpriseKind
    value: str
    where: str
    count: int = 1
    generation_id: int | None = None
    task_id: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.value, self.where


def shortened(value: str) -> str:
    """On one line, without what a database refuses, and short enough to be kept."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in value).split()) or "(empty)"
    return plain if len(plain) <= LONGEST_VALUE else f"{plain[: LONGEST_VALUE - 1]}…"


@transaction.atomic
def record_surprises(found: Sequence[Sighting], *, provider: str, now: datetime) -> int:
    """Keep what was seen; how many of them. A kind that has 100 values takes no new one: a provider that answers with
    something else each time must not fill the table."""
    rows = Surprise.objects.filter(provider=provider)
    known: dict[Key, int] = {(SurpriseKind(row.kind), row.value, row.where): row.pk for row in rows}
    room = Counter(dict.fromkeys(SurpriseKind, MOST_OF_A_KIND))
    room.subtract(kind for kind, _, _ in known)
    takes = _takes_of(found, provider=provider)
    new: dict[Key, Surprise] = {}
    for sighting in found:
        take = sighting.generation_id or takes.get(sighting.task_id)
        if sighting.key in known:
            _count(known[sighting.key], sighting, take=take, now=now)
        elif sighting.key not in new and room[sighting.kind] > 0:
            room[sighting.kind] -= 1
            new[sighting.key] = _row(sighting, provider=provider, take=take, now=now)
    Surprise.objects.bulk_create(new.values(), ignore_conflicts=True)
    kept = sum(sighting.key in known or sighting.key in new for sighting in found)
    if kept < len(found):
        log.warning("surprises.full", left_out=len(found) - kept)
    return kept


def _takes_of(found: Iterable[Sighting], *, provider: str) -> dict[str, int]:
    """Task id → take."""
    asked = {sighting.task_id for sighting in found if sighting.task_id}
    if not asked:
        return {}
    rows = Generation.objects.filter(provider=provider, provider_task_id__in=asked)
    return {task_id: pk for task_id, pk in rows.values_list("provider_task_id", "pk") if task_id}


def _count(pk: int, sighting: Sighting, *, take: int | None, now: datetime) -> None:
    sample = {"generation_id": take} if take else {}
    Surprise.objects.filter(pk=pk).update(count=F("count") + sighting.count, last_seen_at=now, **sample)


def _row(sighting: Sighting, *, provider: str, take: int | None, now: datetime) -> Surprise:
    return Surprise(
        provider=provider,
        kind=sighting.kind,
        value=sighting.value,
        where=sighting.where,
        count=sighting.count,
        first_seen_at=now,
        last_seen_at=now,
        generation_id=take,
    )


def acknowledge_surprise(pk: int, *, by: User, now: datetime) -> bool:
    """Somebody has taken note of it. False when somebody had before, or it is gone."""
    rows = Surprise.objects.filter(pk=pk, acknowledged_at__isnull=True)
    return bool(rows.update(acknowledged_at=now, acknowledged_by=by))
