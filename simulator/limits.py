"""Customer service window, pair rate and throughput (360dialog section 8)."""

from dataclasses import dataclass

from simulator.errors import GraphError
from simulator.faults import Limits

WINDOW_SECONDS = 24 * 3600


@dataclass
class Bucket:
    """Fills up again at `rate` tokens per second, up to `size`."""

    size: float
    rate: float
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        """One token; False if there is none."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class RateLimits:
    """A bucket per pair and one per number."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def clear(self) -> None:
        """Forget what was sent."""
        self._buckets.clear()

    def check(self, limits: Limits, *, number: str, person_id: str, now: float) -> None:
        """Count one message. GraphError 131056 (pair) before 130429 (throughput), the order of section 13.1."""
        if limits.pair_burst is not None:
            pair = self._bucket((number, person_id), limits.pair_burst, 1 / limits.pair_seconds, now)
            if not pair.take(now):
                raise GraphError(131056, "Too many messages sent from the sender phone number to the same recipient.")
        if limits.throughput_per_second is not None:
            rate = limits.throughput_per_second
            if not self._bucket((number,), rate, rate, now).take(now):
                raise GraphError(130429, "Cloud API message throughput has been reached.")

    def _bucket(self, key: tuple[str, ...], size: float, rate: float, now: float) -> Bucket:
        bucket = self._buckets.setdefault(key, Bucket(size, rate, size, now))
        bucket.size, bucket.rate = size, rate
        return bucket
