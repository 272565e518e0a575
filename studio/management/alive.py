"""The web's health check where there is no curl: `python -m studio.management.alive [URL]`.

It reads no Django settings, since it runs twice a minute in each container. The site answers only to its own names,
so the first of ALLOWED_HOSTS is asked for.
"""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_S = 5


def our_url() -> str:
    """Where the web of this container listens."""
    return f"http://127.0.0.1:{os.environ.get('GRANIAN_PORT', '8000')}/healthz"


def is_alive(url: str) -> bool:
    """Whether the web answers 200 there."""
    request = urllib.request.Request(url, headers={"Host": _host()})  # noqa: S310  # our own address
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _host() -> str:
    """A name that the site answers to: the first of ALLOWED_HOSTS, a wildcard made whole."""
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip()
    if first.startswith("."):
        return first[1:]
    return first if first not in {"", "*"} else "localhost"


if __name__ == "__main__":
    sys.exit(0 if is_alive((sys.argv[1:] or [our_url()])[0]) else 1)
