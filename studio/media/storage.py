"""Where bytes live: a folder on disk, or a bucket. Both are private and store a key once."""

import fcntl
import io
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Never
from urllib.parse import urlsplit

from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth
from botocore.config import Config
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.deconstruct import deconstructible
from s3transfer.manager import TransferConfig, TransferManager
from storages.backends.s3 import S3Storage

from studio.media.headers import disposition

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from mypy_boto3_s3 import S3Client

PART_PREFIX = ".part-"
LEFTOVER_AGE_S = 60
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
ATTEMPTS = 3
MIB = 1024**2
POOL_CONNECTIONS = 32
# A clip of usual length goes in one request, a longer one in parts. All uploads of a process share these threads.
# They read from the file by name: nothing of it is kept in memory.
ONE_REQUEST_UP_TO = 64 * MIB
PART_BYTES = 16 * MIB
UPLOAD_THREADS = 8
SUMMED = "s3v4-summed"
BLOCK_BYTES = 512 * 1024


class SummedFile(io.FileIO):
    """A file to be sent, whose checksum is known: that is signed, and nothing is read twice.

    A read gives half a megabyte at least, whatever is asked for: the client asks for 16 KB a time, which costs more
    than sending them.
    """

    def __init__(self, path: Path, sha256: str) -> None:
        super().__init__(path)
        self.sha256 = sha256

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size if size is None or size < 0 else max(size, BLOCK_BYTES)) or b""


class SummedAuth(S3SigV4Auth):
    """Signs the checksum that a body brings along. The store compares it with what arrives, and refuses the rest."""

    def payload(self, request: "AWSRequest") -> str:
        known: str | None = getattr(request.body, "sha256", None)
        return known or str(super().payload(request))


AUTH_TYPE_MAPS[SUMMED] = SummedAuth


@deconstructible(path="studio.media.storage.LocalStorage")
class LocalStorage(FileSystemStorage):
    """Files under one folder: written whole or not at all, for our own user alone, without addresses."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name as it is: keys are immutable, so a second writer brings the same bytes."""
        return name

    def url(self, name: str | None) -> Never:
        """Refuses: media are private and go through the view that checks access."""
        raise NotImplementedError("Media have no public address; serve them by studio.media.playback.serve.")

    def _save(self, name: str, content: File[Any]) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target.parent)
        with _replacing(target) as part:
            for chunk in content.chunks():
                part.write(chunk)
        return name

    def put_path(self, path: Path, *, key: str, content_type: str, sha256: str = "") -> None:
        """Stores the file at `path` under `key`. On one file system that is a second name for the same bytes: nothing
        is copied. So `path` must not be written to again."""
        target = Path(self.path(key))
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target.parent)
        try:
            _link(path, target)
        except OSError:
            with path.open("rb") as source, _replacing(target) as part:
                shutil.copyfileobj(source, part, MIB)


def _link(path: Path, target: Path) -> None:
    """Gives the bytes at `path` the name `target`, once they are on the disk."""
    part = target.parent / f"{PART_PREFIX}{secrets.token_hex(8)}"
    part.hardlink_to(path)
    try:
        with part.open("rb") as source:
            fcntl.flock(source, fcntl.LOCK_EX)
            part.chmod(0o600)
            os.fsync(source.fileno())
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(target.parent)


@contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    """A temporary file that takes the place of `target` once all of it is on the disk, or vanishes."""
    handle, part_name = tempfile.mkstemp(prefix=PART_PREFIX, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as part:
            fcntl.flock(part, fcntl.LOCK_EX)
            yield part
            part.flush()
            os.fsync(part.fileno())
        Path(part_name).replace(target)
    except BaseException:
        Path(part_name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _remove_leftovers(folder: Path) -> None:
    """Removes what writers that were killed have left: parts of some age that no living process holds a lock on."""
    for part in folder.glob(f"{PART_PREFIX}*"):
        with suppress(OSError), part.open("rb") as source:
            fcntl.flock(source, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - part.stat().st_mtime > LEFTOVER_AGE_S:
                part.unlink()


def _sync_folder(folder: Path) -> None:
    """Makes a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@deconstructible(path="studio.media.storage.BucketStorage")
class BucketStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """A private bucket, with bounded waits and signed links.

    The option `public_endpoint_url` is where browsers reach the store, if that differs from our own address.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = _bounded(self.signature_version, self.addressing_style)

    def get_default_settings(self) -> dict[str, Any]:
        """The parent's options and our own."""
        return {**super().get_default_settings(), "public_endpoint_url": None}

    def put_path(self, path: Path, *, key: str, content_type: str, sha256: str = "") -> None:
        """Stores the file at `path` under `key`, straight from the disk. When this returns, the store has compared what
        it got with the checksums of the requests: with `sha256`, where that is known and the file goes in one."""
        if sha256 and path.stat().st_size <= ONE_REQUEST_UP_TO:
            with SummedFile(path, sha256) as source:
                self._put(source, key=key, content_type=content_type)
        else:
            extra = {"ContentType": content_type}
            self._uploads.upload(str(path), self.bucket_name, self._full(key), extra).result()

    def put_content(self, content: bytes, *, key: str, content_type: str) -> None:
        """Stores a small `content` under `key`, in one request."""
        self._put(content, key=key, content_type=content_type)

    def _put(self, body: SummedFile | bytes, *, key: str, content_type: str) -> None:
        self.client.put_object(Bucket=self.bucket_name, Key=self._full(key), Body=body, ContentType=content_type)

    def copy_to(self, path: Path, *, key: str) -> None:
        """Copies what is under `key` to the file at `path`, a megabyte at a time: the parent's files are read into
        memory as a whole. Raises ClientError."""
        body = self.client.get_object(Bucket=self.bucket_name, Key=self._full(key))["Body"]
        with closing(body), path.open("wb") as target:
            shutil.copyfileobj(body, target, MIB)

    def size(self, name: str) -> int:
        """The bytes under `name`. Raises ClientError."""
        return self.client.head_object(Bucket=self.bucket_name, Key=self._full(name))["ContentLength"]

    def delete(self, name: str) -> None:
        """Removes `name`; nothing there is as good. Raises ClientError."""
        self.client.delete_object(Bucket=self.bucket_name, Key=self._full(name))

    def _full(self, key: str) -> str:
        name: str = self._normalize_name(key)
        return name

    @cached_property
    def _uploads(self) -> TransferManager:
        """One for all threads: so that many files at once are no more threads than one."""
        config = TransferConfig(
            multipart_threshold=ONE_REQUEST_UP_TO,
            multipart_chunksize=PART_BYTES,
            max_request_concurrency=UPLOAD_THREADS,
        )
        return TransferManager(self.client, config)

    @cached_property
    def client(self) -> "S3Client":
        """One client for all threads. The parent's connections are one a thread: 14 MB each, and 0.3 s to make."""
        client: S3Client = self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.endpoint_url,
            config=self.client_config,
            verify=self.verify,
        )
        client.meta.events.register_first("choose-signer.s3.PutObject", _sign_known_sums)  # type: ignore[arg-type]  # an answer counts
        return client

    def signed_url(self, key: str, *, content_type: str, filename: str | None, expires_s: int) -> str:
        """A link that gives `key` for `expires_s` seconds; type, disposition and caching are signed in.

        `filename` makes it a download under that name; None plays it in place.
        """
        params = {
            "Bucket": self.bucket_name,
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition(filename),
            "ResponseCacheControl": f"private, max-age={expires_s}, immutable",
        }
        return self._signer.generate_presigned_url("get_object", Params=params, ExpiresIn=expires_s)

    @cached_property
    def _signer(self) -> "S3Client":
        """One client for all threads: signing needs no connection."""
        client: S3Client = self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.public_endpoint_url or self.endpoint_url,
            config=self.client_config,
        )
        return client


def _sign_known_sums(**_: Any) -> str:
    return SUMMED


def _bounded(signature_version: str, addressing_style: Literal["auto", "path", "virtual"] | None) -> Config:
    """Every call ends: in (5 + 30) s three times at the worst. Checksums only where a call demands them,
    since stores other than Amazon's refuse the newer kinds."""
    return Config(
        s3={"addressing_style": addressing_style or "auto"},
        signature_version=signature_version,
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=POOL_CONNECTIONS,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def media_origin() -> str | None:
    """Scheme, host and port of signed links, for the Content-Security-Policy; None for files on disk."""
    if not isinstance(default_storage, BucketStorage):
        return None
    link = default_storage.signed_url("origin", content_type="video/mp4", filename=None, expires_s=60)
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}"
