"""Takes uploaded images, videos and sounds into a team's references: checked first, stored once."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files import File
from django.db import IntegrityError, transaction

from accounts.models import Team, User
from studio.enums import MediaKind
from studio.media import keys
from studio.media.audio_in import read_audio
from studio.media.ingest import read_image
from studio.media.preview import make_thumb
from studio.media.received import as_file, kind_of_upload
from studio.media.store import put_bytes, put_file
from studio.media.video_in import read_video
from studio.models import Project, Reference

NAME_CHARS = 200
THUMB_TYPE = "image/webp"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A file that may become a reference: the facts for its row, its thumb, and how its bytes are stored.

    What a kind does not have is 0.
    """

    kind: MediaKind
    content_type: str
    extension: str
    size_bytes: int
    sha256: str
    changes: tuple[str, ...]
    thumb: Callable[[], bytes]
    put: Callable[[str], None]
    width: int = 0
    height: int = 0
    duration_ms: int = 0
    fps: Decimal = Decimal(0)
    has_sound: bool = False


def add_reference(
    team: Team,
    *,
    upload: File[Any],
    by: User,
    kinds: frozenset[MediaKind] | None = None,
    project: Project | None = None,
) -> Reference:
    """A stored reference; the one that is there already when the team has these very bytes.

    What is uploaded to a confidential `project`, and to no other, is that project's alone. Its kind is told by its
    bytes. With `kinds` anything else is refused in the words of those that are wanted. Raises BadUpload before anything
    is stored, StorageFull and StorageDown.
    """
    kind = _kind_of(upload, kinds)
    filename = upload.name or "file"
    if kind is MediaKind.IMAGE:
        return _kept(team, _image(upload), filename=filename, by=by, project=project)
    with as_file(upload) as path:
        checked = _video(path, upload.size) if kind is MediaKind.VIDEO else _sound(path, upload.size)
        return _kept(team, checked, filename=filename, by=by, project=project)


def _kind_of(upload: File[Any], kinds: frozenset[MediaKind] | None) -> MediaKind:
    """What it is; where that is not wanted, what is: its reader then says what is wrong."""
    found = kind_of_upload(upload)
    kind = MediaKind(found) if found else MediaKind.IMAGE
    if kinds is None or kind in kinds:
        return kind
    return next(wanted for wanted in MediaKind if wanted in kinds)


def _image(upload: File[Any]) -> _Checked:
    image = read_image(upload)
    return _Checked(
        kind=MediaKind.IMAGE,
        content_type=image.content_type,
        extension=image.extension,
        size_bytes=image.size_bytes,
        sha256=image.sha256,
        changes=image.changes,
        thumb=lambda: make_thumb(image.content),
        put=lambda key: put_bytes(image.content, key=key, content_type=image.content_type),
        width=image.width,
        height=image.height,
    )


def _video(path: Path, size_bytes: int) -> _Checked:
    video = read_video(path, size_bytes=size_bytes)
    return _Checked(
        kind=MediaKind.VIDEO,
        content_type=video.content_type,
        extension=video.extension,
        size_bytes=video.size_bytes,
        sha256=video.sha256,
        changes=video.changes,
        thumb=lambda: video.thumb,
        put=lambda key: put_file(path, key=key, content_type=video.content_type, sha256=video.sha256),
        width=video.width,
        height=video.height,
        duration_ms=video.duration_ms,
        fps=video.fps,
        has_sound=video.has_sound,
    )


def _sound(path: Path, size_bytes: int) -> _Checked:
    sound = read_audio(path, size_bytes=size_bytes)
    return _Checked(
        kind=MediaKind.AUDIO,
        content_type=sound.content_type,
        extension=sound.extension,
        size_bytes=sound.size_bytes,
        sha256=sound.sha256,
        changes=sound.changes,
        thumb=lambda: sound.thumb,
        put=lambda key: put_file(path, key=key, content_type=sound.content_type, sha256=sound.sha256),
        duration_ms=sound.duration_ms,
        has_sound=True,
    )


def _kept(team: Team, checked: _Checked, *, filename: str, by: User, project: Project | None) -> Reference:
    known = Reference.objects.filter(team=team, sha256=checked.sha256).first()
    if known is None:
        return _store(team, checked, filename=filename, by=by, project=project)
    return _shared(known, filename=filename, by=by, project=project)


def _shared(known: Reference, *, filename: str, by: User, project: Project | None) -> Reference:
    """The file that somebody has uploaded before. One of a confidential project is the team's from now on, and looks
    as if it had come just now: whoever has the same file does not learn that it is known there, nor its name there."""
    if known.project_id is None or (project is not None and known.project_id == project.pk):
        return known
    if project is not None and project.is_confidential:  # each of the two would learn the other's name of it
        filename = f"file{PurePosixPath(known.key).suffix}"
    known.project, known.filename, known.created_by, known.from_clip = None, filename[-NAME_CHARS:], by, None
    known.save(update_fields=["project", "filename", "created_by", "from_clip"])
    return known


def _store(team: Team, checked: _Checked, *, filename: str, by: User, project: Project | None) -> Reference:
    thumb = checked.thumb()
    key = keys.reference_key(team.public_id, checked.sha256, checked.extension)
    thumb_key = keys.thumb_key(team.public_id, checked.sha256)
    checked.put(key)
    put_bytes(thumb, key=thumb_key, content_type=THUMB_TYPE)
    try:
        with transaction.atomic():
            return Reference.objects.create(
                team=team,
                kind=checked.kind,
                filename=filename[-NAME_CHARS:],
                key=key,
                thumb_key=thumb_key,
                content_type=checked.content_type,
                width=checked.width,
                height=checked.height,
                duration_ms=checked.duration_ms,
                fps=checked.fps,
                has_sound=checked.has_sound,
                changes=list(checked.changes),
                size_bytes=checked.size_bytes,
                thumb_size_bytes=len(thumb),
                sha256=checked.sha256,
                created_by=by,
                project=project if project and project.is_confidential else None,
            )
    except IntegrityError:  # the same file came through another request at the same moment
        known = Reference.objects.get(team=team, sha256=checked.sha256)
        return _shared(known, filename=filename, by=by, project=project)
