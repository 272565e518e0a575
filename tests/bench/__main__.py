"""`python -m tests.bench [GROUP[:MEASURE]]`: a table on the screen, and var/bench/<group>.json.

One measure alone goes into a file of its own, `<group>-<measure>.json`.
"""

import json
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.custody import MEASURES, MeasuresFailedError, custody
from tests.bench.figures import Figure
from tests.bench.studio import studio

GROUPS: dict[str, Callable[[], list[Figure]]] = {
    "studio": studio,
    "custody": custody,
    **{f"custody:{name}": partial(custody, name) for name in MEASURES},
}
OUT = Path(__file__).resolve().parent.parent.parent / "var" / "bench"


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(GROUPS)
    if unknown:
        print(f"There is no group {', '.join(sorted(unknown))}. There are: {', '.join(GROUPS)}.")  # noqa: T201  # a command
        return 2
    OUT.mkdir(parents=True, exist_ok=True)
    status = 0
    for name in wanted or [name for name in GROUPS if ":" not in name]:
        try:
            figures = GROUPS[name]()
        except MeasuresFailedError as error:
            print(error, flush=True)  # noqa: T201  # a command
            figures, status = error.figures, 1
        written = json.dumps([figure.record() for figure in figures], indent=2)
        (OUT / f"{name.replace(':', '-')}.json").write_text(written)
        print("\n".join([name, *(f"  {figure}" for figure in figures)]), flush=True)  # noqa: T201  # a command
    return status


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended with it
    sys.exit(main(sys.argv[1:]))
