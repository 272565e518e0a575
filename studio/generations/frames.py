"""Frames of clips among a team's references: the picture where the next clip may begin."""

import tempfile
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from django.core.files.base import ContentFile

from accounts.models import User
from studio.enums import MediaKind
from studio.errors import NotPossible
from studio.generations.references import add_reference
from studio.media.errors import NotAVideo
from studio.media.frames import frame_of
from studio.media.store import copy_to, read_bytes
from studio.models import Clip, Reference

NO_PICTURE = "A sound has no frames. Choose a clip with a picture."
IS_GONE = "The file of this clip is gone from the storage, so no frame can be taken from it. Tell your admin."
NOT_READABLE = "No frame can be read from the file of this clip. Download it and look at what it is."
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class End(StrEnum):
    """Which frame, where it is not named by its time."""

    FIRST = "first"
    LAST = "last"


def grab_frame(clip: Clip, *, at: End | Decimal, by: User) -> Reference:
    """The frame of the clip at that end, or seen at that second, as a reference of its team; a still as it is.

    The same frame is stored once. Raises NotPossible for a sound, for a file that is gone and for one without a
    readable frame; BadImage, StorageFull and StorageDown as `add_reference` does.
    """
    if clip.kind == MediaKind.AUDIO:
        raise NotPossible(NO_PICTURE)
    if clip.missing_since:
        raise NotPossible(IS_GONE)
    picture = read_bytes(clip.key) if clip.kind == MediaKind.IMAGE else _frame(clip, at=at)
    upload = ContentFile(picture, name=_name(clip, at=at))
    reference = add_reference(clip.team, upload=upload, by=by, project=clip.project)
    # A picture that somebody uploaded may turn out to be a frame; one that is known to be a frame stays that one.
    if Reference.objects.filter(pk=reference.pk, from_clip=None).update(from_clip=clip):
        reference.from_clip = clip
    return reference


def _frame(clip: Clip, *, at: End | Decimal) -> bytes:
    at_s = {End.FIRST: 0.0, End.LAST: None}[at] if isinstance(at, End) else float(at)
    with tempfile.TemporaryDirectory(prefix="frame-") as folder:
        path = Path(folder) / "clip"
        copy_to(clip.key, path)
        try:
            return frame_of(path, at_s=at_s)
        except NotAVideo as error:
            raise NotPossible(NOT_READABLE) from error


def _name(clip: Clip, *, at: End | Decimal) -> str:
    """`first-film-take-2-last-frame.png`, `first-film-take-2-frame-at-3.25-s.png`; a still without what it is of."""
    take = f"{clip.project.slug}-take-{clip.generation.take_number}"
    if clip.kind == MediaKind.IMAGE:
        return f"{take}.{ENDINGS.get(clip.content_type, 'img')}"
    which = f"{at}-frame" if isinstance(at, End) else f"frame-at-{at.normalize():f}-s"
    return f"{take}-{which}.png"
