"""A house with an outside login, in front of which somebody sits."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.socialaccount.providers import registry
from django.conf import settings as now
from django.test import override_settings
from django.urls import clear_url_caches

from studio.config.environment import Environment
from studio.config.logins import login_apps, login_providers
from tests.logins.provider import CLIENT, SECRET, Provider, served
from tests.logins.visitor import CALLBACK, Visitor
from tests.views.cast import strict_templates

__all__ = ["strict_templates"]
URLS = "tests.logins.urls"


@pytest.fixture(scope="session")
def server() -> Iterator[Provider]:
    with served(CALLBACK) as provider:
        yield provider


@pytest.fixture
def provider(server: Provider) -> Provider:
    """The provider as on the first day."""
    server.reset()
    return server


@pytest.fixture
def house(provider: Provider, db: None, strict_templates: None, quick_settings: Any) -> Iterator[None]:
    """The settings of a house whose environment names the provider, as `studio/config/logins.py` reads it."""
    env = Environment(
        {
            "OIDC_NAME": "Harbour",
            "OIDC_SERVER_URL": provider.url,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
        }
    )
    with override_settings(
        INSTALLED_APPS=[*now.INSTALLED_APPS, *login_apps(env)],
        SOCIALACCOUNT_PROVIDERS=login_providers(env),
        ROOT_URLCONF=URLS,
    ):
        _look_again()
        yield
    _look_again()


def _look_again() -> None:
    """Forget what allauth and Django have read of the settings."""
    registry.provider_map.clear()
    registry.loaded = False
    sys.modules.pop(URLS, None)
    clear_url_caches()


@pytest.fixture
def visitor(house: None, provider: Provider) -> Visitor:
    return Visitor(provider)
