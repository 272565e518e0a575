"""First frames by link: a real bucket, its signed links, and a gateway that fetches them; and what has no link."""

import io
import ipaddress
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.files.base import ContentFile
from PIL import Image
from pytest_django.fixtures import Settings
from structlog.testing import capture_logs

from studio.enums import State, StatusCode
from studio.generations.cards import card
from studio.generations.references import add_reference
from studio.media import store
from studio.models import Clip, Generation, Reference
from studio.providers import addresses
from studio.providers.base import Provider
from studio.providers.cometapi.client import CometProvider
from studio.providers.errors import Unreachable
from tests.services.fixtures import bucket_settings
from tests.services.swift import S3Store
from tests.stage import GRANT, Stage

if TYPE_CHECKING:
    from studio.providers.addresses import IpAddress

KEY = "sk-comet0123456789abcdef"
PUBLIC = "media.example.com"
NOT_BROUGHT = "The image could not be brought to the provider"


class LinkStage(Stage):
    """The stage with an engine at the gateway that sends no image along."""

    def provider(self, client: httpx.AsyncClient) -> Provider:
        return CometProvider(api_key=KEY, base_url=self.remote.base_url, sends_images=False, client=client)


@pytest.fixture
def stage(db: None, settings: Settings) -> Iterator[LinkStage]:
    settings.VIDEO_PROVIDER = "cometapi"
    settings.COMETAPI_KEY = KEY
    settings.COMETAPI_BASE_URL = settings.RUNWAYML_BASE_URL
    made = LinkStage()
    yield made
    made.close()


@pytest.fixture
def resolves_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """A function that says which address the public name has; None for none."""

    def say(address: str | None) -> None:
        async def resolve(host: str, *, port: int) -> "tuple[IpAddress, ...]":
            assert (host, port) == (PUBLIC, 443)
            if address is None:
                raise Unreachable("the host has no address")
            return (ipaddress.ip_address(address),)

        monkeypatch.setattr(addresses, "resolve_host", resolve)

    return say


@pytest.fixture
def bucket(s3_store: S3Store, settings: Settings, quick_settings: None) -> S3Store:
    """The default storage is the real bucket, at a public name of its own for everybody outside."""
    entry = bucket_settings(s3_store, public_endpoint_url=f"https://{PUBLIC}")
    settings.STORAGES = {**settings.STORAGES, "default": entry}
    return s3_store


def picture(stage: Stage) -> Reference:
    buffer = io.BytesIO()
    Image.effect_noise((640, 360), 60).convert("RGB").save(buffer, "PNG")
    return add_reference(stage.team, upload=ContentFile(buffer.getvalue(), name="a.png"), by=stage.owner)


def proxied(bucket: S3Store, asked: list[str], *, spoil: bool = False) -> Callable[[str], bytes | None]:
    """Fetches a public link as a proxy in front of the bucket does: under the public name, which is signed in."""

    def fetch(url: str) -> bytes | None:
        asked.append(url)
        parts = urlsplit(url)
        query = parts.query.replace("X-Amz-Expires=86400", "X-Amz-Expires=86401") if spoil else parts.query
        inside = f"{bucket.endpoint_url}{parts.path}?{query}"
        answer = httpx.get(inside, headers={"Host": parts.netloc}, timeout=20)
        return answer.content if answer.status_code == httpx.codes.OK else None

    return fetch


@pytest.mark.s3
def test_a_first_frame_goes_as_a_signed_link_that_the_gateway_fetches(
    stage: LinkStage, bucket: S3Store, resolves_to: Callable[[str | None], None]
) -> None:
    asked: list[str] = []
    resolves_to("93.184.215.14")
    stage.remote.fetch = proxied(bucket, asked)
    reference = picture(stage)

    generation = stage.run_until_final(stage.launch(model="gen4_turbo", first_frame=reference))

    task = next(iter(stage.remote.tasks.values()))
    [create] = [one for one in stage.remote.requests if one.method == "POST"]
    assert (generation.state, generation.status_code) == (State.READY, StatusCode.NONE)
    assert (create.path, json.dumps(create.body).count("data:")) == ("/runwayml/v1/image_to_video", 0)
    assert create.body["promptImage"] == asked[0]
    assert asked[0].startswith(f"https://{PUBLIC}/{bucket.bucket}/{reference.key}?")
    assert "X-Amz-Expires=86400&" in asked[0]
    assert bucket.secret_key not in asked[0]
    assert task.pictures.first == store.read_bytes(reference.key)
    assert store.exists(Clip.objects.get().key, Clip.objects.get().size_bytes)
    assert reference.uploads.count() == 0


@pytest.mark.s3
def test_a_link_that_does_not_open_there_fails_the_take_free(
    stage: LinkStage, bucket: S3Store, resolves_to: Callable[[str | None], None]
) -> None:
    """The bucket itself refuses it: the signature does not fit."""
    resolves_to("93.184.215.14")
    stage.remote.fetch = proxied(bucket, [], spoil=True)

    generation = stage.run_until_final(stage.launch(model="gen4_turbo", first_frame=picture(stage)))

    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.INVALID_ASSET)
    assert "The provider could not use the image" in card(generation, now=stage.clock.now()).sentence
    assert (stage.remote.tasks, stage.balance) == ({}, GRANT)


@pytest.mark.s3
@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "::1"])
def test_a_bucket_in_the_own_network_has_no_link_for_anybody_outside(
    stage: LinkStage, bucket: S3Store, resolves_to: Callable[[str | None], None], address: str
) -> None:
    resolves_to(address)

    check_not_brought(stage, cause="the storage's link is not a public address: nobody outside can read it")


@pytest.mark.s3
def test_a_bucket_on_loopback_has_no_link_for_anybody_outside(stage: LinkStage, bucket_storage: object) -> None:
    check_not_brought(stage, cause="the storage's link is not https: nobody outside can read it")


def test_files_on_a_disk_have_no_link(stage: LinkStage) -> None:
    check_not_brought(stage, cause="files lie on a disk, which gives no links")


def check_not_brought(stage: LinkStage, *, cause: str) -> None:
    """It fails before anything is sent, costs nothing, and says so to the person and to the operator."""
    generation = stage.launch(model="gen4_turbo", first_frame=picture(stage))
    with capture_logs() as told:
        generation = stage.run_until_final(generation)

    shown = card(generation, now=stage.clock.now())
    assert (generation.state, generation.status_code) == (State.FAILED, StatusCode.INVALID_ASSET)
    assert shown.sentence.startswith(NOT_BROUGHT)
    assert shown.can_edit
    assert [line["cause"] for line in told if line["event"] == "reference.no_link"] == [cause]
    assert stage.amounts(generation) == [("hold", -10), ("release", 10)]
    assert (stage.remote.requests, stage.balance) == ([], GRANT)
    assert Generation.objects.get().inputs.count() == 1


@pytest.mark.s3
def test_a_name_without_an_address_waits_until_it_has_one(
    stage: LinkStage, bucket: S3Store, resolves_to: Callable[[str | None], None]
) -> None:
    resolves_to(None)
    generation = stage.launch(model="gen4_turbo", first_frame=picture(stage))
    stage.run_pass()
    generation.refresh_from_db()
    assert (generation.state, generation.status_code) == (State.QUEUED, StatusCode.REFERENCE_UNREADABLE)

    resolves_to("93.184.215.14")
    stage.remote.fetch = proxied(bucket, [])

    assert stage.run_until_final(generation, step_s=60).state == State.READY
