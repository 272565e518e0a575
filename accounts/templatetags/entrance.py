"""Tags and filters of the entrance."""

import json
from typing import Any

from django import template
from django.contrib.auth import password_validation
from django.core.serializers.json import DjangoJSONEncoder

from accounts.browsers import browser_name

register = template.Library()
register.filter(name="browser", filter_func=browser_name)


@register.filter
def as_json(value: Any) -> str:
    """What a script reads from a `data-` attribute."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag
def password_rules() -> list[str]:
    """One sentence a rule that a new password has to keep."""
    return [str(text) for text in password_validation.password_validators_help_texts()]
