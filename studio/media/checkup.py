"""Says in a sentence what to mend when the storage does not work."""

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError, NoCredentialsError
from django.core.files.storage import default_storage

from studio.media.errors import StorageDown, StorageFull
from studio.media.failures import error_code
from studio.media.storage import BucketStorage

WRONG_BYTES = "The storage gave back other bytes than it was given. Look at the disk or the store."
WRONG_KEY_CODES = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken"})
MISSING_BUCKET_CODES = frozenset({"NoSuchBucket", "404"})


def advice(error: StorageFull | StorageDown) -> str:
    """What is wrong and what to do, from the failure of a first write, read or delete."""
    if isinstance(error, StorageFull):
        return f"{_place()} is full. Free some room, or give it more."
    cause = error.__cause__
    if isinstance(cause, ClientError):
        return _refusal(error_code(cause))
    if isinstance(cause, NoCredentialsError):
        return "The bucket needs a key. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    if isinstance(cause, ConnectionError | HTTPClientError):
        return "The S3 store does not answer. Start it, or correct S3_ENDPOINT_URL."
    if isinstance(cause, PermissionError):
        return f"{_place()} may not be written. Give it to the user that runs Dailies."
    return f"{_place()} does not work ({type(cause or error).__name__}). Look at the disk or the store."


def _place() -> str:
    if isinstance(default_storage, BucketStorage):
        return f"The bucket {default_storage.bucket_name!r}"
    return f"The folder {default_storage.path('')}"


def _refusal(code: str) -> str:
    if code in MISSING_BUCKET_CODES:
        return f"{_place()} does not exist. Create it, or correct S3_BUCKET."
    if code in WRONG_KEY_CODES:
        return "The S3 store refuses the key. Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    return f"{_place()} refuses ({code}). The key needs the right to write, read and delete objects in it."
