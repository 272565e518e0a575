"""The form that makes a project."""

from typing import Any

from django import forms

from accounts.models import Team, User
from studio.models import Project
from studio.projects import create_project


class ProjectForm(forms.Form):
    """A name; the address is made from it."""

    name = forms.CharField(
        max_length=120, error_messages={"required": "Give the project a name, for example “Harbour film”."}
    )

    def __init__(self, data: Any = None, *, team: Team) -> None:
        super().__init__(data)
        self.team = team

    def save(self, *, by: User) -> Project:
        """A stored project with a free address."""
        return create_project(self.team, name=self.cleaned_data["name"], by=by)
