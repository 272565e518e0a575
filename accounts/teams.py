"""Writes teams and memberships, each in one transaction."""

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership, Team, User


@transaction.atomic
def create_team(name: str, *, slug: str, by: User) -> Team:
    """A stored team with `by` as its owner. Raises ValidationError for a slug that cannot be."""
    team = Team(name=name, slug=slug)
    team.full_clean()
    team.save(force_insert=True)
    Membership.objects.create(team=team, user=by, role=Role.OWNER)
    return team


@transaction.atomic
def add_member(team: Team, *, user: User, role: Role) -> Membership:
    """Give `user` this role in the team; a member who is there already changes role.

    Raises ValidationError for the last owner: a team without one could not be managed any more.
    """
    owners = Membership.objects.select_for_update().filter(team=team, role=Role.OWNER)
    if role != Role.OWNER and [owner.user_id for owner in owners] == [user.pk]:
        raise ValidationError(f"{user} is the last owner of {team}. Make somebody else an owner first.")
    membership, _ = Membership.objects.update_or_create(team=team, user=user, defaults={"role": role})
    return membership
