"""Reads of the audit log: a team's, a person's own, filtered, page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.enums import AuditAction as A
from accounts.models import AuditEntry, Membership, Team, User

ENTRIES_A_PAGE = 50
ENTRIES_A_BATCH = 1_000
PEOPLE_TO_CHOOSE = 200


class Group(StrEnum):
    """A kind of thing, by which people filter. The value stands in addresses."""

    SIGN_INS = "sign-ins"
    ACCOUNTS = "accounts"
    TEAM = "team"
    PEOPLE = "people"
    ROLES = "roles"
    PROJECTS = "projects"
    TOKENS = "tokens"
    KEYS = "keys"
    TAKES = "takes"
    BUDGETS = "budgets"
    SHARES = "shares"
    DELETIONS = "deletions"
    EXPORTS = "exports"
    STAFF = "staff"


GROUP_LABELS: dict[Group, str] = {
    Group.SIGN_INS: "Sign-ins and sessions",
    Group.ACCOUNTS: "Passwords, factors, profiles",
    Group.TEAM: "The team itself",
    Group.PEOPLE: "Invitations and members",
    Group.ROLES: "Roles",
    Group.PROJECTS: "Projects",
    Group.TOKENS: "API tokens",
    Group.KEYS: "Provider keys",
    Group.TAKES: "Takes",
    Group.BUDGETS: "Credits and budgets",
    Group.SHARES: "Shares outside",
    Group.DELETIONS: "Deletions",
    Group.EXPORTS: "Exports",
    Group.STAFF: "Staff",
}
OF_ACCOUNTS = (
    A.PASSWORD_CHANGED,
    A.PASSWORD_RESET,
    A.EMAIL_CHANGED,
    A.SECOND_FACTOR_ADDED,
    A.SECOND_FACTOR_REMOVED,
    A.RECOVERY_CODES_MADE,
    A.LOGIN_CONNECTED,
    A.LOGIN_DISCONNECTED,
    A.PROFILE_CHANGED,
)
ACTIONS: dict[Group, tuple[A, ...]] = {
    Group.SIGN_INS: (A.SIGNED_IN, A.SIGN_IN_FAILED, A.SIGNED_OUT, A.SIGNED_UP, A.SESSIONS_ENDED),
    Group.ACCOUNTS: OF_ACCOUNTS,
    Group.TEAM: (A.TEAM_CREATED, A.TEAM_CHANGED, A.TEAM_DELETION_ASKED, A.TEAM_DELETION_TAKEN_BACK, A.TEAM_DELETED),
    Group.PEOPLE: (
        A.INVITED,
        A.INVITATION_RESENT,
        A.INVITATION_REVOKED,
        A.INVITATION_ACCEPTED,
        A.JOINED_BY_DOMAIN,
        A.MEMBER_ADDED,
        A.MEMBER_REMOVED,
        A.MEMBER_LEFT,
        A.WORK_HANDED_OVER,
    ),
    Group.ROLES: (A.ROLE_CHANGED,),
    Group.PROJECTS: (A.PROJECT_CREATED, A.PROJECT_CHANGED, A.PROJECT_MEMBERS_CHANGED),
    Group.TOKENS: (A.TOKEN_MADE, A.TOKEN_REVOKED),
    Group.KEYS: (A.KEY_ENTERED, A.KEY_RETIRED),
    Group.TAKES: (A.TAKE_CANCELLED, A.TAKE_DECIDED),
    Group.BUDGETS: (A.CREDITS_GRANTED, A.CREDITS_ADJUSTED, A.BUDGET_CHANGED),
    Group.SHARES: (A.SHARED, A.SHARE_REVOKED),
    Group.DELETIONS: (A.CLIP_DELETED, A.TEAM_DELETION_ASKED, A.TEAM_DELETED, A.ACCOUNT_DELETED),
    Group.EXPORTS: (A.DATA_EXPORTED, A.TEAM_EXPORTED, A.AUDIT_EXPORTED),
    Group.STAFF: (A.VIEWED_AS, A.VIEWED_AS_ENDED, A.STAFF_CHANGED),
}
"""What belongs to each group. Some things belong to two: a team's deletion is one of the team and a deletion."""
PRIVATE = frozenset({*ACTIONS[Group.SIGN_INS], *OF_ACCOUNTS, A.DATA_EXPORTED, A.ACCOUNT_DELETED})
"""What is a person's own affair: a team's owner reads that it was, and not from where or how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What of the log is asked for. `start` is inside, `end` outside; "" and None leave nothing out."""

    person: User | None = None
    group: Group | None = None
    start: datetime | None = None
    end: datetime | None = None
    text: str = ""

    def condition(self) -> Q:
        """All but the person: that is two conditions, each with an index of its own."""
        found = Q()
        if self.group is not None:
            found &= Q(action__in=[action.value for action in ACTIONS[self.group]])
        if self.start is not None:
            found &= Q(at__gte=self.start)
        if self.end is not None:
            found &= Q(at__lt=self.end)
        if self.text:
            found &= Q(actor_name__icontains=self.text) | Q(target__icontains=self.text) | self._about()
        return found

    def _about(self) -> Q:
        return Q(about__name__icontains=self.text) | Q(about__email__icontains=self.text)


