"""The web's health check: by the site's own name, and without Django."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from studio.management.alive import is_alive, our_url


class Site(BaseHTTPRequestHandler):
    """Answers 200 to its own name, and 400 to others, as Django does."""

    names = frozenset({"studio.example.com", "localhost"})

    def do_GET(self) -> None:
        is_known = self.path == "/healthz" and self.headers["Host"] in self.names
        self.send_response(200 if is_known else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def served() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/healthz"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ("studio.example.com,localhost", True),
        (" studio.example.com ", True),
        ("*", True),
        ("", True),
        ("other.example.com", False),
    ],
)
def test_the_site_is_asked_by_its_own_name(hosts: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)

    with served() as url:
        assert is_alive(url) is expected


def test_a_wildcard_is_made_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Site, "names", frozenset({"example.com"}))
    monkeypatch.setenv("ALLOWED_HOSTS", ".example.com")

    with served() as url:
        assert is_alive(url)


def test_nobody_there_is_not_alive() -> None:
    with served() as url:
        pass

    assert not is_alive(url)


def test_the_port_is_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANIAN_PORT", "8123")

    assert our_url() == "http://127.0.0.1:8123/healthz"


def test_it_is_a_command_with_an_exit_status_and_loads_no_django() -> None:
    with served() as url:
        command = [sys.executable, "-X", "importtime", "-m", "studio.management.alive", url]
        done = subprocess.run(command, env={"ALLOWED_HOSTS": "localhost"}, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "django" not in done.stderr
