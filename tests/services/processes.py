"""Starts servers for the tests on loopback, waits until they answer, and ends exactly those."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

READY_WITHIN_S = 30.0
LOOK_EVERY_S = 0.05
STOP_WITHIN_S = 5.0
LOOPBACK = "127.0.0.1"


class ServiceFailed(RuntimeError):
    """A server did not start. The text holds the end of its log."""


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on; all are held until all are known, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def running(
    command: Sequence[str], *, log: Path, stop_signal: int = signal.SIGTERM, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended at the end, by its own id; its output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **options
        )
    try:
        yield process
    finally:
        stop(process, stop_signal)


def stop(process: subprocess.Popen[bytes], stop_signal: int = signal.SIGTERM) -> None:
    """Asks the process to end, and ends it if it does not."""
    process.send_signal(stop_signal)
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_WITHIN_S)


def wait_until_ready(is_ready: Callable[[], bool], *, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when `is_ready` says so. Raises ServiceFailed with the log when the process dies or takes too long."""
    deadline = time.monotonic() + READY_WITHIN_S
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-2000:]
            raise ServiceFailed(f"{process.args!r} did not start:\n{tail}")
        time.sleep(LOOK_EVERY_S)


def listens(port: int) -> bool:
    """Whether something accepts connections on that port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
