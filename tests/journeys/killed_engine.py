"""The engine's command in a process that kills itself at a point: `python -m tests.journeys.killed_engine POINT`.

The points are functions of the product, wrapped from outside: SIGKILL right before or right after the call.
"""

import functools
import importlib
import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

POINTS: dict[str, tuple[str, str, str]] = {
    "claimed": ("studio.sync.engine", "step", "before"),
    "sending": ("studio.providers.runway.client", "RunwayProvider.submit", "before"),
    "sent": ("studio.providers.runway.client", "RunwayProvider.submit", "after"),
    "task id stored": ("studio.generations.transitions", "mark_submitted", "after"),
    "task read": ("studio.providers.runway.client", "RunwayProvider.fetch", "after"),
    "storing begun": ("studio.generations.transitions", "start_storing", "after"),
    "downloaded": ("studio.providers.runway.client", "RunwayProvider.download", "after"),
    "clip put": ("studio.sync.storing", "put_file", "after"),
    "poster put": ("studio.sync.storing", "put_bytes", "after"),
    "before the last commit": ("studio.generations.transitions", "finish", "before"),
    "after the last commit": ("studio.generations.transitions", "finish", "after"),
}


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def mortal(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    """`function`, which takes the process with it before or after it has run."""

    @functools.wraps(function)
    def sync(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            die()
        function(*args, **kwargs)
        die()

    @functools.wraps(function)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            die()
        await function(*args, **kwargs)
        die()

    return coroutine if inspect.iscoroutinefunction(function) else sync


def arm(point: str) -> None:
    """Wrap the function of a point."""
    module_name, path, when = POINTS[point]
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, mortal(getattr(owner, name), when))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    arm(sys.argv[1])
    call_command("sync_generations")


if __name__ == "__main__":
    main()
