"""Builds the provider that the settings name."""

import hashlib

from django.conf import settings

from studio.providers.base import Provider
from studio.providers.runway.client import RunwayProvider


def open_provider() -> Provider:
    """A provider with its own connections: close it with `aclose`. Call it inside the event loop."""
    return RunwayProvider(api_key=settings.RUNWAYML_API_SECRET, base_url=settings.RUNWAYML_BASE_URL)


def account_mark() -> str:
    """Names the account whose uploads can be used, without telling its key."""
    parts = f"{settings.RUNWAYML_BASE_URL} {settings.RUNWAYML_API_SECRET}"
    return hashlib.sha256(parts.encode()).hexdigest()[:16]
