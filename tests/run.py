"""Runs the checks: `python -m tests.run quick`, `rest` (all that `make check` does beside it), or `bench [GROUP]`.

Each step is a command of its own; the first that fails ends the run with its exit status.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
DEBIAN = {"chromium": "chromium", "redis-server": "redis-server"}
SETTINGS = {"SECRET_KEY": "only-for-checks-" + "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH"}
SERVICES = (PYTHON, "-m", "tests.services")
NEEDS_DEBIAN = "browser or redis"
ON_BOTH = ("tests/accounts", "tests/credits", "tests/faults/test_race.py", "tests/models")
ON_POSTGRESQL_ALONE = (
    "tests/attacks", "tests/bench", "tests/commands", "tests/faults/test_matrix.py", "tests/generations", "tests/sync",
    "tests/views",
)  # fmt: skip
"""SQLite sees them through the journeys, the kills and the browser's stories: twice they took a third of the time."""
Step = tuple[str, Sequence[str]]


def pytest(*arguments: str, workers: str = "2") -> Sequence[str]:
    return (str(BIN / "pytest"), "-q", "-n", workers, *arguments)


QUICK: tuple[Step, ...] = (
    (
        "PostgreSQL",
        (*SERVICES, "postgres", "--", *pytest(*ON_BOTH, *ON_POSTGRESQL_ALONE, "-m", f"not ({NEEDS_DEBIAN})")),
    ),
    (
        "SQLite and a real S3 store",
        pytest("-m", f"not ({NEEDS_DEBIAN})", *(f"--ignore={path}" for path in ON_POSTGRESQL_ALONE)),
    ),
)
REST: tuple[Step, ...] = (
    ("format", (str(BIN / "ruff"), "format", "--check", ".")),
    ("lint", (str(BIN / "ruff"), "check", ".")),
    ("templates", (str(BIN / "djlint"), "--quiet", "--check", "--lint", "templates")),
    ("types", (str(BIN / "mypy"),)),
    ("import contracts", (str(BIN / "lint-imports"),)),
    ("migrations", (PYTHON, "manage.py", "makemigrations", "--check", "--dry-run")),
    ("check --deploy", (PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING")),
    ("Dockerfile", (str(BIN / "hadolint"), "Dockerfile")),
    ("the image's steps", (PYTHON, "-m", "tests.packaging.prove_dockerfile")),
    ("Redis", pytest("-m", "redis", workers="0")),
    ("browser", pytest("-m", "browser")),
)


def main(arguments: list[str]) -> int:
    """The exit status of the first step that fails, else 0."""
    match arguments:
        case ["quick"]:
            return run(QUICK)
        case ["rest"]:
            install_debian_packages()
            return run(REST)
        case ["bench", *groups]:
            return run([("benchmarks", (PYTHON, "-m", "tests.bench", *groups))])
    say("Usage: python -m tests.run quick | rest | bench [GROUP]")
    return 2


def run(steps: Sequence[Step]) -> int:
    environment = {**SETTINGS, **os.environ}
    for name, command in steps:
        say(f"── {name}")
        started = time.monotonic()
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if status:
            say(f"── {name}: failed with status {status} after {time.monotonic() - started:.0f} s")
            return status
    return 0


def install_debian_packages() -> None:
    """Install what the rest needs and this machine has not, as root or by sudo. What is there costs nothing."""
    missing = [package for package, command in DEBIAN.items() if shutil.which(command) is None]
    if not missing:
        return
    say(f"── installing {', '.join(missing)}")
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", *missing]):
        subprocess.run([*prefix, *command], env=environment, check=True, stdout=subprocess.DEVNULL)


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # this is a command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
