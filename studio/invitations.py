"""Invitations where the studio's projects come in: who accepts sees the confidential ones that they were invited to."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from accounts import invitations
from accounts.audit import record
from accounts.enums import AuditAction, Role
from accounts.invitation_mail import LinkTo
from accounts.models import Invitation, Membership, Team, User
from studio.models import InvitedProject, Project, ProjectMember
from studio.models.project import ProjectQuerySet


@transaction.atomic
def invite(
    team: Team,
    *,
    emails: Sequence[str],
    role: Role,
    projects: Iterable[Project],
    by: User,
    link_to: LinkTo,
    now: datetime,
) -> list[Invitation]:
    """Stored invitations to the team and these confidential projects of it. Raises as `accounts.invitations.invite`."""
    made = invitations.invite(team, emails=emails, role=role, by=by, link_to=link_to, now=now)
    seen = _seen_by(by, team).filter(pk__in=[project.pk for project in projects])
    InvitedProject.objects.bulk_create(
        [InvitedProject(invitation=invitation, project=project) for invitation in made for project in seen]
    )
    return made


@transaction.atomic
def accept(invitation: Invitation, *, by: User, now: datetime) -> Membership:
    """The person's membership, which sees the projects of the invitation. Raises Refused."""
    membership = invitations.accept(invitation, by=by, now=now)
    for project in promised_projects(invitation):
        _, is_new = ProjectMember.objects.get_or_create(project=project, membership=membership)
        if is_new:
            record(
                AuditAction.PROJECT_MEMBERS_CHANGED, by=by, team=membership.team, about=by, target=project.name,
                added=str(by), through="an invitation",
            )  # fmt: skip
    return membership


def promised_projects(invitation: Invitation) -> ProjectQuerySet:
    """The confidential projects that the invitation opens: those of it that the inviter still sees."""
    found = _seen_by(invitation.invited_by, invitation.team)
    return found.filter(pk__in=invitation.invited_projects.values("project"))


def confidential_projects(membership: Membership) -> ProjectQuerySet:
    """Those that this member sees, and may invite others to."""
    return Project.objects.visible_to(membership).filter(is_confidential=True).order_by("name", "pk")


def _seen_by(user: User, team: Team) -> ProjectQuerySet:
    membership = Membership.objects.select_related("team", "user").filter(team=team, user=user).first()
    return Project.objects.none() if membership is None else confidential_projects(membership)
