"""The form by which a member is let go: who takes over."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Membership, User

NO_HEIR = "Choose somebody of the team who may generate: they take over the work."


class RemovalForm(forms.Form):
    """`heirs` are who may take over. Where there is nothing to hand over nobody needs to be chosen."""

    heir = forms.ChoiceField(error_messages={"required": NO_HEIR, "invalid_choice": NO_HEIR})

    def __init__(
        self,
        data: Any = None,
        *,
        heirs: Sequence[Membership],
        first: User | None = None,
        has_work: bool,
        prefix: str | None = None,
    ) -> None:
        super().__init__(data, prefix=prefix)
        self.heirs = {str(row.user.public_id): row for row in heirs}
        field = self.fields["heir"]
        field.choices = [(key, str(row.user)) for key, row in self.heirs.items()]  # type: ignore[attr-defined]
        field.required = has_work
        self.first = next((row for row in heirs if first and row.user_id == first.pk), next(iter(heirs), None))

    @property
    def chosen(self) -> str:
        """Who is marked in the page: what was sent, else the first."""
        sent = str(self.data.get(self.add_prefix("heir"), ""))
        return sent if sent in self.heirs else str(self.first.user.public_id if self.first else "")

    @property
    def heir_row(self) -> Membership | None:
        """The heir of a valid form."""
        return self.heirs.get(self.cleaned_data["heir"]) or self.first
