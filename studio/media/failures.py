"""Turns what a disk or a bucket says into StorageFull, NotStored or StorageDown."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from studio.media.errors import NotStored, StorageDown, StorageFull

FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FULL_CODES = frozenset({"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"})
MISSING_CODES = frozenset({"404", "NoSuchKey", "NotFound"})


@contextmanager
def storage_failures(key: str) -> Iterator[None]:
    """Raises StorageFull, NotStored or StorageDown from the failure of whatever runs inside."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotStored(f"Nothing is stored under {key}.") from error
    except OSError as error:
        raise _of_disk(error, key) from error
    except ClientError as error:
        raise _of_bucket(error, key) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageDown(f"The storage failed at {key}: {type(error).__name__}.") from error


def _of_disk(error: OSError, key: str) -> StorageFull | StorageDown:
    if error.errno in FULL_ERRNOS:
        return StorageFull(f"No room for {key}: {error.strerror}.")
    return StorageDown(f"The disk failed at {key}: {error.strerror or type(error).__name__}.")


def _of_bucket(error: ClientError, key: str) -> StorageFull | StorageDown:
    code = error_code(error)
    if code in FULL_CODES:
        return StorageFull(f"The bucket has no room for {key}.")
    if code in MISSING_CODES:
        return NotStored(f"Nothing is stored under {key}.")
    return StorageDown(f"The bucket refused {key}: {code}.")


def error_code(error: ClientError) -> str:
    """The store's own word for what is wrong, or the HTTP status where it has none."""
    response: dict[str, Any] = dict(error.response)
    return str(response.get("Error", {}).get("Code", "")) or "unknown"
