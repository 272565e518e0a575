"""Logs: a constant event name with fields; lines for people in a terminal, JSON elsewhere."""

import logging
import re
import sys
from typing import Any

import structlog

LINK_SECRET = re.compile(r"(/invitations/|/confirm-email/|/password/reset/key/)[^/\s\"'?#]+")
"""What stands in an address that was sent by mail, and opens something to whoever has it."""


def without_link_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The same line: Django logs the address of each request that is refused."""
    return {
        name: LINK_SECRET.sub(r"\1***", value) if isinstance(value, str) else value for name, value in event.items()
    }


def configure_logs(*, level: str) -> None:
    """Send structlog's and the standard library's records through one renderer to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)  # no locals
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    processors = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_link_secrets, renderer]
    if not sys.stderr.isatty():
        processors.insert(0, structlog.processors.format_exc_info)
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=processors))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "botocore", "boto3", "s3transfer", "PIL", "libav", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
