"""The pictures of people: stored, replaced, removed, and who may look at them."""

import hashlib
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.core.files import File
from django.db import transaction
from django.db.models import Q

from accounts.models import Membership, User
from accounts.profile import change_profile
from studio.media import keys
from studio.media.avatars import CONTENT_TYPE, make_avatar
from studio.media.errors import StorageDown
from studio.media.store import delete, put_bytes

log = structlog.get_logger()


def store_avatar(user: User, upload: File[Any]) -> tuple[str, str]:
    """Stores the picture in `upload`: its key, for the person's row, and a sentence about it or "".

    Raises BadImage before anything is stored, StorageFull and StorageDown. The key is a new one each time.
    """
    content, told = make_avatar(upload)
    key = keys.avatar_key(user.public_id, hashlib.sha256(content).hexdigest(), secrets.token_hex(4))
    put_bytes(content, key=key, content_type=CONTENT_TYPE)
    return key, told


def save_profile(user: User, changes: Mapping[str, Any]) -> dict[str, Any]:
    """As `change_profile`; the file of a picture that was replaced goes afterwards."""
    before = change_profile(user, changes)
    if before.get("avatar_key"):
        transaction.on_commit(partial(remove_avatar_file, before["avatar_key"]))
    return before


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


def remove_avatar_file(key: str) -> None:
    """Removes what is under `key`. What stays costs some kilobytes: that must not fail the change that was made."""
    try:
        delete(key)
    except StorageDown as error:
        log.warning("avatar.not_removed", key=key, error=type(error).__name__)
