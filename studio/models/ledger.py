"""CreditAccount and LedgerEntry: what a team has, and every line of why."""

import uuid
from typing import Any, Never

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team
from studio.enums import EntryKind
from studio.models.generation import Generation

CLOSING_KINDS = (EntryKind.SETTLE, EntryKind.RELEASE)
OF_A_GENERATION = (EntryKind.HOLD, *CLOSING_KINDS)


class CreditAccount(models.Model):
    """A team's balance in whole credits: always the sum of its entries. Its row is the lock of all spending."""

    team = models.OneToOneField(Team, on_delete=models.PROTECT, related_name="account")
    balance_credits = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.team}: {self.balance_credits:,} credits"


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    """Entries can be added and read. Changing the past is refused here and by the database."""

    def update(self, **kwargs: Any) -> Never:
        raise TypeError("A ledger entry is never changed. Write an ADJUST entry with a note.")

    def delete(self) -> Never:
        raise TypeError("A ledger entry is never deleted. Write an ADJUST entry with a note.")


class LedgerEntry(models.Model):
    """One line of a team's account. Written by `credits/ledger.py` alone; never updated, never deleted.

    `amount_credits` is signed. A generation has one HOLD, then exactly one SETTLE or RELEASE.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(CreditAccount, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=EntryKind.choices)
    amount_credits = models.BigIntegerField()
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["generation"], condition=Q(kind=EntryKind.HOLD), name="entry_one_hold"),
            models.UniqueConstraint(
                fields=["generation"], condition=Q(kind__in=CLOSING_KINDS), name="entry_one_closing"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OF_A_GENERATION, generation__isnull=False)
                | Q(kind__in=[EntryKind.GRANT, EntryKind.ADJUST], generation__isnull=True),
                name="entry_names_its_generation",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.GRANT, amount_credits__gt=0)
                | Q(kind=EntryKind.HOLD, amount_credits__lte=0)
                | Q(kind=EntryKind.RELEASE, amount_credits__gte=0)
                | Q(kind=EntryKind.SETTLE)
                | (Q(kind=EntryKind.ADJUST) & ~Q(amount_credits=0)),
                name="entry_sign_fits_its_kind",
            ),
            models.CheckConstraint(condition=~Q(kind=EntryKind.ADJUST) | ~Q(note=""), name="entry_adjust_has_a_note"),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="entry_of_account")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_credits:+,}"

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("A ledger entry is never deleted. Write an ADJUST entry with a note.")
