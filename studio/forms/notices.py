"""The table of what a person is told about and by which way, and what a browser says that takes pushes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.enums import Channel, NoticeKind
from accounts.models import User
from accounts.notices import channels_of
from studio.providers.networks import may_be_public
from studio.providers.vapid import is_browser_key

NO_SUCH_WAY = "The form has a way in it that there is not. Load this page again."
ENDPOINT_LENGTH, P256DH_LENGTH, AUTH_LENGTH = 600, 100, 40
NO_ENDPOINT = "This browser names no push service that can be reached from here."
NO_KEY = "This browser's key cannot be read. Turn it off and on again."


@dataclass(frozen=True, slots=True)
class Cell:
    """One checkbox."""

    channel: Channel
    is_on: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of notice and its checkboxes."""

    kind: NoticeKind
    cells: list[Cell]


class ChoicesForm:
    """One checkbox a kind and channel: the field is the kind, its values are channels."""

    def __init__(self, data: QueryDict) -> None:
        self.chosen: dict[NoticeKind, list[Channel]] = {}
        self.problem = ""
        known = set(Channel.values)
        for kind in NoticeKind:
            values = data.getlist(kind.value)
            if not known.issuperset(values):
                self.problem = NO_SUCH_WAY
            self.chosen[kind] = [Channel(value) for value in values if value in known]

    def rows(self) -> list[Row]:
        return list(_rows(self.chosen))


def rows_of(user: User) -> list[Row]:
    """The table as it is now."""
    return list(_rows({kind: list(channels_of(user, kind)) for kind in NoticeKind}))


def _rows(chosen: dict[NoticeKind, list[Channel]]) -> Iterator[Row]:
    for kind in NoticeKind:
        yield Row(kind, [Cell(channel, channel in chosen[kind]) for channel in Channel])


class SubscriptionForm(forms.Form):
    """What a browser's PushSubscription says of itself."""

    endpoint = forms.CharField(max_length=ENDPOINT_LENGTH, error_messages={"max_length": NO_ENDPOINT})
    p256dh = forms.CharField(max_length=P256DH_LENGTH)
    auth = forms.CharField(max_length=AUTH_LENGTH)

    def clean_endpoint(self) -> str:
        endpoint: str = self.cleaned_data["endpoint"]
        if not may_be_public(endpoint):
            raise forms.ValidationError(NO_ENDPOINT)
        return endpoint

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if {"p256dh", "auth"} <= found.keys() and not is_browser_key(found["p256dh"], found["auth"]):
            raise forms.ValidationError(NO_KEY)
        return found
