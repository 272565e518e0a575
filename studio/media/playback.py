"""Gives a stored file to a browser: a redirect to a signed link, or the bytes with Range, for seeking."""

import hashlib
from collections.abc import Iterator
from typing import IO

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.http import parse_etags

from studio.media.errors import NotStored
from studio.media.failures import storage_failures
from studio.media.headers import ByteRange, disposition, requested_range
from studio.media.storage import BucketStorage

LINK_LIVES_S = 900
LINK_IS_KEPT_S = 300
CHUNK_BYTES = 256 * 1024
CACHE_FOR_EVER = "private, max-age=31536000, immutable"
PARTIAL_CONTENT = 206
RANGE_NOT_SATISFIABLE = 416


def serve(
    request: HttpRequest,
    *,
    key: str,
    content_type: str,
    size_bytes: int,
    etag: str,
    filename: str | None = None,
) -> HttpResponseBase:
    """The answer to a GET or HEAD for a stored file. The caller has checked that the person may have it.

    `etag` is the file's sha256; `filename` makes it a download under that name. Raises Http404 when the file
    is gone, and StorageDown when the disk fails or nothing can be signed.
    """
    if isinstance(default_storage, BucketStorage):
        return _redirect(default_storage, key, content_type, filename)
    quoted_etag = f'"{etag}"'
    response = _from_disk(request, key=key, size_bytes=size_bytes, etag=quoted_etag)
    _describe(response, content_type=content_type, etag=quoted_etag, filename=filename)
    return response


def _redirect(storage: BucketStorage, key: str, content_type: str, filename: str | None) -> HttpResponseBase:
    """A redirect that the browser may keep as long as we do: both together end before the link does."""
    response = HttpResponseRedirect(_kept_link(storage, key, content_type, filename))
    response["Cache-Control"] = f"private, max-age={LINK_IS_KEPT_S}"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _kept_link(storage: BucketStorage, key: str, content_type: str, filename: str | None) -> str:
    """The same link for some minutes, so that the browser finds in its cache what it has loaded."""
    parts = (storage.endpoint_url, storage.bucket_name, key, content_type, filename)
    name = f"media-link-{hashlib.sha256(repr(parts).encode()).hexdigest()}"
    kept: str | None = cache.get(name)
    if kept is None:
        with storage_failures(key):
            kept = storage.signed_url(key, content_type=content_type, filename=filename, expires_s=LINK_LIVES_S)
        cache.set(name, kept, LINK_IS_KEPT_S)
    return kept


def _from_disk(request: HttpRequest, *, key: str, size_bytes: int, etag: str) -> HttpResponseBase:
    if _has_it_already(request, etag):
        return HttpResponseNotModified()
    part = _requested_part(request, size_bytes=size_bytes, etag=etag)
    if part is not None and not part.is_satisfiable:
        refusal = HttpResponse(status=RANGE_NOT_SATISFIABLE)
        refusal["Content-Range"] = f"bytes */{size_bytes}"
        return refusal
    source = _open_whole(key, size_bytes)
    span = part or ByteRange(0, size_bytes - 1)
    if request.method == "HEAD":
        source.close()
        response: HttpResponseBase = HttpResponse()
    else:
        response = StreamingHttpResponse(FileSlice(source, span))
    if part is not None:
        response.status_code = PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{size_bytes}"
    response["Content-Length"] = str(span.size_bytes)
    return response


def _has_it_already(request: HttpRequest, etag: str) -> bool:
    wanted = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in wanted or etag in {tag.removeprefix("W/") for tag in wanted}


def _requested_part(request: HttpRequest, *, size_bytes: int, etag: str) -> ByteRange | None:
    """The part asked for, None for the whole. Range counts for GET alone, and only of the same file."""
    if request.method != "GET" or request.headers.get("If-Range", etag).strip() != etag:
        return None
    return requested_range(request.headers.get("Range", ""), size_bytes=size_bytes)


def _open_whole(key: str, size_bytes: int) -> IO[bytes]:
    """The open file. A file of another size than was stored is damaged, and as good as gone."""
    try:
        with storage_failures(key):
            source = default_storage.open(key, "rb")
    except NotStored as error:
        raise Http404("The file is gone.") from error
    if source.size != size_bytes:
        source.close()
        raise Http404("The file is damaged.")
    return source


def _describe(response: HttpResponseBase, *, content_type: str, etag: str, filename: str | None) -> None:
    response["ETag"] = etag
    response["Cache-Control"] = CACHE_FOR_EVER
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    if response.status_code in {HttpResponseNotModified.status_code, RANGE_NOT_SATISFIABLE}:
        return
    response["Content-Type"] = content_type
    response["Content-Disposition"] = disposition(filename)


class FileSlice:
    """The chunks of a part of an open file; closes the file at its end, and when the browser goes away."""

    def __init__(self, source: IO[bytes], span: ByteRange) -> None:
        self._source = source
        self._left_bytes = span.size_bytes
        source.seek(span.first)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._source.read(min(CHUNK_BYTES, self._left_bytes)) if self._left_bytes else b""
        if not chunk:
            self.close()
            raise StopIteration
        self._left_bytes -= len(chunk)
        return chunk

    def close(self) -> None:
        """Closes the file; safe to repeat."""
        self._left_bytes = 0
        self._source.close()
