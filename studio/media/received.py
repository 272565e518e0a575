"""An upload as a file on our disk, and what every kind of it is asked first."""

import hashlib
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.uploadedfile import TemporaryUploadedFile

from studio.media.filetypes import HEAD_BYTES, Kind, kind_of

MAX_UPLOAD_BYTES = 200_000_000
BYTES_PER_MB = 1_000_000
CHUNK_BYTES = 1024**2


def kind_of_upload(upload: File[Any]) -> Kind | None:
    """Whether it is a picture, a video or a sound, by its first bytes; None for anything else."""
    upload.seek(0)
    head: bytes = upload.read(HEAD_BYTES)
    upload.seek(0)
    return kind_of(head)


@contextmanager
def as_file(upload: File[Any]) -> Iterator[Path]:
    """The upload under a path, for as long as the block runs. It may be given a second name there."""
    if isinstance(upload, TemporaryUploadedFile):
        upload.flush()
        yield Path(upload.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile(prefix="upload-", suffix=".media") as target:
        upload.seek(0)
        for chunk in upload.chunks(CHUNK_BYTES):
            target.write(chunk)
        target.flush()
        yield Path(target.name)


def head_of(path: Path) -> bytes:
    """The bytes by which `name_of_type` tells what the file is."""
    with path.open("rb") as source:
        return source.read(HEAD_BYTES)


def sum_of(path: Path) -> str:
    """The SHA-256 of the file, in hexadecimal."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def rounded_up_mb(size_bytes: int) -> float:
    """Megabytes, so that one byte too many never reads as the limit itself."""
    return math.ceil(size_bytes * 10 / BYTES_PER_MB) / 10


def size_sentence(what: str, size_bytes: int, *, most: int, advice: str) -> str:
    """What to say of a file that is too large."""
    return (
        f"This {what} is too large: {rounded_up_mb(size_bytes):.1f} MB, and {most / BYTES_PER_MB:g} MB is the most. "
        f"{advice}"
    )
