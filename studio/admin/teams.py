"""Teams and who is in them. All goes through `accounts/teams.py`: its rules hold here too."""

# mypy: disable-error-code="untyped-decorator"
# unfold annotates nothing.

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from accounts.access import signed_in
from accounts.enums import Role
from accounts.models import Membership, Team, User
from accounts.naming import clean_name
from accounts.teams import add_member, change_role, rename_team
from studio.admin.base import StaffAdmin
from studio.admin.site import staff_site
from studio.models import Clip, ClipFile, CreditAccount, Project, Reference


class _Tried(Exception):
    """All went well, and is taken back."""


class MembershipFormSet(PaginationInlineFormSet):  # type: ignore[misc]  # unfold has no annotations
    """Roles as the team's owners would give them: what the rules refuse is said at the form."""

    instance: Team

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        try:
            with transaction.atomic():
                self._apply()
                raise _Tried  # noqa: TRY301  # it is what takes all of it back
        except _Tried:
            pass
        except ValidationError as error:
            raise ValidationError(error.messages) from error

    def save(self, commit: bool = True) -> list[Membership]:  # noqa: FBT001, FBT002  # Django's
        """What was changed, stored. Raises ValidationError where something has come between."""
        self.new_objects: list[Membership] = []
        self.changed_objects: list[tuple[Membership, list[str]]] = []
        self.deleted_objects: list[Membership] = []
        for form, membership in self._apply():
            if form.instance.pk:
                self.changed_objects.append((membership, form.changed_data))
            else:
                self.new_objects.append(membership)
        return [*self.new_objects, *(row for row, _ in self.changed_objects)]

    def _apply(self) -> list[tuple[Any, Membership]]:
        """Higher roles first: a new owner is there before the old one steps down."""
        changed = [form for form in self.forms if form.has_changed() and form.cleaned_data.get("role")]
        changed.sort(key=lambda form: -form.cleaned_data["role"])
        return [(form, self._applied(form)) for form in changed]

    def _applied(self, form: Any) -> Membership:
        role = Role(form.cleaned_data["role"])
        if form.instance.pk:
            return change_role(form.instance, role=role, by=None)
        return add_member(self.instance, user=form.cleaned_data["user"], role=role)


class MembershipInline(TabularInline):  # type: ignore[misc]  # unfold has no annotations
    """Members. Letting somebody go hands over their work, and is done on the team's own page."""

    model = Membership
    formset = MembershipFormSet
    fields = ("user", "role", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("user",)
    ordering = ("-role", "pk")
    extra = 0
    per_page = 50
    verbose_name = "member"
    verbose_name_plural = "members"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        found: QuerySet[Membership] = super().get_queryset(request)
        return found.select_related("user", "team")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _may_change(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return signed_in(request).has_perm("accounts.view_team")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Team, site=staff_site)
class TeamAdmin(StaffAdmin):
    """Teams. Owners delete them, and ask for second factors, on the team's own page; nobody does here."""

    list_display = (
        "name",
        "slug",
        "member_count",
        "balance",
        "project_count",
        "created_at",
        "deletion_due_at",
        "deleted_at",
    )
    search_fields = ("name", "slug")
    list_filter = ("is_second_factor_required", ("deletion_asked_at", admin.EmptyFieldListFilter))
    ordering = ("name", "pk")
    inlines = (MembershipInline,)
    fields = (
        "name", "slug", "is_second_factor_required", "joining_domain", "balance", "storage", "project_count",
        "created_at", "deletion_asked_at", "deletion_asked_by", "deletion_due_at", "deleted_at",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name != "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        found: QuerySet[Team] = super().get_queryset(request)
        balance = CreditAccount.objects.filter(team=OuterRef("pk")).values("balance_credits")
        return found.annotate(
            number_of_members=_number(Membership.objects.filter(team=OuterRef("pk"))),
            number_of_projects=_number(Project.objects.filter(team=OuterRef("pk"))),
            balance_credits=Coalesce(Subquery(balance, output_field=IntegerField()), 0),
        )

    def has_change_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        is_there = obj is None or obj.deleted_at is None
        return is_there and super().has_change_permission(request, obj)

    @display(description="members")
    def member_count(self, team: Team) -> int:
        return int(team.number_of_members)  # type: ignore[attr-defined]  # annotated above

    @display(description="projects")
    def project_count(self, team: Team) -> int:
        return int(team.number_of_projects)  # type: ignore[attr-defined]  # annotated above

    @display(description="balance")
    def balance(self, team: Team) -> str:
        return f"{team.balance_credits:,} credits"  # type: ignore[attr-defined]  # annotated above

    @display(description="storage")
    def storage(self, team: Team) -> str:
        return f"{stored_bytes(team):,} bytes ({filesizeformat(stored_bytes(team))})"

    def get_form(self, request: HttpRequest, obj: Team | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  # Django's
        return super().get_form(request, obj, change, form=TeamForm, **kwargs)

    def save_model(self, request: HttpRequest, obj: Team, form: ModelForm[Team], change: bool) -> None:  # noqa: FBT001  # Django's
        if "name" in form.changed_data:
            rename_team(obj, name=form.cleaned_data["name"], by=signed_in(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001  # Django's
        try:
            with transaction.atomic():
                formset.save()
        except ValidationError as error:
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
            messages.error(request, " ".join(error.messages))


class TeamForm(ModelForm[Team]):
    """A name that can be read."""

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


def stored_bytes(team: Team) -> int:
    """What the team's clips and references take in the storage."""
    sums = [
        Clip.objects.filter(team=team).aggregate(one=Sum("size_bytes"), other=Sum("poster_size_bytes")),
        Reference.objects.filter(team=team).aggregate(one=Sum("size_bytes"), other=Sum("thumb_size_bytes")),
        ClipFile.objects.filter(clip__team=team).aggregate(one=Sum("size_bytes")),
    ]
    return sum(number or 0 for found in sums for number in found.values())


def _number(rows: QuerySet[Any]) -> Coalesce:
    """How many rows a subquery finds, of one team."""
    counted = rows.order_by().values("team").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _may_change(request: HttpRequest, team: Model | None) -> bool:
    user: User = signed_in(request)
    return isinstance(team, Team) and not team.is_closing and user.has_perm("accounts.change_team")
