"""`make demo` as a person meets it: a first clip, a restart with a take in flight, an end without remains."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.house import ROOT

DEMO = (sys.executable, "-m", "studio.management.demo")
WAIT_S = 90
OURS = {"SECRET_KEY", "HTTPS", "STATIC_HASHED", "VIDEO_PROVIDER", "DATABASE_URL", "ALLOWED_HOSTS", "DEBUG"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _demo(folder: Path, *, port: int) -> Iterator[subprocess.Popen[str]]:
    """A demo in a folder of its own, with an environment as bare as a newcomer's."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    process = subprocess.Popen(
        [*DEMO, "--port", str(port)],
        env={**environment, "VAR_DIR": str(folder)},
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=WAIT_S)
        if process.stdout:
            process.stdout.close()


def _line(process: subprocess.Popen[str], beginning: str) -> str:
    """The rest of the first printed line that begins so."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(beginning):
            return line.removeprefix(beginning).strip()
    raise AssertionError(f"The demo ended without “{beginning}”.")


def _states(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "dailies.sqlite3", timeout=20)
    try:
        return [state for (state,) in connection.execute("select state from studio_generation order by id")]
    finally:
        connection.close()


def _manage(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/dailies.sqlite3"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, text=True, capture_output=True, check=True).stdout


def test_the_demo_makes_its_first_clip_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    port = _free_port()
    with _demo(tmp_path, port=port) as process:
        studio, person = _line(process, "Studio: "), _line(process, "Sign in: ")
        password, clip = _line(process, "Password: "), _line(process, "First clip: ")
        _manage(tmp_path, "generate", "In flight at the end", "--project", "demo/first-film", "--duration", "2")
        deadline = time.monotonic() + WAIT_S
        while _states(tmp_path)[-1] != "running":
            assert time.monotonic() < deadline
            time.sleep(0.1)

    assert studio == f"http://127.0.0.1:{port}/demo/first-film/"
    assert (person, len(password) >= 12) == ("demo@example.com", True)
    assert re.fullmatch(rf"http://127\.0\.0\.1:{port}/clips/[0-9a-f-]{{36}}/file", clip)
    assert process.returncode == 0
    assert _states(tmp_path) == ["ready", "running"]

    with _demo(tmp_path, port=port) as again:
        assert _line(again, "Password: ") == password
        assert _line(again, "First clip: ") == clip
        deadline = time.monotonic() + WAIT_S
        while _states(tmp_path)[-1] == "running" or _states(tmp_path)[-1] == "storing":
            assert time.monotonic() < deadline
            time.sleep(0.1)

    assert _states(tmp_path) == ["ready", "ready"]
    assert "no difference" in _manage(tmp_path, "check_ledger")


def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = [*DEMO, "--port", str(port)]
        environment = {**os.environ, "VAR_DIR": str(tmp_path)}
        done = subprocess.run(command, env=environment, cwd=ROOT, text=True, capture_output=True, check=False)

    assert done.returncode == 1
    assert done.stderr == f"make demo: Port {port} is in use. Choose another one: make demo PORT={port + 1}\n"
