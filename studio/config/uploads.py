"""How uploads are received, before anybody has looked at them."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler

FILES_AT_ONCE = 2  # a first and a last frame


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keeps as much of the files as references may have, and counts the rest without storing it.

    Django reads a form before it knows who sends it: without a bound, a stranger fills the disk. A file that was cut
    still tells its true size, so that its sender reads that it is too large.
    """

    kept_in_file = 0
    kept_in_all = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept_in_file = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        most = settings.REFERENCE_MAX_BYTES + 1
        room = min(most - self.kept_in_file, FILES_AT_ONCE * most - self.kept_in_all)
        kept = raw_data[: max(room, 0)]
        self.kept_in_file += len(kept)
        self.kept_in_all += len(kept)
        return super().receive_data_chunk(kept, start)
