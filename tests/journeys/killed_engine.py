"""The engine's command in a process that kills itself at a point: `python -m tests.journeys.killed_engine POINT`.

The points are the seams of the fault matrix: SIGKILL right before or right after the call of a function of the product.
"""

import os
import signal
import sys
from typing import Any, NoReturn

from tests.faults.seams import KILLS, wrapped


def die(*args: Any, **kwargs: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def arm(point: str) -> None:
    """Wrap the function of a point."""
    seam = KILLS[point]
    owner, name = seam.find()
    setattr(owner, name, wrapped(getattr(owner, name), seam.when, die))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    arm(sys.argv[1])
    call_command("sync_generations")


if __name__ == "__main__":
    main()
