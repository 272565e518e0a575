"""Builds the provider that the settings name."""

import hashlib
from pathlib import Path

from django.conf import settings

from studio.providers.base import Provider
from studio.providers.cometapi.client import CometProvider
from studio.providers.cometapi.formats import Format
from studio.providers.runway.client import RunwayProvider

COMET = "cometapi"


def open_provider() -> Provider:
    """A provider with its own connections: close it with `aclose`. Call it inside the event loop."""
    key, base_url = key_and_address()
    if settings.VIDEO_PROVIDER != COMET:
        return RunwayProvider(api_key=key, base_url=base_url)
    return CometProvider(
        api_key=key,
        base_url=base_url,
        form=Format(settings.COMETAPI_FORMAT),
        callback_url=settings.COMETAPI_CALLBACK_URL,
        sends_images=settings.COMETAPI_IMAGES == "inline",
        keep_in=Path(settings.VAR_DIR) / "cometapi",
    )


def key_and_address() -> tuple[str, str]:
    """The provider's key and base URL, as the settings have them."""
    if settings.VIDEO_PROVIDER == COMET:
        return settings.COMETAPI_KEY, settings.COMETAPI_BASE_URL
    return settings.RUNWAYML_API_SECRET, settings.RUNWAYML_BASE_URL


def account_mark() -> str:
    """Names the account whose uploads can be used, without telling its key."""
    key, base_url = key_and_address()
    return hashlib.sha256(f"{base_url} {key}".encode()).hexdigest()[:16]
