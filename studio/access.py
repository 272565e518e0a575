"""The only doors to owned objects. Whoever is not in the team gets 404, as if the thing did not exist."""

from uuid import UUID

from django.http import Http404, HttpRequest

from accounts.access import membership_or_404, signed_in
from accounts.enums import Role
from accounts.models import Membership
from studio.models import Clip, Generation, Project, Reference


def project_or_404(
    request: HttpRequest, team: str, project: str, *, at_least: Role = Role.VIEWER
) -> tuple[Project, Membership]:
    """The project `project` of the team `team` (slugs), and the person's membership there.

    Raises Http404 for strangers and for roles below `at_least`.
    """
    membership = membership_or_404(request, team, at_least=at_least)
    found = Project.objects.select_related("team").filter(team=membership.team, slug=project).first()
    if found is None:
        raise Http404
    return found, membership


def generation_or_404(request: HttpRequest, public_id: UUID, *, at_least: Role = Role.VIEWER) -> Generation:
    """The generation, with all that its card shows. Raises Http404 like `project_or_404`."""
    found = (
        Generation.objects.to_show()
        .filter(
            public_id=public_id,
            team__memberships__user=signed_in(request),
            team__memberships__role__gte=at_least,
        )
        .first()
    )
    if found is None:
        raise Http404
    return found


def clip_or_404(request: HttpRequest, public_id: UUID, *, at_least: Role = Role.VIEWER) -> Clip:
    """The clip, with its generation, project and team. Raises Http404 like `project_or_404`."""
    found = (
        Clip.objects.to_show()
        .filter(
            public_id=public_id,
            team__memberships__user=signed_in(request),
            team__memberships__role__gte=at_least,
        )
        .first()
    )
    if found is None:
        raise Http404
    return found


def reference_or_404(request: HttpRequest, public_id: UUID) -> Reference:
    """The reference. Raises Http404 for strangers."""
    found = Reference.objects.filter(public_id=public_id, team__memberships__user=signed_in(request)).first()
    if found is None:
        raise Http404
    return found
