"""The first pages after signing in: the person's teams, and a team's projects."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.abilities import Ability
from accounts.access import closing_membership_or_404, membership_or_404, signed_in
from accounts.models import Membership
from studio import htmx
from studio.forms.project import ProjectForm
from studio.gallery.queries import covers
from studio.views.frame import frame


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The person's teams; the only one at once."""
    mine = signed_in(request).memberships.filter(team__deleted_at=None)
    memberships = list(mine.select_related("team").order_by("team__name"))
    if len(memberships) == 1:
        return redirect("team_home", memberships[0].team.slug)
    return htmx.page(request, "studio/home.html", {"memberships": memberships})


@require_GET
def team_home(request: HttpRequest, team: str) -> HttpResponse:
    """The team's projects."""
    membership = membership_or_404(request, team)
    return _projects(request, membership, ProjectForm(team=membership.team))


@require_GET
def closing(request: HttpRequest, team: str) -> HttpResponse:
    """What a team says whose deletion has been asked for. Owners can take it back."""
    membership = closing_membership_or_404(request, team)
    return htmx.page(request, "accounts/closing.html", {"membership": membership})


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
