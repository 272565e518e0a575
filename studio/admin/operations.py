"""What operators look at: keys, stopped lines, engines, and what the provider says that is new."""

# mypy: disable-error-code="untyped-decorator"
# unfold annotates nothing.

from django.contrib import admin
from django.utils import timezone
from unfold.decorators import display

from studio.admin.base import ReadOnlyAdmin
from studio.admin.site import staff_site
from studio.models import Breaker, PriceDrift, ProviderKey, Surprise, WorkerHeartbeat


@admin.register(ProviderKey, site=staff_site)
class ProviderKeyAdmin(ReadOnlyAdmin):
    """Keys of teams: their last four characters, and never what is stored of them."""

    list_display = (
        "team",
        "provider",
        "last_four",
        "created_by",
        "created_at",
        "checked_at",
        "check_code",
        "retired_at",
    )
    list_select_related = ("team", "created_by")
    search_fields = ("team__name", "team__slug")
    fields = (
        "team", "provider", "last_four", "account", "on_behalf_of", "created_by", "created_at", "retired_at",
        "checked_at", "check_code", "balance_credits",
    )  # fmt: skip


@admin.register(Breaker, site=staff_site)
class BreakerAdmin(ReadOnlyAdmin):
    list_display = ("whose", "is_stopped", "code", "strikes", "opened_at", "retry_at", "tries")
    list_select_related = ("team",)
    ordering = ("-pk",)

    @display(description="line of")
    def whose(self, breaker: Breaker) -> str:
        return str(breaker.team or "all teams")

    @display(description="stopped", boolean=True)
    def is_stopped(self, breaker: Breaker) -> bool:
        return breaker.is_open


@admin.register(WorkerHeartbeat, site=staff_site)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "is_at_work", "provider", "version", "seen_at", "worked_at", "stopped_at", "trouble")
    ordering = ("-pk",)

    @display(description="at work", boolean=True)
    def is_at_work(self, worker: WorkerHeartbeat) -> bool:
        return worker.is_at_work(now=timezone.now())


@admin.register(PriceDrift, site=staff_site)
class PriceDriftAdmin(ReadOnlyAdmin):
    list_display = ("model", "mark", "our_credits", "provider_credits", "count", "last_seen_at", "acknowledged_by")
    list_select_related = ("acknowledged_by",)
    search_fields = ("model",)


@admin.register(Surprise, site=staff_site)
class SurpriseAdmin(ReadOnlyAdmin):
    list_display = ("value", "kind", "where", "count", "first_seen_at", "last_seen_at", "acknowledged_by")
    list_select_related = ("acknowledged_by",)
    list_filter = ("kind",)
    search_fields = ("value",)
