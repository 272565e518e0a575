"""Team and Membership: who works together, and what each may do."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.abilities import Ability, may
from accounts.enums import Role
from accounts.models.names import slug_form, slug_is_free
from accounts.models.user import User


class Team(models.Model):
    """Owns projects, references, clips and credits.

    `joining_domain`: who has a confirmed address there may join as `joining_role`; "" lets nobody. Between
    `deletion_asked_at` and `deletion_due_at` an owner can still take the deletion back; `deleted_at` is when its work
    was removed. The row stays: the ledger's lines need it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=50, unique=True, validators=[slug_form, slug_is_free])
    name = models.CharField(max_length=120)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")
    created_at = models.DateTimeField(auto_now_add=True)
    is_second_factor_required = models.BooleanField(default=False)
    joining_domain = models.CharField(max_length=253, blank=True)
    joining_role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.VIEWER)
    deletion_asked_at = models.DateTimeField(null=True, blank=True)
    deletion_asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deletion_due_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(joining_role__lt=Role.MANAGER), name="team_joining_role_is_low"),
            models.CheckConstraint(
                condition=Q(
                    deletion_asked_at__isnull=True, deletion_due_at__isnull=True, deletion_asked_by__isnull=True
                )
                | Q(deletion_asked_at__isnull=False, deletion_due_at__isnull=False, deletion_asked_by__isnull=False),
                name="team_deletion_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(deletion_asked_at__isnull=False),
                name="team_deleted_was_asked_for",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closing(self) -> bool:
        """Whether its deletion has been asked for."""
        return self.deletion_asked_at is not None


class Membership(models.Model):
    """A person's role in a team."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["team", "-role", "user"]
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once_a_team"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}: {self.get_role_display()}"

    def may(self, ability: Ability) -> bool:
        """Whether this member has the ability."""
        return may(Role(self.role), ability)
