"""Deleting an account: the work passes on, the person goes, the row stays for the history."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import partial

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string

from accounts.audit import record
from accounts.enums import AuditAction, Role, Theme
from accounts.models import ApiToken, Invitation, Membership, Team, User
from accounts.sessions import end_sessions
from studio.avatars import remove_avatar_file
from studio.errors import NotPossible
from studio.leaving import heirs_of, let_go

FORMER = "Former member"
SUBJECT = "Your account at Dailies is deleted"

log = structlog.get_logger()


def memberships_of(user: User) -> list[Membership]:
    """The person's teams, in the order in which they are left."""
    rows = Membership.objects.select_related("team", "user").filter(user=user, team__deleted_at=None)
    return list(rows.order_by("team_id"))


def owned_alone(user: User) -> list[Team]:
    """The teams that would be without an owner."""
    others = Membership.objects.filter(team=OuterRef("pk"), role=Role.OWNER, user__is_active=True).exclude(user=user)
    mine = Membership.objects.filter(team=OuterRef("pk"), role=Role.OWNER, user=user)
    return list(Team.objects.filter(Exists(mine), ~Exists(others), deleted_at=None))


@transaction.atomic
def delete_account(user: User, *, by: User | None, heirs: Mapping[int, User], forget_name: bool, now: datetime) -> bool:
    """Let the person go in each team, and make the row that of nobody; False if that had been done already.

    `by` is the person, or None for a command. `heirs` maps teams (by id) to who takes over there; an owner does in
    the others. The address is free for a new account afterwards. Raises NotPossible with a sentence for the last owner
    of a team and an heir who cannot be one; then nothing has happened.
    """
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if row.deleted_at is not None:
        return False
    _refuse_last_owner(row)
    for membership in memberships_of(row):
        heir = heirs.get(membership.team_id) or _owner_of(membership)
        let_go(membership, by=by and row, heir=heir, now=now)
    address, picture = row.email, row.avatar_key
    _remove_traces(row, now=now)
    _make_nobody(row, forget_name=forget_name, now=now)
    _refuse_new_team(row)
    Membership.objects.filter(user=row).delete()  # of teams whose work is removed
    record(AuditAction.ACCOUNT_DELETED, by=by and row, about=row, target=row)
    transaction.on_commit(partial(_send_farewell, address), robust=True)
    if picture:
        transaction.on_commit(partial(remove_avatar_file, picture), robust=True)
    log.info("account.deleted", user_id=row.pk, is_name_kept=row.name != FORMER)
    return True


def _refuse_last_owner(user: User) -> None:
    teams = owned_alone(user)
    if teams:
        names = ", ".join(map(str, teams))
        raise NotPossible(
            f"{user} is the last owner of {names}. Make somebody else an owner there, or delete the team, first."
        )


def _refuse_new_team(user: User) -> None:
    """A team that was made or joined in this very moment was on no page: nobody has said who takes over there."""
    joined = memberships_of(user)
    if joined:
        raise NotPossible(f"{user} has just joined {joined[0].team}. Look at what happens there, then try again.")


def _owner_of(membership: Membership) -> User:
    """The first of the other owners, who come first among those who may take over."""
    heir = heirs_of(membership).first()
    if heir is None:
        raise NotPossible(f"Nobody in {membership.team} can take over. Make somebody an owner there first.")
    return heir.user


def _remove_traces(user: User, *, now: datetime) -> None:
    """All that let the person in, and all that told of them and to them."""
    addresses = [*EmailAddress.objects.filter(user=user).values_list("email", flat=True), user.email]
    is_past = Q(accepted_by=user) | Q(email__in=[one.lower() for one in addresses], revoked_at__isnull=False)
    Invitation.objects.filter(is_past).update(email=_nowhere())
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
    ApiToken.objects.filter(user=user).update(last_used_ip=None)
    end_sessions(user)
    user.notices.all().delete()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()


def _make_nobody(user: User, *, forget_name: bool, now: datetime) -> None:
    """A name may stay for the history; an address, which stood for the name where there was none, never does."""
    user.email = _nowhere()
    user.name = FORMER if forget_name or not user.name else user.name
    user.avatar_key, user.time_zone, user.theme = "", "UTC", Theme.SYSTEM
    user.notification_choices, user.is_motion_reduced = {}, False
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login, user.deleted_at = None, now
    user.set_unusable_password()
    user.save()


def _nowhere() -> str:
    """An address that nobody can have."""
    return f"deleted-{uuid.uuid4()}@invalid"


def _send_farewell(address: str) -> None:
    """The last mail. A mail server that is down must not bring the account back."""
    message = EmailMultiAlternatives(
        subject=SUBJECT, body=render_to_string("emails/account_deleted.txt", {"email": address}), to=[address]
    )
    message.attach_alternative(render_to_string("emails/account_deleted.html", {"email": address}), "text/html")
    try:
        message.send()
    except OSError as error:  # smtplib's errors are among them
        log.warning("account.farewell_not_sent", error=type(error).__name__)
