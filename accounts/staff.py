"""What staff may do that nobody else may."""

from django.conf import settings

from accounts.models import User


def may_view_as(*, hijacker: User, hijacked: User) -> bool:
    """Whether staff may view the site as this person: where VIEW_AS allows it, superusers alone, and no other staff."""
    is_plain = hijacked.is_active and not (hijacked.is_staff or hijacked.is_superuser)
    return bool(settings.VIEW_AS and hijacker.is_active and hijacker.is_superuser and is_plain)
