"""What is really in the storage: listed page by page, or looked at one object at a time. Knows keys, and no rows."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

from django.core.files.storage import default_storage

from studio.media.errors import NotStored
from studio.media.failures import storage_failures
from studio.media.storage import PART_PREFIX, BucketStorage
from studio.media.store import delete, put_bytes

CLIPS, ORIGINALS, POSTERS, REJECTED = "clips/", "originals/", "posters/", "rejected/"
REFERENCES, THUMBS = "references/", "thumbs/"
PREFIXES = (CLIPS, ORIGINALS, POSTERS, REJECTED, REFERENCES, THUMBS)
PAGE_OBJECTS = 1000
CLOCK_CONTENT = b"Dailies writes and deletes this to read the storage's clock."

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PART = rf"{re.escape(PART_PREFIX)}[A-Za-z0-9_-]+"  # being written, or left by a writer that was killed
OF_GENERATION = re.compile(
    rf"(?:clips|originals|posters|rejected)/[0-9a-f]{{2}}/({_UUID})/(?:[0-9a-f]{{16}}\.[a-z0-9]{{2,5}}|{_PART})"
)
OF_TEAM = re.compile(rf"(?:references|thumbs)/{_UUID}/[0-9a-f]{{2}}/(?:[0-9a-f]{{64}}\.[a-z0-9]{{1,5}}|{_PART})")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object under its key; `modified_at` (aware) is by the storage's own clock."""

    key: str
    size_bytes: int
    modified_at: datetime


def generation_of(key: str) -> UUID | None:
    """The public id of the generation that a clip, an original, a poster or a rejected file belongs to, also one that
    is just being written; None for other keys."""
    match = OF_GENERATION.fullmatch(key)
    return UUID(match[1]) if match else None


def is_ours(key: str) -> bool:
    """Whether `key` has a shape that `media/keys.py` makes, or is what a killed writer has left on the disk.

    A folder or a bucket may hold other things beside ours, also under our prefixes.
    """
    return any(shape.fullmatch(key) for shape in (OF_GENERATION, OF_TEAM))


def stored_pages(prefix: str) -> Iterator[list[StoredObject]]:
    """All objects under `prefix` (one of PREFIXES), up to 1,000 at a time. Raises StorageDown.

    In a bucket each page is one request. What is put or deleted meanwhile may be in a page or not.
    """
    with storage_failures(prefix):
        if isinstance(default_storage, BucketStorage):
            yield from _bucket_pages(default_storage, prefix)
        else:
            yield from _disk_pages(prefix)


def find_object(key: str) -> StoredObject | None:
    """The object under `key` by a direct look, None when the storage says that nothing is there.

    Raises StorageDown when nobody can tell.
    """
    try:
        with storage_failures(key):
            return _head(default_storage, key) if isinstance(default_storage, BucketStorage) else _file(key)
    except NotStored:
        return None


def storage_clock() -> datetime:
    """The time by the storage's clock, read off an object that is written and deleted.

    So it is also a proof that the storage works: raises StorageDown or StorageFull.
    """
    key = f"checks/{uuid4()}.txt"
    put_bytes(CLOCK_CONTENT, key=key, content_type="text/plain")
    found = find_object(key)
    delete(key)
    if found is None:
        raise NotStored(f"{key} was written, and is not there.")
    return found.modified_at


def _bucket_pages(storage: BucketStorage, prefix: str) -> Iterator[list[StoredObject]]:
    base = f"{storage.location.strip('/')}/".lstrip("/")
    paginator = storage.client.get_paginator("list_objects_v2")
    pages = paginator.paginate(
        Bucket=storage.bucket_name, Prefix=f"{base}{prefix}", PaginationConfig={"PageSize": PAGE_OBJECTS}
    )
    for page in pages:
        yield [
            StoredObject(entry["Key"].removeprefix(base), entry["Size"], entry["LastModified"])
            for entry in page.get("Contents", ())
        ]


def _head(storage: BucketStorage, key: str) -> StoredObject:
    found = storage.client.head_object(
        Bucket=storage.bucket_name, Key=f"{storage.location.strip('/')}/{key}".lstrip("/")
    )
    return StoredObject(key, found["ContentLength"], found["LastModified"])


def _disk_pages(prefix: str) -> Iterator[list[StoredObject]]:
    files = _files(prefix)
    while page := list(islice(files, PAGE_OBJECTS)):
        yield page


def _file(key: str) -> StoredObject:
    return _described(key, Path(default_storage.path(key)).stat())


def _files(prefix: str) -> Iterator[StoredObject]:
    """All files below the folder `prefix`; one that vanishes meanwhile is left out."""
    root = default_storage.path("")
    pending = [default_storage.path(prefix)]
    while pending:
        for entry in _entries(pending.pop()):
            if entry.is_dir():
                pending.append(entry.path)
                continue
            try:
                found = entry.stat()
            except FileNotFoundError:
                continue
            yield _described(Path(entry.path).relative_to(root).as_posix(), found)


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _described(key: str, found: os.stat_result) -> StoredObject:
    return StoredObject(key, found.st_size, datetime.fromtimestamp(found.st_mtime, tz=UTC))
