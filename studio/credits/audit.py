"""Recounts every balance from its entries, and every generation's hold."""

from collections.abc import Iterator

from django.db.models import BigIntegerField, Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from studio.credits.queries import Difference
from studio.enums import FINAL_STATES, EntryKind
from studio.models import CreditAccount, Generation, LedgerEntry
from studio.models.ledger import CLOSING_KINDS


def differences() -> Iterator[Difference]:
    """Everything in the ledger that does not agree, account by account, then generation by generation."""
    yield from _wrong_balances()
    yield from _wrong_holds()
    yield from _wrong_amounts()
    yield from _wrong_accounts()
    yield from _wrong_costs()


def _wrong_balances() -> Iterator[Difference]:
    total = (
        LedgerEntry.objects.filter(account=OuterRef("pk"))
        .order_by()
        .values("account")
        .annotate(total=Sum("amount_credits"))
        .values("total")
    )
    accounts = CreditAccount.objects.select_related("team").annotate(
        total=Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0))
    )
    for account in accounts.exclude(total=F("balance_credits")):
        yield Difference(f"balance of {account.team.slug}", account.balance_credits, account.total)


def _wrong_holds() -> Iterator[Difference]:
    """A generation has one hold, and one closing entry exactly when it is final."""
    counted = Generation.objects.order_by("pk").annotate(
        holds=Count("entries", filter=Q(entries__kind=EntryKind.HOLD)),
        closings=Count("entries", filter=Q(entries__kind__in=CLOSING_KINDS)),
    )
    names = ("public_id", "holds", "closings")
    for public_id, holds, _ in counted.exclude(holds=1).values_list(*names):
        yield Difference(f"holds of {public_id}", holds, 1)
    for public_id, _, closings in counted.filter(state__in=FINAL_STATES).exclude(closings=1).values_list(*names):
        yield Difference(f"closing entries of {public_id}", closings, 1)
    for public_id, _, closings in counted.exclude(state__in=FINAL_STATES).exclude(closings=0).values_list(*names):
        yield Difference(f"closing entries of {public_id}", closings, 0)


def _wrong_amounts() -> Iterator[Difference]:
    """A hold is minus the quote."""
    holds = LedgerEntry.objects.filter(kind=EntryKind.HOLD).order_by("generation")
    wrong = holds.exclude(amount_credits=Value(0) - F("generation__quote_credits"))
    names = ("generation__public_id", "amount_credits", "generation__quote_credits")
    for public_id, amount, quote in wrong.values_list(*names):
        yield Difference(f"credits held of {public_id}", -amount, quote)


def _wrong_accounts() -> Iterator[Difference]:
    """The entries of a generation are on its own team's account."""
    strays = LedgerEntry.objects.filter(generation__isnull=False).exclude(account__team=F("generation__team"))
    counted = strays.order_by("generation").values_list("generation__public_id").annotate(entries=Count("pk"))
    for public_id, entries in counted:
        yield Difference(f"entries of {public_id} on another team's account", entries, 0)


def _wrong_costs() -> Iterator[Difference]:
    """The entries of a final generation add up to minus its cost."""
    summed = Generation.objects.filter(state__in=FINAL_STATES).annotate(
        booked=Coalesce(Sum("entries__amount_credits"), Value(0)), cost=Coalesce(F("cost_credits"), Value(0))
    )
    wrong = summed.exclude(booked=Value(0) - F("cost")).order_by("pk").values_list("public_id", "booked", "cost")
    for public_id, booked, cost in wrong:
        yield Difference(f"charge of {public_id}", -booked, cost)
