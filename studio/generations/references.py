"""Takes uploaded images into a team's references: checked first, stored once."""

from typing import Any

from django.core.files import File
from django.db import IntegrityError, transaction

from accounts.models import Team, User
from studio.media import keys
from studio.media.ingest import CheckedImage, check_aspect, read_image
from studio.media.preview import make_thumb
from studio.media.store import put_bytes
from studio.models import Reference
from studio.providers.catalog import WayKind, find_model


def add_reference(team: Team, *, upload: File[Any], by: User, model: str | None = None) -> Reference:
    """A stored reference; the one that is there already when the team has these very bytes.

    With `model` the image's shape is checked against what that model takes. Raises BadImage before anything is
    stored, StorageFull and StorageDown.
    """
    image = read_image(upload)
    _check_for_model(image, model)
    known = Reference.objects.filter(team=team, sha256=image.sha256).first()
    return known or _store(team, image, filename=upload.name or "image", by=by)


def _check_for_model(image: CheckedImage, name: str | None) -> None:
    model = find_model(name) if name else None
    way = model.way(WayKind.IMAGE) if model else None
    if model and way and way.aspect_window:
        check_aspect(image.width, image.height, window=way.aspect_window, model_label=model.label)


def _store(team: Team, image: CheckedImage, *, filename: str, by: User) -> Reference:
    thumb = make_thumb(image.content)
    key = keys.reference_key(team.public_id, image.sha256, image.extension)
    thumb_key = keys.thumb_key(team.public_id, image.sha256)
    put_bytes(image.content, key=key, content_type=image.content_type)
    put_bytes(thumb, key=thumb_key, content_type="image/webp")
    try:
        with transaction.atomic():
            return Reference.objects.create(
                team=team,
                filename=filename[-200:],
                key=key,
                thumb_key=thumb_key,
                content_type=image.content_type,
                width=image.width,
                height=image.height,
                size_bytes=image.size_bytes,
                thumb_size_bytes=len(thumb),
                sha256=image.sha256,
                created_by=by,
            )
    except IntegrityError:  # the same image came through another request at the same moment
        return Reference.objects.get(team=team, sha256=image.sha256)
