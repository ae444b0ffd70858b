"""Two records of one child, what hangs on the second, and who joins them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consent.purposes import Purpose
from messaging.models import Channel
from patients.actions import register_patient
from patients.appointments import note_appointment
from patients.models import Contact, Patient
from practices.models import Member
from tests.consent.intakes import MOTHER, agree, born
from tests.consent_factories import PHONE, make_contact
from tests.messaging.inbox.merging.records import write_about
from tests.people import make_member

ORGANISATION = Purpose.ORGANISATION


@pytest.fixture
def leader(channel: Channel) -> Member:
    return make_member(channel.practice, name="Lea Lang")


@pytest.fixture
def mia(channel: Channel) -> Patient:
    return register_patient(first_name="Mia", last_name="Hoffmann", birth_date=born(8), by=None)


@pytest.fixture
def twice(channel: Channel) -> Patient:
    return register_patient(
        first_name="Mia", last_name="Hofmann", birth_date=born(8), record_number="P-77", language="en", by=None
    )


@pytest.fixture
def mother(channel: Channel) -> Contact:
    return make_contact(PHONE)


@pytest.fixture
def filled(channel: Channel, leader: Member, mia: Patient, twice: Patient, mother: Contact) -> Contact:
    """Rows of every kind hang on the second record."""
    agree(mother, twice, leader, MOTHER, purposes=frozenset({ORGANISATION}))
    write_about(channel, mother, twice)
    note_appointment(patient=twice, starts_at=timezone.now() + timedelta(days=2), words="Kontrolle", by=leader)
    return mother
