"""The engine against its references: each measure a module, each runnable alone as `custody:<measure>`."""

import gc
from collections.abc import Callable

from tests.bench.custody.bookkeeping import bookkeeping
from tests.bench.custody.cpu import cpu
from tests.bench.custody.delay import delay
from tests.bench.custody.memory import memory
from tests.bench.custody.store import store
from tests.bench.custody.tasks_kept import tasks_kept
from tests.bench.figures import Figure

MEASURES: dict[str, Callable[[], list[Figure]]] = {
    "delay": delay,
    "tasks_kept": tasks_kept,
    "cpu": cpu,
    "store": store,
    "memory": memory,
    "bookkeeping": bookkeeping,
}


def custody(only: str = "") -> list[Figure]:
    """All figures of the group, or those of one measure."""
    figures = []
    for name, measure in MEASURES.items():
        if only in ("", name):
            print(f"custody:{name}", flush=True)  # noqa: T201  # a command
            figures += measure()
            gc.collect()
    return figures
