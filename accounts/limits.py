"""How often somebody may do what costs others something. Counted by allauth, as its own limits are."""

from allauth.core.internal.ratelimit import consume
from django.http import HttpRequest


def is_within(request: HttpRequest, *, action: str, rate: str) -> bool:
    """Whether this try is still within `rate`, such as "10/h/user"; it counts as one."""
    return consume(request, app="dailies", action=action, config={action: rate}, limit_get=True) is not None
