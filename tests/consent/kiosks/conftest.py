"""A practice with a code, who leads it, and a tablet at the counter."""

from collections.abc import Iterator

import pytest
from django.test import Client

from consent.doors import create_qr_code
from consent.models import QrCode
from practices.models import Member, Practice, Role
from practices.scope import practice_scope
from tests.consent.tablets import added, type_in
from tests.people import login, make_member, make_practice


@pytest.fixture
def practice() -> Iterator[Practice]:
    practice = make_practice()
    with practice_scope(practice.pk):
        yield practice


@pytest.fixture
def code(practice: Practice) -> QrCode:
    return create_qr_code(practice=practice, name="Tresen", by=None)


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.OWNER)


@pytest.fixture
def desk(anna: Member) -> Client:
    client = Client()
    login(client, anna)
    return client


@pytest.fixture
def tablet() -> Client:
    """A browser nobody has logged in on."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def paired(desk: Client, tablet: Client, code: QrCode) -> Client:
    type_in(tablet, added(desk, code))
    tablet.cookies.pop("csrftoken")
    return tablet
