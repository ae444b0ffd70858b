"""A practice that writes with a number, a code of it, and a phone that keeps no cookie."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from consent import doors as consent_doors
from consent.doors import create_qr_code, whatsapp_link
from consent.models import QrCode
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent.qr.pages import IPHONE
from tests.factories import make_practice


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The practice writes with a number at the real WhatsApp; the register is left as it was."""
    monkeypatch.setattr(settings, "WHATSAPP_LINK_BASE", "https://wa.me")
    before = list(consent_doors._digits)
    whatsapp_link(lambda _: "493023125101")
    yield
    consent_doors._digits[:] = before


@pytest.fixture
def practice(db: None, digits: None) -> Practice:
    return make_practice()


@pytest.fixture
def code(practice: Practice) -> QrCode:
    with practice_scope(practice.pk):
        return create_qr_code(practice=practice, name="Tresen", by=None)


@pytest.fixture
def address(code: QrCode, practice: Practice) -> str:
    with practice_scope(practice.pk):
        return f"/q/{code.token}"


@pytest.fixture
def phone() -> Client:
    return Client(enforce_csrf_checks=True, headers={"user-agent": IPHONE})
