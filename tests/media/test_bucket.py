"""Media in a real S3 store, which checks keys, signatures, expiry and privacy."""

import hashlib
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import RequestFactory
from django.utils import timezone
from pytest_django.fixtures import Settings

from studio.media import playback, store
from studio.media.errors import NotStored, StorageDown
from studio.media.storage import media_origin
from tests.services.fixtures import bucket_settings
from tests.services.processes import free_ports
from tests.services.swift import S3Store

if TYPE_CHECKING:
    from studio.media.storage import BucketStorage

pytestmark = pytest.mark.s3
CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)


@pytest.fixture
def key(bucket_storage: "BucketStorage") -> str:
    """A clip that is stored."""
    name = f"clips/ab/{uuid4()}/0123.mp4"
    store.put_bytes(CONTENT, key=name, content_type="video/mp4")
    return name


def link_to(key: str, *, filename: str | None = None, expires_s: int = 60) -> str:
    storage: BucketStorage = default_storage  # type: ignore[assignment]  # a lazy object around it
    return storage.signed_url(key, content_type="video/mp4", filename=filename, expires_s=expires_s)


def status_of(url: str) -> int:
    try:
        with urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def redirect_to(key: str, *, filename: str | None = None) -> str:
    response = playback.serve(
        RequestFactory().get("/"),
        key=key,
        content_type="video/mp4",
        size_bytes=SIZE,
        etag="ab" * 32,
        filename=filename,
    )
    assert response.status_code == 302
    assert response["Cache-Control"] == "private, max-age=300"
    return response["Location"]


def test_put_read_copy_and_delete(key: str, tmp_path: Path) -> None:
    store.copy_to(key, tmp_path / "copy")

    assert store.read_bytes(key) == CONTENT
    assert (tmp_path / "copy").read_bytes() == CONTENT
    assert (store.exists(key, SIZE), store.exists(key, SIZE - 1)) == (True, False)
    store.delete(key)
    assert store.exists(key, SIZE) is False
    store.delete(key)
    with pytest.raises(NotStored):
        store.read_bytes(key)
    with pytest.raises(NotStored):
        store.copy_to(key, tmp_path / "nothing")


def test_second_put_writes_nothing(key: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * SIZE)

    store.put_file(source, key=key, content_type="video/mp4")

    assert store.read_bytes(key) == CONTENT


def test_file_with_its_checksum_is_stored_whole(bucket_storage: "BucketStorage", tmp_path: Path) -> None:
    """Some blocks long, and not a multiple of one."""
    source, content = tmp_path / "source", CONTENT * 300 + b"end"
    source.write_bytes(content)
    name = f"clips/ab/{uuid4()}/summed.mp4"

    for _ in range(2):
        store.put_file(source, key=name, content_type="video/mp4", sha256=hashlib.sha256(content).hexdigest())

    assert store.read_bytes(name) == content


def test_other_bytes_than_those_of_the_checksum_are_refused(bucket_storage: "BucketStorage", tmp_path: Path) -> None:
    """A file that was changed on its way through our disk does not become a clip."""
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    name = f"clips/ab/{uuid4()}/changed.mp4"

    with pytest.raises(StorageDown, match="XAmzContentSHA256Mismatch"):
        store.put_file(source, key=name, content_type="video/mp4", sha256="ab" * 32)

    assert store.exists(name, SIZE) is False


def test_large_file_goes_in_parts(bucket_storage: "BucketStorage", tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT * 2000)
    name = f"clips/ab/{uuid4()}/large.mp4"

    store.put_file(source, key=name, content_type="video/mp4")

    assert store.exists(name, SIZE * 2000) is True
    assert store.read_bytes(name) == CONTENT * 2000


def test_object_is_private(key: str, s3_store: S3Store) -> None:
    """Neither by S3's address nor by Swift's own; signed by a stranger it is refused as well."""
    account = s3_store.access_key.split(":")[0]
    stranger = link_to(key).replace("dailies%3Atests", "dailies%3Amallory")

    assert status_of(f"{s3_store.endpoint_url}/{s3_store.bucket}/{key}") == 400
    assert status_of(f"{s3_store.endpoint_url}/v1/AUTH_{account}/{s3_store.bucket}/{key}") == 401
    assert "mallory" in stranger
    assert status_of(stranger) == 403


