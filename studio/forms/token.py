"""The form by which a person makes an API token."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from accounts.enums import Scope
from accounts.models import ApiToken, Membership, User
from accounts.tokens import make_token
from studio.forms.audit import start_of_day, zone_of

DATE, NEVER = "date", "never"
LIVES = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "A year", DATE: "Until a day", NEVER: "For ever"}
USUAL = "30"
LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Made:
    """A new token and its text, which is shown once."""

    token: ApiToken
    text: str


class TokenForm(forms.Form):
    """Name, team, scopes and how long it lives. `once` makes the form count once, however often it is sent."""

    name = forms.CharField(
        max_length=80,
        error_messages={
            "required": "Give the token a name that says what uses it, for example “Render farm”.",
            "max_length": "Use 80 characters at most.",
        },
    )
    team = forms.ChoiceField(
        error_messages={
            "required": "Choose a team.",
            "invalid_choice": "You are not in this team any more. Choose another one.",
        }
    )
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        error_messages={
            "required": "Choose what the token is for.",
            "invalid_choice": "There is no such use. Choose from the list.",
        },
    )
    lives = forms.ChoiceField(
        choices=list(LIVES.items()),
        error_messages={
            "required": "Choose how long the token lives.",
            "invalid_choice": "Choose how long the token lives, from the list.",
        },
    )
    on = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Write the day as year, month, day: 2027-03-31."},
    )
    is_meant = forms.BooleanField(required=False)
    once = forms.UUIDField(error_messages={"required": "Send the form again.", "invalid": "Send the form again."})

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User, now: datetime) -> None:
        super().__init__(data)
        self.user = user
        self.now = now
        rows = user.memberships.select_related("team").filter(team__deleted_at=None, team__deletion_asked_at=None)
        self.memberships = {row.team.slug: row for row in rows.order_by("team__name", "pk")}
        self.fields["team"].choices = [(slug, str(row.team)) for slug, row in self.memberships.items()]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """The day that belongs to “until a day”, and the warning that “for ever” needs."""
        read = self.cleaned_data
        if read.get("lives") == NEVER and not read["is_meant"]:
            self.add_error("is_meant", "Tick the box as well if the token shall really live until somebody revokes it.")
        if read.get("lives") == DATE and "on" not in self.errors:
            self._check_day(read.get("on"))
        return read

    def _check_day(self, day: date | None) -> None:
        today = self.now.astimezone(zone_of(self.user)).date()
        if day is None:
            self.add_error("on", "Choose the last day on which the token works.")
        elif day < today:
            self.add_error("on", "Choose a day that is still to come.")
        elif day > today + LONGEST:
            self.add_error("on", "Choose a day in the next ten years.")

    @property
    def membership(self) -> Membership:
        """The person's place in the team of a valid form."""
        return self.memberships[self.cleaned_data["team"]]

    @property
    def expires_at(self) -> datetime | None:
        """When the token of a valid form ends: with the end of the day, where the person lives."""
        lives = self.cleaned_data["lives"]
        if lives == NEVER:
            return None
        if lives == DATE:
            return start_of_day(self.cleaned_data["on"] + timedelta(days=1), zone_of(self.user))
        return self.now + timedelta(days=int(lives))

    def save(self) -> Made | None:
        """The token; None when it may not be, and the form has the sentence. Raises MadeBefore."""
        once: UUID = self.cleaned_data["once"]
        try:
            made = make_token(
                self.membership,
                name=self.cleaned_data["name"],
                scopes=[Scope(value) for value in self.cleaned_data["scopes"]],
                expires_at=self.expires_at,
                public_id=once,
                now=self.now,
            )
        except ValidationError as error:
            self.add_error(error.code if error.code in self.fields else None, error)
            return None
        return Made(*made)
