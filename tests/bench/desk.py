"""A connected practice, and people it knows and who agreed to be written to."""

import secrets

from django.db import transaction

from patients.identities import Sender, resolve_contacts
from patients.models import Contact
from practices.scope import practice_scope
from tests.bench.crowd import phone
from tests.factories import make_practice
from tests.messaging.factories import Line, make_line
from tests.messaging.inbox import desk


@transaction.atomic
def open_practice() -> Line:
    """A practice that nobody has measured with yet, with its channel."""
    number = secrets.randbelow(10**9)
    return make_line(make_practice(f"messung-{number}"), number=f"1{number:09d}", waba=f"2{number:09d}")


def welcome(line: Line, people: int) -> list[Contact]:
    """The first so many of the crowd, known here, with consent to both everyday purposes."""
    senders = [sender_of(phone(number)) for number in range(people)]
    with practice_scope(line.practice.pk), transaction.atomic():
        contacts = resolve_contacts(senders)
        for contact in contacts:
            desk.grant(contact)
    return contacts


def sender_of(number: str) -> Sender:
    """As the webhooks of the crowd name somebody (tests/messaging/factories.py)."""
    return Sender(phone=number, bsuid=f"DE.{number.removeprefix('+')}0001", profile_name="Erika")
