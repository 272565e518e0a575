"""`purge_media`: removes what no row names, and nothing that one names or may name soon."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from studio.enums import State, StatusCode
from studio.generations import orphans, transitions
from studio.generations.events import record_event
from studio.generations.orphans import remove, spoken_for, take_holdings
from studio.media import inventory, keys, store
from studio.media.inventory import StoredObject, find_object
from studio.models import Clip, Reference
from tests.factories import ClipFactory, GenerationFactory, ReferenceFactory, TeamFactory
from tests.stage import Stage
from tests.sync.sweeping import digest_of, made

pytestmark = pytest.mark.django_db
SHA256 = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4
DAY_S = 24 * 3600


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "SETTLE_S", 0)


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    made_stage = Stage()
    yield made_stage
    made_stage.close()


def put(key: str, *, age_s: float = 2 * DAY_S, content: bytes = b"abc") -> str:
    """An object on the disk, last written so many seconds ago."""
    store.put_bytes(content, key=key, content_type="video/mp4")
    make_old(key, age_s=age_s)
    return key


def make_old(key: str, *, age_s: float = 2 * DAY_S) -> None:
    then = time.time() - age_s
    os.utime(default_storage.path(key), (then, then))


def purge(*arguments: str) -> str:
    out = StringIO()
    call_command("purge_media", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def is_there(key: str) -> bool:
    return find_object(key) is not None


def stored_clip(**fields: Any) -> Clip:
    """A clip whose row and objects agree."""
    generation = GenerationFactory.create(state=State.READY)
    key, poster_key = keys.clip_key(generation.public_id, SHA256), keys.poster_key(generation.public_id, OTHER)
    for one in (key, poster_key):
        put(one)
    return ClipFactory.create(generation=generation, key=key, poster_key=poster_key, **fields)


def test_what_no_row_names_goes_and_what_one_names_stays() -> None:
    clip, team = stored_clip(), TeamFactory.create()
    reference = ReferenceFactory.create(
        team=team,
        key=keys.reference_key(team.public_id, SHA256, "png"),
        thumb_key=keys.thumb_key(team.public_id, SHA256),
    )
    named = [clip.key, clip.poster_key, put(reference.key), put(reference.thumb_key)]
    orphaned = [
        put(keys.clip_key(clip.generation.public_id, OTHER)),
        put(keys.clip_key(uuid4(), SHA256)),
        put(keys.poster_key(uuid4(), SHA256)),
        put(keys.rejected_key(uuid4(), SHA256)),
        put(keys.reference_key(team.public_id, OTHER, "jpg")),
        put(keys.thumb_key(team.public_id, OTHER)),
        put(f"clips/ab/{uuid4()}/.part-x7k2_a"),
    ]

    printed = purge()

    assert [is_there(key) for key in named] == [True] * 4
    assert [is_there(key) for key in orphaned] == [False] * 7
    assert "In the storage: 11 objects. Named by no row: 7 objects, 21 bytes." in printed
    assert "Removed: 7 objects, 21 bytes." in printed
    assert all(key in printed for key in orphaned)
    assert "Named by no row: 0 objects, 0 bytes." in purge()


def test_a_dry_run_lists_and_removes_nothing() -> None:
    stored_clip()
    key = put(keys.clip_key(uuid4(), SHA256))

    printed = purge("--dry-run")

    assert f"{3:>15,}  {timezone.now():%Y}" in printed
    assert key in printed
    assert "Removed" not in printed
    assert is_there(key)


def test_what_is_younger_than_the_grace_stays() -> None:
    stored_clip()
    young, old = (
        put(keys.clip_key(uuid4(), SHA256), age_s=5 * 3600),
        put(keys.clip_key(uuid4(), SHA256), age_s=7 * 3600),
    )

    printed = purge("--grace", "6")

    assert (is_there(young), is_there(old)) == (True, False)
    assert "Kept, since they are younger than the grace period: 1 objects, 3 bytes." in printed


def test_what_is_not_ours_is_left_alone() -> None:
    stored_clip()
    strangers = [put("clips/holiday.mp4"), put("references/logo.png"), put("backup/dailies.dump")]

    printed = purge()

    assert all(is_there(key) for key in strangers)
    assert "Left alone, since Dailies does not make such names: 2 objects." in printed


@pytest.mark.parametrize("state", [State.QUEUED, State.SUBMITTING, State.RUNNING, State.STORING])
def test_nothing_of_an_open_take_is_removed(state: State) -> None:
    stored_clip()
    generation = GenerationFactory.create(state=state)
    mine = [put(key(generation.public_id, SHA256)) for key in (keys.clip_key, keys.poster_key, keys.rejected_key)]
    mine.append(put(f"posters/ab/{generation.public_id}/.part-x7k2_a"))  # being written

    purge("--grace", "0", "--force")

    assert all(is_there(key) for key in mine)


def test_nothing_of_a_missing_clip_is_removed() -> None:
    """The sweep may have stored other bytes of the task, and not have written it down yet."""
    clip = stored_clip(missing_since=timezone.now())
    fetched = put(keys.clip_key(clip.generation.public_id, OTHER))

    purge()

    assert is_there(fetched)


def test_a_rejected_file_that_an_event_names_is_kept(stage: Stage) -> None:
    generation = GenerationFactory.create(project=stage.project, state=State.FAILED, status_code=StatusCode.NOT_A_VIDEO)
    stored_clip()
    kept, other = (
        put(keys.rejected_key(generation.public_id, SHA256)),
        put(keys.rejected_key(generation.public_id, OTHER)),
    )
    record_event(generation, now=stage.clock.now(), kept_as=kept)

    purge()

    assert (is_there(kept), is_there(other)) == (True, False)


def test_what_a_replaced_clip_has_left_goes(stage: Stage) -> None:
    clip, other = made(stage), made(stage, prompt="A stone bridge", seed=8)
    left = put(keys.clip_key(clip.generation.public_id, OTHER))

    purge()

    assert not is_there(left)
    assert [digest_of(one.key) for one in (clip, other)] == [clip.sha256, other.sha256]


def test_an_empty_database_is_refused() -> None:
    key = put(keys.clip_key(uuid4(), SHA256))

    with pytest.raises(CommandError, match="The database has no clips and the storage has 1"):
        purge()
    assert is_there(key)

    purge("--force")
    assert not is_there(key)


def test_the_storage_of_another_installation_is_refused() -> None:
    stored_clip()
    others = [put(keys.clip_key(uuid4(), SHA256)) for _ in range(21)]

    with pytest.raises(CommandError, match="21 of 22 stored clips are in no row"):
        purge()

    assert all(is_there(key) for key in others)


@pytest.mark.parametrize(
    ("grace", "sentence"), [("0.5", "less than an hour"), ("-1", "a number of hours"), ("nan", "a number of hours")]
)
def test_a_grace_that_makes_no_sense_is_refused(grace: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        purge("--grace", grace)


def test_a_storage_that_does_not_work_is_said_and_nothing_goes(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("a file")
    place = {"BACKEND": "studio.media.storage.LocalStorage", "OPTIONS": {"location": tmp_path / "no-folder" / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": place}

    with pytest.raises(CommandError, match="does not work"):
        purge()


# Races


def listed() -> list[StoredObject]:
    return take_holdings().orphans


def test_what_a_row_names_after_the_listing_stays() -> None:
    team = TeamFactory.create()
    key, thumb_key = keys.reference_key(team.public_id, SHA256, "png"), keys.thumb_key(team.public_id, SHA256)
    for one in (key, thumb_key):
        put(one)
    generation = GenerationFactory.create(state=State.READY)
    clip_key = put(keys.clip_key(generation.public_id, SHA256))
    found = listed()
    ReferenceFactory.create(team=team, key=key, thumb_key=thumb_key)
    ClipFactory.create(generation=generation, key=clip_key)

    removed = list(remove(found, until=timezone.now()))

    assert len(found) == 3
    assert removed == []
    assert all(is_there(one) for one in (key, thumb_key, clip_key))


def test_what_is_written_anew_after_the_listing_stays() -> None:
    key = put(keys.clip_key(uuid4(), SHA256))
    found = listed()
    make_old(key, age_s=0)

    removed = list(remove(found, until=inventory.storage_clock() - timedelta(hours=1)))

    assert removed == []
    assert is_there(key)


def test_an_image_that_is_named_right_after_its_removal_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The upload found the object there, so it stored nothing, and its row is committed a moment later."""
    team = TeamFactory.create()
    key, thumb_key = keys.reference_key(team.public_id, SHA256, "png"), keys.thumb_key(team.public_id, SHA256)
    put(key, content=b"the image")
    put(thumb_key, content=b"the thumb")
    other = put(keys.reference_key(team.public_id, OTHER, "png"))
    monkeypatch.setattr(time, "sleep", lambda _: ReferenceFactory.create(team=team, key=key, thumb_key=thumb_key))

    removed = list(remove(listed(), until=timezone.now()))

    assert [one.key for one in removed] == [other]
    assert (store.read_bytes(key), store.read_bytes(thumb_key)) == (b"the image", b"the thumb")
    assert Reference.objects.count() == 1


