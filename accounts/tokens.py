"""API tokens: made and shown once, revoked, and recognised when a script sends one.

A token is `dly_` and eight characters, by which people tell it from others, then `_`, 32 random characters and a
checksum of six: a scanner of published code, or a program that was given half of it, knows without asking us.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.abilities import LEAST_ROLE, Ability
from accounts.audit import record
from accounts.enums import AuditAction, NoticeKind, Role, Scope
from accounts.models import ApiToken, Membership, Team, User
from accounts.notices import notify
from accounts.origin import ip_of

log = structlog.get_logger()

ALPHABET = string.digits + string.ascii_letters
MARK_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 8, 32, 6
TOKEN_FORM = re.compile(r"dly_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}")
BEARER = re.compile(r"Bearer +([!-~]{1,200}) *", re.IGNORECASE)
MOST_LIVE = 20
SHOWN_FOR = timedelta(days=90)
USE_IS_NOTED_EVERY = timedelta(minutes=1)
SCOPE_NEEDS: dict[Scope, Ability] = {
    Scope.READ: Ability.SEE,
    Scope.GENERATE: Ability.GENERATE,
    Scope.REPORTS: Ability.SEE_REPORTS,
}


class MadeBefore(Exception):
    """This form has made its token already. It was shown then, and is not shown again."""


class Fault(StrEnum):
    """Why a token opens nothing. The value is what its user is told."""

    MISSING = "Send a token: “Authorization: Bearer dly_…”. Make one under “API tokens” in your account."
    UNKNOWN = "This is no token of ours. Copy it again from where you keep it, or make a new one."
    REVOKED = "This token was revoked. Make a new one under “API tokens” in your account."
    EXPIRED = "This token has expired. Make a new one under “API tokens” in your account."
    INACTIVE = "The account of this token is closed. Ask the team's owner."
    NOT_MEMBER = "The person of this token is not in its team any more. Ask the team's owner."
    CLOSING = "The team of this token is being deleted. An owner can still take that back."
    SECOND_FACTOR = "The team asks for a second factor. Add a passkey or an authenticator app to your account first."


WAITS = frozenset({Fault.CLOSING, Fault.SECOND_FACTOR})
"""The token is a good one; something else is to be done first."""


class Refused(Exception):
    """The request opens nothing, for this reason."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a person in a team, within the token's scopes and never beyond their role."""

    token: ApiToken
    membership: Membership

    @property
    def team(self) -> Team:
        return self.membership.team

    @property
    def user(self) -> User:
        return self.membership.user

    def may(self, scope: Scope) -> bool:
        """Whether the token has the scope, and the person's role still suffices for it."""
        return scope in scopes_of(self.token) and self.membership.may(SCOPE_NEEDS[scope])


def new_token() -> tuple[str, str]:
    """A token that nobody has yet, and the part of it by which people tell it from others."""
    prefix = f"dly_{_random(MARK_LENGTH)}"
    body = f"{prefix}_{_random(SECRET_LENGTH)}"
    return body + _checksum(body), prefix


def is_token(text: str) -> bool:
    """Whether the text can be a token at all: its form and its checksum are right."""
    return bool(TOKEN_FORM.fullmatch(text)) and hmac.compare_digest(
        _checksum(text[:-CHECKSUM_LENGTH]), text[-CHECKSUM_LENGTH:]
    )


def hash_of(text: str) -> str:
    """What is stored of a token: SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    """CRC-32 in six characters of the alphabet, the most significant first."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def scopes_for(role: int) -> list[Scope]:
    """What a token of somebody with this role may be for."""
    return [scope for scope in Scope if role >= LEAST_ROLE[SCOPE_NEEDS[scope]]]


def scopes_of(token: ApiToken) -> list[Scope]:
    """The token's scopes; what this version does not know counts for nothing."""
    return [scope for scope in Scope if scope.value in token.scopes]


def live(*, now: datetime) -> Q:
    """The condition that a token is neither revoked nor expired."""
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


def tokens_of(user: User, *, now: datetime) -> QuerySet[ApiToken]:
    """The person's tokens in all teams: the live ones, and for 90 days those that have ended."""
    return _shown(now=now).filter(user=user)


def tokens_in(team: Team, *, now: datetime) -> QuerySet[ApiToken]:
    """The tokens for this team, of all people: the live ones, and for 90 days those that have ended."""
    return _shown(now=now).filter(team=team)


def _shown(*, now: datetime) -> QuerySet[ApiToken]:
    since = now - SHOWN_FOR
    is_fresh = (Q(revoked_at=None) | Q(revoked_at__gt=since)) & (Q(expires_at=None) | Q(expires_at__gt=since))
    return ApiToken.objects.select_related("user", "team", "revoked_by").filter(is_fresh)


