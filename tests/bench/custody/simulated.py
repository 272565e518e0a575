"""The product's simulator, with tasks that follow the script.

`python -m tests.bench.custody.simulated PORT COUNT FILM FOLDER [earlier]`, a process of its own.
Writes the task ids, and on SIGTERM for each task: how long after its end a reader was first told so, and how often
it was read. Every output is the one small file FILM: bytes are not what is measured here.
"""

import json
import signal
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import uvicorn

from studio.simulator.app import create_app
from studio.simulator.assets import Pictures
from studio.simulator.outputs import hanging_up
from studio.simulator.pace import Pace
from studio.simulator.remote import Remote
from studio.simulator.tasks import Task
from studio.simulator.validator import order_of
from tests.bench.custody.machine import KEY
from tests.bench.custody.script import Run, earlier_runs, runs


class Watched(Remote):
    """A remote that remembers who was told what when."""

    def __init__(self, *, base_url: str, film: bytes) -> None:
        super().__init__(base_url=base_url, max_concurrent=None, max_daily=None, credits=10**9)
        self.reads: dict[str, int] = {}
        self.seen_at: dict[str, float] = {}
        self._film: Future[bytes] = Future()
        self._film.set_result(film)

    def start(self, run: Run) -> str:
        """The id of a task that runs as long as the script says."""
        stretch = Pace(running_s=1.0).running_for(run.model, duration_s=run.duration_s)
        self.pace = Pace(pending_s=run.pending_s, running_s=run.run_s / stretch)
        body = {"model": run.model, "promptText": "A boat", "ratio": "1280:720", "duration": run.duration_s}
        task = self.launch(order_of(body), pictures=Pictures(None, None), key=KEY)
        self.reads[task.id] = 0
        return task.id

    def read(self, task_id: str, *, key: str) -> dict[str, Any]:
        body = super().read(task_id, key=key)
        self.reads[task_id] += 1
        if body["status"] == "SUCCEEDED":
            self.seen_at.setdefault(task_id, self.clock.now().timestamp())
        return body

    def clip(self, task: Task) -> Future[bytes]:
        return self._film

    def told(self) -> list[dict[str, float]]:
        """A line for each task, in the order of the script. One that nobody has seen counts as seen now."""
        now = self.clock.now().timestamp()
        return [
            {
                "delay_s": self.seen_at.get(task_id, now) - self.tasks[task_id].ends_at.timestamp(),
                "is_seen": task_id in self.seen_at,
                "reads": reads,
            }
            for task_id, reads in self.reads.items()
        ]


def main(port: int, count: int, film: Path, folder: Path, *, are_earlier: bool = False) -> None:
    """Start the tasks, say their ids in `ids.json`, and serve until SIGTERM; then write `told.json`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server raises it again when it is done
    remote = Watched(base_url=f"http://127.0.0.1:{port}", film=film.read_bytes())
    ids = [remote.start(run) for run in (earlier_runs(count) if are_earlier else runs(count))]
    (folder / "ids.json").write_text(json.dumps(ids))
    app = hanging_up(create_app(remote))
    try:
        uvicorn.run(
            app,
            host="127.0.0.1",
            port=port,
            access_log=False,
            log_level="warning",
            ws="none",
            timeout_graceful_shutdown=1,
        )
    finally:
        (folder / "told.json").write_text(json.dumps(remote.told()))


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        int(sys.argv[2]),
        Path(sys.argv[3]),
        Path(sys.argv[4]),
        are_earlier=sys.argv[5:] == ["earlier"],
    )
