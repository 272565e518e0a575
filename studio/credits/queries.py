"""Reads of accounts and ledgers."""

from dataclasses import dataclass

from django.db.models import Sum

from accounts.models import Team
from studio.enums import EntryKind
from studio.models import CreditAccount, Generation, LedgerEntry
from studio.models.ledger import CLOSING_KINDS


@dataclass(frozen=True, slots=True)
class Balance:
    """What a team may still spend, and what is set aside for takes under way (credits)."""

    balance_credits: int
    held_credits: int


def balance(team: Team) -> Balance:
    """The team's balance now, in two queries; zeros for a team without an account."""
    account = CreditAccount.objects.filter(team=team).first()
    if account is None:
        return Balance(balance_credits=0, held_credits=0)
    return Balance(balance_credits=account.balance_credits, held_credits=held_credits(account))


def held_credits(account: CreditAccount) -> int:
    """The sum of the holds of takes that are not final; those of the others are closed. Every page asks this."""
    open_takes = Generation.objects.filter(team=account.team_id).open()
    open_holds = account.entries.filter(kind=EntryKind.HOLD, generation__in=open_takes.values("pk"))
    return -(open_holds.aggregate(total=Sum("amount_credits"))["total"] or 0)


def charged_credits(generation_ids: list[int]) -> dict[int, int]:
    """What each generation has cost by the ledger: minus the sum of its entries, for those that are closed."""
    closed = LedgerEntry.objects.filter(generation__in=generation_ids, kind__in=CLOSING_KINDS)
    rows = (
        LedgerEntry.objects.filter(generation__in=closed.values("generation"))
        .values_list("generation")
        .order_by("generation")
        .annotate(total=Sum("amount_credits"))
    )
    return {generation_id: -total for generation_id, total in rows}


@dataclass(frozen=True, slots=True)
class Difference:
    """An account, or a generation, whose numbers do not agree."""

    where: str
    says: int
    should_be: int

    def __str__(self) -> str:
        return f"{self.where}: is {self.says:,}, should be {self.should_be:,}"
