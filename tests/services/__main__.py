"""Runs a command beside real services: `python -m tests.services s3 postgres redis -- pytest -n 2`.

postgres sets DATABASE_URL, redis sets TEST_REDIS_URL, s3 sets TEST_S3_STORE; the fixtures use what is set.
"""

import json
import os
import subprocess
import sys
from contextlib import ExitStack

from tests.services.postgres import postgres_server
from tests.services.redis import redis_server
from tests.services.swift import STORE_VARIABLE, swift_store

WITHOUT_CHECKS = "?conn_health_checks=False"  # each is a query more, and tests count queries
SERVICES = ("postgres", "redis", "s3")


def main(arguments: list[str]) -> int:
    """The exit code of the command."""
    if "--" not in arguments or not set(arguments[: arguments.index("--")]) <= set(SERVICES):
        print(f"Usage: python -m tests.services [{' '.join(SERVICES)}] -- COMMAND", file=sys.stderr)  # noqa: T201  # a command
        return 2
    split = arguments.index("--")
    with ExitStack() as stack:
        environment = {**os.environ, **started(arguments[:split], stack)}
        return subprocess.run(arguments[split + 1 :], env=environment, check=False).returncode


def started(names: list[str], stack: ExitStack) -> dict[str, str]:
    """The environment by which tests find the services; `stack` ends them."""
    environment = {}
    if "postgres" in names:
        environment["DATABASE_URL"] = stack.enter_context(postgres_server()) + WITHOUT_CHECKS
    if "redis" in names:
        environment["TEST_REDIS_URL"] = stack.enter_context(redis_server())
    if "s3" in names:
        environment[STORE_VARIABLE] = json.dumps(stack.enter_context(swift_store()).facts())
    return environment


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
