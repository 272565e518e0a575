"""Logs are one JSON object a line where nobody watches, with constant event names and fields."""

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from studio.config.logs import configure_logs


class Lines:
    """What has been logged since the test began."""

    def __init__(self, stream: StringIO) -> None:
        self._stream = stream

    def read(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """Logs at INFO for one test, into memory; then as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(level="INFO")
    yield Lines(stream)
    root.handlers = handlers
    root.setLevel(level)


def test_our_events_are_json_with_fields(lines: Lines) -> None:
    structlog.get_logger().info("generation.stored", generation_id=7, seconds=1.5)

    (line,) = lines.read()
    assert line.pop("timestamp")
    assert line == {"event": "generation.stored", "generation_id": 7, "seconds": 1.5, "level": "info"}


def test_events_below_the_level_are_left_out(lines: Lines) -> None:
    structlog.get_logger().debug("generation.polled")

    assert lines.read() == []


def test_standard_records_take_the_same_way(lines: Lines) -> None:
    logging.getLogger("django.request").warning("Not Found: %s", "/nowhere/")

    (line,) = lines.read()
    assert (line["event"], line["level"]) == ("Not Found: /nowhere/", "warning")


def test_exceptions_come_with_their_traceback_in_one_line(lines: Lines) -> None:
    try:
        int("out of paper")
    except ValueError:
        structlog.get_logger().exception("engine.step_failed", generation_id=7)

    (line,) = lines.read()
    assert line["event"] == "engine.step_failed"
    assert "ValueError: invalid literal" in str(line["exception"])


@pytest.mark.parametrize("name", ["httpx", "httpcore", "botocore", "boto3", "s3transfer", "PIL", "libav", "asyncio"])
def test_chatty_libraries_are_quiet(lines: Lines, name: str) -> None:
    logging.getLogger(name).info("GET https://signed.example/?X-Amz-Signature=secret")

    assert lines.read() == []
