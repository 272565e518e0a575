"""THE ONLY writer of ClipFile.missing_since and ClipFile.checked_at: what the sweep found of delivered files.

As `custody` does for clips: each write is a conditional update, False means that it did nothing, and no row is deleted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from studio.generations.custody import SEEN_AGAIN_AFTER, may_ask
from studio.generations.events import record_event
from studio.models import ClipFile, Generation


@dataclass(frozen=True, slots=True)
class FileShelf:
    """What an original's row says of its object. `is_missing`: a sweep has found it to be gone."""

    pk: int
    key: str
    size_bytes: int
    is_missing: bool
    checked_at: datetime | None


def first_original(clip_id: int) -> ClipFile | None:
    """What a clip's preview was made of; None where the clip is what was delivered."""
    return ClipFile.objects.filter(clip_id=clip_id, order=0).first()


def _kept() -> QuerySet[ClipFile]:
    """All but those of deleted teams, as with `kept_clips`."""
    return ClipFile.objects.filter(clip__team__deleted_at__isnull=True)


def missing_files() -> QuerySet[ClipFile]:
    """Originals that are not in the storage, the longest missing first."""
    return _kept().filter(missing_since__isnull=False).select_related("clip").order_by("missing_since", "pk")


def newest() -> int:
    """The highest primary key of an original; 0 without any."""
    return ClipFile.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def shelves(*, after: int, upto: int, limit: int) -> list[FileShelf]:
    """Up to `limit` originals with primary keys over `after` and up to `upto`, in their order."""
    rows = _kept().filter(pk__gt=after, pk__lte=upto).order_by("pk")
    named = rows.values_list("pk", "key", "size_bytes", "missing_since", "checked_at")[:limit]
    return [FileShelf(pk, key, size, since is not None, checked) for pk, key, size, since, checked in named]


def of_keys(sizes: dict[str, int]) -> list[int]:
    """Primary keys of the originals whose key is in `sizes`, with the very size that their row says."""
    rows = ClipFile.objects.filter(key__in=list(sizes)).values_list("pk", "key", "size_bytes")
    return [pk for pk, key, size_bytes in rows if sizes[key] == size_bytes]


def load(file_id: int) -> ClipFile:
    """The row with its clip and generation."""
    return ClipFile.objects.select_related("clip__generation").get(pk=file_id)


def mark_seen(file_ids: list[int], *, now: datetime) -> None:
    """Write down that these are there, once a day at the most."""
    stale = Q(checked_at__isnull=True) | Q(checked_at__lte=now - SEEN_AGAIN_AFTER)
    ClipFile.objects.filter(stale, pk__in=file_ids, missing_since__isnull=True).update(checked_at=now)


@transaction.atomic
def mark_missing(shelf: FileShelf, *, now: datetime) -> bool:
    """The file is gone. Only if nobody has seen it, or put it back, since the caller began to look."""
    same_look = Q(checked_at__isnull=True) if shelf.checked_at is None else Q(checked_at=shelf.checked_at)
    whole = ClipFile.objects.filter(same_look, pk=shelf.pk, key=shelf.key, missing_since__isnull=True)
    return _write(whole, shelf.pk, now=now, detail={"file": "missing"}, missing_since=now, checked_at=None)


@transaction.atomic
def mark_found(file: ClipFile, *, now: datetime) -> bool:
    """The missing file is back under its key, with the bytes that it had."""
    missing = ClipFile.objects.filter(pk=file.pk, key=file.key, missing_since__isnull=False)
    return _write(missing, file.pk, now=now, detail={"file": "restored"}, missing_since=None, checked_at=now)


@transaction.atomic
def replace(file: ClipFile, *, key: str, size_bytes: int, sha256: str, now: datetime) -> bool:
    """The provider's file of the same task has other bytes: the row names those, the event both checksums."""
    missing = ClipFile.objects.filter(pk=file.pk, key=file.key, missing_since__isnull=False)
    detail = {"file": "replaced", "sha256_before": file.sha256, "sha256_after": sha256}
    changes = {"key": key, "size_bytes": size_bytes, "sha256": sha256, "missing_since": None, "checked_at": now}
    return _write(missing, file.pk, now=now, detail=detail, **changes)


def askable(*, now: datetime, limit: int) -> list[int]:
    """Up to `limit` missing originals that the provider may be asked for now, the latest found first."""
    missing = _kept().filter(may_ask(now=now), missing_since__isnull=False)
    return list(missing.order_by("-pk").values_list("pk", flat=True)[:limit])


def take_on(file_id: int, *, now: datetime) -> ClipFile | None:
    """The missing original, for the one engine that may ask the provider for it now; None for all others."""
    missing = ClipFile.objects.filter(may_ask(now=now), pk=file_id, missing_since__isnull=False)
    return load(file_id) if missing.update(checked_at=now) else None


def give_back(file_id: int) -> None:
    """It could not be asked for: the next sweep may."""
    ClipFile.objects.filter(pk=file_id, missing_since__isnull=False).update(checked_at=None)


def _write(rows: QuerySet[ClipFile], file_id: int, *, now: datetime, detail: dict[str, Any], **changes: Any) -> bool:
    """The conditional update, and its event for the pages."""
    if not rows.update(**changes):
        return False
    record_event(Generation.objects.get(clip__files__pk=file_id), now=now, **detail)
    return True