def make_token(
    membership: Membership,
    *,
    name: str,
    scopes: list[Scope],
    expires_at: datetime | None,
    public_id: UUID,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A stored token, and its text, which nobody can get again. `public_id` comes with the form: it makes one token.

    Raises ValidationError with a sentence when the person may not, and MadeBefore. Locks the membership.
    """
    text, prefix = new_token()
    try:
        with transaction.atomic():
            member = _locked(membership)
            _check(member, scopes=scopes, expires_at=expires_at, now=now)
            token = ApiToken.objects.create(
                public_id=public_id,
                user=member.user,
                team=member.team,
                name=name,
                prefix=prefix,
                token_hash=hash_of(text),
                scopes=[scope.value for scope in scopes],
                created_at=now,
                expires_at=expires_at,
            )
            _tell_of_new(token)
    except IntegrityError as error:
        if ApiToken.objects.filter(public_id=public_id).exists():
            raise MadeBefore from error
        raise
    return token, text


def _locked(membership: Membership) -> Membership:
    """The membership as it is now, kept from changing: two forms at once must not make a 21st token, and who is let
    go meanwhile must not get one."""
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user", "team")
    found = rows.filter(pk=membership.pk, user__is_active=True, team__deleted_at=None).first()
    if found is None:
        raise ValidationError("You are not in this team any more. Choose another one.", code="team")
    return found


def _check(member: Membership, *, scopes: list[Scope], expires_at: datetime | None, now: datetime) -> None:
    if not scopes:
        raise ValidationError("Choose what the token is for.", code="scopes")
    if beyond := [scope.label for scope in scopes if scope not in scopes_for(member.role)]:
        role = Role(member.role).label.lower()
        raise ValidationError(f"As a {role} of {member.team} you cannot do this: {', '.join(beyond)}.", code="scopes")
    if expires_at is not None and expires_at <= now:
        raise ValidationError("Choose a day that is still to come.", code="on")
    if ApiToken.objects.filter(live(now=now), user=member.user, team=member.team).count() >= MOST_LIVE:
        raise ValidationError(
            f"You have {MOST_LIVE} tokens for {member.team}, which is the most. Revoke one that is not used any more.",
            code="team",
        )


def _tell_of_new(token: ApiToken) -> None:
    record(
        AuditAction.TOKEN_MADE,
        by=token.user,
        team=token.team,
        about=token.user,
        target=token.name,
        starts_with=token.prefix,
        scopes=token.scopes,
        expires_at=token.expires_at.isoformat() if token.expires_at else None,
    )
    text = f"An API token was made with your account: “{token.name}”, for {token.team}. Not by you? Revoke it."
    notify(token.user, NoticeKind.SECURITY, text, url=reverse("tokens"), team=token.team)


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User, now: datetime) -> bool:
    """End the token at once. False when it was revoked already."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, revoked_by=by):
        return False
    record(
        AuditAction.TOKEN_REVOKED,
        by=by,
        team=token.team,
        about=token.user,
        target=token.name,
        starts_with=token.prefix,
    )
    if by.pk != token.user_id:
        text = f"{by} has revoked your API token “{token.name}” for {token.team}."
        notify(token.user, NoticeKind.SECURITY, text, url=reverse("tokens"), team=token.team)
    return True


def bearer(request: HttpRequest) -> ApiToken | None:
    """The token that the request's header carries, if it opens something just now; else None."""
    try:
        return caller_of(request, now=timezone.now()).token
    except Refused:
        return None


def caller_of(request: HttpRequest, *, now: datetime) -> Caller:
    """Who calls, by `Authorization: Bearer` alone: no cookie and nothing in the address counts. Raises Refused."""
    header = request.headers.get("Authorization", "")
    if not header:
        raise Refused(Fault.MISSING)
    match = BEARER.fullmatch(header)
    token = _named(match[1]) if match else None
    if token is None:
        raise Refused(Fault.UNKNOWN)
    membership = _membership_of(token)
    fault = fault_of(token, membership, now=now)
    if fault or membership is None:
        raise Refused(fault or Fault.NOT_MEMBER)
    return Caller(token, membership)


def _named(text: str) -> ApiToken | None:
    """The token, whatever has become of it. What has a wrong checksum is not even looked up."""
    if not is_token(text):
        return None
    hashed = hash_of(text)
    found = ApiToken.objects.select_related("user", "team").filter(token_hash=hashed).first()
    return found if found and hmac.compare_digest(found.token_hash, hashed) else None


def _membership_of(token: ApiToken) -> Membership | None:
    rows = Membership.objects.select_related("user", "team")
    return rows.filter(user=token.user_id, team=token.team_id).first()


def fault_of(
    token: ApiToken,
    membership: Membership | None,
    *,
    now: datetime,
    has_factor: Callable[[User], bool] = is_mfa_enabled,
) -> Fault | None:
    """Why the token opens nothing, None for a good one. `membership` is the person's in the token's team; whether they
    have a second factor is asked only where the team demands one."""
    if token.revoked_at is not None:
        return Fault.REVOKED
    if token.expires_at is not None and token.expires_at <= now:
        return Fault.EXPIRED
    if not token.user.is_active:
        return Fault.INACTIVE
    if membership is None or token.team.deleted_at is not None:
        return Fault.NOT_MEMBER
    if token.team.is_closing:
        return Fault.CLOSING
    if token.team.is_second_factor_required and not has_factor(token.user):
        return Fault.SECOND_FACTOR
    return None


def with_factor(users: Iterable[int]) -> set[int]:
    """Those of the people (ids) who have a second factor. One query."""
    return set(Authenticator.objects.filter(user__in=users).values_list("user_id", flat=True))


def note_use(token: ApiToken, request: HttpRequest, *, now: datetime) -> None:
    """Remember when and from where the token was used last, once a minute at most. Never fails the request."""
    if token.last_used_at is not None and now - token.last_used_at < USE_IS_NOTED_EVERY:
        return
    try:
        with transaction.atomic():
            before = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
            ApiToken.objects.filter(before, pk=token.pk).update(last_used_at=now, last_used_ip=ip_of(request))
    except DatabaseError as error:
        log.warning("token.use_not_noted", token_id=token.pk, error=type(error).__name__)
