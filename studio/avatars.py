"""The pictures of people: stored, replaced, removed, and who may look at them."""

import hashlib
import secrets
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.core.files import File
from django.db import transaction
from django.db.models import Q

from accounts.models import Membership, User
from studio.media import keys
from studio.media.avatars import CONTENT_TYPE, make_avatar
from studio.media.errors import StorageDown
from studio.media.store import delete, put_bytes

log = structlog.get_logger()


def store_avatar(user: User, upload: File[Any]) -> tuple[str, str]:
    """Stores the picture in `upload`: its key, for `use_avatar`, and a sentence about it or "".

    Raises BadImage before anything is stored, StorageFull and StorageDown. The key is a new one each time.
    """
    content, told = make_avatar(upload)
    key = keys.avatar_key(user.public_id, hashlib.sha256(content).hexdigest(), secrets.token_hex(4))
    put_bytes(content, key=key, content_type=CONTENT_TYPE)
    return key, told


def use_avatar(user: User, key: str) -> bool:
    """The person's picture is the one under `key` from now on, "" for none; False when it was so already.

    The old file goes once the transaction around this has ended well.
    """
    with transaction.atomic():
        row = User.objects.select_for_update().only("pk", "avatar_key").get(pk=user.pk)
        old = row.avatar_key
        user.avatar_key = key
        if old == key:
            return False
        user.save(update_fields=["avatar_key"])
        if old:
            transaction.on_commit(partial(_remove, old))
    return True


def avatar_seen_by(viewer: User, public_id: UUID) -> str:
    """The key of this person's picture; "" when there is none for `viewer`, who is not that person and shares no team
    with them."""
    together = Membership.objects.filter(user=viewer, team__deleted_at=None).values("team")
    row = (
        User.objects.filter(Q(pk=viewer.pk) | Q(memberships__team__in=together), public_id=public_id)
        .values_list("avatar_key", flat=True)
        .first()
    )
    return row or ""


def _remove(key: str) -> None:
    """What is not removed costs some kilobytes: that must not fail the change that was made."""
    try:
        delete(key)
    except StorageDown as error:
        log.warning("avatar.not_removed", key=key, error=type(error).__name__)
