"""Writes invitations: made, sent again, revoked, accepted.

Of a link's secret (32 random bytes) the SHA-256 alone is stored. Making one and sending it again lock the team's row;
mails leave after the commit (`accounts/invitation_mail.py`).
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.urls import reverse

from accounts.abilities import LEAST_ROLE, Ability
from accounts.addresses import has_confirmed
from accounts.audit import record
from accounts.enums import AuditAction, NoticeKind, Role
from accounts.invitation_mail import Letter, LinkTo, send_letters
from accounts.models import Invitation, Membership, Team, User
from accounts.notices import notify
from accounts.teams import change_role, let_in, lock_open_team, lock_team

SECRET_BYTES = 32
MOST_RESENDS = 5
MOST_A_DAY_OF_PERSON, MOST_A_DAY_OF_TEAM = 300, 500
DAY = timedelta(days=1)


class Problem(StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    TEAM_GONE = "team_gone"
    TEAM_CLOSING = "team_closing"
    NOT_VOUCHED = "not_vouched"
    WRONG_ADDRESS = "wrong_address"


class Refused(Exception):
    """The invitation cannot be accepted."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def hash_of(secret: str) -> str:
    """What is stored of a link's secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def invitation_of(secret: str) -> Invitation | None:
    """The invitation of a link, with its team and inviter; None when there is none."""
    return Invitation.objects.select_related("team", "invited_by").filter(token_hash=hash_of(secret)).first()


def open_invitations(team: Team) -> QuerySet[Invitation]:
    """Those that were neither accepted nor revoked. Some may have expired: they can be sent again."""
    return Invitation.objects.filter(team=team, accepted_at=None, revoked_at=None)


def members_among(team: Team, emails: Sequence[str]) -> set[str]:
    """Which of these addresses belong to somebody in the team, as their login or confirmed."""
    members = Membership.objects.filter(team=team).values("user")
    logins = User.objects.filter(email__in=emails, memberships__team=team).values_list("email", flat=True)
    confirmed = EmailAddress.objects.filter(email__in=emails, verified=True, user__in=members)
    return {*logins, *confirmed.values_list("email", flat=True)}


def invited_among(team: Team, emails: Sequence[str], *, now: datetime) -> set[str]:
    """Which of these addresses have an invitation that can be accepted still."""
    waiting = open_invitations(team).filter(email__in=emails, expires_at__gt=now)
    return set(waiting.values_list("email", flat=True))


@transaction.atomic
def invite(
    team: Team, *, emails: Sequence[str], role: Role, by: User, link_to: LinkTo, now: datetime
) -> list[Invitation]:
    """Stored invitations, whose mails leave after the commit. Addresses in small letters.

    Who has become a member, or was invited by somebody else, a moment ago is left out; an expired invitation makes
    room. Raises ValidationError for a role above that of `by`, a team that takes nobody, and more than a day's share.
    """
    team = lock_open_team(team)
    _refuse_inviting(team, role, by=by)
    taken = members_among(team, emails) | invited_among(team, emails, now=now)
    wanted = [email for email in dict.fromkeys(emails) if email not in taken]
    _refuse_too_many(team, len(wanted), by=by, now=now)
    open_invitations(team).filter(email__in=wanted).update(revoked_at=now, revoked_by=by)
    letters = [_new(team, email, role=role, by=by, now=now) for email in wanted]
    transaction.on_commit(partial(send_letters, letters, link_to=link_to), robust=True)
    return [letter.invitation for letter in letters]


@transaction.atomic
def resend(invitation: Invitation, *, by: User, link_to: LinkTo, now: datetime) -> Invitation:
    """The invitation with a new secret and a new end; the old link is dead. The mail leaves after the commit.

    Who sends it again vouches for it where the inviter cannot any more. Raises ValidationError with a sentence.
    """
    team = lock_open_team(invitation.team)
    known = _locked_open(invitation)
    _refuse_inviting(team, Role(known.role), by=by)
    if known.email in members_among(team, [known.email]):
        raise ValidationError(f"{known.email} is in the team already.")
    if known.sent_count > MOST_RESENDS:
        raise ValidationError(
            f"{known.email} was sent {MOST_RESENDS + 1} mails. Ask them to look among the unwanted ones, or revoke "
            "this invitation and make a new one."
        )
    secret = secrets.token_urlsafe(SECRET_BYTES)
    known.token_hash, known.expires_at = hash_of(secret), _end(now)
    known.sent_at, known.sent_count = None, known.sent_count + 1
    if not is_vouched_for(known):
        known.invited_by = by
    known.save(update_fields=["token_hash", "expires_at", "sent_at", "sent_count", "invited_by"])
    record(AuditAction.INVITATION_RESENT, by=by, team=team, target=known.email, role=known.get_role_display())
    transaction.on_commit(partial(send_letters, [Letter(known, secret)], link_to=link_to), robust=True)
    return known


@transaction.atomic
def revoke(invitation: Invitation, *, by: User, now: datetime) -> Invitation:
    """The invitation, revoked. Raises ValidationError for one that is not open any more, or above the role of `by`."""
    known = _locked_open(invitation)
    _refuse_inviting(known.team, Role(known.role), by=by)
    known.revoked_at, known.revoked_by = now, by
    known.save(update_fields=["revoked_at", "revoked_by"])
    record(AuditAction.INVITATION_REVOKED, by=by, team=known.team, target=known.email, role=known.get_role_display())
    return known


@transaction.atomic
def accept(invitation: Invitation, *, by: User, now: datetime) -> Membership:
    """The person's membership. Who is in the team already keeps the higher role. Raises Refused."""
    try:
        team = lock_team(invitation.team)
    except ValidationError as error:
        raise Refused(Problem.TEAM_GONE) from error
    known = _locked(invitation)
    problem = problem_of(known, now=now) or problem_for(known, by)
    if problem:
        raise Refused(problem)
    membership, is_new = let_in(team, user=by, role=Role(known.role))
    if not is_new and membership.role < known.role:
        membership = _raised(membership, known)
    known.accepted_at, known.accepted_by = now, by
    known.save(update_fields=["accepted_at", "accepted_by"])
    role = membership.get_role_display()
    record(AuditAction.INVITATION_ACCEPTED, by=by, team=team, about=by, target=known.email, role=role)
    url = reverse("members", args=[team.slug])
    notify(known.invited_by, NoticeKind.JOINED, f"{by} has joined {team} as {role.lower()}.", url=url, team=team)
    return membership


