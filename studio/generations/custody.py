"""THE ONLY writer of Clip.missing_since and Clip.checked_at: what the sweep found of the clips that were stored.

Each write is a conditional update and its event in one short transaction; False means that it did nothing, since the
row is not any more what the caller saw. So two engines may sweep at once. No row is ever deleted, and no credit moves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from studio.generations.events import record_event
from studio.generations.stored import StoredClip
from studio.models import Clip, Generation
from studio.models.clip import ClipQuerySet

FIRST_DAY = timedelta(days=1)
ASK_IN_FIRST_DAY = timedelta(minutes=50)  # each hourly sweep, and not twice when two engines sweep
ASK_LATER = timedelta(hours=23)
SEEN_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a clip's row says of its objects. `is_missing`: a sweep has found the clip's to be gone. `is_new`: no sweep
    has looked at it yet; without a poster, one is still to be made."""

    pk: int
    key: str
    size_bytes: int
    poster_key: str
    poster_size_bytes: int
    is_missing: bool
    checked_at: datetime | None

    @property
    def is_new(self) -> bool:
        return self.checked_at is None


def kept_clips() -> ClipQuerySet:
    """All clips but those of deleted teams, whose files are being removed: nobody misses these."""
    return Clip.objects.filter(team__deleted_at__isnull=True)


def missing_clips() -> ClipQuerySet:
    """Clips whose file is not in the storage, the longest missing first.

    `checked_at` says when the provider was last asked for it; None: it has not been asked yet.
    """
    missing = kept_clips().filter(missing_since__isnull=False)
    return missing.select_related("generation", "project", "team").order_by("missing_since", "pk")


def newest_clip() -> int:
    """The highest primary key of a clip; 0 without any."""
    return Clip.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def shelves(*, after: int, upto: int, limit: int) -> list[Shelf]:
    """Up to `limit` clips with primary keys over `after` and up to `upto`, in their order."""
    rows = kept_clips().filter(pk__gt=after, pk__lte=upto).order_by("pk")
    return _shelves(rows[:limit])


def shelf_without_poster(generation_id: int) -> Shelf | None:
    """The clip of a take that has no poster yet; None when it has one, or there is no clip."""
    found = _shelves(Clip.objects.filter(generation_id=generation_id, poster_key="", missing_since__isnull=True))
    return found[0] if found else None


def _shelves(rows: ClipQuerySet) -> list[Shelf]:
    names = ("pk", "key", "size_bytes", "poster_key", "poster_size_bytes", "missing_since", "checked_at")
    return [
        Shelf(pk, key, size, poster_key, poster_size, since is not None, checked)
        for pk, key, size, poster_key, poster_size, since, checked in rows.values_list(*names)
    ]


def clips_of_keys(sizes: dict[str, int]) -> list[int]:
    """Primary keys of the clips whose key is in `sizes`, with the very size that their row says."""
    rows = Clip.objects.filter(key__in=list(sizes)).values_list("pk", "key", "size_bytes")
    return [pk for pk, key, size_bytes in rows if sizes[key] == size_bytes]


def clips_of_posters(sizes: dict[str, int], *, generations: Iterable[UUID]) -> list[int]:
    """The same for posters, which are found by the public ids of their generations."""
    rows = Clip.objects.filter(generation__public_id__in=list(generations))
    named = rows.values_list("pk", "poster_key", "poster_size_bytes")
    return [pk for pk, key, size_bytes in named if sizes.get(key) == size_bytes]


def mark_seen(clip_ids: list[int], *, now: datetime) -> None:
    """Write down that these are there, once a day at the most: a million rows are not written each hour."""
    stale = Q(checked_at__isnull=True) | Q(checked_at__lte=now - SEEN_AGAIN_AFTER)
    Clip.objects.filter(stale, pk__in=clip_ids, missing_since__isnull=True).update(checked_at=now)


@transaction.atomic
def mark_missing(
    clip_id: int, *, key: str, checked_at: datetime | None, stored_bytes: int | None, now: datetime
) -> bool:
    """The clip's file is gone, or has `stored_bytes` instead of its size. Says so once.

    Only if nobody has seen it, or put it back, since the caller began to look: `checked_at` is what its row said then.
    """
    same_look = Q(checked_at__isnull=True) if checked_at is None else Q(checked_at=checked_at)
    whole = Clip.objects.filter(same_look, pk=clip_id, key=key, missing_since__isnull=True)
    return _write(whole, clip_id, now=now, detail={"file": "missing", "stored_bytes": stored_bytes},
                  missing_since=now, checked_at=None)  # fmt: skip


@transaction.atomic
def mark_found(clip_id: int, *, key: str, now: datetime) -> bool:
    """The missing file is back under its key, with the bytes that it had."""
    missing = Clip.objects.filter(pk=clip_id, key=key, missing_since__isnull=False)
    return _write(missing, clip_id, now=now, detail={"file": "restored"}, missing_since=None, checked_at=now)


@transaction.atomic
def replace_clip(clip: Clip, *, by_clip: StoredClip, now: datetime) -> bool:
    """The provider's file of the same task has other bytes: the row names those, the event both checksums."""
    missing = Clip.objects.filter(pk=clip.pk, key=clip.key, missing_since__isnull=False)
    detail = {
        "file": "replaced",
        "sha256_before": clip.sha256, "sha256_after": by_clip.sha256,
        "key_before": clip.key, "key_after": by_clip.key,
    }  # fmt: skip
    return _write(missing, clip.pk, now=now, detail=detail, missing_since=None, checked_at=now, **by_clip.columns)


@transaction.atomic
def replace_poster(clip_id: int, *, old_key: str, key: str, size_bytes: int, now: datetime) -> bool:
    """The poster was made, or anew; `key` "" when none can be made of this clip, which is not tried again."""
    same = Clip.objects.filter(pk=clip_id, poster_key=old_key)
    changes = {"poster_key": key, "poster_size_bytes": size_bytes, **({} if key else {"checked_at": now})}
    return _write(same, clip_id, now=now, detail={"file": "poster"}, **changes)


def may_ask(*, now: datetime) -> Q:
    """Which missing clips the provider may be asked for: each hour on the first day, then once a day."""
    first_day = Q(missing_since__gt=now - FIRST_DAY, checked_at__lte=now - ASK_IN_FIRST_DAY)
    return Q(checked_at__isnull=True) | first_day | Q(checked_at__lte=now - ASK_LATER)


def askable(*, now: datetime, limit: int) -> list[int]:
    """Up to `limit` missing clips that the provider may be asked for now, the latest found first: their tasks are
    the likeliest to be there still."""
    missing = kept_clips().filter(may_ask(now=now), missing_since__isnull=False)
    return list(missing.order_by("-pk").values_list("pk", flat=True)[:limit])


def take_on(clip_id: int, *, now: datetime) -> Clip | None:
    """The missing clip, for the one engine that may ask the provider for it now; None for all others."""
    missing = Clip.objects.filter(may_ask(now=now), pk=clip_id, missing_since__isnull=False)
    if not missing.update(checked_at=now):
        return None
    return Clip.objects.select_related("generation").get(pk=clip_id)


def give_back(clip_id: int) -> None:
    """It could not be asked for: the next sweep may."""
    Clip.objects.filter(pk=clip_id, missing_since__isnull=False).update(checked_at=None)


def _write(rows: ClipQuerySet, clip_id: int, *, now: datetime, detail: dict[str, Any], **changes: Any) -> bool:
    """The conditional update of a clip, and its event for the pages."""
    if not rows.update(**changes):
        return False
    record_event(Generation.objects.get(clip__pk=clip_id), now=now, **detail)
    return True
