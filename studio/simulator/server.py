"""The simulator as a process of its own, or in a thread beside whoever tests against it."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from studio.simulator.account import Limit
from studio.simulator.app import create_app
from studio.simulator.outputs import BrokenOff, hanging_up
from studio.simulator.pace import Pace
from studio.simulator.remote import CREDITS, MAX_CONCURRENT, MAX_DAILY, Remote
from studio.simulator.scenarios import NORMAL

HOST = "127.0.0.1"
PORT = 9100
STOP_S = 3
START_S = 10.0


def serve(
    *,
    host: str = HOST,
    port: int = PORT,
    scenario: str = NORMAL,
    pace: Pace | None = None,
    base_url: str | None = None,
    keys: frozenset[str] | None = None,
    credits: int = CREDITS,
    max_concurrent: Limit = MAX_CONCURRENT,
    max_daily: Limit = MAX_DAILY,
    media_dir: Path | None = None,
    clip_cache_dir: Path | None = None,
    state_dir: Path | None = None,
    draft_clips: bool = False,
    needs_behalf: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM, then end within seconds. `base_url` is what links begin with.

    With `state_dir` the next process on the same folders goes on where this one ended, however it ended.
    """
    remote = Remote(
        base_url=base_url or f"http://{host}:{port}",
        scenario=scenario,
        pace=pace,
        keys=keys,
        credits=credits,
        max_concurrent=max_concurrent,
        max_daily=max_daily,
        media_dir=media_dir,
        clip_cache_dir=clip_cache_dir,
        state_dir=state_dir,
        draft_clips=draft_clips,
        is_eager=True,
        needs_behalf=needs_behalf,
    )
    _server(remote, host=host, port=port).run()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether the server's log should tell this: not when a scenario broke off a download."""
    return not (record.exc_info and isinstance(record.exc_info[1], BrokenOff))


def _server(remote: Remote, *, host: str, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        hanging_up(create_app(remote)),
        host=host,
        port=port,
        lifespan="on",
        ws="none",
        access_log=False,
        date_header=False,  # the gate dates the answers, by the remote's own clock
        log_level=logging.WARNING,
        timeout_graceful_shutdown=STOP_S,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return uvicorn.Server(config)


@contextmanager
def served(make_remote: Callable[[str], Remote]) -> Iterator[Remote]:
    """A remote on a free port of loopback, in a thread; `make_remote` is told the address that it will have."""
    with socket.create_server((HOST, 0)) as listener:
        remote = make_remote(f"http://{HOST}:{listener.getsockname()[1]}")
        server = _server(remote, host=HOST, port=0)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="simulator")
        thread.start()
        try:
            _wait_until_started(server)
            yield remote
        finally:
            server.should_exit = True
            thread.join()


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + START_S
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError("The simulator did not start.")
        time.sleep(0.005)
