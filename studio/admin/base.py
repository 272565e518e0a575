"""What all pages of the admin have in common."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from accounts.access import signed_in
from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import Team, User

PER_PAGE = 50


class StaffAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no annotations
    """Rows that staff looks at, and may change in the fields that a class names. Nothing is added, nothing deleted, and
    there is no action on many rows at once. No list counts its rows: there may be millions."""

    actions = None
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = PER_PAGE
    list_max_show_all = 0
    sortable_by: tuple[str, ...] = ()
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Also in the audit log: which row, and the names of the fields that were changed."""
        record(
            AuditAction.STAFF_CHANGED,
            by=signed_in(request),
            team=team_of(obj),
            about=obj if isinstance(obj, User) else None,
            target=obj,
            model=obj._meta.label,  # noqa: SLF001  # Django's own way to it
            id=obj.pk,
            fields=changed_fields(message),
        )
        return super().log_change(request, obj, message)


class ReadOnlyAdmin(StaffAdmin):
    """Rows that nobody changes here, superusers included."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def team_of(row: Model) -> Team | None:
    """The team that the row is, or is of."""
    found = row if isinstance(row, Team) else getattr(row, "team", None)
    return found if isinstance(found, Team) else None


def changed_fields(message: Any) -> list[str]:
    """The names in Django's message of a change; for rows of an inline, with whose they are."""
    names: list[str] = []
    for part in message if isinstance(message, list) else []:
        for what, said in part.items():
            whose = f"{said['name']} {said['object']}: " if "object" in said else ""
            names += [f"{whose}{field}" for field in said.get("fields", [what])]
    return names
