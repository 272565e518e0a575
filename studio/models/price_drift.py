"""PriceDrift: the provider's price differs from ours."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from studio.models.generation import Generation


class PriceDrift(models.Model):
    """What the provider named for a request, and what our price card says of the same. It settles on the provider's.

    `mark` says the settings that the price depends on, for people. A number other than the last one is a new drift: it
    asks to be acknowledged again.
    """

    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=60)
    mark = models.CharField(max_length=120)
    card_key = models.CharField(max_length=80)
    our_credits = models.PositiveBigIntegerField()
    provider_credits = models.PositiveBigIntegerField()
    count = models.PositiveBigIntegerField(default=1)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "model", "mark", "card_key"], name="drift_once_a_price"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.mark}: {self.our_credits:,} here, {self.provider_credits:,} there"
