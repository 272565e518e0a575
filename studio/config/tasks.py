"""Where work beside the pages is done: in the engine's own threads, or by RQ workers over Redis or Valkey."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment
from studio.sync.queues import CLIPS_QUEUE

LONGEST_TASK_S = 2 * 3600  # longer than a download may take
RESULT_KEPT_S = 600
REDIS_TIMEOUTS = {"socket_connect_timeout": "5", "socket_timeout": "5"}
BACKENDS = {
    "local": "django_tasks.backends.immediate.ImmediateBackend",
    "rq": "django_tasks_rq.RQBackend",
}


def tasks_backend(env: Environment, *, redis_url: str) -> str:
    """ "local" or "rq". Raises ImproperlyConfigured when there is no Redis for "rq"."""
    backend = env.choice("TASKS_BACKEND", "local", among=("local", "rq"))
    if backend == "rq" and not redis_url:
        raise ImproperlyConfigured(
            "TASKS_BACKEND is rq, and REDIS_URL is not set. Set REDIS_URL to redis://HOST:PORT/NUMBER, "
            "or TASKS_BACKEND to local."
        )
    return backend


def tasks_settings(backend: str) -> dict[str, Any]:
    """TASKS."""
    return {"default": {"BACKEND": BACKENDS[backend], "QUEUES": [CLIPS_QUEUE]}}


def queue_settings(backend: str, *, redis_url: str) -> dict[str, Any]:
    """RQ_QUEUES. Messages are JSON: whoever can write to Redis must not be able to run code here."""
    if backend != "rq":
        return {}
    return {
        CLIPS_QUEUE: {
            "URL": _bounded(redis_url),
            "DEFAULT_TIMEOUT": LONGEST_TASK_S,
            "DEFAULT_RESULT_TTL": RESULT_KEPT_S,
            "SERIALIZER": "rq.serializers.JSONSerializer",
        }
    }


def _bounded(redis_url: str) -> str:
    """The address with bounded waits, where it does not name its own."""
    parts = urlsplit(redis_url)
    query = {**REDIS_TIMEOUTS, **dict(parse_qsl(parts.query))}
    return urlunsplit(parts._replace(query=urlencode(query)))
