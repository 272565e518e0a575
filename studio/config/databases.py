"""Turns DATABASE_URL into Django's settings: SQLite to try, PostgreSQL in earnest."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}


def database_settings(url: str) -> dict[str, Any]:
    """Settings of one database. Raises ImproperlyConfigured for anything but SQLite and PostgreSQL."""
    if not url.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            "DATABASE_URL is not understood. Expected sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/NAME."
        )
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    return _sqlite(settings) if settings["ENGINE"].endswith("sqlite3") else _postgresql(settings)


def _sqlite(settings: dict[str, Any]) -> dict[str, Any]:
    if settings["NAME"] != ":memory:":
        Path(settings["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    return {**settings, "OPTIONS": dict(SQLITE_OPTIONS)}


def _postgresql(settings: dict[str, Any]) -> dict[str, Any]:
    options = {**settings.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 16, "timeout": 10}}
    return {**settings, "OPTIONS": options, "CONN_HEALTH_CHECKS": True}
