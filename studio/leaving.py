"""Letting go: a member leaves a team, or is removed, and no work of theirs is lost.

What waits is cancelled, what the provider has runs on and is stored, clips and projects pass to an heir, keys of entry
end. The rows keep their maker: the history says "by Vera" for ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse

from accounts.abilities import Ability
from accounts.audit import record
from accounts.enums import AuditAction, NoticeKind, Role
from accounts.models import ApiToken, Invitation, Membership, Team, User
from accounts.notices import notify
from accounts.sessions import end_sessions, session_count
from studio.credits import ledger
from studio.enums import State
from studio.errors import NotPossible
from studio.generations.transitions import cancel_queued
from studio.models import Clip, ClipFile, Generation, Project, ProjectMember, Prompt, Reference, in_hand_of, seen_by

SENT = (State.SUBMITTING, State.RUNNING, State.STORING)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a member has in a team, and what will become of it. `lonely_count`: confidential projects that, beside the
    owners, nobody else sees."""

    waiting_count: int
    waiting_credits: int
    under_way_count: int
    under_way_credits: int
    take_count: int
    clip_count: int
    clip_bytes: int
    project_count: int
    confidential_count: int
    lonely_count: int
    reference_count: int
    prompt_count: int
    token_count: int
    session_count: int
    invitation_count: int

    @property
    def has_work(self) -> bool:
        """Whether there is anything that somebody has to take over."""
        return bool(self.take_count or self.project_count or self.confidential_count)


def survey(membership: Membership, *, now: datetime) -> Leaving:
    """All that letting this member go would touch. Nine queries, however much it is."""
    team, user = membership.team, membership.user
    clips = Clip.objects.filter(in_hand_of(user, through="generation__"), team=team)
    sized = clips.aggregate(count=Count("pk"), bytes=Sum("size_bytes"))
    files = ClipFile.objects.filter(in_hand_of(user, through="clip__generation__"), clip__team=team)
    files = files.exclude(key__in=clips.values("key"))
    return Leaving(
        **_takes(team, user),
        clip_count=sized["count"],
        clip_bytes=(sized["bytes"] or 0) + (files.aggregate(bytes=Sum("size_bytes"))["bytes"] or 0),
        **_projects(membership),
        reference_count=Reference.objects.filter(team=team, created_by=user).count(),
        prompt_count=Prompt.objects.filter(project__team=team, created_by=user).count(),
        token_count=_tokens(membership).filter(Q(expires_at=None) | Q(expires_at__gt=now)).count(),
        session_count=session_count(user, now=now),
        invitation_count=_invitations(membership).filter(expires_at__gt=now).count(),
    )


def heirs_of(membership: Membership) -> QuerySet[Membership]:
    """Who may take over: the other members who may generate, owners first."""
    others = Membership.objects.select_related("user").filter(
        team=membership.team, role__gte=Role.CREATOR, user__is_active=True
    )
    return others.exclude(user=membership.user).order_by("-role", "pk")


def is_last_owner(membership: Membership) -> bool:
    """Whether the team would be without an owner."""
    others = Membership.objects.filter(team=membership.team, role=Role.OWNER, user__is_active=True)
    return membership.role == Role.OWNER and not others.exclude(user=membership.user).exists()


def may_remove(actor: Membership, other: Membership) -> bool:
    """Whether the actor's role lets them remove the other: members below one's own role; owners also owners."""
    is_below = other.role < actor.role or actor.role == Role.OWNER
    return actor.may(Ability.MANAGE_MEMBERS) and actor.team_id == other.team_id and is_below


@transaction.atomic
def let_go(membership: Membership, *, by: User | None, heir: User, now: datetime) -> Leaving | None:
    """End the membership and hand over the work; what there was, or None if it had ended already.

    `by` is the member themselves who leaves, somebody who removes them, or None for a command on the server. Raises
    NotPossible with a sentence for the last owner, an heir who cannot be one, and a role that may not; then nothing
    has happened. Locks the team's account first, then its memberships: a launch at the same moment is either before,
    and cancelled, or after, and refused.
    """
    team = membership.team
    ledger.lock_account(team.pk)
    members = {row.user_id: row for row in _locked(team)}
    mine = members.get(membership.user_id)
    if mine is None:
        return None
    _refuse_wrong(mine, members, by=by, heir=heir)
    found = survey(mine, now=now)
    with_closed = _hand_over(mine, members, by=by, heir=members[heir.pk])
    cancelled = _cancel_waiting(mine, by=by, now=now)
    _end_keys(mine, by=by, now=now)
    is_own = by is not None and by.pk == mine.user_id
    _tell(mine, found, by=by, heir=heir, is_own=is_own, cancelled=cancelled, closed_projects=with_closed)
    mine.delete()
    if not is_own:
        end_sessions(mine.user)
    log.info("member.let_go", team_id=team.pk, user_id=mine.user_id, heir_id=heir.pk, cancelled=cancelled)
    return found


