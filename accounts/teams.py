"""Writes teams and memberships, each in one transaction.

Whatever decides by who owns a team, or by whether it is being deleted, locks the team's row first: of two owners who
step down in the same moment one stays.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.text import slugify

from accounts.abilities import Ability
from accounts.audit import record
from accounts.enums import AuditAction, NoticeKind, Role
from accounts.models import RESERVED_SLUGS, Membership, Team, User
from accounts.naming import clean_name
from accounts.notices import notify

STEM_LENGTH = 44
MOST_TRIES = 1000


@transaction.atomic
def create_team(name: str, *, by: User, slug: str | None = None) -> Team:
    """A stored team with `by` as its owner; without a `slug` a free one is made from the name.

    Raises ValidationError for a name or a slug that cannot be.
    """
    try:
        name = clean_name(name)
    except ValidationError as error:
        raise ValidationError({"name": error.messages}) from error
    team = Team(name=name, slug=free_slug(name) if slug is None else slug)
    team.full_clean()
    try:
        with transaction.atomic():
            team.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"slug": f"“{team.slug}” was taken just now. Choose another one."}) from error
    Membership.objects.create(team=team, user=by, role=Role.OWNER)
    record(AuditAction.TEAM_CREATED, by=by, team=team, target=team.name, slug=team.slug)
    return team


def free_slug(name: str) -> str:
    """A short name that no other team has: `northlight`, `northlight-2`. A name without Latin letters is `team`."""
    stem = slugify(name).replace("_", "-")[:STEM_LENGTH].strip("-") or "team"
    taken = set(Team.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED_SLUGS
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, MOST_TRIES))]
    return next((slug for slug in candidates if slug not in taken), stem)


@transaction.atomic
def rename_team(team: Team, *, name: str, by: User) -> Team:
    """The team under its new name; its address stays. Raises ValidationError for a name that cannot be."""
    found, name = lock_team(team), clean_name(name)
    if name != found.name:
        record(AuditAction.TEAM_CHANGED, by=by, team=found, target=name, what="name", before=found.name, after=name)
        found.name = name
        found.save(update_fields=["name"])
    return found


@transaction.atomic
def require_second_factor(team: Team, *, is_required: bool, by: User) -> Team:
    """The team, which from now on asks each member for a second factor, or does not any more.

    Raises ValidationError when `by` has none: they would shut themselves out.
    """
    found = lock_team(team)
    if is_required and not is_mfa_enabled(by):
        raise ValidationError("You have no second factor yourself yet. Add a passkey or an authenticator app first.")
    if is_required != found.is_second_factor_required:
        found.is_second_factor_required = is_required
        found.save(update_fields=["is_second_factor_required"])
        record(AuditAction.TEAM_CHANGED, by=by, team=found, target=found, what="second factor", after=is_required)
    return found


def without_second_factor(team: Team) -> list[User]:
    """The members who have no second factor yet."""
    theirs = Authenticator.objects.filter(user=OuterRef("pk"))
    return list(User.objects.filter(~Exists(theirs), memberships__team=team, is_active=True).order_by("name", "email"))


def lock_team(team: Team) -> Team:
    """The team as it stands now, locked until the transaction ends. Raises ValidationError if its work is gone."""
    found = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    if found.deleted_at is not None:
        raise ValidationError(f"{found} was deleted.")
    return found


def lock_open_team(team: Team) -> Team:
    """As `lock_team`. Raises ValidationError also when the team's deletion has been asked for: nobody joins then."""
    found = lock_team(team)
    if found.is_closing:
        raise ValidationError(f"{found} is being deleted: nobody can join it any more.")
    return found


@transaction.atomic
def let_in(team: Team, *, user: User, role: Role) -> tuple[Membership, bool]:
    """The person's membership, and whether it is new: who is in the team already keeps their role.

    For those who come by themselves (an invitation, a domain); the caller tells the audit log by which door. Raises
    ValidationError for a team that takes nobody.
    """
    lock_open_team(team)
    return Membership.objects.get_or_create(team=team, user=user, defaults={"role": role})


