"""What must not be forgotten is written through a database that is away for a moment."""

from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync
from django.db import IntegrityError, InterfaceError, OperationalError

from studio.sync import insisting
from studio.sync.insisting import TRIES, insist


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were slept; no time passes."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    monkeypatch.setattr(insisting, "close_old_connections", lambda: None)
    return slept


def _failing(times: int, error: type[Exception]) -> tuple[Callable[[int], int], list[int]]:
    calls: list[int] = []

    def write(value: int) -> int:
        calls.append(value)
        if len(calls) <= times:
            raise error("away")
        return value * 2

    return write, calls


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("times", [0, 1, TRIES - 1])
def test_write_is_tried_until_it_succeeds(pauses: list[float], error: type[Exception], times: int) -> None:
    write, calls = _failing(times, error)

    assert async_to_sync(insist)(write, 21) == 42

    assert calls == [21] * (times + 1)
    assert pauses == [0.25, 0.5, 1, 2, 4, 8, *[16] * 35][:times]


def test_database_that_stays_away_passes_its_error_on(pauses: list[float]) -> None:
    write, calls = _failing(TRIES, OperationalError)

    with pytest.raises(OperationalError, match="away"):
        async_to_sync(insist)(write, 21)

    assert (len(calls), sum(pauses)) == (TRIES, 575.75)


@pytest.mark.parametrize("error", [IntegrityError, ValueError])
def test_other_errors_are_not_repeated(pauses: list[float], error: type[Exception]) -> None:
    write, calls = _failing(1, error)

    with pytest.raises(error):
        async_to_sync(insist)(write, 21)

    assert (calls, pauses) == ([21], [])
