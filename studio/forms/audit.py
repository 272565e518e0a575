"""The filter of an audit log, as it stands in an address."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms

from accounts.audit_queries import GROUP_LABELS, Filter, Group, person_in
from accounts.models import Team, User

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)
NO_DAY = "Write a day as year, month, day: 2026-11-29."
NAMES = ("person", "kind", "since", "until", "text")


class AuditForm(forms.Form):
    """All fields may be missing. Days are those of the reader's time zone, and both ends are inside.

    `team` is the team whose log is read; None for a person's own activity, which is not filtered by person.
    """

    person = forms.UUIDField(
        required=False, error_messages={"invalid": "Nobody of this name is in the log. Choose somebody from the list."}
    )
    kind = forms.ChoiceField(
        required=False,
        choices=[("", "")] + [(group.value, label) for group, label in GROUP_LABELS.items()],
        error_messages={"invalid_choice": "There is no such kind of thing. Choose one from the list."},
    )
    since = forms.DateField(required=False, input_formats=["%Y-%m-%d"], error_messages={"invalid": NO_DAY})
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"], error_messages={"invalid": NO_DAY})
    text = forms.CharField(
        required=False, max_length=100, error_messages={"max_length": "Search for 100 characters at most."}
    )

    def __init__(self, data: Mapping[str, Any], *, reader: User, team: Team | None) -> None:
        super().__init__(data)
        self.reader = reader
        self.team = team
        self.found_person: User | None = None

    def clean_person(self) -> User | None:
        """The person, if they have to do with this team."""
        public_id = self.cleaned_data["person"]
        if public_id is None or self.team is None:
            return None
        self.found_person = person_in(self.team, public_id)
        if self.found_person is None:
            raise forms.ValidationError("Nobody of this name is in the log. Choose somebody from the list.")
        return self.found_person

    def clean_since(self) -> date | None:
        return self._day("since")

    def clean_until(self) -> date | None:
        return self._day("until")

    def _day(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day is not None and not FIRST_DAY <= day < LAST_DAY:
            raise forms.ValidationError("Choose a day between 2000 and 2199.")
        return day

    def clean(self) -> dict[str, Any]:
        """Both ends in the right order."""
        read = self.cleaned_data
        since, until = read.get("since"), read.get("until")
        if since and until and until < since:
            self.add_error("until", "This day is before the first one. Turn the two round.")
        return read

    def wanted(self) -> Filter:
        """What a valid form asks for."""
        read, zone = self.cleaned_data, zone_of(self.reader)
        return Filter(
            person=read["person"],
            group=Group(read["kind"]) if read["kind"] else None,
            start=start_of_day(read["since"], zone) if read["since"] else None,
            end=start_of_day(read["until"] + timedelta(days=1), zone) if read["until"] else None,
            text=read["text"],
        )

    def asked(self) -> dict[str, str]:
        """The fields that are filled, as they were sent."""
        return {name: text for name in NAMES if (text := str(self.data.get(name, "")).strip())}

    def address(self, **more: object) -> str:
        """The query of an address that asks for the same, and `more`."""
        return urlencode({**self.asked(), **more})


def zone_of(user: User) -> ZoneInfo:
    """The person's time zone; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of the day there, in UTC. A midnight that a clock change skips is the change itself; of one
    that comes twice it is the first."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
