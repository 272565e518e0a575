"""Makes a case's fault happen, once: on the line, at the step's seam, on the disk, in the database."""

import errno
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from django.db import OperationalError, connections

from tests.faults import seams
from tests.faults.cells import Fault, Step
from tests.faults.seams import Seam
from tests.faults.stage import FaultStage
from tests.faults.table import Case

SHORT_S = 0.4
A_DAY = timedelta(days=1)
FULL = Path("/dev/full")
REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "PutObject")
SILENT = ReadTimeoutError(endpoint_url="http://127.0.0.1:9000/media/clips")
Patch = pytest.MonkeyPatch


@dataclass(slots=True)
class Once:
    """Does `act` at the first call only, and counts that it did, or raised what it is to raise."""

    act: Callable[..., object]
    is_spent: bool = False
    times: int = 0

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        if self.is_spent:
            return
        self.is_spent = True
        try:
            self.act(*args, **kwargs)
        except (ClientError, ReadTimeoutError, OSError):
            self.times = 1
            raise
        self.times = 1


def prepare(case: Case, stage: FaultStage, patch: Patch) -> Callable[[], int]:
    """Arrange for the fault; the result tells how often it has happened."""
    patch.setattr(*_constant(seams.PAUSE), 0)
    if case.fault is Fault.TIMEOUT:
        for constant in seams.PATIENCE:
            patch.setattr(*_constant(constant), SHORT_S)
    if case.troubles:
        stage.line.troubles.extend(case.troubles)
        return lambda: stage.line.met
    once = Once(_act(case, stage))
    _wrap(_seam(case), once, patch)
    return lambda: once.times


def _constant(where: tuple[str, str]) -> tuple[Any, str]:
    module, name = where
    return Seam(module, name, seams.BEFORE).find()


def _wrap(seam: Seam, strike: Callable[..., object], patch: Patch) -> None:
    owner, name = seam.find()
    patch.setattr(owner, name, seams.wrapped(getattr(owner, name), seam.when, strike))


def _seam(case: Case) -> Seam:
    if case.fault in {Fault.STORAGE_REFUSES, Fault.STORAGE_SILENT}:
        return seams.STORAGE_OPENS if case.step is Step.UPLOAD else seams.STORAGE_SAVES
    if case.fault is Fault.DISK_FULL and case.step in seams.FILE_OF:
        return seams.FILE_OF[case.step]
    if case.fault is Fault.DISK_FULL and case.step is Step.STORE:
        return seams.STORAGE_LINKS
    return seams.AT[case.step]


def _act(case: Case, stage: FaultStage) -> Callable[..., object]:
    match case.fault:
        case Fault.DATABASE_GONE:
            return _database_gone()
        case Fault.DISK_FULL if case.step in seams.FILE_OF:
            return _onto_a_full_disk
        case Fault.DISK_FULL if case.step is Step.STORE:
            return _next_part_onto_a_full_disk
        case Fault.DISK_FULL:
            return _next_query_fails("database or disk is full")
        case Fault.CLOCK_FORWARD | Fault.CLOCK_BACK:
            return lambda *_, **__: setattr(stage, "off_by", A_DAY if case.fault is Fault.CLOCK_FORWARD else -A_DAY)
        case Fault.STORAGE_REFUSES:
            return _raising(REFUSED)
        case Fault.STORAGE_SILENT:
            return _raising(SILENT)
    raise ValueError(f"Nothing makes {case.fault} happen at {case.step}.")


def _raising(error: Exception) -> Callable[..., object]:
    def act(*args: Any, **kwargs: Any) -> None:
        raise error

    return act


def _database_gone() -> Callable[..., object]:
    return _connection_ended() if connections["default"].vendor == "postgresql" else _next_query_fails("disk I/O error")


def _connection_ended() -> Callable[..., object]:
    """PostgreSQL ends the engine's connection."""
    engine_connection = connections["default"]  # not the proxy: the seam may be passed in another thread

    def act(*args: Any, **kwargs: Any) -> None:
        known = engine_connection.settings_dict
        pid = engine_connection.connection.info.backend_pid
        with psycopg.connect(
            dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"], port=known["PORT"]
        ) as other:
            ended = other.execute("select pg_terminate_backend(%s)", [pid]).fetchone()
        assert ended == (True,)

    return act


def _next_query_fails(words: str) -> Callable[..., object]:
    """The next query of the engine's connection fails, as SQLite tells it."""
    engine_connection = connections["default"]  # not the proxy: the seam may be passed in another thread

    def act(*args: Any, **kwargs: Any) -> None:
        wrappers = engine_connection.execute_wrappers

        def fails(*args: Any, **kwargs: Any) -> None:
            wrappers.remove(fails)
            raise OperationalError(words)

        wrappers.append(fails)

    return act


def _onto_a_full_disk(*args: Any, **kwargs: Any) -> None:
    """The file that is written next lies on a disk that is full: its writes fail in the kernel."""
    (target,) = [value for value in args if isinstance(value, Path)]
    target.symlink_to(FULL)


def _next_part_onto_a_full_disk(*args: Any, **kwargs: Any) -> None:
    """The storage is another file system than the download's, so it has to copy, and it is full."""
    real = tempfile.mkstemp

    def full(*args: Any, **kwargs: Any) -> tuple[int, str]:
        setattr(tempfile, "mkstemp", real)  # noqa: B010  # the name is overloaded
        handle, name = real(*args, **kwargs)
        os.close(handle)
        return os.open(FULL, os.O_WRONLY), name

    setattr(tempfile, "mkstemp", full)  # noqa: B010
    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