def _locked(team: Team) -> Iterable[Membership]:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user", "team")
    return rows.filter(team=team).order_by("pk")


def _refuse_wrong(mine: Membership, members: dict[int, Membership], *, by: User | None, heir: User) -> None:
    if by is not None and by.pk != mine.user_id:
        actor = members.get(by.pk)
        if actor is None or not may_remove(actor, mine):
            raise NotPossible(f"Your role does not let you remove {mine.user}. Ask an owner of {mine.team}.")
    if is_last_owner(mine):
        raise NotPossible(f"{mine.user} is the last owner of {mine.team}. Make somebody else an owner first.")
    taker = members.get(heir.pk)
    if taker is None or taker.pk == mine.pk or not taker.user.is_active or not taker.may(Ability.GENERATE):
        raise NotPossible("Choose somebody in the team who may generate: they take over the work.")


def _takes(team: Team, user: User) -> dict[str, int]:
    own, sent = Q(created_by=user, state=State.QUEUED), in_hand_of(user) & Q(state__in=SENT)
    told = Generation.objects.filter(Q(created_by=user) | Q(kept_by=user), team=team).aggregate(
        waiting_count=Count("pk", filter=own),
        waiting_credits=Sum("quote_credits", filter=own),
        under_way_count=Count("pk", filter=sent),
        under_way_credits=Sum("quote_credits", filter=sent),
        take_count=Count("pk", filter=in_hand_of(user)),
    )
    return {name: value or 0 for name, value in told.items()}


def _projects(membership: Membership) -> dict[str, int]:
    """How many they have made or keep; how many confidential ones are theirs to see or to work in, and how many of
    those nobody else is a member of."""
    kept = in_hand_of(membership.user)
    others = ProjectMember.objects.filter(project=OuterRef("pk")).exclude(membership=membership)
    theirs = Q(pk__in=_confidential(membership).values("pk"))
    return Project.objects.filter(team=membership.team).aggregate(
        project_count=Count("pk", filter=kept),
        confidential_count=Count("pk", filter=theirs),
        lonely_count=Count("pk", filter=theirs & ~Q(Exists(others))),
    )


def _confidential(membership: Membership) -> QuerySet[Project]:
    """The confidential projects in which they are, or which hold work that is in their hands."""
    user = membership.user
    rows = Project.objects.filter(team=membership.team, is_confidential=True)
    in_it = ProjectMember.objects.filter(project=OuterRef("pk"), membership=membership)
    works = Generation.objects.filter(in_hand_of(user), project=OuterRef("pk"))
    return rows.filter(in_hand_of(user) | Q(Exists(in_it)) | Q(Exists(works)))


def _tokens(membership: Membership) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=membership.user, team=membership.team, revoked_at=None)


def _invitations(membership: Membership) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        team=membership.team, invited_by=membership.user, accepted_at=None, revoked_at=None
    )


def _hand_over(mine: Membership, members: dict[int, Membership], *, by: User | None, heir: Membership) -> int:
    """Pass on all that is in their hands; how many confidential projects went to an owner instead of the heir.

    Whoever removes somebody gets no sight by it: a confidential project that neither they nor the heir see goes to an
    owner, who sees all. Rows are locked in the order of the engine: takes first, then projects.
    """
    open_takes = Generation.objects.filter(in_hand_of(mine.user), team=mine.team, finished_at=None)
    list(open_takes.select_for_update().order_by("pk").values_list("pk", flat=True))
    confidential = set(_confidential(mine).values_list("pk", flat=True))
    closed = confidential - _seen(confidential, mine, members, by=by, heir=heir)
    owner = next((row for row in members.values() if _is_other_owner(row, mine)), heir)
    for keeper, within in ((heir, ~Q(pk__in=closed)), (owner, Q(pk__in=closed))):
        projects = Project.objects.filter(within, team=mine.team)
        _pass_on(Generation.objects.filter(team=mine.team, project__in=projects), mine.user, to=keeper.user)
        _pass_on(projects, mine.user, to=keeper.user)
    _let_see(confidential - closed, heir, by=by)
    _let_see(closed, owner, by=by)
    return len(closed)


