"""Room for bytes: the working folder, and where clips are kept."""

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from studio.management.checkup.findings import Verdict, fail, ok, warn
from studio.media.storage import BucketStorage
from studio.media.store import check_storage

GIB = 1024**3
LEAST_FREE_BYTES = GIB
GOOD_FREE_BYTES = 10 * GIB


def check_disk() -> Verdict:
    """Whether clips have room on their way through the working folder."""
    folder = Path(settings.VAR_DIR)
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail(f"{folder} may not be written. Create it, and give it to the user that runs Dailies.")
    return judge_free(shutil.disk_usage(folder).free, folder=folder)


def judge_free(free_bytes: int, *, folder: Path) -> Verdict:
    """The verdict on so much free room."""
    text = f"{free_bytes / GIB:,.1f} GiB free at {folder}."
    if free_bytes < LEAST_FREE_BYTES:
        return fail(f"{text} Free some room: finished takes cannot be saved.")
    if free_bytes < max(GOOD_FREE_BYTES, settings.MEDIA_MAX_CLIP_BYTES):
        return warn(f"{text} Free some room, or move VAR_DIR, before it is full.")
    return ok(text)


def check_media() -> Verdict:
    """Whether the storage of clips can be written, read and deleted from."""
    trouble = check_storage()
    if trouble:
        return fail(trouble)
    if isinstance(default_storage, BucketStorage):
        return ok(f"The bucket {default_storage.bucket_name!r} can be written, read and deleted from.")
    return ok(f"{settings.MEDIA_ROOT} can be written, read and deleted from.")
