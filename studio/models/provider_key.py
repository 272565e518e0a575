"""ProviderKey: a team's own key at the provider, encrypted."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team
from studio.enums import StatusCode


class ProviderKeyQuerySet(models.QuerySet["ProviderKey"]):
    """Reads of keys."""

    def active(self) -> Self:
        """Those that takes are sent with."""
        return self.filter(retired_at__isnull=True)


class ProviderKey(models.Model):
    """A key that an owner has entered for a team. People see its last four characters and no more.

    A retired one is kept for the takes that were sent with it; when none is open any more, `ciphertext` is emptied.
    `checked_at` is when the engine last asked the provider, None while it has not; `check_code` is empty when it works.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="provider_keys")
    provider = models.CharField(max_length=20)
    ciphertext = models.TextField(blank=True)
    account = models.CharField(max_length=16, help_text="Names the key without telling it.")
    last_four = models.CharField(max_length=4)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_code = models.CharField(max_length=32, choices=StatusCode.choices, default=StatusCode.NONE, blank=True)
    balance_credits = models.BigIntegerField(null=True, blank=True)

    objects = ProviderKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "provider"], condition=Q(retired_at__isnull=True), name="key_active_once_a_team"
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=False) | ~Q(ciphertext=""), name="key_active_is_not_forgotten"
            ),
        ]
        indexes = [models.Index(fields=["provider", "account"], name="key_of_account")]

    def __str__(self) -> str:
        return f"•••• {self.last_four} of {self.team}"

    @property
    def is_active(self) -> bool:
        """Whether takes are sent with it."""
        return self.retired_at is None
