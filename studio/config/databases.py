"""Turns DATABASE_URL into Django's settings: SQLite to try, PostgreSQL in earnest."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE = "sqlite:///"
POSTGRESQL = ("postgres://", "postgresql://")
EXPECTED = "Expected sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/NAME."
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}


def database_settings(url: str) -> dict[str, Any]:
    """Settings of one database. Raises ImproperlyConfigured for anything but SQLite and PostgreSQL."""
    path = url.removeprefix(SQLITE)
    if url.startswith(SQLITE) and path:
        return _sqlite(path)
    if url.startswith(POSTGRESQL):
        return _postgresql(url)
    raise ImproperlyConfigured(f"DATABASE_URL is not understood. {EXPECTED}")


def _sqlite(path: str) -> dict[str, Any]:
    """The path is taken as it is, not as a part of an address: a folder may be called `c++` or `C#`."""
    if path != ":memory:":
        folder = Path(path).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ImproperlyConfigured(f"DATABASE_URL names {str(folder)!r}, which cannot be made: {error}.") from error
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": dict(SQLITE_OPTIONS)}


def _postgresql(url: str) -> dict[str, Any]:
    settings = _parsed(url)
    options = {**settings.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 16, "timeout": 10}}
    return {"CONN_HEALTH_CHECKS": True, **settings, "OPTIONS": options}


def _parsed(url: str) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError:  # its text would show the password
        settings = {}
    if not settings.get("NAME"):
        raise ImproperlyConfigured(f"DATABASE_URL is not understood. {EXPECTED}")
    return settings
