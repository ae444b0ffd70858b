"""What people do with a tablet at the desk: add it, type its code, look at it."""

import re
from typing import Any

from django.test import Client

from consent.doors import qr_url
from consent.models import QrCode
from consent.qr_images import qr_svg

SCREEN = "/p/morgenthal/kiosk/"
PAGE = "/p/morgenthal/consent/kiosks/"


def added(desk: Client, code: QrCode, name: str = "Tresen links") -> str:
    """The pairing code of a new tablet."""
    return code_in(desk.post(PAGE, {"name": name, "qr_code": str(code.pk)}))


def code_in(answer: Any) -> str:
    found = re.search(r'class="pairing__code ltr">([^<]+)<', answer.content.decode())
    assert found
    return found[1]


def type_in(tablet: Client, typed: str, **options: Any) -> Any:
    """Open the screen, type a code, press."""
    page = tablet.get(SCREEN, **options).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    return tablet.post(SCREEN, {"code": typed, "csrfmiddlewaretoken": token[1]}, **options)


def ask(tablet: Client, version: str = "", **headers: str) -> Any:
    return tablet.post(f"{SCREEN}state/", {"version": version}, headers=headers)


def version_of(page: str) -> str:
    found = re.search(r'data-version="([^"]+)"', page)
    assert found
    return found[1]


def shows(page: str, code: QrCode) -> bool:
    """Whether the page draws this code; drawn anew for comparison."""
    return str(qr_svg(qr_url(code))).split('class="qr__ink"')[1] in page