def test_signed_link_plays_from_any_place(key: str) -> None:
    request = Request(link_to(key), headers={"Range": "bytes=256-511"})

    with urlopen(request, timeout=10) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes 256-511/{SIZE}"
        assert answer.headers["Content-Type"] == "video/mp4"
        assert answer.headers["Content-Disposition"] == "inline"
        assert answer.headers["Cache-Control"] == "private, max-age=60, immutable"
        assert answer.read() == bytes(range(256))


def test_download_link_has_the_name_signed_in(key: str) -> None:
    link = link_to(key, filename="für élise.mp4")

    with urlopen(link, timeout=10) as answer:
        assert answer.headers["Content-Disposition"] == ("attachment; filename*=utf-8''f%C3%BCr%20%C3%A9lise.mp4")
        assert answer.read() == CONTENT
    assert status_of(link.replace("attachment", "inline")) == 403


def test_changed_signature_or_key_is_refused(key: str) -> None:
    link = link_to(key)
    signature = parse_qs(urlsplit(link).query)["X-Amz-Signature"][0]

    assert status_of(link) == 200
    assert status_of(link.replace(signature, signature[::-1])) == 403
    assert status_of(link.replace("0123.mp4", "0124.mp4")) == 403


def test_link_expires(key: str) -> None:
    with time_machine.travel(timezone.now() - timedelta(seconds=61)):
        expired = link_to(key, expires_s=60)
    short = link_to(key, expires_s=1)

    assert status_of(expired) == 403
    assert status_of(short) == 200
    time.sleep(2.1)
    assert status_of(short) == 403


def test_link_stays_the_same_for_some_minutes(key: str) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        first = redirect_to(key)
        clock.shift(timedelta(minutes=4, seconds=59))
        later = redirect_to(key)
        other = redirect_to(key, filename="take.mp4")
        clock.shift(timedelta(seconds=2))
        renewed = redirect_to(key)

    assert first == later
    assert parse_qs(urlsplit(first).query)["X-Amz-Expires"] == ["900"]
    assert len({first, other, renewed}) == 3
    assert status_of(first) == 200


def test_media_origin_is_that_of_the_links(key: str, s3_store: S3Store) -> None:
    assert media_origin() == s3_store.endpoint_url
    assert redirect_to(key).startswith(f"{s3_store.endpoint_url}/")


def test_links_carry_the_public_address(s3_store: S3Store, settings: Settings, quick_settings: None) -> None:
    use_store(settings, s3_store, public_endpoint_url="https://media.example.com")

    assert media_origin() == "https://media.example.com"
    assert store.check_storage() is None


@pytest.mark.usefixtures("bucket_storage")
def test_check_storage_is_silent_when_all_is_well() -> None:
    assert store.check_storage() is None


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (
            {"bucket_name": "absent"},
            "The bucket 'absent' does not exist. Create it, or correct S3_BUCKET.",
        ),
        (
            {"secret_key": "wrong"},
            "The S3 store refuses the key. Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        ),
    ],
)
def test_check_storage_says_what_to_mend(
    s3_store: S3Store, settings: Settings, options: dict[str, str], advice: str
) -> None:
    use_store(settings, s3_store, **options)

    assert store.check_storage() == advice


def test_store_that_does_not_answer_is_down(s3_store: S3Store, settings: Settings, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    use_store(settings, s3_store, endpoint_url=f"http://127.0.0.1:{port}")

    for attempt in (
        lambda: store.put_bytes(CONTENT, key="clips/a", content_type="video/mp4"),
        lambda: store.read_bytes("clips/a"),
        lambda: store.copy_to("clips/a", tmp_path / "copy"),
        lambda: store.exists("clips/a", SIZE),
        lambda: store.delete("clips/a"),
    ):
        with pytest.raises(StorageDown) as caught:
            attempt()
        assert not isinstance(caught.value, NotStored)
        assert type(caught.value.__cause__).__name__ == "EndpointConnectionError"
    assert store.check_storage() == "The S3 store does not answer. Start it, or correct S3_ENDPOINT_URL."


def use_store(settings: Settings, s3_store: S3Store, **options: str) -> None:
    default = bucket_settings(s3_store, **options)
    settings.STORAGES = {**settings.STORAGES, "default": default}
