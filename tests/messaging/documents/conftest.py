"""anna works at the front desk, bert learns there, clara works somewhere else; Jana Vogt has just written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from messaging.models import Channel, Conversation
from tests.messaging.documents.desk import somebody_wrote
from tests.messaging.inbox.conftest import anna as anna
from tests.messaging.inbox.conftest import bert as bert
from tests.messaging.inbox.conftest import channel as channel
from tests.messaging.inbox.conftest import clara as clara
from tests.messaging.inbox.conftest import desk as desk
from tests.messaging.inbox.conftest import practice as practice


@pytest.fixture
def thread(channel: Channel) -> Conversation:
    """Jana Vogt, born on 2 December 1998, agreed to everything the desk needs; the window is open."""
    return somebody_wrote(channel)


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """A working day, when what nobody waits for may go out too. To be named before whoever logs in."""
    with time_machine.travel(datetime(2026, 11, 30, 10, 0, tzinfo=UTC)) as traveller:
        yield traveller


@pytest.fixture
def phone(db: None) -> Client:
    """The browser of a patient, who is nobody here."""
    return Client()


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Any:
    """What waits for a commit happens at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
