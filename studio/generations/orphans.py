"""Objects that no row names: what a killed engine, a killed upload or a replaced file has left in the storage."""

import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db.models import Q

from studio.media.errors import NotStored
from studio.media.inventory import (
    CLIPS,
    PREFIXES,
    REFERENCES,
    THUMBS,
    StoredObject,
    find_object,
    generation_of,
    is_ours,
    stored_pages,
)
from studio.media.store import copy_to, delete, put_file
from studio.models import Clip, ClipFile, Generation, GenerationEvent, Reference

BATCH = 200
MANY = 20
SETTLE_S = 5.0
CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@dataclass(slots=True)
class Holdings:
    """What a look through the storage found. `strange_count`: objects under our prefixes that are none of ours."""

    orphans: list[StoredObject] = field(default_factory=list)
    object_count: int = 0
    clip_count: int = 0
    orphan_clip_count: int = 0
    strange_count: int = 0

    @property
    def looks_like_anothers(self) -> bool:
        """Whether this storage holds mostly clips that the database knows nothing of."""
        return self.orphan_clip_count > MANY and self.orphan_clip_count * 2 > self.clip_count


def take_holdings() -> Holdings:
    """Lists the storage and asks the rows about each page. Changes nothing. Raises StorageDown."""
    found = Holdings()
    for prefix in PREFIXES:
        for page in stored_pages(prefix):
            ours = [one for one in page if is_ours(one.key)]
            names = spoken_for(one.key for one in ours)
            orphans = [one for one in ours if one.key not in names]
            found.orphans += orphans
            found.object_count += len(page)
            found.strange_count += len(page) - len(ours)
            if prefix == CLIPS:
                found.clip_count += len(ours)
                found.orphan_clip_count += len(orphans)
    return found


def spoken_for(keys: Iterable[str]) -> set[str]:
    """Those of `keys` that a row names, or that one may name soon: all of an open generation and of a missing clip."""
    asked = set(keys)
    owners = {key: owner for key in asked if (owner := generation_of(key))}
    busy = _busy(set(owners.values()))
    soon = {key for key, owner in owners.items() if owner in busy}
    return soon | (asked & (_of_generations(set(owners.values())) | _of_teams(asked - owners.keys()) | _clips(asked)))


def _busy(owners: set[UUID]) -> set[UUID]:
    """Those whose engine may have stored, or found there, what it has not committed yet."""
    rows = Generation.objects.filter(public_id__in=owners)
    is_restored = Q(clip__missing_since__isnull=False) | Q(clip__files__missing_since__isnull=False)
    busy = rows.filter(Q(finished_at__isnull=True) | is_restored)
    return set(busy.values_list("public_id", flat=True))


def _of_generations(owners: set[UUID]) -> set[str]:
    clips = Clip.objects.filter(generation__public_id__in=owners).values_list("key", "poster_key")
    files = ClipFile.objects.filter(clip__generation__public_id__in=owners).values_list("key")
    told = GenerationEvent.objects.filter(generation__public_id__in=owners, detail__has_key="kept_as")
    details = list(told.values_list("detail", flat=True))
    kept = {key for detail in details for key in (detail["kept_as"], *detail.get("kept_too", ()))}
    return {key for row in (*clips, *files) for key in row} | kept


def _of_teams(keys: set[str]) -> set[str]:
    named = Reference.objects.filter(Q(key__in=keys) | Q(thumb_key__in=keys)).values_list("key", "thumb_key")
    return {key for row in named for key in row}


def _clips(keys: set[str]) -> set[str]:
    """Whatever the shape of the key: a clip, or an original, that a row names is never an orphan."""
    clips, files = (
        rows.filter(key__in=keys).values_list("key", flat=True) for rows in (Clip.objects, ClipFile.objects)
    )
    return {*clips, *files}


def remove(orphans: list[StoredObject], *, until: datetime, settle_s: float = SETTLE_S) -> Iterator[StoredObject]:
    """Removes those that were last written up to `until` (by the storage's clock), and yields each.

    Rows and object are looked at again right before: who stores the same bytes anew meanwhile keeps them. An image
    whose upload found it there a moment before, and has named it a moment after, is put back. Raises StorageDown.
    """
    old = [one for one in orphans if one.modified_at <= until]
    for start in range(0, len(old), BATCH):
        batch = old[start : start + BATCH]
        names = spoken_for(one.key for one in batch)
        unnamed = [one for one in batch if one.key not in names]
        of_teams = [one for one in unnamed if one.key.startswith((REFERENCES, THUMBS))]
        yield from (one for one in unnamed if one not in of_teams and _removed(one, until=until))
        yield from _remove_images(of_teams, until=until, settle_s=settle_s)


def _removed(one: StoredObject, *, until: datetime) -> bool:
    now = find_object(one.key)
    if now is None or now.modified_at > until:
        return False
    delete(one.key)
    return True


def _remove_images(images: list[StoredObject], *, until: datetime, settle_s: float) -> list[StoredObject]:
    """An upload names its objects by a row after it has stored them, and stores none that is there already.

    So copies are kept until those uploads have come to their end that began before the removal.
    """
    with tempfile.TemporaryDirectory(prefix="purge-") as folder:
        kept = {one.key: Path(folder) / str(number) for number, one in enumerate(images)}
        removed = [one for one in images if _copied(one, kept[one.key]) and _removed(one, until=until)]
        if not removed:
            return []
        time.sleep(settle_s)
        named = spoken_for(one.key for one in removed)
        for key in named:
            put_file(kept[key], key=key, content_type=CONTENT_TYPES.get(key.rsplit(".", 1)[-1], "image/webp"))
    return [one for one in removed if one.key not in named]


def _copied(one: StoredObject, path: Path) -> bool:
    try:
        copy_to(one.key, path)
    except NotStored:
        return False
    return True
