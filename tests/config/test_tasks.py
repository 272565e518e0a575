"""Who does the work beside the pages, by one setting."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.config.environment import Environment
from studio.config.tasks import queue_settings, tasks_backend, tasks_settings

REDIS = "redis://cache:6379/0"


def test_the_engine_itself_by_default_also_where_redis_is_there() -> None:
    backend = tasks_backend(Environment({}), redis_url=REDIS)

    assert backend == "local"
    assert tasks_settings(backend) == {
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["clips"]}
    }
    assert queue_settings(backend, redis_url=REDIS) == {}


def test_workers_by_one_setting() -> None:
    backend = tasks_backend(Environment({"TASKS_BACKEND": "rq"}), redis_url=REDIS)

    assert backend == "rq"
    assert tasks_settings(backend) == {"default": {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["clips"]}}
    assert queue_settings(backend, redis_url=REDIS) == {
        "clips": {
            "URL": f"{REDIS}?socket_connect_timeout=5&socket_timeout=5",
            "DEFAULT_TIMEOUT": 7200,
            "DEFAULT_RESULT_TTL": 600,
            "SERIALIZER": "rq.serializers.JSONSerializer",
        }
    }


def test_waits_that_the_address_names_are_kept() -> None:
    queues = queue_settings("rq", redis_url=f"{REDIS}?socket_timeout=30")

    assert queues["clips"]["URL"] == f"{REDIS}?socket_connect_timeout=5&socket_timeout=30"


def test_workers_without_redis_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="TASKS_BACKEND is rq, and REDIS_URL is not set"):
        tasks_backend(Environment({"TASKS_BACKEND": "rq"}), redis_url="")
