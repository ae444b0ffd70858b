"""Lock order and chain under eight writers: no deadlock, no gap, no act twice."""

import random
import time
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from consent import effects, read_outs, states
from consent.actions import confirm_code, start_again, withdraw
from consent.doors import create_qr_code
from consent.effects import Cancelled, on_withdrawal
from consent.models import Channel, ConsentEvent, ConsentState, QrDay
from consent.openings import note_opening, openings_today
from consent.opt_ins import expire_opt_ins
from consent.purposes import Purpose
from consent.verification import verify
from patients.models import Contact, Patient, PatientContact
from practices.models import Practice
from practices.scope import no_practice, practice_scope
from tests.at_once import at_once
from tests.consent_factories import make_contact, make_patient, send_form, tap
from tests.factories import make_practice
from tests.people import login, make_member

WRITERS, ROUNDS = 8, 12
pytestmark = pytest.mark.django_db(transaction=True)


def contacts_of(practice: Practice, count: int) -> list[Contact]:
    with practice_scope(practice.pk), transaction.atomic():
        return [make_contact(f"+4917139200{number:02d}") for number in range(count)]


def whole_ledger(practice: Practice) -> tuple[int, bool]:
    with practice_scope(practice.pk), transaction.atomic():
        found = verify()
        return found.entries, found.ok


def test_eight_writers_leave_no_gap() -> None:
    practice = make_practice()
    contacts = contacts_of(practice, WRITERS)

    def write(contact: Contact) -> None:
        for _ in range(ROUNDS):
            tap(contact)

    errors = at_once(practice, [partial(write, contact) for contact in contacts])

    assert errors == []
    assert whole_ledger(practice) == (WRITERS * ROUNDS, True)


def test_one_form_sent_eight_times_at_once_is_one_act_with_one_code() -> None:
    practice, form_id, codes = make_practice(), uuid4(), []

    def send() -> None:
        with transaction.atomic():
            codes.append(send_form(form_id=form_id).code)

    errors = at_once(practice, [send] * WRITERS)

    assert errors == []
    assert (len(codes), len(set(codes))) == (WRITERS, 1)
    assert whole_ledger(practice) == (1, True)


def test_c_16_one_form_of_the_desk_sent_four_times_at_once_registers_one_patient_with_one_act() -> None:
    practice = make_practice()
    with practice_scope(practice.pk), transaction.atomic():
        member = make_member(practice)
        note = read_outs.sign(read_outs.current("de", practice))
    fields = {"form_id": uuid4(), "first_name": "Jana", "last_name": "Vogt", "birth_date": "1984-05-02"}
    fields |= {"relation": "self", "phone": "0171 3920010", "way": "staff_desk", "organisation": "on"}
    fields |= {"day": timezone.localdate().isoformat(), "hour": "00:00", "language": "de", "read_out": note}
    desk, answers = Client(), []
    login(desk, member)

    def send() -> None:
        with no_practice():
            answers.append(desk.post(f"/p/{practice.slug}/consent/intake/", fields)["Location"])

    errors = at_once(practice, [send] * 4)

    assert errors == []
    assert (len(answers), len(set(answers))) == (4, 1)
    assert whole_ledger(practice) == (1, True)
    with practice_scope(practice.pk), transaction.atomic():
        assert [table.objects.count() for table in (Patient, Contact, PatientContact)] == [1, 1, 1]


def test_the_first_openings_of_a_day_are_all_counted_in_one_row() -> None:
    practice = make_practice()
    with practice_scope(practice.pk), transaction.atomic():
        code = create_qr_code(practice=practice, name="Tresen", by=None)

    def open_page() -> None:
        with transaction.atomic():
            note_opening(code, practice)

    errors = at_once(practice, [open_page] * WRITERS)

    assert errors == []
    with practice_scope(practice.pk), transaction.atomic():
        assert list(QrDay.objects.values_list("qr_code", "opened")) == [(code.pk, WRITERS)]
        assert openings_today(practice) == WRITERS


