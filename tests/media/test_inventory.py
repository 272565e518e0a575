"""What the storage holds: the same answers from a folder and from a bucket."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django.fixtures import Settings

from studio.media import inventory, keys, store
from studio.media.errors import StorageDown
from studio.media.inventory import CLIPS, PREFIXES, find_object, generation_of, is_ours, stored_pages
from tests.services.fixtures import bucket_settings
from tests.services.processes import free_ports
from tests.services.swift import S3Store

GENERATION = UUID("0195b7a0-1111-7222-8333-4444555566ab")
SHA256 = "0123456789abcdef" * 4


@pytest.fixture(params=["disk", pytest.param("bucket", marks=pytest.mark.s3)])
def place(request: pytest.FixtureRequest) -> str:
    """The default storage: a folder, then a real bucket."""
    if request.param == "bucket":
        request.getfixturevalue("bucket_storage")
    return str(request.param)


@pytest.fixture
def clip_keys(place: str) -> Iterator[list[str]]:
    """Seven clips of three bytes; a bucket is shared, so they go away again."""
    made = sorted(keys.clip_key(uuid4(), SHA256) for _ in range(7))
    for key in made:
        store.put_bytes(b"abc", key=key, content_type="video/mp4")
    yield made
    for key in made:
        store.delete(key)


def test_each_object_is_listed_once_with_size_and_time(clip_keys: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "PAGE_OBJECTS", 3)

    pages = list(stored_pages(CLIPS))

    listed = {one.key: one for page in pages for one in page if one.key in clip_keys}
    assert sorted(listed) == clip_keys
    assert all(len(page) <= 3 for page in pages)
    assert len(pages) >= 3
    assert {one.size_bytes for one in listed.values()} == {3}
    assert all(abs(timezone.now() - one.modified_at) < timedelta(minutes=5) for one in listed.values())


def test_a_direct_look_says_the_same_as_the_listing(clip_keys: list[str]) -> None:
    listed = {one.key: one for page in stored_pages(CLIPS) for one in page}

    found = find_object(clip_keys[0])

    assert found is not None
    assert (found.key, found.size_bytes) == (clip_keys[0], 3)
    assert abs(found.modified_at - listed[clip_keys[0]].modified_at) < timedelta(seconds=2)
    assert find_object(keys.clip_key(uuid4(), SHA256)) is None


def test_what_is_not_there_is_an_empty_listing(place: str) -> None:
    assert [page for page in stored_pages(f"nothing-{uuid4()}/") if page] == []


def test_the_storages_clock_is_near_ours_and_leaves_nothing(place: str) -> None:
    now = inventory.storage_clock()

    assert abs(now - timezone.now()) < timedelta(minutes=5)
    assert [one for page in stored_pages("checks/") for one in page] == []


@pytest.mark.s3
def test_a_bucket_that_does_not_answer_is_down(s3_store: S3Store, settings: Settings, quick_settings: None) -> None:
    (port,) = free_ports(1)
    down = bucket_settings(s3_store, endpoint_url=f"http://127.0.0.1:{port}")
    settings.STORAGES = {**settings.STORAGES, "default": down}

    with pytest.raises(StorageDown):
        list(stored_pages(CLIPS))
    with pytest.raises(StorageDown):
        find_object("clips/a")
    with pytest.raises(StorageDown):
        inventory.storage_clock()


@pytest.mark.s3
def test_a_bucket_that_does_not_exist_is_down_and_not_empty(
    s3_store: S3Store, settings: Settings, quick_settings: None
) -> None:
    absent = bucket_settings(s3_store, bucket_name="absent")
    settings.STORAGES = {**settings.STORAGES, "default": absent}

    with pytest.raises(StorageDown):
        list(stored_pages(CLIPS))
    with pytest.raises(StorageDown):
        inventory.storage_clock()


@pytest.mark.s3
def test_a_bucket_with_a_folder_of_ours_lists_keys_without_it(
    s3_store: S3Store, settings: Settings, quick_settings: None
) -> None:
    inside = bucket_settings(s3_store, location="studio/one")
    settings.STORAGES = {**settings.STORAGES, "default": inside}
    key = keys.clip_key(uuid4(), SHA256)
    store.put_bytes(b"abc", key=key, content_type="video/mp4")

    listed = [one.key for page in stored_pages(CLIPS) for one in page]

    assert listed == [key]
    assert find_object(key) is not None
    store.delete(key)


def test_a_folder_that_may_not_be_listed_is_down(tmp_path: Path) -> None:
    Path(default_storage.path("clips")).parent.mkdir(parents=True, exist_ok=True)
    Path(default_storage.path("clips")).write_text("a file in place of the folder")

    with pytest.raises(StorageDown):
        list(stored_pages(CLIPS))


def test_a_folder_that_vanishes_meanwhile_is_no_trouble() -> None:
    kept, gone = keys.clip_key(uuid4(), SHA256), keys.clip_key(uuid4(), "f" * 64)
    for key in (kept, gone):
        store.put_bytes(b"abc", key=key, content_type="video/mp4")
    pages = stored_pages(CLIPS)
    folder = Path(default_storage.path(gone)).parent
    Path(default_storage.path(gone)).unlink()
    folder.rmdir()

    assert [one.key for page in pages for one in page] == [kept]


def test_the_time_of_a_file_is_when_it_was_written() -> None:
    key = keys.clip_key(GENERATION, SHA256)
    store.put_bytes(b"abc", key=key, content_type="video/mp4")
    old = time.time() - 90_000
    os.utime(default_storage.path(key), (old, old))

    found = find_object(key)

    assert found is not None
    assert found.modified_at.timestamp() == pytest.approx(old, abs=0.01)


@pytest.mark.parametrize(
    ("key", "owner"),
    [
        (keys.clip_key(GENERATION, SHA256), GENERATION),
        (keys.clip_key(GENERATION, SHA256, "svg"), GENERATION),
        (keys.original_key(GENERATION, SHA256, "flac"), GENERATION),
        (keys.poster_key(GENERATION, SHA256), GENERATION),
        (keys.rejected_key(GENERATION, SHA256), GENERATION),
        (keys.reference_key(GENERATION, SHA256, "jpg"), None),
        (keys.reference_key(GENERATION, SHA256, "mp4"), None),
        (keys.thumb_key(GENERATION, SHA256), None),
        (f"clips/ab/{GENERATION}/.part-x7k2_a", GENERATION),
        (f"thumbs/{GENERATION}/01/.part-x7k2_a", None),
    ],
)
def test_the_keys_that_we_make_are_ours(key: str, owner: UUID | None) -> None:
    assert is_ours(key)
    assert key.startswith(PREFIXES)
    assert generation_of(key) == owner


@pytest.mark.parametrize(
    "key",
    [
        "clips/holiday.mp4",
        f"clips/ab/{GENERATION}/holiday.mp4",
        f"clips/ab/{GENERATION}/0123456789abcdef.mp4.bak",
        f"backup/clips/ab/{GENERATION}/0123456789abcdef.mp4",
        f"clips/../clips/ab/{GENERATION}/0123456789abcdef.mp4",
        "references/logo.png",
        "checks/0195b7a0-1111-7222-8333-4444555566ab.txt",
        "dailies.sqlite3",
        "",
    ],
)
def test_other_names_are_not_ours(key: str) -> None:
    assert not is_ours(key)
