"""`doctor`: what it prints, and its exit status."""

import json
import socket
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError
from pytest_django.fixtures import Settings

from studio.enums import StatusCode
from studio.management import checkup
from studio.management.checkup import Level, findings_of
from studio.management.checkup.findings import Verdict
from studio.models import WorkerHeartbeat
from tests.commands.conftest import Beat, MakeRemote

GOOD_SECRET_KEY = "qX7-fU2kLm9vTz4wRb8yNc1sHd6gJp3eAo5iKl0MnBvCxZqWeR"


@pytest.fixture
def healthy(make_remote: MakeRemote, settings: Settings, beat: Beat) -> None:
    """An installation in which nothing is wrong."""
    make_remote()
    settings.SECRET_KEY = GOOD_SECRET_KEY
    settings.REDIS_URL = "redis://cache"  # the tests' own cache answers in its place
    beat()


def doctor(*arguments: str) -> tuple[int, str]:
    """(exit status, what it printed)."""
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out, no_color=True)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue()
    return 0, out.getvalue()


def levels(printed: str) -> dict[str, str]:
    return {finding["name"]: finding["level"] for finding in json.loads(printed)}


def test_a_healthy_installation_passes_each_check(healthy: None) -> None:
    status, printed = doctor("--json")

    assert status == 0
    assert levels(printed) == dict.fromkeys(checkup.ALL_CHECKS, "ok")


def test_the_lines_name_level_check_and_sentence(healthy: None) -> None:
    status, printed = doctor()

    assert status == 0
    assert "ok    engine        At work: studio-1:41.\n" in printed
    assert len(printed.splitlines()) == len(checkup.ALL_CHECKS)


def test_a_warning_alone_does_not_fail(healthy: None) -> None:
    WorkerHeartbeat.objects.update(trouble=StatusCode.PROVIDER_BUSY)

    status, printed = doctor("--json")

    assert status == 0
    assert levels(printed)["engine"] == "warn"


def test_one_failure_fails_the_command_and_no_other_check(healthy: None) -> None:
    WorkerHeartbeat.objects.all().delete()

    status, printed = doctor("--json")

    assert status == 1
    assert [name for name, level in levels(printed).items() if level == "FAIL"] == ["engine"]


def test_the_key_is_never_printed(healthy: None, settings: Settings) -> None:
    settings.SECRET_KEY = "short-secret"
    settings.ALLOWED_HOSTS = ["studio.example.com"]

    _, printed = doctor()

    assert settings.RUNWAYML_API_SECRET not in printed
    assert "short-secret" not in printed


def test_a_check_that_breaks_is_a_finding_and_hides_the_text_of_its_error() -> None:
    def breaks() -> Verdict:
        raise ValueError("postgres://dailies:hunter2@db/dailies")

    (finding,) = findings_of({"thing": breaks})

    assert finding.level == Level.FAIL
    assert finding.text == "The check itself broke (ValueError). Please report it."


def test_a_check_without_a_database_points_to_the_database() -> None:
    def needs_rows() -> Verdict:
        raise OperationalError("no such table")

    (finding,) = findings_of({"takes": needs_rows})

    assert finding.text == "This cannot be told without the database: mend that first."


def test_the_engine_of_another_container_does_not_count_here(beat: Beat) -> None:
    beat("another-host:1")

    status, printed = doctor("--engine", "--json")

    assert status == 1
    assert levels(printed) == {"engine": "FAIL"}


def test_the_engine_of_this_container_counts_here(beat: Beat) -> None:
    beat(f"{socket.gethostname()}:1")

    status, printed = doctor("--engine", "--json")

    assert status == 0
    assert levels(printed) == {"engine": "ok"}
