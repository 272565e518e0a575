"""The form by which a person deletes their account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from accounts.models import Membership, User
from studio.forms.removal import RemovalForm
from studio.leaving import Leaving, heirs_of, survey


@dataclass(frozen=True, slots=True)
class Part:
    """One of the person's teams: what they have there, and who takes over."""

    membership: Membership
    found: Leaving
    form: RemovalForm


def parts_of(memberships: Sequence[Membership], data: Any, *, now: datetime) -> list[Part]:
    """A part for each team, with the choice that was sent for it."""
    found = [(membership, survey(membership, now=now)) for membership in memberships]
    return [
        Part(row, told, RemovalForm(data, prefix=row.team.slug, heirs=list(heirs_of(row)), has_work=told.has_work))
        for row, told in found
    ]


class AccountDeletionForm(forms.Form):
    """The typed address, and whether the name is to go from the history."""

    typed = forms.CharField(
        max_length=300,
        error_messages={
            "required": "Type your e-mail address, so that nobody deletes an account by a slip.",
            "max_length": "That is not the e-mail address of this account.",
        },
    )
    forget_name = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, user: User, parts: Sequence[Part] = ()) -> None:
        super().__init__(data)
        self.user = user
        self.parts = parts

    def clean_typed(self) -> str:
        """The address as it is typed here is that of the account."""
        typed: str = self.cleaned_data["typed"].strip()
        if typed.lower() != self.user.email:
            raise forms.ValidationError("That is not the e-mail address of this account.")
        return typed

    def is_valid(self) -> bool:
        """Also each team's heir."""
        return all([super().is_valid(), *[part.form.is_valid() for part in self.parts]])

    @property
    def heirs(self) -> dict[int, User]:
        """Team (by id) → who takes over, of a valid form."""
        rows = {part.membership.team_id: part.form.heir_row for part in self.parts}
        return {team: row.user for team, row in rows.items() if row}
