"""The version of Runway's API: one constant, as the official SDK has it, with all that is known to end."""

import asyncio
from datetime import timedelta

import httpx
from runwayml import RunwayML

from studio.providers.catalog import MODELS
from studio.providers.cometapi.client import CometProvider
from studio.providers.runway.account import NOT_OFFERED
from studio.providers.runway.client import RunwayProvider
from studio.providers.runway.version import API, API_VERSION
from tests.providers.conftest import KEY


def test_the_version_is_the_sdks() -> None:
    assert API_VERSION == API.header == RunwayML(api_key=KEY).default_headers["X-Runway-Version"]


def test_each_request_carries_it() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["X-Runway-Version"])
        return httpx.Response(200, json={"creditBalance": 1})

    provider = RunwayProvider(api_key=KEY, client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    asyncio.run(provider.organization())

    assert seen == [API_VERSION]


def test_the_gateway_is_told_the_same() -> None:
    provider = CometProvider(api_key=KEY)

    assert provider._headers()["X-Runway-Version"] == API_VERSION


def test_each_retired_model_is_among_the_deprecations() -> None:
    ends = {deprecation.until for deprecation in API.deprecations}
    told = " ".join(deprecation.what for deprecation in API.deprecations)

    for model in (model for model in MODELS.values() if model.retired_since):
        assert model.label in told
        assert model.retired_since is not None
        assert model.retired_since - timedelta(days=1) in ends
    assert all(deprecation.source and deprecation.instead for deprecation in API.deprecations)


def test_what_is_left_out_is_not_in_the_catalog() -> None:
    assert NOT_OFFERED & MODELS.keys() == set()
