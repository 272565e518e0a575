"""A bad setting ends the start with a sentence that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

MANAGE = Path(settings.BASE_DIR) / "manage.py"


def _check(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in a clean environment with these changes; None takes a name away."""
    base = {"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 60, "VAR_DIR": str(tmp_path)}
    environment = {name: value for name, value in {**base, **changes}.items() if value is not None}
    return subprocess.run(
        [sys.executable, str(MANAGE), "check"], env=environment, capture_output=True, text=True, check=False
    )


def test_without_secret_key_nothing_starts(tmp_path: Path) -> None:
    done = _check(tmp_path, SECRET_KEY=None)

    assert done.returncode == 1
    assert "ImproperlyConfigured: SECRET_KEY is not set. Set it to a long random text" in done.stderr


def test_debug_needs_no_secret_key(tmp_path: Path) -> None:
    done = _check(tmp_path, SECRET_KEY=None, DEBUG="true")

    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "oracle://host", "DATABASE_URL is not understood."),
        ("TASKS_BACKEND", "celery", "TASKS_BACKEND is 'celery'. Expected one of: local, rq."),
        (
            "TASKS_BACKEND",
            "rq",
            "TASKS_BACKEND is rq, and REDIS_URL is not set. Set REDIS_URL to redis://HOST:PORT/NUMBER",
        ),
        (
            "PROVIDER_MAX_CONCURRENT",
            "4,gen4.5=many",
            "PROVIDER_MAX_CONCURRENT is '4,gen4.5=many'. Expected a whole number from 0 to 10000 for all",
        ),
        ("PROVIDER_MAX_DAILY", "9,gen45=2", "PROVIDER_MAX_DAILY names 'gen45'. Expected one of: "),
        ("ENGINE_LEASE_S", "0", "ENGINE_LEASE_S is 0. Expected a number from 0.2 to 3600."),
    ],
)
def test_bad_value_is_named(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    done = _check(tmp_path, **{name: value})

    assert done.returncode == 1
    assert sentence in done.stderr.splitlines()[-1]
