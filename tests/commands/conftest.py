"""An installation to examine."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from studio.management.checkup import provider
from studio.models import WorkerHeartbeat
from studio.providers.runway.client import RunwayProvider
from studio.simulator.app import create_app
from studio.simulator.remote import Remote

SIMULATOR = "http://127.0.0.1:9100"
MakeRemote = Callable[..., Remote]
Beat = Callable[..., WorkerHeartbeat]


@pytest.fixture
def make_remote(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> MakeRemote:
    """Makes a simulator in this process, which `doctor` then finds as its provider."""

    def make(**options: Any) -> Remote:
        remote = Remote(base_url=SIMULATOR, **options)
        monkeypatch.setattr(provider, "open_provider", lambda: _provider_of(remote))
        return remote

    settings.RUNWAYML_BASE_URL = SIMULATOR
    return make


def _provider_of(remote: Remote) -> RunwayProvider:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(remote)))
    return RunwayProvider(api_key=django_settings.RUNWAYML_API_SECRET, base_url=SIMULATOR, client=client)


@pytest.fixture
def beat(db: None) -> Beat:
    """Writes the heartbeat of an engine."""

    def write(name: str = "studio-1:41", **fields: Any) -> WorkerHeartbeat:
        return WorkerHeartbeat.objects.create(name=name, provider="simulator", **fields)

    return write
