"""Keys in the memory of one process, and how all processes forget those of a practice at once."""

import logging
import os
import threading
import time
from collections import OrderedDict
from functools import cache as once
from typing import Generic, TypeVar

from redis.exceptions import RedisError

from practices.bus import bus, channel

FORGET = "forget-keys"
SECONDS_BETWEEN_TRIES = 5.0
log = logging.getLogger(__name__)

K = TypeVar("K")


class KeyCache(Generic[K]):
    """The keys used last, of all practices, each for a limited time (seconds). Names begin with the practice's id."""

    def __init__(self, *, size: int, seconds: float) -> None:
        self.size, self.seconds = size, seconds
        self._lock = threading.Lock()
        self._keys: OrderedDict[tuple[int, object], tuple[float, K]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, name: tuple[int, object]) -> K | None:
        with self._lock:
            found = self._keys.get(name)
            if found is None:
                return None
            if found[0] <= time.monotonic():
                del self._keys[name]
                return None
            self._keys.move_to_end(name)
            return found[1]

    def put(self, name: tuple[int, object], key: K) -> None:
        with self._lock:
            self._keys[name] = (time.monotonic() + self.seconds, key)
            self._keys.move_to_end(name)
            while len(self._keys) > self.size:
                self._keys.popitem(last=False)

    def forget(self, practice_id: int) -> None:
        """Drop every key of a practice; the next use reads what the database still has."""
        with self._lock:
            for name in [name for name in self._keys if name[0] == practice_id]:
                del self._keys[name]

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()


def forget_everywhere(practice_id: int) -> None:
    """Ask every process to forget a practice's keys. One that does not hear it forgets by the cache's own limit."""
    try:
        bus().publish(channel(FORGET), practice_id)
    except RedisError:
        log.warning("keys not forgotten everywhere yet, the caches' limit will do it", extra={"practice": practice_id})


def listen(cache: KeyCache[K]) -> None:
    """Hear in this process what others ask to forget. Costs nothing after the first call, also in forked children."""
    _start_listening(cache, os.getpid())


@once
def _start_listening(cache: KeyCache[K], process: int) -> None:
    threading.Thread(target=_keep_listening, args=[cache], name=f"forget-keys-{process}", daemon=True).start()


def _keep_listening(cache: KeyCache[K]) -> None:
    while True:
        try:
            _forget_what_is_asked(cache)
        except Exception:  # noqa: BLE001  the outermost loop: a process must not stay deaf, whatever happened
            cache.clear()  # what is asked from here on is not heard
            time.sleep(SECONDS_BETWEEN_TRIES)


def _forget_what_is_asked(cache: KeyCache[K]) -> None:
    client = bus()  # held on to: a client that nobody holds closes the connections it made
    with client.pubsub(ignore_subscribe_messages=True) as heard:  # type: ignore[no-untyped-call]
        heard.subscribe(channel(FORGET))
        while True:
            message = heard.get_message(timeout=60.0)
            if message is not None:
                cache.forget(int(message["data"]))
