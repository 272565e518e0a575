"""Names that stand in addresses: what they may look like, and which ones are taken by the site itself."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

SLUG_PATTERN = r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?"
RESERVED_SLUGS = frozenset(
    [
        "admin",
        "api",
        "accounts",
        "clips",
        "generations",
        "references",
        "static",
        "media",
        "healthz",
        "readyz",
        "sign-in",
        "sign-out",
        "teams",
        "styleguide",
        "help",
        "invitations",
        "profile",
        "notices",
        "push",
        "hijack",
        "sign-up",
        "metrics",
        "tokens",
        "join",
    ]
)
slug_form = RegexValidator(
    re.compile(rf"\A{SLUG_PATTERN}\Z"), "Use small letters, digits and single hyphens, 50 at the most."
)


def slug_is_free(slug: str) -> None:
    """Refuse names that are paths of the site. Raises ValidationError."""
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"“{slug}” is a name that the site uses itself. Choose another one.")
