"""Several stored files as one ZIP, made while it is sent: nothing of it waits in memory or on the disk."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from zipstream import ZipStream  # type: ignore[import-untyped]  # it has no types

from studio.media.errors import NotStored, StorageDown, StorageFull
from studio.media.failures import storage_failures
from studio.media.headers import disposition
from studio.media.storage import BucketStorage
from studio.media.store import exists

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One stored file, and its name in the archive."""

    key: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Written:
    """A member that is written on the way: a table, a list, a page."""

    chunks: Iterable[bytes]
    name: str


def serve_zip(request: HttpRequest, members: Iterable[Member], *, filename: str) -> HttpResponseBase:
    """The answer to a GET or HEAD for all of `members`, uncompressed: films are small already. The caller has checked
    that the person may have them.

    Raises Http404 when one is gone, before anything is sent, and StorageDown when the storage does not answer.
    """
    archive = ZipStream(sized=True)
    for member in members:
        if not exists(member.key, member.size_bytes):
            raise Http404("A file is gone.")
        archive.add(_chunks(member.key), member.name, size=member.size_bytes)
    length = len(archive)
    response = _answer(request, iter(archive), filename=filename)
    response["Content-Length"] = str(length)
    return response


def serve_large_zip(
    request: HttpRequest,
    members: Iterable[Member | Written],
    *,
    filename: str,
    on_lack: Callable[[Member, str], None],
) -> HttpResponseBase:
    """The answer for `members` that are found while it is sent, in any number: none of it waits in memory.

    A file that is not there, or not whole, does not end it: `on_lack` is told which and why, so that a member that
    comes later can say so.
    """
    return _answer(request, large_zip(members, on_lack=on_lack), filename=filename)


def large_zip(members: Iterable[Member | Written], *, on_lack: Callable[[Member, str], None]) -> Iterator[bytes]:
    """The bytes of the archive."""
    archive = ZipStream(sized=False)
    for member in members:
        if isinstance(member, Written):
            archive.add(iter(member.chunks), member.name)
        elif (source := _opened(member, on_lack)) is not None:
            archive.add(source, member.name, size=member.size_bytes)
        yield from archive.all_files()
    yield from archive.finalize()


def _opened(member: Member, on_lack: Callable[[Member, str], None]) -> Iterator[bytes] | None:
    """The file's bytes, once its first ones have come; None when there are none."""
    chunks = _chunks(member.key)
    try:
        first = next(chunks, b"")
    except StorageDown as error:
        on_lack(member, "it is not in the storage" if isinstance(error, NotStored) else "the storage does not answer")
        return None
    return _whole(member, first, chunks, on_lack)


def _whole(
    member: Member, first: bytes, chunks: Iterator[bytes], on_lack: Callable[[Member, str], None]
) -> Iterator[bytes]:
    """All of it; what breaks on the way is told."""
    sent = len(first)
    yield first
    try:
        for chunk in chunks:
            sent += len(chunk)
            yield chunk
    except (StorageDown, StorageFull):
        on_lack(member, "the storage broke off while it was read")
        return
    if sent != member.size_bytes:
        on_lack(member, f"it has {sent} bytes in the storage, and not {member.size_bytes}")


def _answer(request: HttpRequest, archive: Iterator[bytes], *, filename: str) -> HttpResponseBase:
    response: HttpResponseBase = HttpResponse() if request.method == "HEAD" else StreamingHttpResponse(archive)
    response["Content-Type"] = "application/zip"
    response["Content-Disposition"] = disposition(filename)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _chunks(key: str) -> Iterator[bytes]:
    """The file's bytes, opened when its turn has come."""
    with storage_failures(key):
        if isinstance(default_storage, BucketStorage):
            yield from _bucket_chunks(default_storage, key)
            return
        with default_storage.open(key, "rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                yield chunk


def _bucket_chunks(storage: BucketStorage, key: str) -> Iterator[bytes]:
    """Straight from the bucket: the parent's files are read into memory as a whole."""
    full = f"{storage.location.strip('/')}/{key}".lstrip("/")
    with closing(storage.client.get_object(Bucket=storage.bucket_name, Key=full)["Body"]) as body:
        yield from body.iter_chunks(CHUNK_BYTES)
