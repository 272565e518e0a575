"""House: a running installation in a folder of its own: real processes, a real database file, a real simulator."""

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from studio.simulator.remote import Remote

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "the-gulls-wheel"
WAIT_S = 120.0
MAIL_END = b"\n" + b"-" * 79 + b"\n"


@dataclass
class House:
    """Commands of manage.py and engine processes on one database and one media folder."""

    folder: Path
    remote: Remote
    url: str
    settings: dict[str, str] = field(default_factory=dict)
    engines: list[subprocess.Popen[bytes]] = field(default_factory=list)
    address: str = ""

    def settle_in(self) -> None:
        """Make the tables, the person, the team and the project."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("seed_demo", "--password", PASSWORD)

    @property
    def database(self) -> Path:
        return self.folder / "house.sqlite3"

    @property
    def mails(self) -> Path:
        """Where the mails are that have left."""
        return self.folder / "mails"

    def letters(self) -> list[EmailMessage]:
        """The mails that have left, the oldest first."""
        files = sorted(self.mails.glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
        texts = [text for path in files for text in path.read_bytes().split(MAIL_END) if text.strip()]
        return [message_from_bytes(text.lstrip(), policy=policy.default) for text in texts]

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "SECRET_KEY": "only-for-tests",
            "DEBUG": "false",
            "HTTPS": "false",
            "STATIC_HASHED": "false",
            "VIDEO_PROVIDER": "simulator",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "RUNWAYML_BASE_URL": self.url,
            "PROVIDER_POLL_S": "0.1",
            "ENGINE_PASS_S": "0.05",
            "ENGINE_LEASE_S": "0.6",
            "MAIL_FOLDER": str(self.mails),
            **self.settings,
        }

    def manage(self, *arguments: str) -> str:
        """What the command printed. Raises CalledProcessError when it fails."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, text=True, capture_output=True, check=True)
        return done.stdout

    def launch(self, prompt: str = "A paper boat", *more: str) -> str:
        """The public id of a new generation."""
        printed = self.manage("generate", prompt, "--project", "demo/first-film", "--duration", "2", *more)
        found = re.search(r"Generation: (\S+)", printed)
        assert found is not None
        return found.group(1)

    def engine(self, *command: str) -> subprocess.Popen[bytes]:
        """A new engine process; by default the product's own command."""
        arguments = [sys.executable, *(command or ("manage.py", "sync_generations"))]
        with (self.folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(arguments, env=self.environment, cwd=ROOT, stderr=log, start_new_session=True)
        self.engines.append(process)
        return self.engines[-1]

    def open_web(self, *, workers: int = 1) -> None:
        """Start the product's web server on a free port of loopback and wait until it answers."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.engine(
            "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", str(workers), "--blocking-threads", "4", "--log-level", "error", "--no-ws",
            "studio.config.wsgi:application",
        )  # fmt: skip
        self.wait_for(self._answers, what="the web")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def row(self, generation_id: str) -> tuple[str, str]:
        """(state, status code) as stored now."""
        found = self.query(
            "select state, status_code from studio_generation where public_id = ?", generation_id.replace("-", "")
        )
        return (str(found[0][0]), str(found[0][1]))

    def query(self, sql: str, *values: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.database, timeout=20)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def execute(self, sql: str) -> None:
        """Change rows, as another process would."""
        connection = sqlite3.connect(self.database, timeout=20)
        try:
            with connection:
                connection.execute(sql)
        finally:
            connection.close()

    def wait_for(self, condition: Callable[[], bool], *, what: str) -> None:
        """Look again and again for a bounded time. Raises AssertionError."""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, f"Waited in vain for: {what}"
            time.sleep(0.05)

    def stored(self) -> list[str]:
        """The first folder of each stored file's key, but for the probes by which a sweep tries the storage."""
        root = self.folder / "media"
        folders = [path.relative_to(root).parts[0] for path in root.rglob("*") if path.is_file()]
        return sorted(folder for folder in folders if folder != "checks")

    def close(self) -> None:
        for engine in self.engines:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(engine.pid, signal.SIGKILL)  # the web server has a worker process of its own
            engine.wait()
