"""Projects, generations and clips. Looked at, not changed: the engine and the members do that."""

# mypy: disable-error-code="untyped-decorator"
# unfold annotates nothing.

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from studio.admin.base import ReadOnlyAdmin
from studio.admin.site import staff_site
from studio.enums import State
from studio.models import Clip, Generation, Project

STATES = {
    State.QUEUED: "info", State.SUBMITTING: "info", State.RUNNING: "info", State.STORING: "info",
    State.READY: "success", State.FAILED: "danger", State.CANCELLED: "warning",
}  # fmt: skip


class ByIdAdmin(ReadOnlyAdmin):
    """A table of millions is searched by whole ids and by the team, where the database has an index."""

    search_fields = ("public_id",)
    search_help_text = "The whole id, or the team’s name in addresses."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = search_term.strip()
        return (queryset.filter(self.found_by(words)) if words else queryset), False

    def found_by(self, words: str) -> Q:
        """The condition that a search is for."""
        public_id = _uuid(words)
        return Q(public_id=public_id) if public_id else Q(team__slug=words.lower())


@admin.register(Project, site=staff_site)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("name", "team", "created_by", "is_confidential", "created_at")
    list_select_related = ("team", "created_by")
    list_filter = ("is_confidential",)
    search_fields = ("name", "slug", "team__name", "team__slug")
    ordering = ("-pk",)
    fields = ("public_id", "name", "slug", "team", "created_by", "kept_by", "is_confidential", "created_at")


@admin.register(Generation, site=staff_site)
class GenerationAdmin(ByIdAdmin):
    list_display = ("public_id", "state_label", "status_code", "model", "team", "project", "created_by", "created_at")
    list_select_related = ("team", "project", "created_by")
    list_filter = ("state",)
    search_help_text = "The whole id, the provider’s task id, or the team’s name in addresses."
    ordering = ("-pk",)
    exclude = ("references", "lease_token")

    @display(description="state", label=STATES)
    def state_label(self, generation: Generation) -> tuple[str, str]:
        return generation.state, generation.get_state_display()

    def found_by(self, words: str) -> Q:
        return super().found_by(words) | Q(provider_task_id=words)


@admin.register(Clip, site=staff_site)
class ClipAdmin(ByIdAdmin):
    list_display = ("public_id", "kind", "size", "team", "project", "created_at", "missing_since")
    list_select_related = ("team", "project")
    list_filter = (("missing_since", admin.EmptyFieldListFilter),)
    ordering = ("-pk",)

    @display(description="what")
    def size(self, clip: Clip) -> str:
        return str(clip)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
