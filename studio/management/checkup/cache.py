"""The cache that processes share."""

from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from studio.management.checkup.findings import Verdict, fail, ok, warn

KEEP_S = 10


def check_cache() -> Verdict:
    """Whether what is put into the cache comes out again."""
    try:
        is_whole = _round_trip()
    except (RedisError, OSError) as error:
        return fail(f"Redis does not answer ({type(error).__name__}). Start it, or correct REDIS_URL.")
    if not is_whole:
        return fail("The cache gave back something else. Look at the memory limit of Redis and at REDIS_URL.")
    if settings.REDIS_URL:
        return ok("Redis takes and gives.")
    if connection.vendor == "sqlite":
        return ok("Local memory, one cache a process: enough on one machine.")
    return warn("Local memory, one cache a process. Set REDIS_URL where several processes serve pages.")


def _round_trip() -> bool:
    key, value = f"doctor:{uuid4()}", uuid4().hex
    cache.set(key, value, KEEP_S)
    is_same: bool = cache.get(key) == value
    cache.delete(key)
    return is_same
