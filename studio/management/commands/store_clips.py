"""A worker's process."""

import socket
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from PIL import Image
from redis.exceptions import RedisError

log = structlog.get_logger()


class Command(BaseCommand):
    help = "Store finished clips that engines hand over by Redis (TASKS_BACKEND=rq). Runs until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Say whether a worker lives on this machine; stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.TASKS_BACKEND != "rq":
            raise CommandError("TASKS_BACKEND is local: the engine stores clips by itself. Set it to rq for workers.")
        try:
            _check() if options["check"] else _work()
        except RedisError as error:
            raise CommandError(f"Redis does not answer: {type(error).__name__}. REDIS_URL says where it is.") from error


def _check() -> None:
    from studio.sync.worker import is_alive_on  # its packages are loaded with TASKS_BACKEND=rq alone

    if not is_alive_on(socket.gethostname()):
        raise CommandError("No worker has given a sign of life on this machine.")


def _work() -> None:
    from studio.sync import engine, tasks  # noqa: F401  # loaded once, before each clip gets a process of its own
    from studio.sync.release import wait_here
    from studio.sync.worker import open_worker

    Image.init()  # as those: else each clip's process loads Pillow's formats anew, a tenth of a second
    wait_here()
    worker = open_worker()
    connections.close_all()
    log.info("worker.started", name=worker.name)
    worker.work(logging_level=None)
    log.info("worker.stopped", name=worker.name)
