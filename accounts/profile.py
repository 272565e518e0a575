"""What a person sets for themselves."""

import zoneinfo
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.enums import AuditAction
from accounts.models import User

FIELDS = ("name", "avatar_key", "time_zone", "theme", "is_motion_reduced", "notification_choices")
NO_ZONE = "UTC"
"""As the row has it of a person who has chosen none. Who wants UTC chooses Etc/UTC."""
UTC = zoneinfo.ZoneInfo(NO_ZONE)


def zone_of(user: User) -> zoneinfo.ZoneInfo:
    """The person's time zone; UTC for one that this machine does not know, whatever another one did."""
    try:
        return zoneinfo.ZoneInfo(user.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@transaction.atomic
def change_profile(user: User, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Writes those of `changes` (FIELDS alone) that differ from the row: what they were before.

    The audit log is told which they are, and not what was in them.
    """
    row = User.objects.select_for_update(no_key=True).only("pk", *FIELDS).get(pk=user.pk)
    before = {name: getattr(row, name) for name in FIELDS if name in changes and getattr(row, name) != changes[name]}
    if not before:
        return {}
    for name in before:
        setattr(user, name, changes[name])
    user.save(update_fields=list(before))
    audit.record(AuditAction.PROFILE_CHANGED, by=user, about=user, target=user, fields=list(before))
    return before
