"""AuditEntry: who did what to what, when and from where."""

import uuid
from typing import Any, Never

from django.db import models
from django.utils import timezone

from accounts.enums import AuditAction
from accounts.models.team import Team
from accounts.models.user import User


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Entries can be added and read. Changing the past is refused here and by the database."""

    def update(self, **kwargs: Any) -> Never:
        raise TypeError("An audit entry is never changed.")

    def delete(self) -> Never:
        raise TypeError("An audit entry is never deleted.")


class AuditEntry(models.Model):
    """One line of the log. Written by `accounts/audit.py` alone; never updated, never deleted.

    `actor` None is nobody who is known (a wrong password) or a command on the server. `staff` is the person behind
    the actor when staff views the site as somebody. Names are kept as they were. `about` is the person that it is
    about, if there is one: they may read it too.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(default=timezone.now)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_entries")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=254, blank=True)
    staff = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    about = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    action = models.CharField(max_length=40, choices=AuditAction.choices)
    target = models.CharField(max_length=300, blank=True, help_text="What it was done to, in words.")
    detail = models.JSONField(default=dict, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    agent = models.CharField(max_length=200, blank=True, help_text="The browser's or script's own name.")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(action__in=AuditAction.values), name="audit_action_is_known")
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="audit_of_team"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["about", "-id"], name="audit_about"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name or 'Somebody'}: {self.get_action_display()} {self.target}".rstrip()

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("An audit entry is never deleted.")
