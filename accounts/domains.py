"""Joining a team by the domain of one's e-mail address: which domains can be allowed, and who may join by them."""

from typing import Any

import idna
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from accounts.audit import record
from accounts.enums import AuditAction, NoticeKind, Role
from accounts.models import Membership, Team, User
from accounts.notices import notify
from accounts.teams import let_in, lock_team

JOINING_ROLES = (Role.VIEWER, Role.CREATOR)
PUBLIC_HOSTS = frozenset(
    """
    gmail.com googlemail.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me tuta.io tuta.com
    tutanota.com tutanota.de tutamail.com keemail.me fastmail.com fastmail.fm hey.com zoho.com zohomail.com mail.com
    email.com usa.com web.de t-online.de freenet.de posteo.de posteo.net mailbox.org arcor.de aon.at chello.at
    bluewin.ch orange.fr wanadoo.fr free.fr sfr.fr laposte.net libero.it virgilio.it tiscali.it alice.it tin.it
    terra.com.br uol.com.br bol.com.br ig.com.br seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl abv.bg mail.ru
    bk.ru list.ru inbox.ru rambler.ru ya.ru ukr.net qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn
    sohu.com 139.com 189.cn naver.com daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
    rediffmail.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net spectrum.net
    earthlink.net juno.com btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com bigpond.com
    optusnet.com.au xtra.co.nz shaw.ca rogers.com sympatico.ca telus.net ziggo.nl kpnmail.nl planet.nl telenet.be
    skynet.be duck.com relay.firefox.com mozmail.com simplelogin.com passmail.net privaterelay.appleid.com
    mailinator.com yopmail.com guerrillamail.com 10minutemail.com tempmail.com temp-mail.org trashmail.com
    sharklasers.com getnada.com maildrop.cc dispostable.com
    """.split()  # noqa: SIM905  # a hundred pairs of quotes fewer
)
"""Where anybody can have an address."""
PUBLIC_FAMILIES = frozenset(
    {"yahoo", "ymail", "rocketmail", "hotmail", "outlook", "live", "msn", "aol", "gmx", "yandex"}
)
"""Of these, under whichever ending: yahoo.co.uk, gmx.net."""
SECOND_LEVELS = frozenset({"co", "com", "net", "org", "ne", "or"})


def domain_of(email: str) -> str:
    """The address's domain as the DNS knows it: small letters, `xn--…`. "" for what has none."""
    try:
        return normalized(email.rpartition("@")[2]) if "@" in email else ""
    except ValidationError:
        return ""


def normalized(domain: str) -> str:
    """The domain as the DNS knows it. Raises ValidationError for what is none."""
    text = domain.strip().removeprefix("@").rstrip(".")
    try:
        known = idna.encode(text, uts46=True, std3_rules=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise ValidationError("This is no domain. Type one such as northlight.example.") from error
    if "." not in known or known.rpartition(".")[2].isdecimal():
        raise ValidationError("This is no domain. Type one such as northlight.example.")
    return known


def is_public(domain: str) -> bool:
    """Whether anybody can have an address there. `domain` is normalized."""
    labels = domain.split(".")
    tails = {".".join(labels[start:]) for start in range(len(labels))}
    is_below_country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    name = labels[-3] if is_below_country else labels[-2]
    return bool(tails & PUBLIC_HOSTS) or name in PUBLIC_FAMILIES


def domains_of(user: User) -> set[str]:
    """The domains at which the person has a confirmed address."""
    confirmed = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {domain for email in confirmed if (domain := domain_of(email))}


@transaction.atomic
def allow_domain(team: Team, *, domain: str, role: Role, by: User) -> Team:
    """The team, which from now on takes everybody with a confirmed address at `domain`; "" takes nobody.

    Raises ValidationError, by field, for a domain where anybody can have an address, or where `by` has none.
    """
    found = lock_team(team)
    known = _allowed(domain, by=by) if domain.strip() else ""
    if role not in JOINING_ROLES:
        raise ValidationError({"role": "Who joins by their address becomes a viewer or a creator."})
    if (known, role) == (found.joining_domain, found.joining_role):
        return found
    detail: dict[str, Any] = {
        "what": "joining",
        "before": found.joining_domain,
        "after": known,
        "role": Role(role).label,
    }
    found.joining_domain, found.joining_role = known, role
    found.save(update_fields=["joining_domain", "joining_role"])
    record(AuditAction.TEAM_CHANGED, by=by, team=found, target=found, **detail)
    return found


def _allowed(domain: str, *, by: User) -> str:
    try:
        known = normalized(domain)
    except ValidationError as error:
        raise ValidationError({"domain": error.messages}) from error
    if is_public(known):
        raise ValidationError({"domain": f"Anybody can have an address at {known}. Invite people instead."})
    if known not in domains_of(by):
        raise ValidationError(
            {"domain": f"You have no confirmed address at {known} yourself. Add and confirm one first."}
        )
    return known


def joinable_teams(user: User) -> list[Team]:
    """The teams that take the person by a confirmed address of theirs, and that they are not in yet."""
    domains = domains_of(user)
    if not domains:
        return []
    open_teams = Team.objects.filter(joining_domain__in=domains, deleted_at=None, deletion_asked_at=None)
    return list(open_teams.exclude(memberships__user=user))


@transaction.atomic
def join_by_domain(team: Team, *, user: User) -> Membership:
    """The person's membership, new or not. Raises ValidationError when the team does not take them by their address."""
    found = lock_team(team)
    if not found.joining_domain or found.joining_domain not in domains_of(user):
        raise ValidationError("This team does not take you by your address. Ask one of its owners to invite you.")
    membership, is_new = let_in(found, user=user, role=Role(found.joining_role))
    if is_new:
        _tell(membership)
    return membership


def _tell(membership: Membership) -> None:
    team, user = membership.team, membership.user
    role = membership.get_role_display()
    record(
        AuditAction.JOINED_BY_DOMAIN, by=user, team=team, about=user, target=user, domain=team.joining_domain, role=role
    )
    owners = Membership.objects.select_related("user").filter(team=team, role=Role.OWNER)
    for owner in owners:
        text = f"{user} has joined {team} as {role.lower()}, by an address at {team.joining_domain}."
        notify(owner.user, NoticeKind.JOINED, text, url=reverse("team_home", args=[team.slug]), team=team)
