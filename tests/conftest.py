"""What every test gets: quick password hashes, its own media folder, a clean cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

pytest_plugins = ["tests.services.fixtures"]


@pytest.fixture(autouse=True)
def quick_settings(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings that make a test quick and keep it to itself."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.VAR_DIR = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "studio.media.storage.LocalStorage",
            "OPTIONS": {"location": tmp_path / "media"},
        },
    }
    cache.clear()
    yield settings
    cache.clear()
