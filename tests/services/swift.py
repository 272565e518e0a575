"""A real S3 store for the tests: OpenStack Swift from PyPI, in its own environment, on loopback, gone at the end.

It checks keys, signatures, expiry and privacy, which imitations of S3 do not.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import boto3
from botocore.config import Config

from tests.services.processes import LOOPBACK, listens, running, wait_until_ready
from tests.services.swift_config import (
    ACCESS_KEY,
    BUILD_RINGS,
    DEVICE,
    REGION,
    SECRET_KEY,
    STORES,
    Layout,
    write_config,
)

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = ROOT / "requirements-swift.txt"
ENVIRONMENT = ROOT / "var" / "swift-venv"
STAMP = ENVIRONMENT / "requirements.sha256"
BUCKET = "dailies"
STORE_VARIABLE = "TEST_S3_STORE"


@dataclass(frozen=True, slots=True)
class S3Store:
    """How to reach a store: what goes into the settings, as texts."""

    endpoint_url: str
    access_key: str
    secret_key: str
    region: str
    bucket: str

    def facts(self) -> dict[str, str]:
        """The fields, to hand them to another process."""
        return asdict(self)

    def environment(self) -> dict[str, str]:
        """The settings that make Dailies use this store."""
        return {
            "S3_BUCKET": self.bucket,
            "S3_ENDPOINT_URL": self.endpoint_url,
            "S3_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }


class CannotInstallSwift(RuntimeError):
    """The registry does not give Swift; the text is the installer's."""


def install_swift() -> Path:
    """The folder of Swift's programs. Installs them once for each version of the requirements; safe to repeat."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    with _one_installer():
        if not STAMP.exists() or STAMP.read_text() != wanted:
            _uv("venv", "--clear", "--python", sys.executable, str(ENVIRONMENT))
            _uv("pip", "sync", "--require-hashes", "--compile-bytecode", str(REQUIREMENTS))
            STAMP.write_text(wanted)
    return ENVIRONMENT / "bin"


@contextmanager
def _one_installer() -> Iterator[None]:
    ENVIRONMENT.parent.mkdir(exist_ok=True)
    with ENVIRONMENT.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _uv(*arguments: str) -> None:
    command = [str(Path(sys.executable).parent / "uv"), *arguments, "--quiet"]
    environment = {**os.environ, "VIRTUAL_ENV": str(ENVIRONMENT)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise CannotInstallSwift(done.stderr.strip())


@contextmanager
def swift_store() -> Iterator[S3Store]:
    """A Swift of our own with one empty private bucket."""
    programs = install_swift()
    with tempfile.TemporaryDirectory(prefix="dailies-swift-", ignore_cleanup_errors=True) as folder:
        layout = write_config(Path(folder))
        _build_rings(programs, layout)
        with _serving(programs, layout):
            store = S3Store(layout.endpoint_url, ACCESS_KEY, SECRET_KEY, REGION, BUCKET)
            create_bucket(store)
            yield store


def _build_rings(programs: Path, layout: Layout) -> None:
    stores = [f"{name}={layout.ports[name]}" for name in STORES]
    command = [str(programs / "python"), "-c", BUILD_RINGS, str(layout.folder), LOOPBACK, DEVICE, *stores]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def _serving(programs: Path, layout: Layout) -> Iterator[None]:
    """All four servers, started side by side."""
    with ExitStack() as stack:
        started = {}
        for name in layout.ports:
            command = [str(programs / f"swift-{name}-server"), str(layout.conf(name)), "--verbose"]
            log = layout.folder / f"{name}.log"
            started[name] = stack.enter_context(running(command, log=log)), log
        for name, (process, log) in started.items():
            port = layout.ports[name]
            wait_until_ready(partial(listens, port), process=process, log=log)
        yield


def create_bucket(store: S3Store) -> None:
    """Makes the store's bucket."""
    client = boto3.client(
        "s3",
        endpoint_url=store.endpoint_url,
        region_name=store.region,
        aws_access_key_id=store.access_key,
        aws_secret_access_key=store.secret_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket=store.bucket)
    client.close()
