"""How uploads are received, before anybody has looked at them."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from studio.media.filetypes import kind_of

FILES_AT_ONCE = 2  # a first and a last frame
UNKNOWN_KEPT_BYTES = 2**16
"""Enough of what is no picture, video or sound to say what it is."""


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keeps as much of the files as references may have, and counts the rest without storing it.

    Django reads a form before it knows who sends it: without a bound, a stranger fills the disk. Of somebody who is not
    signed in nothing is kept. A file that was cut still tells its true size, so that its sender reads that it is too
    large.
    """

    kept_in_file = 0
    kept_in_all = 0
    most_in_file = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept_in_file = self.most_in_file = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start == 0:
            self.most_in_file = self._most_of(raw_data)
        room = min(self.most_in_file - self.kept_in_file, FILES_AT_ONCE * _most() - self.kept_in_all)
        kept = raw_data[: max(room, 0)]
        self.kept_in_file += len(kept)
        self.kept_in_all += len(kept)
        return super().receive_data_chunk(kept, start)

    def _most_of(self, head: bytes) -> int:
        """The bytes to keep of a file that begins like this, and one more, which tells that it is too large."""
        if self.request is not None and not self.request.user.is_authenticated:
            return 0
        kind = kind_of(head)
        if kind is None:
            return UNKNOWN_KEPT_BYTES
        return settings.UPLOAD_MAX_IMAGE_BYTES + 1 if kind == "image" else _most()


def _most() -> int:
    return settings.UPLOAD_MAX_BYTES + 1
