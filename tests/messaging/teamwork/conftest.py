"""The people of the inbox's tests; their practice's scope is open."""

import pytest

from messaging.models import Channel, Conversation
from practices.models import Member, Practice, Role
from tests.messaging.inbox.conftest import anna, bert, channel, clara, desk, practice  # noqa: F401
from tests.messaging.inbox.desk import grant, make_contact, make_conversation, receive
from tests.people import make_member


@pytest.fixture
def jonas(practice: Practice) -> Member:  # noqa: F811
    return make_member(practice, Role.RECEPTION, name="Jonas Fechner")


@pytest.fixture
def dentist(practice: Practice) -> Member:  # noqa: F811
    return make_member(practice, Role.DENTIST, name="Dr. Mira Aydemir")


@pytest.fixture
def conversation(channel: Channel) -> Conversation:  # noqa: F811
    """Somebody waits for an answer, and has agreed to get one."""
    conversation = make_conversation(channel, make_contact("+491713920010"))
    grant(conversation.contact)
    receive(conversation, "Wann haben Sie Zeit?")
    return conversation