def test_one_code_sent_by_eight_numbers_at_once_works_once() -> None:
    practice = make_practice()
    contacts = contacts_of(practice, WRITERS)
    with practice_scope(practice.pk), transaction.atomic():
        code = send_form().code
    outcomes: list[str] = []

    def confirm(contact: Contact) -> None:
        wamid = f"wamid.{contact.pk}"
        outcomes.append(confirm_code(contact=contact, code=code, message_id=wamid, at=timezone.now()).outcome)

    errors = at_once(practice, [partial(confirm, contact) for contact in contacts])

    assert errors == []
    assert sorted(outcomes) == ["dead"] * 7 + ["granted"]


def test_one_stop_told_eight_times_at_once_is_one_event() -> None:
    practice, at = make_practice(), timezone.now()
    [contact] = contacts_of(practice, 1)

    def stop() -> None:
        withdraw(
            contact=contact,
            channel=Channel.WHATSAPP_KEYWORD,
            act={"keyword": "STOP"},
            occurred_at=at,
            reference="wamid.stop",
        )

    errors = at_once(practice, [stop] * WRITERS)

    assert errors == []
    assert whole_ledger(practice) == (1, True)


@pytest.fixture
def effect_on_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a higher room does at a withdrawal: rows of its own, locked in id order after the contact."""
    monkeypatch.setattr(effects, "_on_withdrawal", [])

    @on_withdrawal
    def lock_links(contact: Contact, purposes: frozenset[Purpose], _patient: Patient | None) -> Cancelled:
        held = list(PatientContact.objects.filter(contact=contact).order_by("pk").select_for_update(no_key=True))
        time.sleep(0.002)
        return Cancelled(len(held), 0)


def claim_like_the_outbox(contacts: list[Contact], dice: random.Random) -> None:
    """Contacts in id order, their consent, then the rows of the higher room."""
    with transaction.atomic():
        held = list(Contact.objects.filter(pk__in=[one.pk for one in dice.sample(contacts, 2)]).locked())
        list(ConsentState.objects.filter(contact__in=held))
        list(PatientContact.objects.filter(contact__in=held).order_by("pk").select_for_update(no_key=True))


def send_form_and_code(contacts: list[Contact], dice: random.Random) -> None:
    with transaction.atomic():
        submitted = send_form(*dice.sample(list(Purpose), 2))
    wamid = f"wamid.{uuid4().hex}"
    confirm_code(contact=dice.choice(contacts), code=submitted.code, message_id=wamid, at=timezone.now())


def stop(contacts: list[Contact], dice: random.Random) -> None:
    withdraw(
        contact=dice.choice(contacts),
        purposes=dice.sample(list(Purpose), 2),
        channel=Channel.WHATSAPP_KEYWORD,
        act={"keyword": "STOP"},
        occurred_at=timezone.now(),
        reference=f"wamid.{uuid4().hex}",
    )


def start(contacts: list[Contact], dice: random.Random) -> None:
    wamid = f"wamid.{uuid4().hex}"
    start_again(contact=dice.choice(contacts), word="START", message_id=wamid, at=timezone.now())


def say_yes(contacts: list[Contact], dice: random.Random) -> None:
    tap(dice.choice(contacts))


def expire(contacts: list[Contact], dice: random.Random) -> None:
    expire_opt_ins(now=timezone.now() + timedelta(days=dice.choice([0, 15])))


DEEDS = (claim_like_the_outbox, send_form_and_code, stop, start, say_yes, expire)


def test_eight_writers_of_all_kinds_never_wait_for_each_other_in_a_circle(effect_on_links: None) -> None:
    practice = make_practice()
    contacts = contacts_of(practice, 3)
    with practice_scope(practice.pk), transaction.atomic():
        for number, contact in enumerate(contacts):
            PatientContact.objects.create(contact=contact, patient=make_patient(str(number)))

    def write(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(ROUNDS):
            dice.choice(DEEDS)(contacts, dice)

    errors = at_once(practice, [partial(write, seed) for seed in range(WRITERS)])

    assert errors == []
    with practice_scope(practice.pk), transaction.atomic():
        assert (verify().entries, verify().ok) == (ConsentEvent.objects.count(), True)
        kept = standing()
        states.rebuild()
        assert standing() == kept
        assert len(kept) > 0


def standing() -> list[tuple[object, ...]]:
    rows = ConsentState.objects.values_list("contact_id", "patient_id", "purpose", "state", "event_id", "since")
    return sorted(rows, key=str)