@transaction.atomic
def add_member(team: Team, *, user: User, role: Role, by: User | None = None) -> Membership:
    """Give `user` this role in the team; a member who is there already changes role. `by` None is the operator.

    Raises ValidationError for a role above that of `by`, for the last owner (a team without one could not be managed
    any more), and for a team that is being deleted.
    """
    lock_open_team(team)
    known = Membership.objects.select_related("team", "user").filter(team=team, user=user).first()
    if known is not None:
        return _changed(known, role=role, by=by)
    if by is not None:
        _refuse_giving(_membership_of(by, team), role, ability=Ability.INVITE)
    membership = Membership.objects.create(team=team, user=user, role=role)
    record(AuditAction.MEMBER_ADDED, by=by, team=team, about=user, target=user, role=Role(role).label)
    return membership


@transaction.atomic
def change_role(membership: Membership, *, role: Role, by: User | None) -> Membership:
    """Give the member this role. `by` None is the operator.

    Nobody gives a role above their own, and nobody changes somebody at or above their own role: except an owner, and
    everybody themselves downwards. Raises ValidationError for that, for the last owner, and for who has left.
    """
    lock_team(membership.team)
    known = Membership.objects.select_related("team", "user").filter(pk=membership.pk).first()
    if known is None:
        raise ValidationError(f"{membership.user} is not in {membership.team} any more.")
    return _changed(known, role=role, by=by)


def refuse_last_owner(membership: Membership) -> None:
    """Raises ValidationError when the member is the last owner who can sign in. Call it under `lock_team`.

    Locks the owners' rows, as letting a member go does: of an owner who leaves and one who steps down one stays.
    """
    owners = Membership.objects.select_for_update(of=("self",)).order_by("pk")
    owners = owners.filter(team=membership.team_id, role=Role.OWNER, user__is_active=True)
    if [owner.user_id for owner in owners] == [membership.user_id]:
        raise ValidationError(
            f"{membership.user} is the last owner of {membership.team}. Make somebody else an owner first."
        )


def may_change(mine: Membership, other: Membership) -> bool:
    """Whether this member may change the role of the other at all: below them, or they own the team."""
    return mine.may(Ability.MANAGE_MEMBERS) and (other.role < mine.role or mine.role == Role.OWNER)


def roles_to_give(mine: Membership, other: Membership) -> list[Role]:
    """The roles that this member may give the other, the lowest first; none when they may not change them."""
    is_self = mine.pk == other.pk
    return [role for role in Role if role <= mine.role] if is_self or may_change(mine, other) else []


def _changed(membership: Membership, *, role: Role, by: User | None) -> Membership:
    """The member with the new role: checked, stored and told. The caller holds the team's lock."""
    team, user, before = membership.team, membership.user, Role(membership.role)
    if by is not None:
        _refuse_changing(_membership_of(by, team), membership, role)
    if role == before:
        return membership
    if before == Role.OWNER:
        refuse_last_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    detail = {"before": before.label, "after": Role(role).label}
    record(AuditAction.ROLE_CHANGED, by=by, team=team, about=user, target=user, **detail)
    if by != user:
        text = f"You are {Role(role).label.lower()} in {team} now; before you were {before.label.lower()}."
        notify(user, NoticeKind.ROLE_CHANGED, text, url=reverse("team_home", args=[team.slug]), team=team)
    return membership


def _refuse_changing(mine: Membership, other: Membership, role: Role) -> None:
    if mine.pk == other.pk and role <= mine.role:
        return
    if mine.pk != other.pk and not may_change(mine, other):
        raise ValidationError(f"{other.user} is {other.get_role_display().lower()}: only an owner can change that.")
    _refuse_giving(mine, role, ability=Ability.MANAGE_MEMBERS)


def _refuse_giving(mine: Membership, role: Role, *, ability: Ability) -> None:
    if not mine.may(ability) or role > mine.role:
        raise ValidationError(f"You are {mine.get_role_display().lower()}: you cannot give a role above your own.")


def _membership_of(person: User, team: Team) -> Membership:
    """As it stands now: a role that was taken away a moment ago gives nothing any more."""
    found = Membership.objects.filter(team=team, user=person).first()
    if found is None:
        raise ValidationError(f"You are not in {team} any more.")
    return found
