"""Credits. The ledger is read here and written nowhere but in `credits/ledger.py`."""

# mypy: disable-error-code="untyped-decorator"
# unfold annotates nothing.

from django.contrib import admin
from unfold.decorators import display

from studio.admin.base import ReadOnlyAdmin
from studio.admin.site import staff_site
from studio.enums import EntryKind
from studio.models import CreditAccount, LedgerEntry

KINDS = {
    EntryKind.GRANT: "success", EntryKind.HOLD: "warning", EntryKind.SETTLE: "info", EntryKind.RELEASE: "info",
    EntryKind.ADJUST: "danger",
}  # fmt: skip


@admin.register(CreditAccount, site=staff_site)
class CreditAccountAdmin(ReadOnlyAdmin):
    list_display = ("team", "balance")
    list_select_related = ("team",)
    search_fields = ("team__name", "team__slug")
    ordering = ("pk",)
    fields = ("team", "balance")

    @display(description="balance")
    def balance(self, account: CreditAccount) -> str:
        return f"{account.balance_credits:,} credits"


@admin.register(LedgerEntry, site=staff_site)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "team", "kind_label", "amount", "generation_id", "by", "note")
    list_select_related = ("account__team", "by")
    list_filter = ("kind",)
    search_fields = ("=account__team__slug", "public_id__exact", "generation__public_id__exact")
    search_help_text = "The team’s name in addresses, the entry’s id, or the take’s id: whole."
    ordering = ("-pk",)
    fields = ("public_id", "created_at", "team", "kind", "amount", "generation", "by", "note")

    @display(description="team")
    def team(self, entry: LedgerEntry) -> str:
        return str(entry.account.team)

    @display(description="kind", label=KINDS)
    def kind_label(self, entry: LedgerEntry) -> tuple[str, str]:
        return entry.kind, entry.get_kind_display()

    @display(description="credits")
    def amount(self, entry: LedgerEntry) -> str:
        return f"{entry.amount_credits:+,}"
