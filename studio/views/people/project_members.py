"""Who sees a project: the whole team, or those who are chosen here."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.abilities import Ability
from accounts.enums import Role
from accounts.models import Membership
from studio import htmx
from studio.access import project_or_404
from studio.models import Project, ProjectMember
from studio.projects import choose_members
from studio.views.frame import frame

GONE = "Somebody whom you have chosen is not in the team any more. Look at the list again."


@dataclass(frozen=True, slots=True)
class Seer:
    """A member on the page. `why` says why somebody sees it in any case, "" for all others."""

    membership: Membership
    is_chosen: bool
    why: str


@require_http_methods(["GET", "HEAD", "POST"])
def project_members(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Who sees the project. A POST chooses them: 422 when one of them is not in the team."""
    found, membership = project_or_404(request, team, project, may=Ability.CHOOSE_PROJECT_MEMBERS)
    if request.method != "POST":
        return _page(request, found, membership)
    asked = {public_id for text in request.POST.getlist("member") if (public_id := _uuid(text))}
    mates = list(Membership.objects.select_related("user").filter(team=found.team, user__public_id__in=asked))
    is_confidential = request.POST.get("is_confidential") == "on"
    if len(mates) < len(set(request.POST.getlist("member"))):
        return _page(request, found, membership, problem=GONE, chosen={mate.pk for mate in mates})
    choose_members(found, is_confidential=is_confidential, members=mates, by=membership)
    said = "Only those who are chosen see it now." if is_confidential else "The whole team sees it now."
    return htmx.redirect(request, reverse("project_members", args=[team, project]), say=said)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(
    request: HttpRequest,
    project: Project,
    membership: Membership,
    *,
    problem: str = "",
    chosen: set[int] | None = None,
) -> HttpResponse:
    stored = set(ProjectMember.objects.filter(project=project).values_list("membership", flat=True))
    mates = Membership.objects.select_related("user").filter(team=project.team).order_by("-role", "user__name", "pk")
    context = {
        "frame": frame(membership, section="members", project=project, now=timezone.now()),
        "project": project,
        "seers": [_seer(mate, stored if chosen is None else chosen, me=membership) for mate in mates],
        "is_confidential": project.is_confidential if chosen is None else True,
        "problem": problem,
    }
    return htmx.page(request, "accounts/project_members.html", context, status=htmx.INVALID if problem else 200)


def _seer(mate: Membership, chosen: set[int], *, me: Membership) -> Seer:
    why = "owns the team" if mate.role == Role.OWNER else "you" if mate.pk == me.pk else ""
    return Seer(membership=mate, is_chosen=mate.pk in chosen or bool(why), why=why)
