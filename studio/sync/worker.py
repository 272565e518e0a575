"""A worker of the queue: RQ's own, which on SIGTERM finishes its clip for a bounded time and then frees the row."""

import os
import signal
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import django_rq
from django.conf import settings
from django_rq.workers import get_worker
from django_tasks_rq import Job
from rq import Worker

from studio.sync.queues import CLIPS_QUEUE

STOP_S = 30.0
WORKER_TTL_S = 60  # RQ waits for a message for 15 s less than this, then says that it lives
SILENT_AFTER = timedelta(seconds=150)


class ClipWorker(Worker):
    """Each clip has a process of its own: what a decoder does there, it does to that clip alone."""

    def handle_warm_shutdown_request(self) -> None:
        """Wait for the clip in hand, for half a minute; then its process is asked to free its row and to end."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]  # RQ has types but for a few
        timer = threading.Timer(STOP_S, self._ask_to_end)
        timer.daemon = True
        timer.start()

    def _ask_to_end(self) -> None:
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)


def open_worker() -> Worker:
    """A worker that is not at work yet."""
    return get_worker(
        CLIPS_QUEUE,
        job_class=Job,
        worker_class=ClipWorker,
        worker_ttl=WORKER_TTL_S,
        serializer=settings.RQ_QUEUES[CLIPS_QUEUE]["SERIALIZER"],  # RQ asks the queue for it, but not the worker
    )


def is_alive_on(host: str) -> bool:
    """Whether a worker on that machine has said so a short while ago. Raises RedisError."""
    oldest = datetime.now(UTC) - SILENT_AFTER
    queue = django_rq.get_queue(CLIPS_QUEUE, job_class=Job)
    workers = ClipWorker.all(queue=queue, job_class=Job)
    return any(
        worker.hostname == host and worker.last_heartbeat and worker.last_heartbeat >= oldest for worker in workers
    )