def problem_of(invitation: Invitation, *, now: datetime) -> Problem | None:
    """Why nobody can accept the invitation; None when its address can."""
    if invitation.team.deleted_at is not None:
        return Problem.TEAM_GONE
    if invitation.accepted_at is not None:
        return Problem.USED
    if invitation.revoked_at is not None:
        return Problem.REVOKED
    if invitation.expires_at <= now:
        return Problem.EXPIRED
    if invitation.team.is_closing:
        return Problem.TEAM_CLOSING
    return None if is_vouched_for(invitation) else Problem.NOT_VOUCHED


def problem_for(invitation: Invitation, user: User) -> Problem | None:
    """Whether this person has proven that the invitation's address is theirs."""
    return None if has_confirmed(user, invitation.email) else Problem.WRONG_ADDRESS


def is_vouched_for(invitation: Invitation) -> bool:
    """Whether the inviter could send this invitation today: is in the team, may invite, has at least its role."""
    return Invitation.objects.filter(_vouched(), pk=invitation.pk, invited_by=invitation.invited_by_id).exists()


def vouched_for(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """The same rows, each with `is_good`: whether it is vouched for, as in `is_vouched_for`."""
    return invitations.annotate(is_good=_vouched())


def _vouched() -> Exists:
    least = Greatest(OuterRef("role"), LEAST_ROLE[Ability.INVITE].value)
    inviters = Membership.objects.filter(
        team=OuterRef("team"), user=OuterRef("invited_by"), user__is_active=True, role__gte=least
    )
    return Exists(inviters)


def masked(email: str) -> str:
    """An address that only who has it recognises: `v…@example.com`."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _raised(membership: Membership, invitation: Invitation) -> Membership:
    try:
        return change_role(membership, role=Role(invitation.role), by=invitation.invited_by)
    except ValidationError as error:
        raise Refused(Problem.NOT_VOUCHED) from error


def _new(team: Team, email: str, *, role: Role, by: User, now: datetime) -> Letter:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    invitation = Invitation.objects.create(
        team=team, email=email, role=role, token_hash=hash_of(secret), invited_by=by, created_at=now,
        expires_at=_end(now), sent_count=1,
    )  # fmt: skip
    record(AuditAction.INVITED, by=by, team=team, target=email, role=role.label)
    return Letter(invitation, secret)


def _end(now: datetime) -> datetime:
    return now + timedelta(days=settings.INVITATION_DAYS)


def _locked(invitation: Invitation) -> Invitation:
    """As it stands now, locked until the transaction ends."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("team", "invited_by")
    return rows.get(pk=invitation.pk)


def _locked_open(invitation: Invitation) -> Invitation:
    known = _locked(invitation)
    if known.accepted_at or known.revoked_at:
        done = "accepted" if known.accepted_at else "revoked"
        raise ValidationError(f"The invitation of {known.email} was {done} a moment ago.")
    return known


def _refuse_inviting(team: Team, role: Role, *, by: User) -> None:
    mine = Membership.objects.filter(team=team, user=by).first()
    if mine is None or not mine.may(Ability.INVITE) or role > mine.role:
        raise ValidationError(f"You can invite people up to your own role: {role.label.lower()} is above it.")


def _refuse_too_many(team: Team, count: int, *, by: User, now: datetime) -> None:
    """A day's share of invitations, so that nobody sends unwanted mail in our name."""
    User.objects.select_for_update().filter(pk=by.pk).first()
    lately = Invitation.objects.filter(created_at__gt=now - DAY)
    for of_whom, most, who in (
        (Q(invited_by=by), MOST_A_DAY_OF_PERSON, "You have"),
        (Q(team=team), MOST_A_DAY_OF_TEAM, "This team has"),
    ):
        sent = lately.filter(of_whom).count()
        if sent + count > most:
            raise ValidationError(
                f"{who} sent {sent} invitations within a day, and {most} is the limit. Send the others tomorrow."
            )
