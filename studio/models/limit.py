"""ModelLimit and Breaker: what a key may do at the provider, and whom the engine has stopped for a while."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team
from studio.enums import StatusCode


class ModelLimit(models.Model):
    """What one key may do with one model, as the provider said last. None means unlimited.

    Its row is the lock of sending: takes of this model are sent one after the other, so that two engines cannot
    take the same place.
    """

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=16, help_text="Names the key without telling it.")
    model = models.CharField(max_length=60)
    max_concurrent = models.PositiveIntegerField(null=True, blank=True)
    max_daily = models.PositiveIntegerField(null=True, blank=True)
    used_today = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["model"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "model"], name="limit_once_a_key_and_model"),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.max_concurrent or 'any number'} at a time"


class Breaker(models.Model):
    """A stopped line: of a whole key (`team` empty), or of one team. After `retry_at` one take is let through.

    `strikes` counts the refusals since the last success; `opened_at` is empty while the line runs. Reads that ask for
    it say as `is_of_a_team` whether the key is a team's own.
    """

    is_of_a_team: bool = False

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=16)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="breakers")
    code = models.CharField(max_length=32, choices=StatusCode.choices, default=StatusCode.NONE, blank=True)
    strikes = models.PositiveIntegerField(default=0)
    struck_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0, help_text="Takes let through since it opened.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account"], condition=Q(team__isnull=True), name="breaker_once_a_key"
            ),
            models.UniqueConstraint(fields=["provider", "account", "team"], name="breaker_once_a_team"),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, retry_at__isnull=True)
                | Q(opened_at__isnull=False, retry_at__isnull=False),
                name="breaker_open_is_whole",
            ),
        ]

    def __str__(self) -> str:
        whose = self.team or "all teams"
        return f"{whose}: {self.get_code_display()}"

    @property
    def is_open(self) -> bool:
        """Whether the line is stopped."""
        return self.opened_at is not None
