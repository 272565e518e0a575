"""Writes projects."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.audit import record
from accounts.enums import AuditAction
from accounts.models import Team, User
from studio.models import Project

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


def free_slug(team: Team, name: str) -> str:
    """A short name that no other project of the team has: `harbour-film`, `harbour-film-2`."""
    stem = slugify(name)[: SLUG_LENGTH - 4].strip("-_").replace("_", "-") or "project"
    taken = set(team.projects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED_SLUGS
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, MOST_TRIES))]
    return next((slug for slug in candidates if slug not in taken), stem)
