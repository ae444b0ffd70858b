"""Limits of the public pages: how often, per address and per code. Redis counts, under keyed hashes.

An address counts by its network (IPv4 /24, IPv6 /48), so that no whole address is kept anywhere.
"""

import time

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from practices.addresses import client_address, truncated
from practices.bus import bus


class LimitsUnavailable(RuntimeError):
    """Redis is away, so nobody can tell how often somebody came."""


class Limit:
    """So many times in a window of so many seconds."""

    def __init__(self, name: str, *, times: int, seconds: int) -> None:
        self.name, self.times, self.seconds = name, times, seconds

    def allows(self, subject: str) -> bool:
        """Count one more time; False once the limit is passed. Raises LimitsUnavailable."""
        key = self._key(subject)
        try:
            with bus().pipeline() as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, self.seconds)
                return int(pipeline.execute()[0]) <= self.times
        except RedisError:
            raise LimitsUnavailable from None

    def is_reached(self, subject: str) -> bool:
        """Whether the next time would be one too many, without counting. Raises LimitsUnavailable."""
        try:
            return int(bus().get(self._key(subject)) or 0) >= self.times
        except RedisError:
            raise LimitsUnavailable from None

    def _key(self, subject: str) -> str:
        window = int(time.time()) // self.seconds
        hashed = salted_hmac(f"consent.limits.{self.name}", f"{subject}/{window}", algorithm="sha256").hexdigest()
        return f"roger:limit:{self.name}:{hashed}"


SUBMITS_PER_ADDRESS = Limit("submits-address", times=20, seconds=60)
SUBMITS_PER_CODE = Limit("submits-code", times=200, seconds=3600)
MISSES_PER_ADDRESS = Limit("misses-address", times=30, seconds=60)
WRONG_CODES_PER_CONTACT = Limit("wrong-codes-contact", times=5, seconds=3600)


def network_of(request: HttpRequest) -> str:
    """The truncated address of a request, as limits and evidence may hold it."""
    return truncated(client_address(request))
