"""Reads of a team's members, ready to show, in a fixed number of queries for any number of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import CharField, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.abilities import Ability
from accounts.enums import Role
from accounts.invitations import masked, open_invitations, vouched_for
from accounts.models import Invitation, Membership
from accounts.teams import may_change, roles_to_give
from studio.invitations import confidential_projects
from studio.models import InvitedProject, ProjectMember

PAGE_SIZE = 50
MOST_INVITATIONS = 100


@dataclass(frozen=True, slots=True)
class Member:
    """A member as another one sees them. `email` is "" for who may not see it; `project_count` counts the
    confidential projects that both see, and is None for who may not know; so is `has_second_factor`."""

    membership: Membership
    name: str
    email: str
    roles: list[Role]
    is_self: bool
    may_be_removed: bool
    project_count: int | None
    has_second_factor: bool | None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Members in order, owners first. `following` is the last one's public id when more come."""

    members: list[Member]
    following: UUID | None


def members_page(mine: Membership, *, search: str = "", after: UUID | None = None) -> MemberPage:
    """The members of the team that the search finds, after the member `after`."""
    rows = _found(mine, search)
    last = _ordered(Membership.objects.filter(team=mine.team, user__public_id=after)).first() if after else None
    if last is not None:
        rows = rows.filter(_after(last))
    found = list(rows[: PAGE_SIZE + 1])
    shown = [as_seen(row, by=mine) for row in found[:PAGE_SIZE]]
    return MemberPage(shown, shown[-1].membership.user.public_id if len(found) > PAGE_SIZE else None)


def member(mine: Membership, public_id: UUID) -> Member | None:
    """This member of the team, as the other one sees them; None for who is not in it."""
    found = _found(mine, "").filter(user__public_id=public_id).first()
    return as_seen(found, by=mine) if found else None


def as_seen(membership: Membership, *, by: Membership) -> Member:
    """What `by` may know of the member, and may do about them. Takes rows of `_found`."""
    user, is_self = membership.user, membership.pk == by.pk
    sees_addresses = is_self or by.may(Ability.INVITE)
    return Member(
        membership=membership,
        name=user.name or (user.email if sees_addresses else masked(user.email)),
        email=user.email if sees_addresses else "",
        roles=roles_to_give(by, membership),
        is_self=is_self,
        may_be_removed=not is_self and may_change(by, membership),
        project_count=getattr(membership, "project_count", None),
        has_second_factor=getattr(membership, "has_second_factor", None),
    )


def waiting_invitations(mine: Membership, *, search: str = "") -> QuerySet[Invitation]:
    """The team's open invitations, the newest first, each with `is_good` and `projects_to_show`: the confidential
    ones that this member sees."""
    seen = InvitedProject.objects.filter(project__in=confidential_projects(mine)).select_related("project")
    rows = vouched_for(open_invitations(mine.team)).select_related("invited_by")
    if search:
        rows = rows.filter(email__icontains=search)
    return rows.prefetch_related(Prefetch("invited_projects", seen, to_attr="projects_to_show"))


def _found(mine: Membership, search: str) -> QuerySet[Membership]:
    rows = _ordered(Membership.objects.filter(team=mine.team).select_related("user"))
    if mine.may(Ability.INVITE):
        rows = rows.annotate(project_count=Coalesce(Subquery(_shared_projects(mine)), 0))
    if mine.may(Ability.CHANGE_TEAM):
        rows = rows.annotate(has_second_factor=Exists(Authenticator.objects.filter(user=OuterRef("user"))))
    if not search:
        return rows
    by_name = Q(user__name__icontains=search)
    return rows.filter(by_name | Q(user__email__icontains=search) if mine.may(Ability.INVITE) else by_name)


def _shared_projects(mine: Membership) -> QuerySet[ProjectMember, Any]:
    seen = ProjectMember.objects.filter(membership=OuterRef("pk"), project__in=confidential_projects(mine))
    return seen.order_by().values("membership").annotate(count=Count("pk")).values("count")


def _ordered(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    name = Lower(Coalesce(NullIf(F("user__name"), Value("")), F("user__email"), output_field=CharField()))
    return rows.annotate(sort_name=name).order_by("-role", "sort_name", "pk")


def _after(last: Membership) -> Q:
    """Which rows follow this one in the order of `_ordered`."""
    name = last.sort_name  # type: ignore[attr-defined]  # annotated by `_ordered`
    following = Q(sort_name__gt=name) | Q(sort_name=name, pk__gt=last.pk)
    return Q(role__lt=last.role) | Q(role=last.role) & following
