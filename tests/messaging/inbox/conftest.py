"""anna works at the front desk and is logged in, bert learns there, clara works somewhere else."""

from collections.abc import Iterator

import pytest
from django.test import Client

from messaging.inbox import directory
from messaging.models import Channel, Conversation
from patients import directory as list_of_patients
from practices.models import Member, Practice, Role
from practices.scope import practice_scope
from tests.messaging.inbox.desk import make_asleep, make_channel
from tests.people import login, make_member, make_practice


@pytest.fixture(autouse=True)
def nobody_known() -> None:
    """What a test before read of names and patients."""
    directory._known.clear()
    list_of_patients._known.clear()


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.RECEPTION, name="Anna Arnold")


@pytest.fixture
def channel(practice: Practice) -> Iterator[Channel]:
    """The practice's number; its scope stays open for the test."""
    with practice_scope(practice.pk):
        yield make_channel()


@pytest.fixture
def asleep(channel: Channel) -> Conversation:
    """Only a template may go to Frau Vogt."""
    return make_asleep(channel)


@pytest.fixture
def desk(client: Client, anna: Member) -> Client:
    """Anna's browser."""
    login(client, anna)
    return client


@pytest.fixture
def bert(practice: Practice) -> Client:
    """The browser of somebody who may only read."""
    browser = Client()
    login(browser, make_member(practice, Role.TRAINEE, name="Bert Bauer"))
    return browser


@pytest.fixture
def clara(db: None) -> Client:
    """The browser of somebody at another practice."""
    browser = Client()
    login(browser, make_member(make_practice("ostufer"), Role.OWNER, name="Clara Conrad"))
    return browser