def _seen(
    confidential: set[int], mine: Membership, members: dict[int, Membership], *, by: User | None, heir: Membership
) -> set[int]:
    """Those of the projects that the heir may come to see."""
    if by is None or by.pk == mine.user_id:
        return confidential
    sight = seen_by(members[by.pk].user, through="") | seen_by(heir.user, through="")
    return set(Project.objects.filter(sight, pk__in=confidential).values_list("pk", flat=True))


def _is_other_owner(row: Membership, mine: Membership) -> bool:
    return row.role == Role.OWNER and row.pk != mine.pk and row.user.is_active


def _pass_on(rows: QuerySet[Any], user: User, *, to: User) -> None:
    """What its maker gets back is not kept for anybody any more."""
    rows.filter(kept_by=user, created_by=to).update(kept_by=None)
    rows.filter(in_hand_of(user)).update(kept_by=to)


def _let_see(projects: set[int], keeper: Membership, *, by: User | None) -> None:
    has = ProjectMember.objects.filter(project__in=projects, membership=keeper).values_list("project", flat=True)
    for project in Project.objects.filter(pk__in=projects - set(has)):
        ProjectMember.objects.create(project=project, membership=keeper)
        record(
            AuditAction.PROJECT_MEMBERS_CHANGED,
            by=by,
            team=keeper.team,
            about=keeper.user,
            target=project.name,
            added=[str(keeper.user)],
        )


def _cancel_waiting(mine: Membership, *, by: User | None, now: datetime) -> int:
    """Those that were not sent yet; one that an engine sends in this very moment runs on."""
    waiting = Generation.objects.filter(team=mine.team, created_by=mine.user, state=State.QUEUED).order_by("pk")
    return sum(cancel_queued(take, by=by, now=now) for take in waiting)


def _end_keys(mine: Membership, *, by: User | None, now: datetime) -> None:
    ended = {"revoked_at": now, "revoked_by": by}
    for token in _tokens(mine).select_for_update():
        ApiToken.objects.filter(pk=token.pk).update(**ended)
        record(AuditAction.TOKEN_REVOKED, by=by, team=mine.team, about=mine.user, target=token)
    for invitation in _invitations(mine).select_for_update():
        Invitation.objects.filter(pk=invitation.pk).update(**ended)
        record(AuditAction.INVITATION_REVOKED, by=by, team=mine.team, target=invitation.email)


def _tell(
    mine: Membership, found: Leaving, *, by: User | None, heir: User, is_own: bool, cancelled: int, closed_projects: int
) -> None:
    """Write it into the audit log, and let the heir know; and whoever was removed."""
    team, user = mine.team, mine.user
    action = AuditAction.MEMBER_LEFT if is_own else AuditAction.MEMBER_REMOVED
    role = mine.get_role_display()
    record(action, by=by, team=team, about=user, target=user, role=role, cancelled=cancelled, heir=str(heir))
    if not is_own:
        notify(user, NoticeKind.ROLE_CHANGED, f"You are no member of {team} any more.", team=None)
    if not found.has_work:
        return
    record(
        AuditAction.WORK_HANDED_OVER,
        by=by,
        team=team,
        about=heir,
        target=f"of {user} to {heir}",
        takes=found.take_count,
        clips=found.clip_count,
        projects=found.project_count,
        to_an_owner=closed_projects,
    )
    if by is None or heir.pk != by.pk:
        text = f"The work of {user} in {team} is in your hands now: {_counted(found)}."
        notify(heir, NoticeKind.HANDED_OVER, text, url=reverse("team_home", args=[team.slug]), team=team)


def _counted(found: Leaving) -> str:
    """`3 takes, 2 clips, 1 project`."""
    counts = {"take": found.take_count, "clip": found.clip_count, "project": found.project_count}
    told = [f"{count:,} {word}{'' if count == 1 else 's'}" for word, count in counts.items() if count]
    return ", ".join(told) or "confidential projects"
