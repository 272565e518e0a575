"""The end of a team: asked for, taken back, and, after the days of grace, the removal of its work.

The removal has two parts. `close_due` takes away, in one transaction, all that only the database holds: texts, names,
members, keys. Then the files go, a few at a time: `next_leftovers` says which rows still name some, `remove_files`
removes those from the storage, and `forget` removes the rows. So it may be killed at any line and goes on where it was;
a file that the storage would not remove is tried again at the next run. What stays is the ledger, and of each take its
numbers.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse

from accounts.audit import record
from accounts.enums import AuditAction, NoticeKind, Role
from accounts.models import Invitation, Membership, Notice, Team, User
from accounts.notices import notify
from accounts.teams import lock_team
from studio.credits import ledger
from studio.enums import State
from studio.errors import NotPossible
from studio.generations.cancel import cancel_generation
from studio.media.errors import NotStored, StorageDown, StorageFull
from studio.media.store import delete
from studio.models import (
    Clip,
    ClipFile,
    Generation,
    GenerationEvent,
    GenerationReference,
    InvitedProject,
    Project,
    ProjectMember,
    Prompt,
    ProviderKey,
    Reference,
    ReferenceUpload,
)

REMOVING, REMOVED = "removing", "deleted"
"""What the address of a deleted team begins with, while files are left and afterwards; its id follows."""
FILES_AT_A_TIME = 50
MARGIN = timedelta(minutes=5)
"""After the last moment in which the deletion could be taken back: clocks differ."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Toll:
    """What goes with a team, in numbers."""

    projects: int
    takes: int
    open_takes: int
    clips: int
    references: int
    members: int
    size_bytes: int


def toll_of(team: Team) -> Toll:
    """What would go with the team now."""
    clips, references = Clip.objects.filter(team=team), Reference.objects.filter(team=team)
    sums = (
        clips.aggregate(all=Sum("size_bytes"))["all"],
        clips.aggregate(all=Sum("poster_size_bytes"))["all"],
        ClipFile.objects.filter(clip__team=team).aggregate(all=Sum("size_bytes"))["all"],
        references.aggregate(all=Sum("size_bytes"))["all"],
        references.aggregate(all=Sum("thumb_size_bytes"))["all"],
    )
    takes = Generation.objects.of_team(team)
    return Toll(
        projects=Project.objects.filter(team=team).count(),
        takes=takes.count(),
        open_takes=takes.open().count(),
        clips=clips.count(),
        references=references.count(),
        members=Membership.objects.filter(team=team).count(),
        size_bytes=sum(found or 0 for found in sums),
    )


@transaction.atomic
def ask_deletion(team: Team, *, by: User, now: datetime) -> Team:
    """The team, closed from now on; its work is removed after the days of grace. What waits here is cancelled.

    What the provider has goes on to its end. Asking twice changes nothing. Locks the team's account: a launch comes
    before, and is cancelled, or after, and is refused.
    """
    ledger.lock_account(team.pk)
    found = lock_team(team)
    if found.is_closing:
        return found
    found.deletion_asked_at, found.deletion_asked_by = now, by
    found.deletion_due_at = now + timedelta(days=settings.TEAM_GRACE_DAYS)
    found.save(update_fields=["deletion_asked_at", "deletion_asked_by", "deletion_due_at"])
    cancelled = _cancel_waiting(found, by=by, now=now)
    due = f"{found.deletion_due_at:%-d %B %Y}"
    record(AuditAction.TEAM_DELETION_ASKED, by=by, team=found, target=found, due=due, takes_cancelled=cancelled)
    _tell_owners(
        found, f"{by} has asked for the deletion of {found}. Its work is removed on {due}, unless it is taken back."
    )
    return found


def _cancel_waiting(team: Team, *, by: User, now: datetime) -> int:
    """How many takes were cancelled."""
    count = 0
    for generation in Generation.objects.of_team(team).open().filter(state=State.QUEUED).order_by("pk"):
        try:
            cancel_generation(generation, by=by, now=now)
        except NotPossible:  # an engine was faster: it goes on to its end
            continue
        count += 1
    return count


