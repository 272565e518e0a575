"""UsageReading, BalanceReading and Evidence: what the provider said of credits, and what that says of a take."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from studio.enums import Verdict
from studio.models.generation import Generation


class UsageReading(models.Model):
    """Net credits that one key used on a UTC day for one model, as the provider said last.

    A row of 0 says that it was asked and nothing was used; without a row nothing is known.
    """

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=16, help_text="Names the key without telling it.")
    day = models.DateField()
    model = models.CharField(max_length=60)
    credits = models.BigIntegerField(help_text="Below 0 on a day of refunds.")
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-day", "model"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "day", "model"], name="usage_once_a_day_and_model"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.model}: {self.credits:,} credits"


class BalanceReading(models.Model):
    """Credits that were left to one key at a moment. Written when they change, and now and then; kept for 14 days."""

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=16, help_text="Names the key without telling it.")
    credit_balance = models.BigIntegerField()
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-read_at"]
        indexes = [models.Index(fields=["provider", "account", "-read_at"], name="balance_of_key")]

    def __str__(self) -> str:
        return f"{self.read_at:%Y-%m-%d %H:%M} UTC: {self.credit_balance:,} credits"


class Evidence(models.Model):
    """What usage and balance say about one take that is "Checking", for whoever decides about it.

    `usage_more` and `balance_more` are credits beyond what our own takes explain, None where that cannot be said, and
    the sentences beside them say it for people. `found_at` is the reading that first gave this verdict, `read_at` the
    latest that did.
    """

    generation = models.OneToOneField(Generation, on_delete=models.PROTECT, related_name="evidence")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    usage_more = models.BigIntegerField(null=True, blank=True)
    balance_more = models.BigIntegerField(null=True, blank=True)
    usage_said = models.CharField(max_length=300, blank=True)
    balance_said = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    found_at = models.DateTimeField()
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="evidence_verdict_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} ({self.generation_id})"

    @property
    def is_complete(self) -> bool:
        """Whether both numbers could be told."""
        return self.usage_more is not None and self.balance_more is not None
