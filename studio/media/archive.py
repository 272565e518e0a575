"""Several stored files as one ZIP, made while it is sent: nothing of it waits in memory or on the disk."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from zipstream import ZipStream  # type: ignore[import-untyped]  # it has no types

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
    response: HttpResponseBase = HttpResponse() if request.method == "HEAD" else StreamingHttpResponse(iter(archive))
    response["Content-Type"] = "application/zip"
    response["Content-Length"] = str(length)
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
