"""Headers of media answers: what to name a file, and which part of it was asked for."""

import re
from dataclasses import dataclass

from django.utils.http import content_disposition_header

UNSAFE_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\]+")
ONE_RANGE = re.compile(r"bytes\s*=\s*+(\d*)\s*+-\s*+(\d*)\s*+", re.IGNORECASE | re.ASCII)
MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `first` to `last`, both included. `last` < `first` means: nothing of the file can be given."""

    first: int
    last: int

    @property
    def size_bytes(self) -> int:
        return self.last - self.first + 1

    @property
    def is_satisfiable(self) -> bool:
        return self.first <= self.last


def disposition(filename: str | None) -> str:
    """The Content-Disposition: a download under `filename` (any script, RFC 6266), or in place when None."""
    if filename is None:
        return "inline"
    safe = UNSAFE_IN_NAMES.sub("_", filename).strip() or "file"
    return content_disposition_header(as_attachment=True, filename=safe) or "attachment"


def requested_range(header: str, *, size_bytes: int) -> ByteRange | None:
    """The part of a file that a Range header asks for; None means the whole file.

    Several ranges, another unit and bad syntax count as the whole, as RFC 9110 allows.
    """
    found = ONE_RANGE.fullmatch(header.strip())
    if found is None or max(len(digits) for digits in found.groups()) > MAX_DIGITS:
        return None
    first, last = (int(digits) if digits else None for digits in found.groups())
    if first is None:
        return None if last is None else _suffix(last, size_bytes)
    if last is not None and last < first:
        return None
    end = size_bytes - 1
    return ByteRange(first, end if last is None else min(last, end))


def _suffix(count: int, size_bytes: int) -> ByteRange:
    if count == 0:
        return ByteRange(size_bytes, size_bytes - 1)
    return ByteRange(max(size_bytes - count, 0), size_bytes - 1)
