"""bookkeeping: database time of one generation over its whole life, with more and more finished rows in the tables.

From outside: PostgreSQL's own count of the time in which it worked on statements (`active_time`), over batches of
lives that a real engine leads from launch to stored clip while a page is open. Passes and page reads are in it.
"""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.bench.custody.films import film
from tests.bench.custody.installation import Installation
from tests.bench.custody.machine import say, size, standin
from tests.bench.figures import Figure
from tests.services.postgres import postgres_server

SIZES = (100, 10_000, 1_000_000)
LIVES = 25
BATCHES = 3
CALM_MS_A_S = 60.0
CALM_WITHIN_S = 90.0
FLUSHED_S = 1.5
ACTIVE = "SELECT active_time FROM pg_stat_database WHERE datname = current_database()"


def bookkeeping() -> list[Figure]:
    """Milliseconds a life with 10,000 and with 1,000,000 finished rows, against 100."""
    with TemporaryDirectory(prefix="dailies-bench-") as name, postgres_server() as database_url:
        folder = Path(name)
        film(folder / "small.mp4")
        with standin(folder, folder) as url:
            installation = Installation(folder / "studio", database_url, url, {"LOG_LEVEL": "WARNING"})
            installation.settle_in()
            sizes = [min(rows, size("BOOK_ROWS", SIZES[-1])) for rows in SIZES]
            found = {rows: _ms_a_life(installation, rows) for rows in dict.fromkeys(sizes)}
    return [
        Figure(
            f"bookkeeping at {rows:,} against {sizes[0]:,} finished rows", found[rows], found[sizes[0]], "ms", "lower"
        )
        for rows in list(found)[1:]
    ]


def _ms_a_life(installation: Installation, rows: int) -> float:
    started = time.monotonic()
    installation.rows("fill", upto=rows)
    filled_s = time.monotonic() - started
    with psycopg.connect(installation.database_url, autocommit=True) as connection, installation.engine():
        calm_s = _calm(connection)
        found = [_batch(installation, connection) for _ in range(size("BOOK_BATCHES", BATCHES))]
    shown = ", ".join(f"{ms:.1f}" for ms in found)
    say(f"{rows:,} rows (filled in {filled_s:.0f} s, calm after {calm_s:.0f} s): {shown} ms a life")
    return statistics.median(found)


def _batch(installation: Installation, connection: "psycopg.Connection[psycopg.rows.TupleRow]") -> float:
    before = _active_ms(connection)
    lives = int(installation.rows("lives", count=size("BOOK_LIVES", LIVES))["count"])
    time.sleep(FLUSHED_S)
    return (_active_ms(connection) - before) / lives


def _calm(connection: "psycopg.Connection[psycopg.rows.TupleRow]") -> float:
    """Wait until the engine's sweep at its start is over: two quiet seconds in a row. For how long."""
    started = time.monotonic()
    time.sleep(5)
    before, quiet = _active_ms(connection), 0
    while quiet < 2 and time.monotonic() - started < CALM_WITHIN_S:
        time.sleep(2)
        now = _active_ms(connection)
        quiet = quiet + 1 if now - before < 2 * CALM_MS_A_S else 0
        before = now
    return time.monotonic() - started


def _active_ms(connection: "psycopg.Connection[psycopg.rows.TupleRow]") -> float:
    row = connection.execute(ACTIVE).fetchone()
    return float(row[0]) if row else 0.0
