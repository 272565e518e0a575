"""Tags and filters of the entrance, and of the pages of a person."""

import json
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount import providers
from django import template
from django.contrib.auth import password_validation
from django.core.serializers.json import DjangoJSONEncoder
from django.template.context import Context
from django.urls import NoReverseMatch, reverse

from accounts.browsers import browser_name

PLACES = {
    "profile": "Profile",
    "account_email": "E-mail",
    "account_change_password": "Password",
    "mfa_index": "Second factor",
    "socialaccount_connections": "Outside logins",
    "usersessions_list": "Sessions",
    "notices": "Notices",
    "tokens": "API tokens",
    "activity": "Activity",
    "personal_data": "Your data",
}
SAME_PLACE = {"account_set_password": "account_change_password"}

register = template.Library()
register.filter(name="browser", filter_func=browser_name)


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the person's, in their navigation."""

    name: str
    url: str
    is_here: bool


@register.filter
def as_json(value: Any) -> str:
    """What a script reads from a `data-` attribute."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag
def password_rules() -> list[str]:
    """One sentence a rule that a new password has to keep."""
    return [str(text) for text in password_validation.password_validators_help_texts()]


@register.simple_tag(takes_context=True)
def personal_places(context: Context) -> list[Place]:
    """The pages of a person that there are, with the one marked to which this page belongs."""
    match = context["request"].resolver_match
    name = match.url_name if match else ""
    here = "mfa_index" if name.startswith("mfa_") else SAME_PLACE.get(name, name)
    return [Place(label, url, place == here) for place, label in PLACES.items() if (url := _url_of(place))]


def _url_of(name: str) -> str:
    """The address, or "" for a page that this installation does not have."""
    if name == "socialaccount_connections" and not providers.registry.get_class_list():
        return ""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
