"""Project: a folder of work inside a team."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.enums import Role
from accounts.models import SLUG_PATTERN, Invitation, Membership, Team, User, slug_form


def seen_by(user: User, *, through: str = "project__") -> Q:
    """The condition that a project is one that this member of its team sees: it is not confidential, or they are one
    of its members, or they own the team. `through` leads from the row to the project, "" for a project itself."""
    project = OuterRef(f"{through}pk")
    team = OuterRef(f"{through}team_id")
    return (
        Q(**{f"{through}is_confidential": False})
        | Q(Exists(ProjectMember.objects.filter(project=project, membership__user=user)))
        | Q(Exists(Membership.objects.filter(team=team, user=user, role=Role.OWNER)))
    )


def in_hand_of(user: User, *, through: str = "") -> Q:
    """The condition that a take or a project is in this person's hands: they keep it, or they made it and nobody
    keeps it. `through` leads from the row to it."""
    return Q(**{f"{through}kept_by": user}) | Q(**{f"{through}kept_by": None, f"{through}created_by": user})


class ProjectQuerySet(models.QuerySet["Project"]):
    """Reads of projects."""

    def visible_to(self, membership: Membership) -> Self:
        """Those of the member's team that the member sees."""
        return self.filter(seen_by(membership.user, through=""), team=membership.team)


class Project(models.Model):
    """A folder of work with its own gallery.

    `change_seq` counts what has happened to the project's generations. It is raised in the transaction of each
    event, which locks the row: events become visible in the order of their numbers, so that a page that asks
    "what is new since 41?" misses nothing.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="projects")
    slug = models.CharField(max_length=50, validators=[slug_form])
    name = models.CharField(max_length=120)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    is_confidential = models.BooleanField(default=False)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    change_seq = models.PositiveBigIntegerField(default=0, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "slug"], name="project_slug_once_a_team"),
            models.CheckConstraint(condition=models.Q(slug__regex=rf"^{SLUG_PATTERN}$"), name="project_slug_is_a_slug"),
        ]
        indexes = [models.Index(fields=["team", "-created_at"], name="project_of_team")]

    def __str__(self) -> str:
        return self.name


class ProjectMember(models.Model):
    """A member of the team who sees a confidential project. Who leaves the team leaves its projects."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="project_members")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="project_memberships")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["project", "membership"], name="project_member_once")]

    def __str__(self) -> str:
        return f"{self.membership.user} in {self.project}"


class InvitedProject(models.Model):
    """A confidential project that somebody who accepts the invitation will see."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="invited_projects")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["invitation", "project"], name="invited_project_once")]

    def __str__(self) -> str:
        return f"{self.invitation}: {self.project}"
