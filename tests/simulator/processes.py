"""A simulator as a process of its own, that a test can kill."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.simulator.remotes import HEADERS

PROGRAM = """
import sys
from pathlib import Path
from studio.simulator import Pace
from studio.simulator.server import serve
folder = Path(sys.argv[2])
serve(
    port=int(sys.argv[1]), credits=1000, pace=Pace(pending_s=0.1, running_s=float(sys.argv[3])), draft_clips=True,
    media_dir=folder / "uploads", clip_cache_dir=folder / "clips", state_dir=folder,
)
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Simulator:
    """The process on `port`, with its state in `folder`; it is killed in the end, if not before."""

    def __init__(self, folder: Path, *, port: int, running_s: float) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port), str(folder), str(running_s)])
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HEADERS)

    def __enter__(self) -> httpx.Client:
        for _ in range(800):
            try:
                self._client.get("/_simulator/health")
            except httpx.TransportError:
                time.sleep(0.025)
            else:
                return self._client
        raise AssertionError("The simulator did not come up.")

    def kill(self) -> None:
        """As the machine does it when memory runs out: at once and without a word."""
        self._process.kill()
        assert self._process.wait(timeout=10) == -signal.SIGKILL

    def __exit__(self, *_: object) -> None:
        self._client.close()
        if self._process.poll() is None:
            self.kill()
