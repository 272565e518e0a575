"""The first pages after signing in: the person's teams, and a team's projects."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.abilities import Ability
from accounts.access import membership_or_404, signed_in
from accounts.domains import joinable_teams
from accounts.models import Membership
from studio import htmx
from studio.forms.project import ProjectForm
from studio.gallery.queries import covers
from studio.views.frame import frame
from studio.views.people.teams import may_create


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The person's teams; the only one at once."""
    mine = signed_in(request).memberships.filter(team__deleted_at=None)
    memberships = list(mine.select_related("team").order_by("team__name"))
    if len(memberships) == 1:
        return redirect("team_home", memberships[0].team.slug)
    joinable = [] if memberships else joinable_teams(signed_in(request))
    context = {"memberships": memberships, "teams": joinable, "may_create": may_create(signed_in(request))}
    return htmx.page(request, "studio/home.html", context)


@require_GET
def team_home(request: HttpRequest, team: str) -> HttpResponse:
    """The team's projects."""
    membership = membership_or_404(request, team)
    return _projects(request, membership, ProjectForm(team=membership.team))


@require_POST
def create_project(request: HttpRequest, team: str) -> HttpResponse:
    """A new project, and its studio page at once. 422 with the form when the name will not do."""
    membership = membership_or_404(request, team, may=Ability.GENERATE)
    form = ProjectForm(request.POST, team=membership.team)
    if not form.is_valid():
        return _projects(request, membership, form, status=htmx.INVALID)
    project = form.save(by=membership.user)
    return redirect("studio", team, project.slug)


def _projects(request: HttpRequest, membership: Membership, form: ProjectForm, *, status: int = 200) -> HttpResponse:
    context = {
        "frame": frame(membership, section="team", now=timezone.now()),
        "covers": covers(membership),
        "form": form,
    }
    return htmx.page(request, "studio/team.html", context, status=status)
