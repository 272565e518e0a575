"""The tables of people and teams, one file a noun."""

from accounts.models.audit import AuditEntry
from accounts.models.invitation import Invitation
from accounts.models.names import RESERVED_SLUGS, SLUG_PATTERN, slug_form, slug_is_free
from accounts.models.notice import Delivery, Notice, PushSubscription
from accounts.models.team import Membership, Team
from accounts.models.token import ApiToken
from accounts.models.user import User, UserManager

__all__ = [
    "RESERVED_SLUGS",
    "SLUG_PATTERN",
    "ApiToken",
    "AuditEntry",
    "Delivery",
    "Invitation",
    "Membership",
    "Notice",
    "PushSubscription",
    "Team",
    "User",
    "UserManager",
    "slug_form",
    "slug_is_free",
]