def test_a_purge_between_storing_and_commit_loses_no_clip(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the worst moment: the objects lie there since days, left by an engine that was killed, so that this one stores
    nothing anew; the purge comes right before its commit."""
    stored_clip()
    commit: Callable[..., bool] = transitions.finish
    printed: list[str] = []

    def purge_then_commit(*args: Any, **fields: Any) -> bool:
        for key in (fields["clip"].key, fields["clip"].poster_key):
            make_old(key)
        printed.append(purge("--grace", "0", "--force"))
        return commit(*args, **fields)

    monkeypatch.setattr(transitions, "finish", purge_then_commit)
    clip = made(stage)

    assert len(printed) == 1
    assert clip.key not in printed[0]
    assert digest_of(clip.key) == clip.sha256
    assert is_there(clip.poster_key)


# In a bucket


@pytest.mark.s3
def test_a_bucket_is_purged_alike(bucket_storage: Any) -> None:
    clip_generation = GenerationFactory.create(state=State.READY)
    open_generation = GenerationFactory.create(state=State.STORING)
    team = TeamFactory.create()
    kept = [keys.clip_key(clip_generation.public_id, SHA256), keys.clip_key(open_generation.public_id, SHA256)]
    gone = [
        keys.clip_key(clip_generation.public_id, OTHER),
        keys.poster_key(uuid4(), SHA256),
        keys.reference_key(team.public_id, SHA256, "png"),
    ]
    for key in (*kept, *gone):
        store.put_bytes(b"abc", key=key, content_type="video/mp4")
    ClipFactory.create(generation=clip_generation, key=kept[0], poster_key="")

    young = purge()
    assert all(is_there(key) for key in gone)
    removed = purge("--grace", "0", "--force")

    assert all(key in young and key in removed for key in gone)
    assert all(is_there(key) for key in kept)
    assert not any(is_there(key) for key in gone)
    for key in kept:
        store.delete(key)


def test_the_rows_are_asked_a_fixed_number_of_times_a_page(django_assert_num_queries: Any) -> None:
    some = [keys.clip_key(uuid4(), SHA256) for _ in range(3)]
    many = [keys.clip_key(uuid4(), SHA256) for _ in range(300)]

    with django_assert_num_queries(6):
        spoken_for(some)
    with django_assert_num_queries(6):
        spoken_for(many)
