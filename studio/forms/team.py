"""The forms of teams: a name, a domain, the name typed once more. Each turns what its domain function says into
sentences beside the fields."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.domains import JOINING_ROLES
from accounts.enums import Role
from accounts.models import Team
from accounts.naming import clean_name

NO_NAME = "Give the team a name that can be read, for example “Northlight”."
ROLE_CHOICES = [(role.value, role.label) for role in JOINING_ROLES]


class NameField(forms.CharField):
    """What a team is called. A name that cannot be has a sentence of `clean_name`, and not of Django."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"strip": False, "error_messages": {"required": NO_NAME}, **options})
        self.validators = []

    def clean(self, value: Any) -> str:
        return clean_name(super().clean(value))


class TeamNameForm(forms.Form):
    """A name for a team, new or not."""

    name = NameField()


class SecondFactorForm(forms.Form):
    """Whether the team asks for one."""

    is_required = forms.BooleanField(required=False)


class JoiningForm(forms.Form):
    """Who joins by themselves, and as what. Without a domain nobody does."""

    domain = forms.CharField(required=False, max_length=260, error_messages={"max_length": "This is no domain."})
    role = forms.TypedChoiceField(
        choices=ROLE_CHOICES,
        coerce=lambda value: Role(int(value)),
        error_messages={
            "required": "Choose a role.",
            "invalid_choice": "Who joins by their address becomes a viewer or a creator.",
        },
    )


class TypedNameForm(forms.Form):
    """The team's name, typed by somebody who means it."""

    typed = forms.CharField(error_messages={"required": "Type the team's name."})

    def __init__(self, data: Any = None, *, team: Team) -> None:
        super().__init__(data)
        self.team = team

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if " ".join(typed.split()) != " ".join(self.team.name.split()):
            raise ValidationError("This is not the team's name. Type it exactly as it stands above.")
        return typed


def accepted(form: forms.Form, write: Callable[[], object], *, otherwise: str) -> bool:
    """Whether `write` went well; what it refuses is told at its field, or at `otherwise`."""
    try:
        write()
    except ValidationError as error:
        told = error.message_dict if hasattr(error, "error_dict") else {otherwise: error.messages}
        for field, sentences in told.items():
            form.add_error(field if field in form.fields else otherwise, sentences)
        return False
    return True
