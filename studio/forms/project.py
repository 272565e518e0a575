"""The form that makes a project."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.text import slugify

from accounts.models import Team, User
from studio.models import Project

PATHS_OF_A_TEAM = frozenset(
    (
        "bin",
        "checking",
        "credits",
        "gallery",
        "keys",
        "lines",
        "members",
        "new",
        "projects",
        "provider",
        "references",
        "reports",
        "settings",
        "shares",
        "storyboard",
    )
)
SLUG_MAX = 50


class ProjectForm(forms.Form):
    """A name; the address is made from it."""

    name = forms.CharField(
        max_length=120, error_messages={"required": "Give the project a name, for example “Harbour film”."}
    )

    def __init__(self, data: Any = None, *, team: Team) -> None:
        super().__init__(data)
        self.team = team

    @transaction.atomic
    def save(self, *, by: User) -> Project:
        """A stored project with a free address."""
        name = self.cleaned_data["name"]
        return Project.objects.create(team=self.team, name=name, slug=self._free_slug(name), created_by=by)

    def _free_slug(self, name: str) -> str:
        stem = slugify(name.replace("_", "-"))[: SLUG_MAX - 4].strip("-") or "project"
        taken = set(Project.objects.filter(team=self.team, slug__startswith=stem).values_list("slug", flat=True))
        candidates = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
        return next(slug for slug in candidates if slug not in taken | PATHS_OF_A_TEAM)
