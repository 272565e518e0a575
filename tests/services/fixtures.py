"""Fixtures that give tests real services. Loaded by `pytest_plugins` in tests/conftest.py.

What the environment names is used (`python -m tests.services`); else it is started when a test first needs it.
Where a service cannot be had, its tests are skipped with the reason, but never in CI: there it is an error.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.core.files.storage import default_storage
from pytest_django.fixtures import Settings

from tests.services.redis import is_installed, redis_server
from tests.services.sharing import shared
from tests.services.swift import STORE_VARIABLE, CannotInstallSwift, S3Store, install_swift, swift_store

if TYPE_CHECKING:  # settings are not loaded yet when pytest reads its plugins
    from studio.media.storage import BucketStorage


def in_ci() -> bool:
    """Whether this run decides what lands."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


@pytest.fixture(scope="session")
def s3_store() -> Iterator[S3Store]:
    """A real S3 store with an empty private bucket, one for all workers of the run."""
    given = os.environ.get(STORE_VARIABLE)
    if given:
        yield S3Store(**json.loads(given))
        return
    try:
        install_swift()
    except CannotInstallSwift as error:
        if in_ci():
            raise
        pytest.skip(f"Swift cannot be installed: {error}")
    with shared("swift", _swift_facts) as facts:
        yield S3Store(**facts)


@contextmanager
def _swift_facts() -> Iterator[dict[str, str]]:
    with swift_store() as store:
        yield store.facts()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of our own, in memory."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    if not is_installed() and not in_ci():
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    with redis_server() as url:
        yield url


@pytest.fixture
def bucket_storage(s3_store: S3Store, settings: Settings, quick_settings: None) -> "BucketStorage":
    """The default storage of this test is the real bucket."""
    settings.STORAGES = {**settings.STORAGES, "default": bucket_settings(s3_store)}
    storage: BucketStorage = default_storage  # type: ignore[assignment]  # a lazy object around it
    return storage


def bucket_settings(store: S3Store, **options: object) -> dict[str, object]:
    """The entry `default` of STORAGES for a store; `options` go before those of the store."""
    of_store: dict[str, object] = {
        "bucket_name": store.bucket,
        "endpoint_url": store.endpoint_url,
        "region_name": store.region,
        "access_key": store.access_key,
        "secret_key": store.secret_key,
        "signature_version": "s3v4",
        "addressing_style": "path",
        "default_acl": None,
        "querystring_auth": True,
        "querystring_expire": 900,
        "file_overwrite": True,
    }
    return {"BACKEND": "studio.media.storage.BucketStorage", "OPTIONS": of_store | options}
