"""Builds the provider that the settings name."""

from pathlib import Path

from django.conf import settings

from studio.generations.provider_keys import COMET, mark_of, provider_address
from studio.providers.base import Provider
from studio.providers.cometapi.client import CometProvider
from studio.providers.cometapi.formats import Format
from studio.providers.runway.client import RunwayProvider


def open_provider() -> Provider:
    """A provider with the installation's key and connections of its own: close it with `aclose`. Call it inside the
    event loop."""
    return open_provider_with(key_and_address()[0], on_behalf_of=settings.RUNWAYML_ON_BEHALF_OF)


def open_provider_with(key: str, *, on_behalf_of: str = "") -> Provider:
    """The same with another key, and the name that Runway is told with it."""
    base_url = provider_address()
    if settings.VIDEO_PROVIDER != COMET:
        return RunwayProvider(api_key=key, base_url=base_url, on_behalf_of=on_behalf_of)
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
    key = settings.COMETAPI_KEY if settings.VIDEO_PROVIDER == COMET else settings.RUNWAYML_API_SECRET
    return key, provider_address()


def account_mark() -> str:
    """Names the installation's account, without telling its key."""
    return mark_of(key_and_address()[0])