@transaction.atomic
def take_back_deletion(team: Team, *, by: User, now: datetime) -> Team:
    """The team, open again. Raises ValidationError when there is nothing to take back, or no time left for it."""
    ledger.lock_account(team.pk)
    found = lock_team(team)
    if found.deletion_due_at is None:
        raise ValidationError("The deletion has been taken back already.")
    if found.deletion_due_at <= now:
        raise ValidationError("The days of grace are over: the team's work is being removed.")
    found.deletion_asked_at = found.deletion_asked_by = found.deletion_due_at = None
    found.save(update_fields=["deletion_asked_at", "deletion_asked_by", "deletion_due_at"])
    record(AuditAction.TEAM_DELETION_TAKEN_BACK, by=by, team=found, target=found)
    _tell_owners(found, f"{by} has taken the deletion of {found} back: it is open again.")
    return found


def _tell_owners(team: Team, text: str) -> None:
    for owner in Membership.objects.select_related("user").filter(team=team, role=Role.OWNER):
        notify(owner.user, NoticeKind.SECURITY, text, url=reverse("team_home", args=[team.slug]), team=team)


def close_due(*, now: datetime) -> int:
    """Close all teams whose days of grace are over and that have no open take; how many."""
    due = Team.objects.filter(deleted_at=None, deletion_due_at__lte=now - MARGIN).order_by("deletion_due_at")
    return sum(_close(team, now=now) for team in due)


@transaction.atomic
def _close(team: Team, *, now: datetime) -> bool:
    """Remove what the database alone holds. False when a take is still open, it was taken back, or another engine was
    faster."""
    ledger.lock_account(team.pk)
    rows = Team.objects.select_for_update(no_key=True, of=("self",)).select_related("deletion_asked_by")
    found = rows.filter(pk=team.pk, deleted_at=None, deletion_due_at__lte=now - MARGIN).first()
    if found is None:
        return False
    open_count = Generation.objects.of_team(found).open().count()
    if open_count:
        log.warning("team.deletion_waits", team_id=found.pk, open_takes=open_count)
        return False
    name = found.name
    owners = [owner.user for owner in Membership.objects.select_related("user").filter(team=found, role=Role.OWNER)]
    _empty(found, now=now)
    found.name, found.slug = f"Deleted team {found.pk}", f"{REMOVING}-{found.public_id.hex}"
    found.joining_domain, found.deleted_at = "", now
    found.save(update_fields=["name", "slug", "joining_domain", "deleted_at"])
    record(AuditAction.TEAM_DELETED, by=None, team=found, target=name, asked_by=str(found.deletion_asked_by))
    for owner in owners:
        notify(
            owner, NoticeKind.SECURITY, f"{name} and its work are deleted, as {found.deletion_asked_by} has asked for."
        )
    log.info("team.deleted", team_id=found.pk)
    return True


def _empty(team: Team, *, now: datetime) -> None:
    """Texts, names, members, and whatever opens a door."""
    takes, projects = Generation.objects.of_team(team), Project.objects.filter(team=team)
    Notice.objects.filter(team=team).delete()
    InvitedProject.objects.filter(project__team=team).delete()
    ProjectMember.objects.filter(project__team=team).delete()
    Membership.objects.filter(team=team).delete()
    Invitation.objects.filter(team=team).delete()
    team.api_tokens.all().delete()
    keys = ProviderKey.objects.filter(team=team)
    keys.filter(retired_at=None).update(retired_at=now)
    keys.update(ciphertext="", on_behalf_of="")
    Prompt.objects.filter(project__team=team).exclude(text="").update(text="")
    takes.exclude(extras={}).update(extras={})
    told = GenerationEvent.objects.filter(generation__team=team)
    told.exclude(detail__has_key="kept_as").exclude(detail__has_key="cost_source").exclude(detail={}).update(detail={})
    for project in projects:
        Project.objects.filter(pk=project.pk).update(
            name=f"Deleted project {project.pk}", slug=f"{REMOVED}-{project.public_id.hex}", kept_by=None
        )


@dataclass(frozen=True, slots=True)
class Leftover:
    """A row that still names files: `kind` is its table."""

    kind: type[Clip] | type[Reference] | type[GenerationEvent]
    pk: int
    keys: tuple[str, ...]


def teams_with_files() -> list[int]:
    """The deleted teams whose files are not all gone yet."""
    rows = Team.objects.filter(deleted_at__isnull=False, slug__startswith=f"{REMOVING}-")
    return list(rows.order_by("pk").values_list("pk", flat=True))


