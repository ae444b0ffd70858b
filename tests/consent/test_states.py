"""What holds now: the state machine, and that it is nothing but the ledger folded."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ledger
from consent.actions import start_again, withdraw
from consent.gate import Consent
from consent.ledger import Actor, ActorKind, Type
from consent.models import Channel, ConsentEvent, ConsentState, PendingOptIn
from consent.opt_ins import expire_opt_ins
from consent.purposes import Purpose
from consent.states import TRANSITIONS, after, apply, rebuild, states_of_links
from consent.wording import current_text
from patients.actions import link
from patients.models import Contact, Patient, Relation
from practices import keys
from practices.keystore import Subject
from tests.consent_factories import OTHER_PHONE, make_contact, make_patient, opt_in, send_form, states_of, tap
from tests.whole import as_many

pytestmark = pytest.mark.usefixtures("practice")

ORGANISATION, BEHANDLUNG, RECALL, WERBUNG = Purpose
NONE = dict.fromkeys(Purpose, Consent.NONE)
WITHDRAWN = dict.fromkeys(Purpose, Consent.WITHDRAWN)
AT_DESK = Actor(kind=ActorKind.PATIENT, member_id="01900000-0000-7000-8000-000000000001")


def book(
    type_: Type,
    contact: Contact,
    purposes: set[Purpose] | None = None,
    *,
    patient: Patient | None = None,
    channel: Channel = Channel.STAFF_DESK,
) -> ConsentEvent:
    wanted = purposes or {ORGANISATION}
    event = ledger.append(
        type=type_,
        channel=channel,
        contact=contact,
        patient=patient,
        text=current_text("qr_page", "de"),  # type: ignore[arg-type]
        notice_version="de-2026-05",
        purposes={purpose: purpose in wanted for purpose in Purpose},
        actor=AT_DESK,
        act={"note": "am Empfang"},
        occurred_at=timezone.now(),
        cancelled=0,
        already_handed_over=0,
    )
    apply(event)
    return event


def stop(contact: Contact, purposes: set[Purpose] | None = None, patient: Patient | None = None) -> None:
    withdraw(
        contact=contact,
        purposes=purposes,
        patient=patient,
        channel=Channel.WHATSAPP_KEYWORD,
        act={"keyword": "STOP"},
        occurred_at=timezone.now(),
        reference=f"wamid.{uuid4().hex}",
    )


def standing() -> list[tuple[object, ...]]:
    rows = ConsentState.objects.values_list("contact_id", "patient_id", "purpose", "state", "event_id", "since")
    return sorted(rows, key=str)


# ── the machine ──

ASKABLE = [Consent.NONE, Consent.EXPIRED, Consent.OUTDATED]
IN_CHAT, AT_THE_DESK = Channel.WHATSAPP_BUTTON, Channel.STAFF_DESK


@pytest.mark.parametrize(
    ("type_", "channel", "changes"),
    [
        (Type.GRANTED, IN_CHAT, dict.fromkeys(Consent, "granted")),
        (Type.GRANTED, AT_THE_DESK, dict.fromkeys(Consent, "pending") | {Consent.GRANTED: "granted"}),
        (Type.CONFIRMED, IN_CHAT, dict.fromkeys(Consent, "granted")),
        (Type.IMPORTED, Channel.IMPORT, dict.fromkeys(ASKABLE, "pending")),
        (Type.REJECTED, IN_CHAT, dict.fromkeys([*ASKABLE, Consent.PENDING], "rejected")),
        (Type.WITHDRAWN, IN_CHAT, dict.fromkeys(Consent, "withdrawn")),
        (Type.WRONG_NUMBER, IN_CHAT, dict.fromkeys(Consent, "withdrawn")),
        (Type.EXPIRED, IN_CHAT, {Consent.PENDING: "expired"}),
        (Type.OUTDATED, IN_CHAT, {Consent.PENDING: "outdated", Consent.GRANTED: "outdated"}),
        (Type.GUARDIAN_CHANGED, AT_THE_DESK, {Consent.PENDING: "outdated", Consent.GRANTED: "outdated"}),
        (Type.RENEWED, IN_CHAT, dict.fromkeys(Consent, "pending") | {Consent.GRANTED: "granted"}),
    ],
)  # fmt: skip
def test_every_act_leads_from_every_state_where_the_machine_says(
    type_: Type, channel: Channel, changes: dict[Consent, str]
) -> None:
    expected = {state: changes.get(state, state.value) for state in Consent}

    assert {state: after(type_, channel, state).value for state in Consent} == expected


def test_every_type_of_event_has_its_transition() -> None:
    assert set(TRANSITIONS) == set(Type)


def test_nothing_leads_out_of_withdrawn_but_an_act_of_the_person() -> None:
    ways_out = {type_ for type_ in Type if after(type_, IN_CHAT, Consent.WITHDRAWN) != Consent.WITHDRAWN}

    assert ways_out == {Type.GRANTED, Type.CONFIRMED, Type.RENEWED}


def test_a_grant_at_the_desk_waits_for_the_number_to_be_proven() -> None:
    contact = make_contact()
    book(Type.GRANTED, contact)
    before = states_of(contact)[ORGANISATION]

    book(Type.CONFIRMED, contact, channel=Channel.WHATSAPP_BUTTON)

    assert (before, states_of(contact)[ORGANISATION]) == (Consent.PENDING, Consent.GRANTED)


def test_a_state_names_the_event_that_made_it_and_its_time() -> None:
    contact = make_contact()
    granted = book(Type.GRANTED, contact, channel=Channel.WHATSAPP_BUTTON)
    book(Type.GRANTED, contact, channel=Channel.WHATSAPP_BUTTON)

    assert [(row.event_id, row.since) for row in ConsentState.objects.all()] == [(granted.pk, granted.occurred_at)]


# ── contacts who write for patients ──


def test_consent_for_a_child_is_apart_from_the_mothers_own() -> None:
    mother, mia = make_contact(), make_patient("Mia")
    link(patient=mia, contact=mother, relation=Relation.GUARDIAN, by=None)

    book(Type.GRANTED, mother, patient=mia, channel=Channel.WHATSAPP_BUTTON)

    assert states_of(mother) == NONE
    assert states_of(mother, mia.pk) == NONE | {ORGANISATION: Consent.GRANTED}


def test_for_a_patient_who_writes_himself_the_contacts_own_state_counts() -> None:
    contact, emre = make_contact(), make_patient("Emre", "Demir")
    link(patient=emre, contact=contact, by=None)
    opt_in(contact)

    assert states_of(contact, emre.pk) == NONE | {ORGANISATION: Consent.GRANTED}


def test_linking_later_writes_nothing_and_opens_the_patients_view_of_the_same_state() -> None:
    contact, emre = make_contact(), make_patient("Emre", "Demir")
    opt_in(contact)
    before = states_of(contact, emre.pk)

    link(patient=emre, contact=contact, by=None)

    assert before == NONE
    assert states_of(contact, emre.pk)[ORGANISATION] == Consent.GRANTED
    assert ConsentEvent.objects.count() == 2


def test_stop_stops_the_number_for_everybody_it_writes_for() -> None:
    mother, mia = make_contact(), make_patient("Mia")
    link(patient=mia, contact=mother, relation=Relation.GUARDIAN, by=None)
    book(Type.GRANTED, mother, patient=mia, channel=Channel.WHATSAPP_BUTTON)

    stop(mother)

    assert (states_of(mother), states_of(mother, mia.pk)) == (WITHDRAWN, WITHDRAWN)


def test_a_withdrawal_for_one_child_leaves_the_other_and_the_mother() -> None:
    mother, mia, ben = make_contact(), make_patient("Mia"), make_patient("Ben")
    opt_in(mother)
    for child in (mia, ben):
        link(patient=child, contact=mother, relation=Relation.GUARDIAN, by=None)
        book(Type.GRANTED, mother, patient=child, channel=Channel.WHATSAPP_BUTTON)

    stop(mother, {ORGANISATION}, patient=mia)

    assert states_of(mother, mia.pk)[ORGANISATION] == Consent.WITHDRAWN
    assert states_of(mother, ben.pk)[ORGANISATION] == Consent.GRANTED
    assert states_of(mother)[ORGANISATION] == Consent.GRANTED


def test_states_for_lists_cost_the_same_queries_however_many_there_are() -> None:
    contacts = [make_contact(), make_contact(OTHER_PHONE)]
    patient = make_patient()
    link(patient=patient, contact=contacts[0], by=None)
    opt_in(contacts[0])

    with CaptureQueriesContext(connection) as queries:
        by_contact = states_of_links((contact.pk, None) for contact in contacts)
    with CaptureQueriesContext(connection) as link_queries:
        by_link = states_of_links([(contacts[0].pk, patient.pk), (contacts[1].pk, None), (contacts[0].pk, None)])

    granted = NONE | {ORGANISATION: Consent.GRANTED}
    assert by_contact == {(contacts[0].pk, None): granted, (contacts[1].pk, None): NONE}
    assert list(by_link.values()) == [granted, NONE, granted]
    assert (len(queries), len(link_queries)) == (1, 2)


# ── expiry (C-08) ──


def test_a_form_nobody_confirmed_expires_after_fourteen_days() -> None:
    submitted = send_form()
    fourteen_days = submitted.opt_in.created_at + timedelta(days=14)

    assert expire_opt_ins(now=fourteen_days) == 0
    assert expire_opt_ins(now=fourteen_days + timedelta(seconds=1)) == 1

    assert list(ConsentEvent.objects.order_by("seq").values_list("type", flat=True)) == ["granted", "expired"]
    assert PendingOptIn.objects.count() == 0


def test_a_confirmed_form_goes_without_an_event() -> None:
    opt_in(make_contact())

    assert expire_opt_ins(now=timezone.now() + timedelta(days=15)) == 0

    assert PendingOptIn.objects.count() == 0
    assert ConsentEvent.objects.count() == 2


def test_pending_purposes_of_a_contact_expire_with_one_event_per_act() -> None:
    contact = make_contact()
    book(Type.GRANTED, contact, {ORGANISATION, RECALL})
    book(Type.GRANTED, contact, {BEHANDLUNG})

    assert expire_opt_ins(now=timezone.now() + timedelta(days=15)) == 2

    assert states_of(contact) == {
        ORGANISATION: Consent.EXPIRED,
        BEHANDLUNG: Consent.EXPIRED,
        RECALL: Consent.EXPIRED,
        WERBUNG: Consent.NONE,
    }
    assert expire_opt_ins(now=timezone.now() + timedelta(days=15)) == 0


def test_what_is_granted_does_not_expire() -> None:
    contact = make_contact()
    tap(contact)

    expire_opt_ins(now=timezone.now() + timedelta(days=400))

    assert states_of(contact)[ORGANISATION] == Consent.GRANTED


# ── rebuilding ──


def test_rebuilding_one_contact_leaves_the_others_rows_alone() -> None:
    contact, other = make_contact(), make_contact(OTHER_PHONE)
    opt_in(contact)
    opt_in(other)
    kept = standing()
    ConsentState.objects.filter(contact=contact).delete()

    assert rebuild(contact) == 1
    assert standing() == kept


def test_whose_evidence_was_shredded_has_no_state_any_more() -> None:
    contact, other = make_contact(), make_contact(OTHER_PHONE)
    opt_in(contact)
    opt_in(other)
    keys.destroy(Subject.EVIDENCE, contact.pk)

    assert rebuild() == 1
    assert (states_of(contact), states_of(other)[ORGANISATION]) == (NONE, Consent.GRANTED)


ACTS = st.sampled_from(["form", "yes", "no", "stop", "stop_part", "stop_child", "start", "child", "desk", "expire"])


@given(st.lists(st.tuples(ACTS, st.booleans()), max_size=10))
@settings(
    max_examples=as_many(whole=25, everyday=8),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_kept_state_is_the_ledger_folded_whatever_people_do(acts: list[tuple[str, bool]]) -> None:
    contacts, mia = (make_contact(), make_contact(OTHER_PHONE)), make_patient("Mia")
    deeds: dict[str, Callable[[Contact], object]] = {
        "form": lambda contact: opt_in(contact, {ORGANISATION, RECALL}),
        "yes": tap,
        "no": lambda contact: tap(contact, "nein_danke"),
        "stop": stop,
        "stop_part": lambda contact: stop(contact, {RECALL, WERBUNG}),
        "stop_child": lambda contact: stop(contact, None, mia),
        "start": lambda contact: start_again(
            contact=contact, word="START", message_id=f"wamid.{uuid4().hex}", at=timezone.now()
        ),
        "child": lambda contact: book(Type.GRANTED, contact, patient=mia, channel=Channel.WHATSAPP_BUTTON),
        "desk": lambda contact: book(Type.GRANTED, contact, {BEHANDLUNG}),
        "expire": lambda _: expire_opt_ins(now=timezone.now() + timedelta(days=15)),
    }
    for name, is_first in acts:
        deeds[name](contacts[0] if is_first else contacts[1])
    kept = standing()

    rebuild()

    assert standing() == kept