@dataclass(frozen=True, slots=True)
class Found:
    """Entries of the log, newest first, as one or more queries that hold no entry twice."""

    parts: Sequence[QuerySet[AuditEntry]]

    def newest(self, limit: int, *, before: int | None = None) -> list[AuditEntry]:
        """At most `limit` entries, those older than the entry `before` when it is given. One query a part."""
        asked = [part.filter(pk__lt=before) if before is not None else part for part in self.parts]
        rows = [list(part[:limit]) for part in asked]
        return list(islice(merge(*rows, key=lambda entry: -entry.pk), limit))

    def walk(self, *, before: int) -> Iterator[AuditEntry]:
        """All entries older than `before`, some at a time: memory stays flat whatever there is."""
        edge = before
        while batch := self.newest(ENTRIES_A_BATCH, before=edge):
            yield from batch
            edge = batch[-1].pk


@dataclass(frozen=True, slots=True)
class EntriesPage:
    """Some entries; `next_before` asks for the older ones, None at the end."""

    entries: list[AuditEntry]
    next_before: int | None


def page(found: Found, *, before: int | None, limit: int = ENTRIES_A_PAGE) -> EntriesPage:
    """`limit` entries, and whether there are older ones."""
    rows = found.newest(limit + 1, before=before)
    return EntriesPage(rows[:limit], rows[limit - 1].pk if len(rows) > limit else None)


def of_team(team: Team, wanted: Filter) -> Found:
    """The team's entries. What people do outside of a team, such as signing in, is in no team's log."""
    rows = _to_show().filter(wanted.condition(), team=team)
    return Found([rows] if wanted.person is None else _by_or_about(rows, wanted.person))


def of_person(user: User, wanted: Filter) -> Found:
    """What the person has done, and what was done about them, in all teams and in none."""
    return Found(_by_or_about(_to_show().filter(wanted.condition()), user))


def _by_or_about(rows: QuerySet[AuditEntry], person: User) -> list[QuerySet[AuditEntry]]:
    is_another = Q(actor=None) | ~Q(actor=person)
    return [rows.filter(actor=person), rows.filter(is_another, about=person)]


def _to_show() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.select_related("actor", "about", "staff", "team").order_by("-pk")


def people_of(team: Team) -> list[User]:
    """The team's members, by name: by whom its log can be filtered from a list."""
    rows = Membership.objects.filter(team=team).select_related("user")
    return sorted((row.user for row in rows[:PEOPLE_TO_CHOOSE]), key=lambda user: str(user).casefold())


def person_in(team: Team, public_id: UUID) -> User | None:
    """The person, if they are a member or stand in the team's log; None for everybody else in the house."""
    person = User.objects.filter(public_id=public_id).first()
    if person is None:
        return None
    if Membership.objects.filter(team=team, user=person).exists():
        return person
    entries = AuditEntry.objects.filter(team=team)
    is_there = entries.filter(actor=person).exists() or entries.filter(about=person).exists()
    return person if is_there else None