def next_leftovers(team_id: int, *, but: Iterable[Leftover] = ()) -> list[Leftover]:
    """Up to 50 rows of the team that name files, without those that could not be removed in this run."""
    tried = {(one.kind, one.pk) for one in but}
    for rows in (_evidence(team_id, tried), _clips(team_id, tried), _references(team_id, tried)):
        if rows:
            return rows
    return []


Tried = set[tuple[type[Clip] | type[Reference] | type[GenerationEvent], int]]


def _but(kind: type[Clip] | type[Reference] | type[GenerationEvent], tried: Tried) -> list[int]:
    return [pk for of, pk in tried if of is kind]


def _evidence(team_id: int, tried: Tried) -> list[Leftover]:
    """What a provider sent in place of a video."""
    told = GenerationEvent.objects.filter(generation__team=team_id, detail__has_key="kept_as")
    rows = told.exclude(pk__in=_but(GenerationEvent, tried)).order_by("pk").values_list("pk", "detail")
    return [
        Leftover(GenerationEvent, pk, (detail["kept_as"], *detail.get("kept_too", ())))
        for pk, detail in rows[:FILES_AT_A_TIME]
    ]


def _clips(team_id: int, tried: Tried) -> list[Leftover]:
    clips = Clip.objects.filter(team=team_id).exclude(pk__in=_but(Clip, tried)).order_by("pk")
    rows = list(clips.prefetch_related("files")[:FILES_AT_A_TIME])
    return [
        Leftover(Clip, row.pk, tuple(filter(None, (row.key, row.poster_key, *(file.key for file in row.files.all())))))
        for row in rows
    ]


def _references(team_id: int, tried: Tried) -> list[Leftover]:
    rows = Reference.objects.filter(team=team_id).exclude(pk__in=_but(Reference, tried)).order_by("pk")
    named = rows.values_list("pk", "key", "thumb_key")[:FILES_AT_A_TIME]
    return [Leftover(Reference, pk, (key, thumb_key)) for pk, key, thumb_key in named]


def remove_files(leftovers: Iterable[Leftover]) -> tuple[list[Leftover], list[Leftover]]:
    """Those whose files are gone now, and those of which the storage would not remove one. Touches no row."""
    gone, kept = [], []
    for leftover in leftovers:
        try:
            for key in leftover.keys:
                with suppress(NotStored):
                    delete(key)
        except (StorageDown, StorageFull) as error:
            log.warning("team.file_stays", keys=leftover.keys, error=type(error).__name__)
            kept.append(leftover)
        else:
            gone.append(leftover)
    return gone, kept


@transaction.atomic
def forget(leftovers: Iterable[Leftover]) -> None:
    """Remove the rows whose files are gone; of an event its detail."""
    by_kind: dict[type, list[int]] = {}
    for leftover in leftovers:
        by_kind.setdefault(leftover.kind, []).append(leftover.pk)
    events, clips, references = (by_kind.get(kind, []) for kind in (GenerationEvent, Clip, Reference))
    GenerationEvent.objects.filter(pk__in=events).update(detail={})
    _forget_clips(clips)
    GenerationReference.objects.filter(reference__in=references).delete()
    ReferenceUpload.objects.filter(reference__in=references).delete()
    Reference.objects.filter(pk__in=references).delete()


def _forget_clips(clips: list[int]) -> None:
    GenerationReference.objects.filter(clip__in=clips).delete()
    ReferenceUpload.objects.filter(clip__in=clips).delete()
    Reference.objects.filter(from_clip__in=clips).update(from_clip=None)
    ClipFile.objects.filter(clip__in=clips).delete()
    Clip.objects.filter(pk__in=clips).delete()


def finish(team_id: int) -> bool:
    """Call the team done when no row of it names a file any more."""
    if next_leftovers(team_id):
        return False
    team = Team.objects.get(pk=team_id)
    Team.objects.filter(pk=team_id).update(slug=f"{REMOVED}-{team.public_id.hex}")
    log.info("team.files_removed", team_id=team_id)
    return True


def delete_due(*, now: datetime) -> tuple[int, int, int]:
    """All of it, now: how many teams were closed, how many are done, and how many rows keep a file that stayed."""
    closed = close_due(now=now)
    done, stayed = 0, 0
    for team_id in teams_with_files():
        tried: list[Leftover] = []
        while leftovers := next_leftovers(team_id, but=tried):
            gone, kept = remove_files(leftovers)
            forget(gone)
            tried += kept
        stayed += len(tried)
        done += finish(team_id)
    return closed, done, stayed
