"""The profile's form: name, picture, time zone, theme, motion."""

import unicodedata
import zoneinfo
from functools import cache
from typing import Any

from django import forms

from accounts.enums import Theme
from accounts.models import User
from accounts.profile import NO_ZONE

NAME_LENGTH = 120
JOINERS = "\u200c\u200d"
"""Stand inside of words in Persian, in Indian scripts and in emoji."""
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that are drawn as nothing."""
TOO_LONG = f"Use {NAME_LENGTH} characters at the most."
INVISIBLE = "Nothing of this name can be seen. Type one with letters, or leave it empty."
UNKNOWN_ZONE = "This is no time zone that is known here. Choose one of the list, such as Europe/Vienna."
MANY_ZONES = "Several time zones end like this. Choose one of the list."


class NameField(forms.CharField):
    """A text that may hold anything; what of it is a name is `visible`'s to say."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\0", "")


class ProfileForm(forms.Form):
    """Reads what the person has typed; `changes` are the columns. The picture is the view's to store."""

    name = NameField(required=False)
    avatar = forms.FileField(required=False, allow_empty_file=True)
    time_zone = forms.CharField(required=False)
    theme = forms.ChoiceField(choices=Theme.choices)
    is_motion_reduced = forms.BooleanField(required=False)

    @classmethod
    def of(cls, user: User) -> "ProfileForm":
        """The form as the account is now."""
        zone = "" if user.time_zone == NO_ZONE else user.time_zone
        return cls(
            initial={
                "name": user.name,
                "time_zone": zone,
                "theme": user.theme,
                "is_motion_reduced": user.is_motion_reduced,
            }
        )

    def clean_name(self) -> str:
        typed = self.cleaned_data["name"]
        name = visible(typed)
        if typed and not name:
            raise forms.ValidationError(INVISIBLE)
        if len(name) > NAME_LENGTH:
            raise forms.ValidationError(TOO_LONG)
        return name

    def clean_time_zone(self) -> str:
        typed = self.cleaned_data["time_zone"].strip().replace(" ", "_")
        return find_zone(typed) if typed else NO_ZONE

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "time_zone", "theme", "is_motion_reduced")}


def visible(text: str) -> str:
    """The text in one line, without what cannot be seen: control characters, marks that turn the direction, spaces of
    no width. Joiners stay where they join."""
    text = unicodedata.normalize("NFC", text)
    kept = "".join(_shown(character) for character in text)
    words = (word.strip(JOINERS) for word in kept.split())
    name = " ".join(word for word in words if word)
    return name if any(unicodedata.category(character)[0] in "LNPS" for character in name) else ""


def _shown(character: str) -> str:
    if character.isspace() or character in JOINERS:
        return " " if character.isspace() else character
    return "" if unicodedata.category(character)[0] == "C" or character in BLANKS else character


NO_PLACES = frozenset({"Factory", "localtime"})


@cache
def zones() -> tuple[str, ...]:
    """The names of places, and UTC, in their order."""
    named = (
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV"))
    )
    return (*sorted(named), "Etc/UTC")


def find_zone(typed: str) -> str:
    """The zone's own name for what somebody typed: in any capitals, or its last part. Raises ValidationError."""
    wanted = typed.casefold()
    names = {name.casefold(): name for name in zoneinfo.available_timezones() - NO_PLACES}
    if wanted in {"utc", "gmt", "z"}:
        return "Etc/UTC"
    if wanted in names:
        return names[wanted]
    ends = [name for name in zones() if name.casefold().endswith(f"/{wanted}")]
    if len(ends) == 1:
        return ends[0]
    raise forms.ValidationError(MANY_ZONES if ends else UNKNOWN_ZONE)
