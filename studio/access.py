"""The only doors to owned objects.

Whoever is not in the team, or does not see the project, gets 404, as if the thing did not exist.
"""

from uuid import UUID

from django.http import Http404, HttpRequest

from accounts.abilities import Ability
from accounts.access import admit, membership_or_404, of_members, signed_in
from accounts.models import Membership
from studio.models import Clip, Generation, Project, Reference


def project_or_404(
    request: HttpRequest, team: str, project: str, *, may: Ability = Ability.SEE
) -> tuple[Project, Membership]:
    """The project `project` of the team `team` (slugs), and the person's membership there.

    Raises Http404 for strangers, for roles without the ability, and for a confidential project of others.
    """
    membership = membership_or_404(request, team, may=may)
    found = Project.objects.select_related("team").visible_to(membership).filter(slug=project).first()
    if found is None:
        raise Http404
    return found, membership


def generation_or_404(request: HttpRequest, public_id: UUID, *, may: Ability = Ability.SEE) -> Generation:
    """The generation, with all that its card shows. Raises Http404 like `project_or_404`."""
    found = (
        Generation.objects.to_show()
        .filter(public_id=public_id, **of_members(request, may=may))
        .in_projects_of(signed_in(request))
        .first()
    )
    if found is None:
        raise Http404
    admit(request, found.team, may=may)
    return found


def clip_or_404(request: HttpRequest, public_id: UUID, *, may: Ability = Ability.SEE) -> Clip:
    """The clip, with its generation, project and team. Raises Http404 like `project_or_404`."""
    found = (
        Clip.objects.to_show()
        .filter(public_id=public_id, **of_members(request, may=may))
        .in_projects_of(signed_in(request))
        .first()
    )
    if found is None:
        raise Http404
    admit(request, found.team, may=may)
    return found


def reference_or_404(request: HttpRequest, public_id: UUID) -> Reference:
    """The reference. Raises Http404 for strangers, and for one of a confidential project of others."""
    found = (
        Reference.objects.select_related("team", "project")
        .filter(public_id=public_id, **of_members(request))
        .in_projects_of(signed_in(request))
        .first()
    )
    if found is None:
        raise Http404
    admit(request, found.team, may=Ability.SEE)
    return found
