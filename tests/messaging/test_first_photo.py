"""C-26: the first photo of a patient gets text E8 once, by the gate's leave."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from consent.gate import Consent
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging.models import Message
from patients.models import Contact, Patient, PatientContact, Relation
from practices.models import AuditEvent
from practices.scope import practice_scope
from tests.consent_factories import opt_in
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line
from tests.messaging.files import picture, send
from tests.messaging.inbox.desk import grant

pytestmark = pytest.mark.django_db

A_WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(A_WEDNESDAY) as clock:
        yield clock


@pytest.fixture
def known(line: Line, whatsapp: FakeWhatsApp) -> FakeWhatsApp:
    """Somebody who agreed and has written before."""
    whatsapp.control("POST", "people", json={"phone": PATIENT, "name": "Erika"})
    write(whatsapp)
    with practice_scope(line.practice.pk):
        opt_in(Contact.objects.get(), [Purpose.ORGANISATION])
        Message.objects.filter(direction="out").delete()
    return whatsapp


def write(whatsapp: FakeWhatsApp) -> None:
    wish = {"from": PATIENT, "to": whatsapp.line.channel.phone, "type": "text", "text": "Hallo"}
    whatsapp.control("POST", "messages", json=wish)
    whatsapp.deliver()


def hints(line: Line) -> list[str]:
    with practice_scope(line.practice.pk):
        ours = Message.objects.filter(direction="out", kind="automatic").order_by("pk")
        return [one.body or "" for one in ours]


def test_c_26_the_first_photo_gets_the_hint_and_no_other_does(line: Line, known: FakeWhatsApp) -> None:
    for _ in range(3):
        send(known, "image", picture(), mime_type="image/png")

    [hint] = hints(line)
    assert hint.startswith("Danke für das Bild.")
    assert "112" in hint
    with practice_scope(line.practice.pk):
        assert AuditEvent.objects.filter(kind="media_hint_sent").count() == 1


def test_the_hint_is_no_answer(line: Line, known: FakeWhatsApp) -> None:
    send(known, "image", picture(), mime_type="image/png")

    with practice_scope(line.practice.pk):
        photo = Message.objects.get(type="image")
        assert photo.conversation.waiting_since is not None


def test_a_text_or_a_document_gets_none(line: Line, known: FakeWhatsApp) -> None:
    write(known)
    send(known, "document", b"%PDF-1.7\n", mime_type="application/pdf", filename="a.pdf")

    assert hints(line) == []


def test_nobody_gets_it_without_having_agreed(line: Line, whatsapp: FakeWhatsApp) -> None:
    whatsapp.control("POST", "people", json={"phone": PATIENT, "name": "Erika"})

    send(whatsapp, "image", picture(), mime_type="image/png")

    assert hints(line) == []


def test_a_photo_after_stop_gets_it_only_once_somebody_agrees_again(line: Line, known: FakeWhatsApp) -> None:
    with practice_scope(line.practice.pk):
        ConsentState.objects.update(state=Consent.WITHDRAWN)
    send(known, "image", picture(), mime_type="image/png")
    silent = hints(line)
    with practice_scope(line.practice.pk):
        ConsentState.objects.update(state=Consent.GRANTED)

    send(known, "image", picture(), mime_type="image/png")

    assert (silent, len(hints(line))) == ([], 1)


def test_a_mother_who_writes_for_her_child_gets_it_too(line: Line, known: FakeWhatsApp) -> None:
    with practice_scope(line.practice.pk):
        contact = Contact.objects.get()
        child = Patient.objects.create(first_name="Mia", last_name="Hoffmann", birth_date="2018-05-05")
        PatientContact.objects.create(contact=contact, patient=child, relation=Relation.GUARDIAN)
        grant(contact, Purpose.ORGANISATION, patient=child)

    send(known, "image", picture(), mime_type="image/png")

    assert len(hints(line)) == 1


def test_it_speaks_the_patients_language(line: Line, known: FakeWhatsApp) -> None:
    with practice_scope(line.practice.pk):
        Contact.objects.update(language="en")

    send(known, "image", picture(), mime_type="image/png")

    assert hints(line) != []
    assert not hints(line)[0].startswith("Danke")
