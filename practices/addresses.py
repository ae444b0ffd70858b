"""The client's address: the only reader of X-Forwarded-For."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address the request came from: the rightmost one in X-Forwarded-For that is no proxy of ours.

    X-Forwarded-For counts only when the peer itself is in TRUSTED_PROXIES.
    """
    return address_from(request.META)


def address_from(environ: Mapping[str, str]) -> str:
    """As client_address, from a WSGI environment."""
    peer = environ.get("REMOTE_ADDR", "")
    if peer not in settings.TRUSTED_PROXIES:
        return peer
    for forwarded in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if _is_address(forwarded.strip()) and forwarded.strip() not in settings.TRUSTED_PROXIES:
            return forwarded.strip()
    return peer


def truncated(address: str) -> str:
    """IPv4 to /24, IPv6 to /48, as evidence and logs may hold it (section 2.4); "" for what is no address."""
    if not _is_address(address):
        return ""
    prefix = 24 if ip_address(address).version == 4 else 48
    return str(ip_network(f"{address}/{prefix}", strict=False).network_address)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
