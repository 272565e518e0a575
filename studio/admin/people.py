"""Users, groups of staff, invitations, API tokens and the audit log."""

# mypy: disable-error-code="untyped-decorator"
# unfold annotates nothing.

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action, display

from accounts.access import signed_in
from accounts.models import ApiToken, AuditEntry, Invitation, Membership, User
from accounts.staff import deactivate, end_all_sessions, may_view_as
from studio.admin.base import ReadOnlyAdmin, StaffAdmin
from studio.admin.site import staff_site

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""What a superuser alone gives."""


@admin.register(User, site=staff_site)
class UserAdmin(StaffAdmin):
    """People. They sign up by themselves, and are kept out here. Staff is changed by superusers alone."""

    list_display = ("email", "name", "is_active", "is_staff", "last_login", "team_count", "has_second_factor")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ("groups", "user_permissions")
    change_form_outer_before_template = "admin/view_as.html"
    actions_submit_line = ("end_their_sessions",)
    fieldsets = (
        (None, {"fields": ("email", "name", "is_active")}),
        ("Seen", {"fields": ("last_login", "date_joined", "deleted_at", "teams_of", "has_second_factor")}),
        ("Look", {"fields": ("time_zone", "theme", "is_motion_reduced")}),
        ("Staff", {"fields": RIGHTS}),
    )
    readonly_fields = ("email", "last_login", "date_joined", "deleted_at", "teams_of", "has_second_factor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        count = Membership.objects.filter(user=OuterRef("pk")).order_by().values("user").annotate(number=Count("pk"))
        found: QuerySet[User] = super().get_queryset(request)
        return found.annotate(
            number_of_teams=Coalesce(Subquery(count.values("number"), output_field=IntegerField()), 0),
            is_mfa_on=Exists(Authenticator.objects.filter(user=OuterRef("pk"))),
        )

    @display(description="teams")
    def team_count(self, user: User) -> int:
        return int(user.number_of_teams)  # type: ignore[attr-defined]  # annotated above

    @display(description="second factor", boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return bool(user.is_mfa_on)  # type: ignore[attr-defined]  # annotated above

    @display(description="teams")
    def teams_of(self, user: User) -> str:
        rows = user.memberships.select_related("team").order_by("team__name")
        return ", ".join(f"{row.team} ({row.get_role_display().lower()})" for row in rows) or "none"

    def has_change_permission(self, request: HttpRequest, obj: User | str | int | None = None) -> bool:
        """`obj` is a bare id where the theme asks for its buttons."""
        if isinstance(obj, str | int):
            obj = User.objects.filter(pk=int(obj)).first() if str(obj).isdecimal() else None
        is_theirs = obj is None or _is_superuser(request) or not (obj.is_staff or obj.is_superuser)
        return is_theirs and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody takes their own rights, or those of somebody who has deleted their account."""
        fixed = self.readonly_fields if _is_superuser(request) else (*self.readonly_fields, *RIGHTS)
        is_self_or_gone = obj is not None and (obj.pk == signed_in(request).pk or obj.deleted_at is not None)
        return (*fixed, "is_active", *RIGHTS) if is_self_or_gone else fixed

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:  # noqa: FBT001  # Django's
        if "is_active" in form.changed_data and not obj.is_active:
            ended = deactivate(obj, by=signed_in(request))
            messages.info(request, f"{obj} is kept out. Sessions that ended: {ended}.")
        super().save_model(request, obj, form, change)

    @action(description="Save, and sign them out everywhere", permissions=["change"])
    def end_their_sessions(self, request: HttpRequest, obj: User) -> None:
        ended = end_all_sessions(obj, by=signed_in(request))
        messages.success(request, f"Sessions of {obj} that ended: {ended}.")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown = User.objects.filter(pk=int(object_id)).first() if object_id and object_id.isdecimal() else None
        may = shown is not None and may_view_as(hijacker=signed_in(request), hijacked=shown)
        context = {"view_as": shown if may else None, **(extra_context or {})}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response


@admin.register(Group, site=staff_site)
class GroupAdmin(StaffAdmin):
    """Rights of staff by group. Superusers alone make and change them."""

    search_fields = ("name",)
    filter_horizontal = ("permissions",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)


@admin.register(Invitation, site=staff_site)
class InvitationAdmin(ReadOnlyAdmin):
    """Without the hash of the link's secret."""

    list_display = ("email", "team", "role", "invited_by", "created_at", "state")
    list_select_related = ("team", "invited_by")
    search_fields = ("email", "team__name", "team__slug")
    ordering = ("-pk",)
    exclude = ("token_hash",)

    @display(description="state")
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at or invitation.revoked_at:
            return "accepted" if invitation.accepted_at else "revoked"
        return "open" if invitation.expires_at > timezone.now() else "expired"


@admin.register(ApiToken, site=staff_site)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Without the hash."""

    list_display = ("name", "prefix", "user", "team", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user", "team")
    search_fields = ("=prefix", "user__email", "team__slug")
    ordering = ("-pk",)
    exclude = ("token_hash",)


@admin.register(AuditEntry, site=staff_site)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The whole log."""

    list_display = ("at", "actor_name", "action", "target", "about", "team", "staff", "ip")
    list_select_related = ("about", "team", "staff")
    list_filter = ("action",)
    search_fields = ("=actor__email", "=about__email", "=team__slug")
    search_help_text = "A whole e-mail address, or the team’s name in addresses."
    ordering = ("-pk",)


def _is_superuser(request: HttpRequest) -> bool:
    return signed_in(request).is_superuser
