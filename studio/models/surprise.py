"""Surprise and RefusedModel: what a provider says that this version does not know, and what it does not give us."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from studio.enums import StatusCode, SurpriseKind
from studio.models.generation import Generation

LONGEST_VALUE = 80


class Surprise(models.Model):
    """A status, failure code, field or complaint that the contract does not have, as often as it was seen.

    `where` is the call in whose answer it stood. `generation` is the take with which it was seen last, where there is
    one. An owner who has taken note of it is `acknowledged_by`.
    """

    provider = models.CharField(max_length=20)
    kind = models.CharField(max_length=16, choices=SurpriseKind.choices)
    value = models.CharField(max_length=LONGEST_VALUE)
    where = models.CharField(max_length=20, help_text="The call in whose answer it stood.")
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
            models.UniqueConstraint(fields=["provider", "kind", "value", "where"], name="surprise_once_a_value"),
            models.CheckConstraint(condition=Q(kind__in=SurpriseKind.values), name="surprise_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class RefusedModel(models.Model):
    """A model that the provider refused to one account: gone, or not enabled there. The next create that it accepts
    takes the row away. `offered` are the names that it would take instead, as it said them."""

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=16, help_text="Names the key without telling it.")
    model = models.CharField(max_length=60)
    code = models.CharField(max_length=32, choices=StatusCode.choices)
    offered = models.JSONField(default=list)
    count = models.PositiveBigIntegerField(default=1)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["model"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "model"], name="refused_once_a_key_and_model"),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.get_code_display()}"
