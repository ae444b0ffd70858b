"""Tests of consent work inside one practice unless they open another scope themselves."""

from collections.abc import Iterator

import pytest
from django.db import connections, transaction

from practices.models import Practice
from practices.scope import practice_scope
from tests.consent_factories import make_contact, opt_in, send_form, tap
from tests.factories import make_practice


@pytest.fixture
def practice(db: None) -> Iterator[Practice]:
    practice = make_practice()
    with practice_scope(practice.pk):
        yield practice


@pytest.fixture
def kept(transactional_db: None) -> Iterator[Practice]:
    """A practice with five committed entries: form, code, withdrawal (3), yes in the chat, another form."""
    practice = make_practice()
    with practice_scope(practice.pk), transaction.atomic():
        contact = make_contact()
        opt_in(contact)
        tap(contact, "nein_danke")
        tap(contact)
        send_form()
    yield practice
    connections.close_all()
