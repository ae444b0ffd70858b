"""A practice with a button on its website, who looks after it and who visits."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from consent import doors as consent_doors
from consent.doors import whatsapp_link
from consent.models import Widget
from consent.widgets import add_widget
from practices.models import Practice, Role
from practices.scope import practice_scope
from tests.consent.widgets.visits import SITE
from tests.people import login, make_member, make_practice


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The practice writes with a number at the real WhatsApp; the register is left as it was."""
    monkeypatch.setattr(settings, "WHATSAPP_LINK_BASE", "https://wa.me")
    before = list(consent_doors._digits)
    whatsapp_link(lambda _: "493023125101")
    yield
    consent_doors._digits[:] = before


@pytest.fixture
def practice(digits: None) -> Iterator[Practice]:
    practice = make_practice()
    with practice_scope(practice.pk):
        yield practice


@pytest.fixture
def widget(practice: Practice) -> Widget:
    return add_widget(practice=practice, name="Startseite", origins=[SITE], by=None)


@pytest.fixture
def address(widget: Widget) -> str:
    return f"/widget/{widget.token}"


@pytest.fixture
def desk(practice: Practice) -> Client:
    client = Client()
    login(client, make_member(practice, Role.PRACTICE_MANAGER))
    return client


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)
