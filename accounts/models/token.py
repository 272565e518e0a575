"""ApiToken: a key for scripts, of one person in one team."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.team import Team
from accounts.models.user import User


class ApiToken(models.Model):
    """Lets a script act for `user` in `team`, within `scopes` and never beyond the person's role.

    The token is shown once; stored are its SHA-256 (it is long and random: nothing slows down guessing) and its
    first characters, by which a person tells it from others.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(help_text="A list of Scope values, at least one.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=models.F("created_at")),
                name="token_expires_after_it_began",
            ),
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_has_a_scope"),
        ]
        indexes = [models.Index(fields=["user", "team"], name="token_of_member")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
