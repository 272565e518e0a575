"""The page of a team's members: who is in it, as what, and who is invited."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import teams
from accounts.abilities import Ability
from accounts.access import membership_or_404
from accounts.enums import Role
from accounts.models import Membership
from studio import htmx
from studio.forms.member import RoleForm, SearchForm
from studio.members import MOST_INVITATIONS, Member, member, members_page, waiting_invitations
from studio.views.frame import frame

PAGE = "accounts/members.html"
LEAST_TO_SEARCH = 20


@require_safe
def members(request: HttpRequest, team: str) -> HttpResponse:
    """Everybody in the team, a page at a time; htmx gets the next rows alone."""
    mine = membership_or_404(request, team)
    search, after = SearchForm(request.GET).asked
    if not htmx.wants_fragment(request):
        return htmx.page(request, PAGE, page_context(mine, search=search, after=after))
    page = members_page(mine, search=search, after=after)
    return htmx.fragment(request, f"{PAGE}#rows", {"page": page, "search": search, **what_is_shown(mine)})


@require_POST
def change_role(request: HttpRequest, team: str, user: UUID) -> HttpResponse:
    """The member has the role from now on. 422 with a sentence for one that cannot be given."""
    mine = membership_or_404(request, team)
    shown = member(mine, user)
    if shown is None or not shown.roles:
        raise Http404
    form = RoleForm(request.POST, roles=shown.roles)
    try:
        problem = "" if form.is_valid() else str(form.errors["role"][0])
        if not problem:
            teams.change_role(shown.membership, role=form.cleaned_data["role"], by=mine.user)
    except ValidationError as error:
        problem = error.messages[0]
    return _refused(request, mine, shown, problem) if problem else _changed(request, mine, user)


def _changed(request: HttpRequest, mine: Membership, user: UUID) -> HttpResponse:
    """The member's row as it is now. The whole page where much of it is different: after a change of one's own role."""
    if user == mine.user.public_id or not htmx.wants_fragment(request):
        address = f"{reverse('members', args=[mine.team.slug])}#member-{user}"
        return htmx.redirect(request, address, say="The role was changed.")
    shown = member(mine, user)
    if shown is None:
        return htmx.redirect(request, reverse("members", args=[mine.team.slug]))
    said = f"{shown.name} is {shown.membership.get_role_display().lower()} now."
    return htmx.toast(_row(request, mine, shown), said, tone="ok")


def _refused(request: HttpRequest, mine: Membership, shown: Member, problem: str) -> HttpResponse:
    if htmx.wants_fragment(request):
        return _row(request, mine, shown, problem=problem, status=htmx.INVALID)
    context = page_context(mine, problem=problem, about=shown)
    return htmx.page(request, PAGE, context, status=htmx.INVALID)


def _row(
    request: HttpRequest, mine: Membership, shown: Member, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {**what_is_shown(mine), "member": shown, "problem": problem, "about": shown}
    return htmx.fragment(request, f"{PAGE}#member", context, status=status)


def page_context(
    mine: Membership, *, search: str = "", after: UUID | None = None, problem: str = "", about: Member | None = None
) -> dict[str, Any]:
    """All that the page shows to this member. `problem` is a sentence about the member `about`."""
    count = Membership.objects.filter(team=mine.team).count()
    context: dict[str, Any] = {
        "frame": frame(mine, section="team", now=timezone.now()),
        "page": members_page(mine, search=search, after=after),
        "count": count,
        "has_search": count > LEAST_TO_SEARCH or bool(search),
        "search": search,
        "is_continued": after is not None,
        "invitations": [],
        "invitation_count": 0,
        **what_is_shown(mine),
        "problem": problem,
        "about": about,
    }
    if mine.may(Ability.INVITE):
        found = waiting_invitations(mine, search=search)
        context["invitations"] = list(found[:MOST_INVITATIONS])
        context["invitation_count"] = len(context["invitations"])
        if context["invitation_count"] == MOST_INVITATIONS:
            context["invitation_count"] = found.count()
    return context


def what_is_shown(mine: Membership) -> dict[str, Any]:
    """The columns and buttons that this member gets."""
    return {
        "team": mine.team,
        "my_role": mine.role,
        "owner_role": Role.OWNER,
        "problem": "",
        "about": None,
        "can_invite": mine.may(Ability.INVITE),
        "can_see_factors": mine.may(Ability.CHANGE_TEAM),
        "now": timezone.now(),
    }
