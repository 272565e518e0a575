"""The engine's process."""

import asyncio
import os
import signal
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.sync.context import in_database
from studio.sync.engine import Engine, make_bench
from studio.sync.gateway import open_provider
from studio.sync.memory import settle
from studio.sync.release import Readiness, wait_for_schema, watch_schema

log = structlog.get_logger()


class Command(BaseCommand):
    help = "Follow all open generations: send, poll, fetch, store and settle them. Runs until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, then stop (cron, tests).")

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(_once() if options["once"] else _forever())


async def _once() -> None:
    if not await in_database(Readiness().look)():
        raise CommandError("The database is away, or lacks migrations: nothing was done. The log says which.")
    provider = open_provider()
    engine = Engine(make_bench(provider))
    try:
        count = await engine.run_once()
    finally:
        await engine.keyring.aclose()
        await provider.aclose()
    log.info("engine.pass_done", generations=count)


async def _forever() -> None:
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if not await wait_for_schema(stop):
        return
    provider = open_provider()
    engine = Engine(make_bench(provider))
    watch = asyncio.create_task(watch_schema(engine.vitals))
    settle()
    log.info("engine.started", name=engine.name, provider=engine.bench.provider_name)
    try:
        await engine.run(stop)
    finally:
        watch.cancel()
        await provider.aclose()
    log.info("engine.stopped", name=engine.name, passes=engine.passes)


def _stop_on_signals(stop: asyncio.Event) -> None:
    """The first signal asks to stop, a second one ends the process at once."""

    def ask(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        log.info("engine.asked_to_stop", signal=number)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask, number)
