"""The form by which members invite others: a pasted list of addresses, a role, confidential projects."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.enums import Role
from accounts.invitations import invited_among, members_among
from accounts.models import Membership
from studio.invitations import confidential_projects
from studio.models import Project

MOST_AT_ONCE = 100
LONGEST_TEXT = 30_000
LONGEST_ADDRESS = 254
SHOWN_LENGTH = 80
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
QUOTED_NAME = re.compile(r'"[^"\n]*"(?=\s*<)')
SEPARATOR = re.compile(r"([,;\n\r]+)")
IN_BRACKETS = re.compile(r"<([^<>]*)>")
AROUND = "\"'()[]<>"


@dataclass(frozen=True, slots=True)
class Entry:
    """One of the pasted addresses. `problem` is a sentence, "" for a good one, whose `email` is as it is stored."""

    text: str
    email: str
    problem: str = ""


def addresses_in(text: str) -> Iterator[str]:
    """The addresses of a list as people paste them: `a@b.c, Vera <v@x.org>; "Doe, Jane" <j@x.org>` and new lines."""
    text = QUOTED_NAME.sub(" ", UNSEEN.sub("", text))
    parts = SEPARATOR.split(text)
    for place in range(0, len(parts), 2):
        part = parts[place]
        if "<" in part and IN_BRACKETS.search(part):
            yield from (inner.strip().removeprefix("mailto:") for inner in IN_BRACKETS.findall(part))
            yield from (word for word in IN_BRACKETS.sub(" ", part).split() if "@" in word)
        elif not _is_part_of_a_name(parts, place):
            yield from (word.removeprefix("mailto:") for word in part.split())


def _is_part_of_a_name(parts: list[str], place: int) -> bool:
    """Whether this is the `Doe` of `Doe, Jane <j@x.org>`: no address, and an address in brackets comes on its line."""
    for here in range(place, len(parts), 2):
        if "<" in parts[here]:
            return here > place
        if "@" in parts[here] or "".join(parts[here + 1 : here + 2]).strip(", "):
            return False
    return False


def as_stored(text: str) -> str:
    """The address in small letters, its domain as mail servers know it (`xn--…`). Raises ValidationError."""
    address = text.strip().strip(AROUND).rstrip(".").lower()
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            address = f"{local}@{idna.encode(domain, uts46=True).decode()}"
        except idna.IDNAError as error:
            raise ValidationError("no domain") from error
    if len(address) > LONGEST_ADDRESS:
        raise ValidationError("too long")
    validate_email(address)
    return address


class InvitationForm(forms.Form):
    """Whom a member invites, as what. `entries` has a line for each address; the good ones can be sent alone."""

    emails = forms.CharField(
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea,
        error_messages={
            "required": "Write or paste at least one e-mail address.",
            "max_length": "That is too long a text. Paste at most 100 addresses at once.",
        },
    )
    role = forms.TypedChoiceField(
        coerce=lambda value: Role(int(value)),
        error_messages={
            "required": "Choose a role.",
            "invalid_choice": "Choose one of these roles: you can invite people up to your own.",
        },
    )
    projects = forms.ModelMultipleChoiceField(
        queryset=Project.objects.none(),
        required=False,
        to_field_name="public_id",
        error_messages={
            "invalid_choice": "One of the projects is not there any more. Choose again.",
            "invalid_pk_value": "One of the projects is not there any more. Choose again.",
            "invalid_list": "One of the projects is not there any more. Choose again.",
        },
    )
    only_good = forms.BooleanField(required=False)

    def __init__(self, *args: Any, membership: Membership, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries: list[Entry] = []
        self._membership, self._now = membership, now
        self.roles = [role for role in Role if role <= membership.role]
        self.fields["role"].choices = [(role.value, role.label) for role in self.roles]  # type: ignore[attr-defined]
        self.fields["projects"].queryset = confidential_projects(membership)  # type: ignore[attr-defined]

    @property
    def good(self) -> list[str]:
        """The addresses that can be invited."""
        return [entry.email for entry in self.entries if not entry.problem]

    @property
    def bad(self) -> list[Entry]:
        """Those that cannot, each with its sentence."""
        return [entry for entry in self.entries if entry.problem]

    def clean_emails(self) -> list[str]:
        """All that was pasted, looked at one by one."""
        found = list(addresses_in(self.cleaned_data["emails"]))
        if not found:
            raise ValidationError(self.fields["emails"].error_messages["required"])
        read = [_read(text) for text in dict.fromkeys(found)]
        once = list({entry.email or entry.text: entry for entry in reversed(read)}.values())[::-1]
        if len(once) > MOST_AT_ONCE:
            raise ValidationError(f"These are {len(once)} addresses. Invite at most {MOST_AT_ONCE} at once.")
        self.entries = self._looked_at(once)
        return self.good

    def clean(self) -> dict[str, Any]:
        """All have to be good, unless the person has said that the good ones are enough."""
        cleaned = super().clean() or {}
        if self.bad and not (cleaned.get("only_good") and self.good):
            self.add_error("emails", "Nothing was sent yet: correct these, or take them out.")
        return cleaned

    def _looked_at(self, entries: list[Entry]) -> list[Entry]:
        """The same, with what speaks against those that mail could be sent to."""
        team, emails = self._membership.team, [entry.email for entry in entries if not entry.problem]
        members = members_among(team, emails)
        invited = invited_among(team, emails, now=self._now)
        own = {self._membership.user.email}
        return [
            entry
            if entry.problem
            else replace(entry, problem=_against(entry, own=own, members=members, invited=invited))
            for entry in entries
        ]


def _read(text: str) -> Entry:
    try:
        return Entry(text, as_stored(text))
    except ValidationError:
        return Entry(text, "", f"“{_shortened(text)}” is not an e-mail address. One looks like name@example.com.")


def _against(entry: Entry, *, own: set[str], members: set[str], invited: set[str]) -> str:
    """What speaks against inviting this address, "" for nothing."""
    shown = _shortened(entry.text)
    if entry.email in own:
        return f"“{shown}” is your own address."
    if entry.email in members:
        return f"“{shown}” is in the team already."
    return f"“{shown}” is invited already. Send that invitation again instead." if entry.email in invited else ""


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 1]}…"
