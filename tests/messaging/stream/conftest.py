"""A running stream, and two people at two practices, each logged in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from messaging.stream import hub
from practices.live import changed_many
from practices.models import Member, Practice
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.messaging.stream.listening import Browser, Event, Stream, running
from tests.people import login, make_member, make_practice


@dataclass
class Desk:
    """Somebody logged in at a practice."""

    practice: Practice
    member: Member
    client: Client

    @property
    def session(self) -> str:
        return self.client.cookies["session"].value

    @property
    def path(self) -> str:
        return f"/p/{self.practice.slug}/stream/"

    def change(self, *refs: UUID, kind: str = "message") -> list[tuple[str, str]]:
        """Commit one transaction with these changes (by default one); answers them as the stream tells them."""
        changes = [(kind, ref) for ref in refs or (uuid7(),)]
        with practice_scope(self.practice.pk), transaction.atomic():
            changed_many(changes)
        return [(kind, str(ref)) for kind, ref in changes]


def make_desk(slug: str, name: str) -> Desk:
    practice = make_practice(slug)
    member, client = make_member(practice, name=name), Client()
    login(client, member)
    return Desk(practice, member, client)


@pytest.fixture
def anna(transactional_db: None) -> Desk:
    return make_desk("morgenthal", "Anna Arnold")


@pytest.fixture
def clara(transactional_db: None) -> Desk:
    return make_desk("sommer", "Clara Conrad")


@pytest.fixture
def stream(transactional_db: None) -> Iterator[Stream]:
    with running() as stream:
        yield stream


@pytest.fixture
def looked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at the database, without waiting five seconds for it."""
    monkeypatch.setattr(hub, "LOOK_SECONDS", 0.1)


Listen = Callable[..., Browser]


@pytest.fixture
def listen(stream: Stream) -> Listen:
    """Open a desk's stream and hear where it stands; `last_event_id` and other headers by name."""

    def listening(desk: Desk, **headers: str) -> Browser:
        browser = stream.get(desk.path, session=desk.session, **headers)
        assert browser.status == 200
        return browser

    return listening


def hello(browser: Browser) -> int:
    """Take the first event, which names only the cursor; answers that."""
    first = browser.event()
    assert first is not None
    assert first == Event(data="[]", id=first.id)
    assert first.id is not None
    return first.id
