"""The client's address: X-Forwarded-For counts only from our own proxy, and is cut before it is kept."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from practices.addresses import client_address, truncated


@pytest.fixture(autouse=True)
def behind_one_proxy(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.5"]


def address(peer: str, forwarded: str | None = None) -> str:
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # nobody of ours: what it claims does not count
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7, 10.0.0.5", "198.51.100.7"),  # through two of ours
        ("127.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),  # what the client put in front is ignored
        ("127.0.0.1", "198.51.100.7, nonsense", "198.51.100.7"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_rightmost_address_outside_our_proxies_is_the_client(peer: str, forwarded: str | None, client: str) -> None:
    assert address(peer, forwarded) == client


@pytest.mark.parametrize(
    ("whole", "kept"),
    [
        ("198.51.100.77", "198.51.100.0"),
        ("2001:db8:1:2:3::9", "2001:db8:1::"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_what_is_kept_of_an_address_names_no_household(whole: str, kept: str) -> None:
    assert truncated(whole) == kept
