"""The connection to Redis for what is not Celery's: wake flags, published ids, limits. Nothing that matters."""

from functools import lru_cache

import redis
from django.conf import settings


@lru_cache(maxsize=1)
def bus() -> "redis.Redis":
    """A pooled client with short timeouts, so that a dead broker never holds a request (at most half a second)."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def channel(name: str) -> str:
    """The channel's name on this bus. Redis keeps databases apart, but says what is published to all of them."""
    return f"roger:{name}:{bus().connection_pool.connection_kwargs.get('db') or 0}"
