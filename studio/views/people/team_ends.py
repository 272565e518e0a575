"""The end of a team: what would go, the export that is offered first, the wish, and taking it back."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.abilities import Ability
from accounts.access import closing_membership_or_404, membership_or_404
from accounts.audit import record
from accounts.enums import AuditAction
from accounts.limits import is_within
from accounts.models import Membership
from studio import htmx
from studio.forms.team import TypedNameForm
from studio.media.archive import serve_large_zip
from studio.team_deletion import ask_deletion, take_back_deletion, toll_of
from studio.team_export import TeamExport
from studio.views.frame import frame

MANY_EXPORTS = "The team was exported often within an hour. Wait a while, then try again."


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, team: str) -> HttpResponse:
    """What would go with the team. A POST with its name closes it, and sets the day of its removal."""
    membership = membership_or_404(request, team, may=Ability.DELETE_TEAM)
    if membership.team.is_closing:
        return redirect("team_closing", team)
    if request.method != "POST":
        return _delete(request, membership, TypedNameForm(team=membership.team))
    form = TypedNameForm(request.POST, team=membership.team)
    if not form.is_valid():
        return _delete(request, membership, form, status=htmx.INVALID)
    ask_deletion(membership.team, by=membership.user, now=timezone.now())
    return htmx.redirect(request, reverse("team_closing", args=[team]))


def _delete(request: HttpRequest, membership: Membership, form: TypedNameForm, *, status: int = 200) -> HttpResponse:
    context = {
        "frame": frame(membership, section="team", now=timezone.now()),
        "team": membership.team,
        "toll": toll_of(membership.team),
        "grace_days": settings.TEAM_GRACE_DAYS,
        "form": form,
    }
    return htmx.page(request, "accounts/team_delete.html", context, status=status)


@require_GET
def closing(request: HttpRequest, team: str) -> HttpResponse:
    """What a team says whose deletion has been asked for. Owners can take it back."""
    return _closing(request, closing_membership_or_404(request, team))


@require_POST
def take_back(request: HttpRequest, team: str) -> HttpResponse:
    """The team is open again."""
    membership = membership_or_404(request, team, may=Ability.DELETE_TEAM)
    if not membership.team.is_closing:
        return htmx.redirect(request, reverse("team_home", args=[team]))
    try:
        take_back_deletion(membership.team, by=membership.user, now=timezone.now())
    except ValidationError as error:
        return _closing(request, membership, problem=" ".join(error.messages), status=htmx.INVALID)
    said = "The deletion is taken back. The team is open again."
    return htmx.redirect(request, reverse("team_home", args=[team]), say=said)


def _closing(request: HttpRequest, membership: Membership, *, problem: str = "", status: int = 200) -> HttpResponse:
    due_at = membership.team.deletion_due_at
    context = {
        "team": membership.team,
        "is_owner": membership.may(Ability.DELETE_TEAM),
        "is_over": due_at is not None and due_at <= timezone.now(),
        "problem": problem,
    }
    return htmx.page(request, "accounts/closing.html", context, status=status)


@require_safe
def export(request: HttpRequest, team: str) -> HttpResponseBase:
    """All of the team's work as one ZIP, streamed. Each one is in the audit log."""
    membership = membership_or_404(request, team, may=Ability.DELETE_TEAM)
    made = TeamExport(team=membership.team, by=membership.user, now=timezone.now())
    if request.method == "GET":
        if not is_within(request, action="export_team", rate="20/h/user"):
            return htmx.redirect(request, _page_of(membership), say=MANY_EXPORTS, is_bad=True)
        record(AuditAction.TEAM_EXPORTED, by=membership.user, team=membership.team, target=membership.team)
    return serve_large_zip(request, made.members(), filename=made.filename, on_lack=made.lack)


def _page_of(membership: Membership) -> str:
    name = "team_closing" if membership.team.is_closing else "team_settings"
    return reverse(name, args=[membership.team.slug])
