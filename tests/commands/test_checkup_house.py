"""Each thing that can be wrong with the house: settings, database, cache, disk."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis.exceptions import ConnectionError as RedisAway

from studio.management.checkup import Level, clocks, database, disk, house, provider
from studio.management.checkup.cache import check_cache
from studio.management.checkup.findings import Verdict
from studio.simulator.clock import ManualClock
from tests.commands.conftest import MakeRemote

GIB = 1024**3


# The house


@pytest.mark.parametrize("key", ["only-for-debugging", "a" * 64])
def test_a_weak_secret_key_fails_where_others_can_reach_it(settings: Settings, key: str) -> None:
    settings.SECRET_KEY = key
    settings.ALLOWED_HOSTS = ["studio.example.com"]

    verdict = house.check_secret_key()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith(f"SECRET_KEY is too easy to guess ({len(key)} characters). Make one: python -c ")


def test_a_weak_secret_key_is_a_warning_on_ones_own_machine(settings: Settings) -> None:
    settings.SECRET_KEY = "only-for-debugging"
    settings.ALLOWED_HOSTS = ["localhost"]

    assert house.check_secret_key().level == Level.WARN


@pytest.mark.parametrize(("hosts", "level"), [(["localhost"], Level.WARN), (["studio.example.com"], Level.FAIL)])
def test_debug_is_worse_where_others_can_reach_it(settings: Settings, hosts: list[str], level: Level) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = hosts

    assert house.check_debug().level == level


@pytest.mark.parametrize(
    ("hosts", "is_https", "header", "level", "text"),
    [
        (["*"], True, None, Level.WARN, "ALLOWED_HOSTS takes any name."),
        (["studio.example.com"], False, None, Level.WARN, "HTTPS is off: passwords travel in the clear."),
        (["localhost"], False, None, Level.OK, "HTTPS is off, and ALLOWED_HOSTS names this machine alone."),
        (["studio.example.com"], True, None, Level.OK, "HTTPS is on. Behind a proxy also set BEHIND_PROXY=true"),
        (["studio.example.com"], True, ("X", "https"), Level.OK, "HTTPS is on, behind a proxy"),
    ],
)
def test_https_and_hosts(
    settings: Settings, hosts: list[str], is_https: bool, header: tuple[str, str] | None, level: Level, text: str
) -> None:
    settings.ALLOWED_HOSTS = hosts
    settings.SECURE_SSL_REDIRECT = is_https
    settings.SECURE_PROXY_SSL_HEADER = header

    verdict = house.check_https()

    assert verdict.level == level
    assert verdict.text.startswith(text)


def test_static_files_that_were_not_collected_fail(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_HASHED = True
    settings.STATIC_ROOT = tmp_path

    verdict = house.check_static()

    expected = f"No static files in {tmp_path}. Run: python manage.py collectstatic --noinput."
    assert verdict == Verdict(Level.FAIL, expected)


def test_collected_static_files_pass(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_HASHED = True
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "staticfiles.json").write_text("{}", encoding="utf-8")

    assert house.check_static().level == Level.OK


# The database


def test_a_database_that_does_not_answer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("connection to server at 10.0.0.9 failed: password hunter2")

    monkeypatch.setattr(connection, "ensure_connection", away)

    verdict = database.check_database()

    assert verdict.level == Level.FAIL
    assert verdict.text.endswith("does not answer (OperationalError). Start it; check DATABASE_URL.")


def test_a_missing_migration_fails(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'studio' AND name LIKE '0003%'")

    verdict = database.check_database()

    assert verdict == Verdict(Level.FAIL, "Migrations not applied: 1. Run: python manage.py migrate.")


def test_an_up_to_date_database_says_its_kind(db: None) -> None:
    verdict = database.check_database()

    assert verdict.level == Level.OK
    assert verdict.text.startswith("SQLite, up to date." if connection.vendor == "sqlite" else "PostgreSQL ")


PROVIDER_AHEAD = "The provider's clock is 45 s ahead of this machine's."
STORAGE_BEHIND = "The storage's clock is 3,600 s behind this machine's."
NTP = "Set them by a time service (NTP): signed links, leases and prices go by the clock."


@pytest.mark.parametrize(
    ("skews_s", "verdict"),
    [
        (
            {"database": 0.4, "storage": -30, "provider": 30},
            Verdict(Level.OK, "Within 30 s of this machine: database, storage, provider."),
        ),
        (
            {"database": None, "storage": 0, "provider": None},
            Verdict(Level.OK, "Within 30 s of this machine: storage. Not compared: database, provider."),
        ),
        ({"database": 0, "storage": 1, "provider": 45}, Verdict(Level.WARN, f"{PROVIDER_AHEAD} {NTP}")),
        (
            {"database": None, "storage": -3600, "provider": 45},
            Verdict(Level.WARN, f"{STORAGE_BEHIND} {PROVIDER_AHEAD} {NTP}"),
        ),
    ],
)
def test_clocks_that_are_apart(skews_s: dict[str, float | None], verdict: Verdict) -> None:
    skews = {whose: None if one is None else timedelta(seconds=one) for whose, one in skews_s.items()}

    assert clocks.judge(skews) == verdict


def test_the_clocks_of_this_house_agree(db: None, make_remote: MakeRemote) -> None:
    make_remote()
    database_too = "" if connection.vendor == "sqlite" else "database, "
    unread = " Not compared: database." if connection.vendor == "sqlite" else ""

    assert clocks.check_clocks() == Verdict(
        Level.OK, f"Within 30 s of this machine: {database_too}storage, provider.{unread}"
    )


def test_a_provider_whose_clock_is_ahead_is_named(db: None, make_remote: MakeRemote) -> None:
    make_remote(clock=ManualClock(timezone.now() + timedelta(hours=2)))

    verdict = clocks.check_clocks()

    assert verdict.level == Level.WARN
    assert re.match(r"The provider's clock is 7,(199|200) s ahead of this machine's\. Set them by", verdict.text)


def test_a_storage_whose_clock_is_behind_is_named(
    db: None, make_remote: MakeRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_remote()
    monkeypatch.setattr(clocks, "storage_clock", lambda: timezone.now() - timedelta(minutes=5))

    verdict = clocks.check_clocks()

    assert verdict.level == Level.WARN
    assert re.match(r"The storage's clock is (299|300) s behind this machine's\. Set them by", verdict.text)


def test_a_key_does_not_travel_in_the_clear_for_the_time(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUNWAYML_BASE_URL = "http://api.example.com"
    monkeypatch.setattr(provider, "open_provider", lambda: pytest.fail("It was asked."))

    assert clocks.check_clocks().text.endswith("provider.")


# Cache, disk, media


def test_a_redis_that_does_not_answer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> None:
        raise RedisAway("Error 111 connecting to redis://:hunter2@cache:6379")

    monkeypatch.setattr(cache, "set", away)

    verdict = check_cache()

    assert verdict == Verdict(Level.FAIL, "Redis does not answer (ConnectionError). Start it, or correct REDIS_URL.")


def test_a_cache_that_forgets_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "get", lambda key: None)

    verdict = check_cache()

    assert verdict.level == Level.FAIL
    assert verdict.text.startswith("The cache gave back something else.")


@pytest.mark.redis
def test_a_real_redis_passes(redis_url: str, settings: Settings) -> None:
    settings.REDIS_URL = redis_url
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}}

    assert check_cache() == Verdict(Level.OK, "Redis takes and gives.")


@pytest.mark.parametrize(
    ("free_bytes", "level"),
    [(GIB - 1, Level.FAIL), (GIB, Level.WARN), (10 * GIB - 1, Level.WARN), (10 * GIB, Level.OK)],
)
def test_free_room(free_bytes: int, level: Level, tmp_path: Path) -> None:
    assert disk.judge_free(free_bytes, folder=tmp_path).level == level


def test_room_for_less_than_the_largest_clip_is_a_warning(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_MAX_CLIP_BYTES = 64 * GIB

    assert disk.judge_free(63 * GIB, folder=tmp_path).level == Level.WARN


def test_a_working_folder_that_is_not_there_fails(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "missing"

    verdict = disk.check_disk()

    assert verdict.level == Level.FAIL
    assert verdict.text == (
        f"{tmp_path / 'missing'} may not be written. Create it, and give it to the user that runs Dailies."
    )


def test_a_storage_in_trouble_fails_with_its_own_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = "The bucket 'dailies' does not exist. Create it, or correct S3_BUCKET."
    monkeypatch.setattr(disk, "check_storage", lambda: sentence)

    assert disk.check_media() == Verdict(Level.FAIL, sentence)


def test_a_newer_database_is_a_warning(db: None) -> None:
    MigrationRecorder.Migration.objects.create(app="studio", name="0999_of_tomorrow")

    assert database.check_database() == Verdict(
        Level.WARN, "The database is newer than this version: 0999_of_tomorrow. It works on; update it soon."
    )
