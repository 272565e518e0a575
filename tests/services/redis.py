"""Debian's Redis for the tests: on loopback, in memory, gone at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.processes import LOOPBACK, free_ports, listens, running, wait_until_ready


def is_installed() -> bool:
    """Whether the machine has redis-server."""
    return shutil.which("redis-server") is not None


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis of our own; gives its REDIS_URL."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="dailies-redis-") as folder:
        log = Path(folder) / "log"
        options = {"--bind": LOOPBACK, "--port": str(port), "--save": "", "--appendonly": "no", "--dir": folder}
        command = ["redis-server", *(word for option in options.items() for word in option)]
        with running(command, log=log) as process:
            wait_until_ready(lambda: listens(port), process=process, log=log)
            yield f"redis://{LOOPBACK}:{port}/0"
