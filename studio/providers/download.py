"""Bringing an output home: a stream from a signed link to a file, checked byte for byte on the way."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable
from io import FileIO
from pathlib import Path
from typing import Protocol, TypeVar

import httpx

from studio.providers.addresses import Origin, check_url
from studio.providers.base import Download, ProgressCallback
from studio.providers.errors import DownloadFailed, DownloadRefused, LinkExpired, Unreachable
from studio.providers.retry_after import retry_after_s
from studio.providers.transport import NEVER_SENT

BLOCK_BYTES = 1024**2  # a few of them are in memory for each file that is fetched
DOWNLOAD_DEADLINE_S = 3600.0
EXPIRED_STATUSES = frozenset({403, 404, 410})
# No compression: the checksum is of what the provider stored, and the length can be compared.
HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


R = TypeVar("R")


async def _beside(work: Callable[[], R]) -> R:
    """Do what may block for a moment beside the process's main loop. A loop in a thread of its own serves one file, so
    there it is done at once: eight ways to a thread and back cost as much as hashing what they carry."""
    if threading.current_thread() is threading.main_thread():
        return await asyncio.to_thread(work)
    return work()


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


async def download(
    client: httpx.AsyncClient,
    url: str,
    path: Path,
    *,
    max_bytes: int,
    own: Origin | None,
    on_progress: ProgressCallback | None = None,
) -> Download:
    """Stream a link to `path` and return its size and checksum. On any failure the file is removed.

    Raises LinkExpired, DownloadFailed, DownloadRefused, Unreachable; an OSError of our disk passes through.
    """
    await check_url(url, own=own)
    try:
        async with asyncio.timeout(DOWNLOAD_DEADLINE_S):
            return await _fetch(client, url, path, max_bytes=max_bytes, on_progress=on_progress)
    except BaseException as error:
        path.unlink(missing_ok=True)  # noqa: ASYNC240  (at once, also while being cancelled)
        if isinstance(error, TimeoutError):
            raise DownloadFailed("the download took too long") from error
        raise


async def _fetch(
    client: httpx.AsyncClient,
    url: str,
    path: Path,
    *,
    max_bytes: int,
    on_progress: ProgressCallback | None,
) -> Download:
    try:
        async with client.stream("GET", url, headers=HEADERS, follow_redirects=False) as response:
            announced = _check_head(response, max_bytes=max_bytes)
            writer = _Writer(path, max_bytes=max_bytes, announced=announced, on_progress=on_progress)
            return await writer.take(response.aiter_raw())
    except NEVER_SENT as error:
        raise Unreachable("the host of the link does not answer") from error
    except httpx.RequestError as error:
        raise DownloadFailed(f"the download broke off: {type(error).__name__}") from error


def _check_head(response: httpx.Response, *, max_bytes: int) -> int | None:
    """The announced size, None if none was. Raises what the status and the headers deserve."""
    status = response.status_code
    if status in EXPIRED_STATUSES:
        raise LinkExpired("the link is not valid any more", status=status)
    if response.has_redirect_location:
        raise DownloadRefused("the link leads elsewhere", status=status)
    if status != httpx.codes.OK:
        wish_s = retry_after_s(response.headers.get("retry-after", ""))
        raise DownloadFailed("an answer that is not a file", status=status, retry_after_s=wish_s)
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise DownloadFailed("compressed, although that was not asked for", status=status)
    announced = _announced_bytes(response)
    if announced is not None and announced > max_bytes:
        raise DownloadRefused("larger than the limit", status=status)
    return announced


def _announced_bytes(response: httpx.Response) -> int | None:
    text: str = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


class _Writer:
    """Writes and hashes what arrives, and counts it: a transport may not notice a short body."""

    def __init__(
        self, path: Path, *, max_bytes: int, announced: int | None, on_progress: ProgressCallback | None
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._announced = announced
        self._on_progress = on_progress
        self._digest: _Digest = hashlib.sha256()
        self._size_bytes = 0
        self._pieces: list[bytes] = []
        self._waiting_bytes = 0

    async def take(self, pieces: AsyncIterator[bytes]) -> Download:
        """Write all pieces and return what is on the disk."""
        file = await _beside(lambda: self._path.open("wb", buffering=0))
        try:
            async for piece in pieces:
                await self._add(file, piece)
            await self._flush(file)
        finally:
            # Waits for a write that still runs in its thread after a cancellation.
            file.close()
        self._check_whole()
        return Download(path=self._path, size_bytes=self._size_bytes, sha256=self._digest.hexdigest())

    async def _add(self, file: FileIO, piece: bytes) -> None:
        self._size_bytes += len(piece)
        if self._size_bytes > self._max_bytes:
            raise DownloadRefused("larger than the limit")
        if self._announced is not None and self._size_bytes > self._announced:
            raise DownloadFailed("more bytes than announced")
        self._pieces.append(piece)
        self._waiting_bytes += len(piece)
        if self._waiting_bytes >= BLOCK_BYTES:
            await self._flush(file)

    async def _flush(self, file: FileIO) -> None:
        """Some pieces at once: a system call and a word of progress for each would cost more than they do."""
        pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0
        await _beside(lambda: self._write(file, pieces))
        if self._on_progress is not None:
            await self._on_progress(self._size_bytes, self._announced)

    def _write(self, file: FileIO, pieces: list[bytes]) -> None:
        for piece in pieces:
            self._digest.update(piece)
            rest = memoryview(piece)
            while rest:
                rest = rest[file.write(rest) :]

    def _check_whole(self) -> None:
        if self._announced is not None and self._size_bytes < self._announced:
            raise DownloadFailed("fewer bytes than announced")
        if self._size_bytes == 0:
            raise DownloadFailed("an empty file")
