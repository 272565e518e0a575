"""THE ONLY writer of LedgerEntry. Each function is safe to repeat, and runs in the caller's transaction.

The account's row is the lock: it is taken first, before the generation's row and before any check of the balance,
so that two launches cannot spend the same credits.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import Team, User
from studio.enums import EntryKind
from studio.errors import NotEnoughCredits
from studio.models import CreditAccount, Generation, LedgerEntry
from studio.models.ledger import CLOSING_KINDS


def lock_account(team_id: int) -> CreditAccount:
    """The team's account, locked until the transaction ends; made when it is missing.

    Raises TransactionManagementError outside a transaction: SQLite would not say so by itself.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("The account is locked inside a transaction alone.")
    CreditAccount.objects.get_or_create(team_id=team_id)
    return CreditAccount.objects.select_for_update().get(team_id=team_id)


@transaction.atomic
def grant(team: Team, *, credits: int, note: str, by: User | None, now: datetime | None = None) -> LedgerEntry:
    """Give the team credits. Raises ValueError unless `credits` is above 0."""
    if credits <= 0:
        raise ValueError("A grant gives at least one credit.")
    record(AuditAction.CREDITS_GRANTED, by=by, team=team, target=note, credits=credits)
    return _write(lock_account(team.pk), kind=EntryKind.GRANT, amount=credits, note=note, by=by, now=now)


@transaction.atomic
def adjust(team: Team, *, credits: int, note: str, by: User | None, now: datetime | None = None) -> LedgerEntry:
    """Correct the balance by a signed amount, with a note that says why. Raises ValueError without either."""
    if not credits or not note:
        raise ValueError("An adjustment has an amount that is not 0, and a note.")
    record(AuditAction.CREDITS_ADJUSTED, by=by, team=team, target=note, credits=credits)
    return _write(lock_account(team.pk), kind=EntryKind.ADJUST, amount=credits, note=note, by=by, now=now)


def require(account: CreditAccount, *, credits: int) -> None:
    """Raise NotEnoughCredits unless the locked account covers `credits`."""
    if credits > account.balance_credits:
        raise NotEnoughCredits(quote_credits=credits, balance_credits=account.balance_credits)


def hold(account: CreditAccount, *, generation: Generation, by: User, now: datetime) -> LedgerEntry:
    """Set the generation's quote aside. Once a generation: a second hold is an IntegrityError."""
    return _write(account, kind=EntryKind.HOLD, amount=-generation.quote_credits, generation=generation, by=by, now=now)


def settle(
    account: CreditAccount, *, generation: Generation, cost_credits: int, now: datetime, note: str = ""
) -> LedgerEntry | None:
    """Charge what it really cost and give the rest of the hold back. None when the hold is closed already."""
    rest = generation.quote_credits - cost_credits
    return _close(account, kind=EntryKind.SETTLE, amount=rest, generation=generation, now=now, note=note)


def release(account: CreditAccount, *, generation: Generation, now: datetime, note: str = "") -> LedgerEntry | None:
    """Give the whole hold back. None when the hold is closed already."""
    amount = generation.quote_credits
    return _close(account, kind=EntryKind.RELEASE, amount=amount, generation=generation, now=now, note=note)


def _close(
    account: CreditAccount, *, kind: EntryKind, amount: int, generation: Generation, now: datetime, note: str
) -> LedgerEntry | None:
    if LedgerEntry.objects.filter(generation=generation, kind__in=CLOSING_KINDS).exists():
        return None
    return _write(account, kind=kind, amount=amount, generation=generation, now=now, note=note)


def _write(
    account: CreditAccount,
    *,
    kind: EntryKind,
    amount: int,
    generation: Generation | None = None,
    note: str = "",
    by: User | None = None,
    now: datetime | None = None,
) -> LedgerEntry:
    entry = LedgerEntry.objects.create(
        account=account,
        kind=kind,
        amount_credits=amount,
        generation=generation,
        note=note,
        by=by,
        created_at=now or timezone.now(),
    )
    CreditAccount.objects.filter(pk=account.pk).update(balance_credits=F("balance_credits") + amount)
    account.balance_credits += amount
    return entry
