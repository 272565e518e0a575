"""The clips of finished tasks: each is rendered once, in a thread beside the event loop, and kept."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from studio.simulator.renderer import ClipSpec, render_clip
from studio.simulator.shelf import Shelf

logger = logging.getLogger(__name__)

THREADS = min(2, os.cpu_count() or 1)
"""Painting and encoding let go of Python's lock most of the time, so that a second thread helps."""

Render = Callable[[ClipSpec], bytes]


class Clips:
    """Renders on request; requests for the same clip share one rendering."""

    def __init__(self, *, shelf: Shelf, render: Render = render_clip, threads: int = THREADS) -> None:
        self._shelf = shelf
        self._render = render
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="renderer")
        self._lock = Lock()
        self._under_way: dict[str, Future[bytes]] = {}

    def request(self, spec: ClipSpec) -> Future[bytes]:
        """The clip, as soon as it is there. Returns at once and never blocks the event loop."""
        with self._lock:
            future = self._under_way.get(spec.digest)
            if future is None:
                future = self._pool.submit(self._make, spec)
                self._under_way[spec.digest] = future
        return future

    def is_ready(self, spec: ClipSpec) -> bool:
        """Whether the clip is there already."""
        return self._shelf.has(spec.digest)

    def _make(self, spec: ClipSpec) -> bytes:
        try:
            content = self._shelf.get(spec.digest)
            if content is None:
                content = self._render(spec)
                self._shelf.put(spec.digest, content)
        except Exception:
            # Nobody may be waiting for this one yet, and then nobody else would tell.
            logger.exception("clip.failed")
            raise
        else:
            return content
        finally:
            with self._lock:
                self._under_way.pop(spec.digest, None)

    def close(self) -> None:
        """Drop what has not begun; what has begun ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
