"""Writes projects, and who sees them."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.text import slugify

from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import Membership, Team, User
from studio.models import GenerationReference, Project, ProjectMember, Reference

RESERVED_SLUGS = frozenset(
    [
        "checking",
        "keys",
        "lines",
        "projects",
        "provider",
        "gallery",
        "storyboard",
        "references",
        "credits",
        "reports",
        "members",
        "invitations",
        "leave",
        "closing",
        "delete",
        "export",
        "audit",
        "tokens",
        "join",
        "budgets",
        "notices",
        "review",
        "picks",
        "mine",
        "settings",
        "shares",
        "bin",
        "new",
    ]
)
SLUG_LENGTH = 50
MOST_TRIES = 100


@transaction.atomic
def create_project(team: Team, *, name: str, by: User, slug: str = "") -> Project:
    """A stored project; without a `slug` one is made from the name. Raises ValidationError with sentences."""
    name = name.strip()
    if slug in RESERVED_SLUGS:
        raise ValidationError({"slug": f"“{slug}” is a name that the site uses itself. Choose another one."})
    project = Project(team=team, name=name, slug=slug or free_slug(team, name), created_by=by)
    project.full_clean(exclude=["public_id"])
    try:
        with transaction.atomic():
            project.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"name": "A project of this name was made just now. Choose another name."}) from error
    record(AuditAction.PROJECT_CREATED, by=by, team=team, target=project.name)
    return project


@transaction.atomic
def choose_members(
    project: Project, *, is_confidential: bool, members: Iterable[Membership], by: Membership
) -> Project:
    """The project, confidential or not, and who sees it then: `members`, who chooses them, and the team's owners.

    What was used in it alone becomes its own when it is closed, and the team's again when it is opened. Members of
    other teams are left out. The same again changes nothing.
    """
    found = Project.objects.select_for_update(no_key=True).select_related(None).get(pk=project.pk)
    before = set(ProjectMember.objects.filter(project=found).values_list("membership", flat=True))
    chosen = {member.pk: member for member in members if member.team_id == found.team_id}
    wanted = {*chosen, by.pk} if is_confidential else set()
    if (found.is_confidential, before) == (is_confidential, wanted):
        return found
    _tell(found, is_confidential=is_confidential, added=wanted - before, removed=before - wanted, by=by)
    ProjectMember.objects.filter(project=found, membership__in=before - wanted).delete()
    ProjectMember.objects.bulk_create(
        [ProjectMember(project=found, membership_id=pk) for pk in sorted(wanted - before)], ignore_conflicts=True
    )
    if found.is_confidential != is_confidential:
        found.is_confidential = is_confidential
        found.save(update_fields=["is_confidential"])
        _move_references(found)
    return found


def _move_references(project: Project) -> None:
    """Files that no other project has used go with the project."""
    if not project.is_confidential:
        Reference.objects.filter(project=project).update(project=None)
        return
    uses = GenerationReference.objects.filter(reference=OuterRef("pk"))
    here, elsewhere = uses.filter(generation__project=project), uses.exclude(generation__project=project)
    free = Reference.objects.filter(team=project.team_id, project=None)
    free.filter(Exists(here), ~Exists(elsewhere)).update(project=project)


def _tell(project: Project, *, is_confidential: bool, added: set[int], removed: set[int], by: Membership) -> None:
    rows = Membership.objects.select_related("user").filter(pk__in=added | removed)
    names = {row.pk: str(row.user) for row in rows}
    record(
        AuditAction.PROJECT_MEMBERS_CHANGED,
        by=by.user,
        team=by.team,
        target=project.name,
        is_confidential=is_confidential,
        added=sorted(names[pk] for pk in added & names.keys()),
        removed=sorted(names[pk] for pk in removed & names.keys()),
    )


def free_slug(team: Team, name: str) -> str:
    """A short name that no other project of the team has: `harbour-film`, `harbour-film-2`."""
    stem = slugify(name)[: SLUG_LENGTH - 4].strip("-_").replace("_", "-") or "project"
    taken = set(team.projects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED_SLUGS
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, MOST_TRIES))]
    return next((slug for slug in candidates if slug not in taken), stem)
