"""Failed logins: 5 per account and 50 per address, then a pause of 15 minutes (django-axes' handler).

An attempt is counted before its password is looked at and taken back if the password was right. So a hundred parallel
attempts get five looks, and somebody with one good account cannot wash an address clean. Redis holds counters under
keyed hashes, never an e-mail or an address. Without Redis nobody gets in: LimitsUnavailable.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from practices.addresses import client_address
from practices.bus import bus

PER_ACCOUNT, PER_ADDRESS, PER_PIN = 5, 50, 5
PAUSE_SECONDS = 15 * 60

# Refuses without counting once a limit is reached; the pause runs from the attempt that reached it.
COUNT = """
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('get', key) or '0') >= tonumber(ARGV[i]) then return 0 end
end
for i, key in ipairs(KEYS) do
  local attempts = redis.call('incr', key)
  if attempts == 1 or attempts == tonumber(ARGV[i]) then redis.call('expire', key, ARGV[#ARGV]) end
end
return 1
"""
TAKE_BACK = """
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('get', key) or '0') > 0 then redis.call('decr', key) end
end
"""


class LimitsUnavailable(RuntimeError):
    """Redis is away, so nobody can tell how many attempts there were; the answer is 503, never an open door."""


class TwoLimits(AxesBaseHandler, AbstractAxesHandler):  # type: ignore[misc]
    """What AxesStandaloneBackend asks before a password is looked at. AxesCacheHandler knows one limit only, and
    counts after the look."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Count an attempt; False once a limit is reached. Raises LimitsUnavailable."""
        with _redis_answers():
            keys = _keys(request, str((credentials or {}).get("username", "")))
            return bool(bus().eval(COUNT, len(keys), *keys, PER_ACCOUNT, PER_ADDRESS, PAUSE_SECONDS))

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        return PER_ACCOUNT - attempts_left(request, str((credentials or {}).get("username", "")))

    def user_login_failed(self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
        """Nothing to do: the attempt was counted before."""

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Both steps passed: earlier slips of this account are forgotten, those of the address are not."""
        with _redis_answers():
            bus().delete(_account_key(user.email), _key("pin", str(user.pk)))

    def user_logged_out(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        """Nothing to do."""


def take_back(request: HttpRequest, username: str) -> None:
    """The password was right: this attempt was no failure."""
    with _redis_answers():
        keys = _keys(request, username)
        bus().eval(TAKE_BACK, len(keys), *keys)


def may_try_pin(user_id: UUID) -> bool:
    """Count an attempt at somebody's PIN, wherever it is made; False once there were five in 15 minutes."""
    with _redis_answers():
        return bool(bus().eval(COUNT, 1, _key("pin", str(user_id)), PER_PIN, PAUSE_SECONDS))


def take_back_pin(user_id: UUID) -> None:
    """The PIN was right: this attempt was no failure. Earlier ones of somebody else still count."""
    with _redis_answers():
        bus().eval(TAKE_BACK, 1, _key("pin", str(user_id)))


def pins_left(user_id: UUID) -> int:
    """How many wrong PINs there may still be before the pause."""
    with _redis_answers():
        return max(0, PER_PIN - int(bus().get(_key("pin", str(user_id))) or 0))


def is_first_in_pause(request: HttpRequest, account: str) -> bool:
    """Whether this refusal is the first of an account and address in 15 minutes: later ones are not recorded, or
    knocking would fill the database."""
    with _redis_answers():
        key = _key("noted", f"{account} {_network(client_address(request))}")
        return bool(bus().set(key, 1, nx=True, ex=PAUSE_SECONDS))


def attempts_left(request: HttpRequest, username: str) -> int:
    """How many wrong passwords there may still be before the pause, the same for accounts that do not exist."""
    with _redis_answers():
        account, address = (int(count or 0) for count in bus().mget(_keys(request, username)))
    return max(0, min(PER_ACCOUNT - account, PER_ADDRESS - address))


def keep_answer(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:  # noqa: ARG001
    """What AxesMiddleware answers during a pause: what the view has answered already."""
    return response


@contextmanager
def _redis_answers() -> Iterator[None]:
    try:
        yield
    except RedisError:
        raise LimitsUnavailable from None


def _keys(request: HttpRequest, username: str) -> list[str]:
    return [_account_key(username), _key("address", _network(client_address(request)))]


def _account_key(username: str) -> str:
    return _key("account", username.strip().lower())


def _key(kind: str, value: str) -> str:
    return f"roger:logins:{kind}:{salted_hmac('practices.lockout', value, algorithm='sha256').hexdigest()}"


def _network(address: str) -> str:
    """One subscriber: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        prefix = 32 if ip_address(address).version == 4 else 64
    except ValueError:
        return address
    return str(ip_network(f"{address}/{prefix}", strict=False))
