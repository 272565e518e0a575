"""`make demo`: web, engine and simulator from nothing, and a first clip through the normal way.

Run as `python -m studio.management.demo [--port 8000]`. It reads no Django settings itself: it makes the environment
that the three processes share, starts them on loopback, starts one again that has died, and ends them on Ctrl+C.
"""

import argparse
import contextlib
import ctypes
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = (sys.executable, str(ROOT / "manage.py"))
HOST = "127.0.0.1"
SIMULATOR_PORT = 9100
START_S = 60
LOOK_S = 0.3
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
STOP_S = 40
PROMPT = "A fishing boat leaves a quiet harbour at first light, gulls wheel overhead, camera tracks low along the pier"


class DemoError(Exception):
    """The demo cannot go on; the text is the sentence for the person at the terminal."""


def main() -> int:
    options = _options()
    try:
        with contextlib.ExitStack() as stack:
            return _run(options, stack)
    except DemoError as error:
        print(f"make demo: {error}", file=sys.stderr, flush=True)  # noqa: T201  # this is a command
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--once", action="store_true", help="Stop after the first clip.")
    return parser.parse_args()


def _run(options: argparse.Namespace, stack: contextlib.ExitStack) -> int:
    signal.signal(signal.SIGTERM, _as_interrupt)
    password, environment = _environment()
    _refuse_busy(options.port)
    simulator_port = _free_port(SIMULATOR_PORT)
    environment["RUNWAYML_BASE_URL"] = f"http://{HOST}:{simulator_port}"
    _manage(environment, "migrate", "--verbosity", "0")
    _manage(environment, "seed_demo", "--password", password)
    crew = Crew(environment)
    stack.callback(crew.stop)
    crew.start("simulator", *MANAGE, "simulate_runway", "--port", str(simulator_port))
    crew.start("engine", *MANAGE, "sync_generations")
    crew.start("web", *_web_command(options.port))
    crew.wait_for(f"http://{HOST}:{options.port}/healthz")
    address = f"http://{HOST}:{options.port}"
    _say(f"Studio: {address}/demo/first-film/", "Sign in: demo@example.com", f"Password: {password}")
    _say(f"First clip: {address}{_first_clip(crew)}")
    if not options.once:
        _say("The studio runs until you press Ctrl+C.")
        crew.watch()
    return 0


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)  # noqa: T201  # this is a command


def _environment() -> tuple[str, dict[str, str]]:
    """The demo user's password, and the environment of the processes. Secrets are made once and kept in var/."""
    var_dir = Path(os.environ.get("VAR_DIR") or ROOT / "var")
    var_dir.mkdir(parents=True, exist_ok=True)
    environment = {
        "SECRET_KEY": _kept_secret(var_dir / "demo-secret-key", 50),
        "HTTPS": "false",
        "STATIC_HASHED": "false",
        "VIDEO_PROVIDER": "simulator",
        "LOG_LEVEL": "WARNING",
        **os.environ,
        "VAR_DIR": str(var_dir),
    }
    return _kept_secret(var_dir / "demo-password", 9), environment


def _kept_secret(path: Path, size: int) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(size), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _is_busy(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _refuse_busy(port: int) -> None:
    if _is_busy(port):
        raise DemoError(f"Port {port} is in use. Choose another one: make demo PORT={port + 1}")


def _free_port(wanted: int) -> int:
    if not _is_busy(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _web_command(port: int) -> Sequence[str]:
    granian = str(Path(sys.executable).parent / "granian")
    application = "studio.config.wsgi:application"
    return (
        granian, "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", "1",
        "--blocking-threads", "4", "--log-level", "warning", "--no-ws", application,
    )  # fmt: skip


def _manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a command of manage.py to its end and give back what it printed. Raises DemoError when it fails."""
    done = subprocess.run(  # noqa: S603  # our own command
        (*MANAGE, *arguments), env=environment, cwd=ROOT, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise DemoError(f"{arguments[0]} failed.\n{done.stdout}{done.stderr}")
    return done.stdout


def _first_clip(crew: "Crew") -> str:
    """The path of the first clip: made now, the same way as from the page, unless the project has one."""
    command = (*MANAGE, "first_clip", PROMPT, "--project", "demo/first-film")
    with subprocess.Popen(command, env=crew.environment, cwd=ROOT, text=True, stdout=subprocess.PIPE) as making:  # noqa: S603  # our own command
        while making.poll() is None:
            crew.revive()
            time.sleep(LOOK_S)
        printed = making.stdout.read() if making.stdout else ""
    found = re.search(r"/clips/\S+", printed)
    if found is None:
        raise DemoError(f"There is no clip.\n{printed}")
    return found.group()


@dataclass(slots=True)
class Crew:
    """The processes of the demo."""

    environment: dict[str, str]
    _commands: dict[str, Sequence[str]] = field(default_factory=dict)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        self._commands[name] = command
        self._processes[name] = subprocess.Popen(  # noqa: S603  # our own command
            command,
            env=self.environment,
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  # the demo has no threads
        )

    def wait_for(self, url: str) -> None:
        """Wait until the web answers. Raises DemoError when it has not after a minute, or a process has died."""
        deadline = time.monotonic() + START_S
        while not _answers(url):
            dead = [name for name, process in self._processes.items() if process.poll() is not None]
            if dead or time.monotonic() > deadline:
                raise DemoError(f"{dead[0] if dead else 'The web'} did not start: see the lines above.")
            time.sleep(0.1)

    def watch(self) -> None:
        """Start what has died again, until Ctrl+C."""
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(1)
                self.revive()

    def revive(self) -> None:
        """Start what has died again."""
        for name, process in list(self._processes.items()):
            if process.poll() is not None:
                _say(f"{name} ended with status {process.returncode}: it is started again.")
                self.start(name, *self._commands[name])

    def stop(self) -> None:
        """End the web and the engine first, the simulator last; each gets time to finish what it has in hand."""
        for name in ("web", "engine", "simulator"):
            if name in self._processes:
                _end(self._processes[name])


def _die_with_parent() -> None:
    """Linux ends this process too when the demo is killed without a chance to clean up."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
