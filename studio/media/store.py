"""Puts bytes into the storage and takes them out again. Every function is safe to repeat after a crash."""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from studio.media.checkup import WRONG_BYTES, advice
from studio.media.errors import NotStored, StorageDown, StorageFull
from studio.media.failures import storage_failures
from studio.media.storage import BucketStorage, LocalStorage

CHUNK_BYTES = 1024**2
PROBE_CONTENT = b"Dailies writes, reads and deletes this to see whether the storage works."


class TypedContent(ContentFile[bytes]):
    """Bytes that carry their content type to the bucket."""

    def __init__(self, content: bytes, *, content_type: str) -> None:
        super().__init__(content)
        self.content_type = content_type


def put_file(path: Path, *, key: str, content_type: str, sha256: str = "") -> None:
    """Stores the file at `path` under `key`, unless an object of that key and size is there already.

    With `sha256`, the checksum of the file that its key names, a bucket is not asked before: a repeat brings the same
    bytes, and the bucket itself compares them with the checksum.

    Raises StorageFull or StorageDown; then nothing that looks complete is left under `key`. `path` may stay a second
    name for the stored bytes: it must not be written to again.
    """
    is_summed = bool(sha256) and isinstance(default_storage, BucketStorage)
    if is_summed or not exists(key, path.stat().st_size):
        storage: BucketStorage | LocalStorage = default_storage  # type: ignore[assignment]  # a lazy object around it
        with storage_failures(key):
            storage.put_path(path, key=key, content_type=content_type, sha256=sha256)


def put_bytes(content: bytes, *, key: str, content_type: str, is_named_by_sum: bool = False) -> None:
    """Stores `content` under `key`, as `put_file` does. `is_named_by_sum`: its key names its checksum."""
    is_bucket = isinstance(default_storage, BucketStorage)
    if not (is_bucket and is_named_by_sum) and exists(key, len(content)):
        return
    if not isinstance(default_storage, BucketStorage):
        _write(TypedContent(content, content_type=content_type), key, size_bytes=len(content))
        return
    with storage_failures(key):
        default_storage.put_content(content, key=key, content_type=content_type)


def _write(source: File[Any], key: str, *, size_bytes: int) -> None:
    with storage_failures(key):
        default_storage.save(key, source)
        stored_bytes = default_storage.size(key)
    if stored_bytes != size_bytes:
        delete(key)
        raise StorageDown(f"{key} has {stored_bytes} bytes in the storage, not {size_bytes}.")


def exists(key: str, size_bytes: int) -> bool:
    """Whether an object of that key and that size is stored. Raises StorageDown when nobody can tell."""
    try:
        with storage_failures(key):
            return default_storage.size(key) == size_bytes
    except NotStored:
        return False


def read_bytes(key: str) -> bytes:
    """All bytes under `key`. Raises NotStored or StorageDown."""
    with storage_failures(key), default_storage.open(key, "rb") as source:
        content: bytes = source.read()
    return content


def copy_to(key: str, path: Path) -> None:
    """Copies what is under `key` to the file at `path`. Raises NotStored, StorageDown or StorageFull."""
    with storage_failures(key):
        if isinstance(default_storage, BucketStorage):
            default_storage.copy_to(path, key=key)
            return
        with default_storage.open(key, "rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)


def delete(key: str) -> None:
    """Removes `key`; nothing there is as good. Raises StorageDown."""
    with storage_failures(key):
        default_storage.delete(key)


def check_storage() -> str | None:
    """None when an object can be written, read and deleted; else a sentence with what to do."""
    key = f"checks/{uuid4()}.txt"
    try:
        # Written without a look first: only then does a store say more than "403".
        probe = TypedContent(PROBE_CONTENT, content_type="text/plain")
        _write(probe, key, size_bytes=len(PROBE_CONTENT))
        is_same = read_bytes(key) == PROBE_CONTENT
        delete(key)
    except (StorageFull, StorageDown) as error:
        return advice(error)
    return None if is_same else WRONG_BYTES
