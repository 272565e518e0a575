"""The form by which a member's role is changed, and what the list of members is asked for."""

from typing import Any
from uuid import UUID

from django import forms

from accounts.enums import Role


class RoleForm(forms.Form):
    """One of the roles that the person may give this member."""

    role = forms.TypedChoiceField(
        coerce=lambda value: Role(int(value)),
        error_messages={
            "required": "Choose a role.",
            "invalid_choice": "You cannot give this member that role. Choose one of the list.",
        },
    )

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    """What to look for in the list, and after whom it goes on. What makes no sense counts as not asked."""

    q = forms.CharField(required=False, max_length=254)
    after = forms.UUIDField(required=False)

    @property
    def asked(self) -> tuple[str, UUID | None]:
        """The text to look for, "" for everybody, and the member after whom to go on."""
        self.is_valid()
        return self.cleaned_data.get("q") or "", self.cleaned_data.get("after")
