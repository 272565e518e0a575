"""DATABASE_URL: SQLite and PostgreSQL, and a sentence for all else."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.config.databases import database_settings

EXPECTED = "Expected sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/NAME."


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "",
        "mysql://user:hunter2@host/name",
        "sqlite://var/dailies.sqlite3",
        "sqlite:///",
        "postgres://",
        "postgresql://host",
        "postgres://user:hunter2@host:port/name",
        "postgres://user:hunter2@host:99999/name",
        "postgres://user:hunter2@[::1/name",
    ],
)
def test_what_is_not_understood_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        database_settings(url)

    assert str(caught.value) == f"DATABASE_URL is not understood. {EXPECTED}"


def test_sqlite_gets_its_folder_and_its_options(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "dailies.sqlite3"

    settings = database_settings(f"sqlite:///{path}")

    assert settings["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["NAME"] == str(path)
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in settings["OPTIONS"]["init_command"]
    assert "foreign_keys=ON" in settings["OPTIONS"]["init_command"]
    assert path.parent.is_dir()


@pytest.mark.parametrize("folder", ["c++", "a b", "100%20", "C#", "what?", "größe"])
def test_sqlite_path_is_taken_as_it_is(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "dailies.sqlite3"

    assert database_settings(f"sqlite:///{path}")["NAME"] == str(path)


def test_sqlite_path_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert database_settings("sqlite:///var/dailies.sqlite3")["NAME"] == "var/dailies.sqlite3"
    assert (tmp_path / "var").is_dir()


def test_sqlite_in_memory_makes_no_folder() -> None:
    assert database_settings("sqlite:///:memory:")["NAME"] == ":memory:"


def test_sqlite_in_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL names '.*/file/below', which cannot be made: "):
        database_settings(f"sqlite:///{tmp_path}/file/below/dailies.sqlite3")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_is_pooled_and_checked(scheme: str) -> None:
    settings = database_settings(f"{scheme}://alice:p%40ss@db.example:5433/dailies?sslmode=require")

    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["USER"], settings["PASSWORD"]) == ("alice", "p@ss")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", 5433, "dailies")
    assert settings["CONN_HEALTH_CHECKS"] is True
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert settings["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 16, "timeout": 10}
