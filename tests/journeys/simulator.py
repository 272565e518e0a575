"""The simulator as a process of its own, by the product's own command."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 30.0


@contextmanager
def simulator(folder: Path) -> Iterator[str]:
    """The address of a simulator that runs until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "manage.py", "simulate_runway", "--port", str(port), "--scenario", "throttled"]
    environment = {"SECRET_KEY": "only-for-benchmarks", **os.environ, "VAR_DIR": str(folder)}
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_simulator/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("The simulator did not start.")
