"""Consent taken down by staff: what it says on the ledger, and when it begins to hold (C-07, C-16)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consent.actions import Outcome, confirm_button, withdraw
from consent.documents import keep_document
from consent.gate import Consent
from consent.guardians import Speaker
from consent.intake import NotTakenDown, take_down
from consent.ledger import PATIENT as SELF_ALONE
from consent.ledger import EvidenceIncomplete, append, evidence_of
from consent.models import Channel, ConsentEvent, ConsentText
from consent.opt_ins import expire_opt_ins
from consent.purposes import Purpose
from consent.wording import consent_page, current_text
from patients.actions import link
from patients.models import Contact, Custody, PatientContact, Relation
from practices.models import AuditEvent, Member, Practice
from tests.consent.intakes import MOTHER, agree, born, intake, paper
from tests.consent_factories import PHONE, make_contact, make_patient, opt_in, states_of, tap
from tests.factories import make_member

ORGANISATION, BEHANDLUNG, RECALL, WERBUNG = Purpose
NONE = dict.fromkeys(Purpose, Consent.NONE)


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice)


def types() -> list[str]:
    return list(ConsentEvent.objects.order_by("seq").values_list("type", flat=True))


def confirm(contact: Contact, message_id: str = "wamid.t15") -> Any:
    """T-15's first button."""
    return confirm_button(contact=contact, payload="ja_bestaetigen", message_id=message_id, at=timezone.now())


# ── what it says ──


def test_c_16_the_event_says_who_agreed_to_which_text_how_and_who_took_it_down(anna: Member) -> None:
    contact, patient, at = make_contact(), make_patient(), timezone.now() - timedelta(minutes=5)

    told = agree(contact, patient, anna, note="war mit Enkel da", agreed_at=at)

    evidence = evidence_of(told.event)
    assert {name: evidence[name] for name in ("type", "channel", "phone", "patient_id", "privacy_notice_version")} == {
        "type": "granted",
        "channel": "staff_desk",
        "phone": PHONE,
        "patient_id": None,  # the contact's own
        "privacy_notice_version": "de-2026-05",
    }
    assert evidence["actor"] == {
        "kind": "patient",
        "member_id": str(anna.pk),
        "name": None,
        "relation": None,
        "custody": None,
    }
    assert evidence["act"] == {
        "boxes": ["organisation"],
        "note": "war mit Enkel da",
        "words": "vorgelesen und bejaht",
    }
    assert evidence["text"]["sha256"] == consent_page(anna.practice, "de").sha256
    assert told.event.text.body == consent_page(anna.practice, "de").text  # type: ignore[union-attr]


def test_c_16_nobody_is_written_down_at_the_desk_without_who_wrote(anna: Member) -> None:
    with pytest.raises(EvidenceIncomplete) as incomplete:
        append(
            type=ConsentEvent.Type.GRANTED,
            channel=Channel.STAFF_PHONE,
            contact=make_contact(),
            text=current_text(ConsentText.Kind.QR_PAGE, "de"),
            notice_version="de-2026-05",
            purposes=dict.fromkeys(Purpose, True),
            actor=SELF_ALONE,
            act={"words": "ja"},
            occurred_at=timezone.now(),
        )

    assert incomplete.value.missing == ["actor.member_id"]
    assert types() == []


def test_c_16_a_paper_is_proven_by_its_scan(anna: Member) -> None:
    contact = make_contact()
    document = keep_document(upload=paper(), contact=contact, by=anna)

    told = agree(contact, make_patient(), anna, way=Channel.PAPER_SCAN, document=document)

    evidence, sha256 = evidence_of(told.event), document.details["sha256"]
    assert evidence["proof_ref"] == {"document": str(document.pk), "sha256": sha256}
    assert evidence["act"]["signature"] == sha256
    assert evidence["channel"] == "paper_scan"


def test_c_16_a_paper_without_its_scan_is_refused(anna: Member) -> None:
    with pytest.raises(NotTakenDown, match="not_taken_down") as refused:
        agree(make_contact(), make_patient(), anna, way=Channel.PAPER_SCAN)

    assert refused.value.for_person == "Bitte hängen Sie das unterschriebene Papier an."
    assert types() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"purposes": frozenset({RECALL})}, "Ohne „Termine und Organisation“ geht WhatsApp nicht."),
        ({"agreed_at": timezone.now() + timedelta(days=400)}, "Der Zeitpunkt liegt in der Zukunft."),
    ],
)
def test_what_makes_no_sense_is_not_written_down(anna: Member, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(NotTakenDown) as refused:
        agree(make_contact(), make_patient(), anna, **fields)

    assert refused.value.for_person == sentence
    assert types() == []


def test_a_purpose_the_practice_does_not_offer_is_refused(anna: Member, practice: Practice) -> None:
    Practice.objects.update(offered_purposes=["organisation"])

    with pytest.raises(NotTakenDown) as refused:
        agree(make_contact(), make_patient(), anna, purposes=frozenset({ORGANISATION, BEHANDLUNG}))

    assert refused.value.for_person == "Diesen Zweck bietet Ihre Praxis nicht an."


def test_a_blocked_number_takes_nothing(anna: Member) -> None:
    contact = make_contact()
    Contact.objects.update(blocked_at=timezone.now())

    with pytest.raises(NotTakenDown) as refused:
        agree(contact, make_patient(), anna)

    assert refused.value.for_person == "Diese Nummer ist gesperrt."


def test_the_same_form_twice_is_one_event(anna: Member) -> None:
    act = intake(make_contact(), make_patient())

    first, second = (take_down(intake=act, by=anna) for _ in range(2))

    assert first.event == second.event
    assert types() == ["granted"]


def test_taking_it_down_links_the_number_and_stands_in_the_trail(anna: Member) -> None:
    contact, patient = make_contact(), make_patient()

    agree(contact, patient, anna)

    assert list(PatientContact.objects.values_list("patient", "contact", "relation")) == [
        (patient.pk, contact.pk, "self")
    ]
    assert AuditEvent.objects.get(kind="consent_taken_down").by == anna


# ── when it holds ──


def test_c_07_at_the_desk_nothing_is_granted_until_the_number_has_proven_itself(anna: Member) -> None:
    contact = make_contact()

    told = agree(contact, make_patient(), anna, purposes=frozenset({ORGANISATION, RECALL}))

    assert not told.is_granted
    assert states_of(contact) == NONE | {ORGANISATION: Consent.PENDING, RECALL: Consent.PENDING}


def test_c_07_the_tap_confirms_exactly_what_was_waiting(anna: Member) -> None:
    contact = make_contact()
    told = agree(contact, make_patient(), anna, purposes=frozenset({ORGANISATION, RECALL}))

    act = confirm(contact)

    contact.refresh_from_db()
    confirmed = ConsentEvent.objects.get(type="confirmed")
    assert (act.outcome, act.purposes) == (Outcome.GRANTED, {ORGANISATION, RECALL})
    assert states_of(contact) == NONE | {ORGANISATION: Consent.GRANTED, RECALL: Consent.GRANTED}
    assert evidence_of(confirmed)["refers_to"] == str(told.event.pk)
    assert contact.number_proven_at is not None


def test_c_07_several_acts_that_wait_are_confirmed_each_by_an_event_of_its_own(anna: Member) -> None:
    contact, mia, ben = make_contact(), make_patient("Mia", "Krüger", born(8)), make_patient("Ben", "Krüger", born(5))
    first = agree(contact, mia, anna, MOTHER)
    second = agree(contact, ben, anna, MOTHER, purposes=frozenset({ORGANISATION, BEHANDLUNG}))
    own = ConsentEvent.objects.get(patient=None, type="granted")

    act = confirm(contact)

    confirmed = ConsentEvent.objects.filter(type="confirmed").order_by("seq")
    assert [(one.patient_id, evidence_of(one)["refers_to"]) for one in confirmed] == [
        (None, str(own.pk)),
        (mia.pk, str(first.event.pk)),
        (ben.pk, str(second.event.pk)),
    ]
    assert act.purposes == {ORGANISATION, BEHANDLUNG}
    assert states_of(contact, mia.pk) == NONE | {ORGANISATION: Consent.GRANTED}
    assert states_of(contact, ben.pk) == NONE | {ORGANISATION: Consent.GRANTED, BEHANDLUNG: Consent.GRANTED}


def test_c_07_a_tap_told_twice_confirms_once(anna: Member) -> None:
    contact, at = make_contact(), timezone.now()
    agree(contact, make_patient("Mia", "Krüger", born(8)), anna, MOTHER)

    acts = [
        confirm_button(contact=contact, payload="ja_bestaetigen", message_id="wamid.t15", at=at).outcome
        for _ in range(2)
    ]

    assert acts == [Outcome.GRANTED, Outcome.REPEATED]
    assert types() == ["granted", "granted", "confirmed", "confirmed"]


def test_a_tap_with_nothing_waiting_changes_nothing(anna: Member) -> None:
    contact = make_contact()

    assert confirm(contact).outcome == Outcome.UNCHANGED
    assert types() == []


def test_no_thanks_refuses_what_waits_for_the_children_too(anna: Member) -> None:
    contact, mia = make_contact(), make_patient("Mia", "Krüger", born(8))
    agree(contact, mia, anna, MOTHER)

    act = tap(contact, "nein_danke")

    assert act.outcome == Outcome.REJECTED
    assert states_of(contact)[ORGANISATION] == Consent.REJECTED
    assert states_of(contact, mia.pk) == NONE | {ORGANISATION: Consent.REJECTED}


def test_a_wrong_number_is_detached_blocked_and_grants_nothing(anna: Member) -> None:
    contact, patient = make_contact(), make_patient()
    agree(contact, patient, anna)

    act = confirm_button(contact=contact, payload="falsche_nummer", message_id="wamid.no", at=timezone.now())

    contact.refresh_from_db()
    assert act.outcome == Outcome.WRONG_NUMBER
    assert types() == ["granted", "wrong_number"]
    assert set(states_of(contact).values()) == {Consent.WITHDRAWN}
    assert contact.blocked_at is not None
    assert PatientContact.objects.count() == 0


def test_a_wrong_number_told_twice_is_one_event(anna: Member) -> None:
    contact, at = make_contact(), timezone.now()
    agree(contact, make_patient(), anna)

    outcomes = [
        confirm_button(contact=contact, payload="falsche_nummer", message_id="wamid.no", at=at).outcome
        for _ in range(2)
    ]

    assert outcomes == [Outcome.WRONG_NUMBER, Outcome.REPEATED]
    assert types() == ["granted", "wrong_number"]


def test_c_07_a_number_that_proved_itself_and_is_known_as_the_speakers_is_not_asked_again(anna: Member) -> None:
    contact, patient = make_contact(), make_patient()
    opt_in(contact)
    link(patient=patient, contact=contact, by=None)

    told = agree(contact, patient, anna, purposes=frozenset({ORGANISATION, RECALL}))

    assert (told.is_granted, told.check) == (True, None)
    assert states_of(contact)[RECALL] == Consent.GRANTED
    evidence = evidence_of(ConsentEvent.objects.order_by("seq").last())  # type: ignore[arg-type]
    assert (evidence["actor"]["kind"], evidence["act"]["rule"]) == ("system", "number_proven")
    assert evidence["refers_to"] == str(told.event.pk)


@pytest.mark.parametrize("why", ["identity", "unlinked", "withdrawn"])
def test_c_07_a_proven_number_that_may_be_somebody_elses_waits(anna: Member, why: str) -> None:
    contact, patient = make_contact(), make_patient()
    opt_in(contact)
    if why != "unlinked":
        link(patient=patient, contact=contact, by=None)
    if why == "identity":
        Contact.objects.update(identity_changed_at=timezone.now())
    if why == "withdrawn":
        withdraw(contact=contact, channel=Channel.WHATSAPP_KEYWORD, act={"keyword": "STOP"}, occurred_at=timezone.now())

    told = agree(contact, patient, anna, purposes=frozenset({ORGANISATION, RECALL}))

    assert states_of(contact)[RECALL] == Consent.PENDING
    assert told.event.type == types()[-1] == "granted"


def test_c_07_a_mistyped_number_that_hits_somebody_known_is_asked_and_grants_nothing(anna: Member) -> None:
    known, ben, mia = make_contact(), make_patient("Ben", "Krüger", born(5)), make_patient("Mia", "Hoffmann", born(8))
    agree(known, ben, anna, MOTHER)
    confirm(known)
    other = Speaker(relation=Relation.GUARDIAN, name="Sabine Hoffmann", custody=Custody.SOLE)

    told = [agree(known, mia, anna, other).is_granted for _form in range(2)]

    assert told == [False, False]
    assert states_of(known, mia.pk) == NONE | {ORGANISATION: Consent.PENDING}
    assert states_of(known, ben.pk)[ORGANISATION] == Consent.GRANTED


def test_c_07_a_mistyped_number_is_not_known_either_once_the_first_try_has_expired(anna: Member) -> None:
    known, mia = make_contact(), make_patient("Mia", "Hoffmann", born(8))
    opt_in(known)
    agree(known, mia, anna, MOTHER)
    expire_opt_ins(now=timezone.now() + timedelta(days=15))

    told = agree(known, mia, anna, MOTHER)

    assert not told.is_granted


@pytest.mark.parametrize(("before", "is_granted"), [(Relation.GUARDIAN, True), (Relation.FAMILY, False)])
def test_c_07_for_another_a_number_is_known_only_by_the_same_relation_to_this_patient(
    anna: Member, before: Relation, is_granted: bool
) -> None:
    contact, mia = make_contact(), make_patient("Mia", "Krüger", born(8))
    opt_in(contact)
    link(patient=mia, contact=contact, relation=before, by=None)

    assert agree(contact, mia, anna, MOTHER).is_granted == is_granted


def test_c_07_who_once_confirmed_for_a_child_is_not_asked_again_for_it(anna: Member) -> None:
    contact, mia = make_contact(), make_patient("Mia", "Krüger", born(8))
    agree(contact, mia, anna, MOTHER)
    confirm(contact)

    told = agree(contact, mia, anna, MOTHER, purposes=frozenset({ORGANISATION, RECALL}))

    assert (told.is_granted, states_of(contact, mia.pk)[RECALL]) == (True, Consent.GRANTED)


def test_a_paper_from_before_the_withdrawal_opens_nothing(anna: Member) -> None:
    contact, patient = make_contact(), make_patient()
    opt_in(contact)
    withdraw(contact=contact, channel=Channel.WHATSAPP_KEYWORD, act={"keyword": "STOP"}, occurred_at=timezone.now())

    told = agree(contact, patient, anna, agreed_at=timezone.now() - timedelta(days=2))
    confirm(contact)

    assert not told.is_granted
    assert states_of(contact)[ORGANISATION] == Consent.WITHDRAWN


def test_c_08_what_nobody_confirmed_expires_fourteen_days_after_it_was_taken_down(anna: Member) -> None:
    contact, mia = make_contact(), make_patient("Mia", "Krüger", born(8))
    agree(contact, mia, anna, MOTHER)
    now = timezone.now()

    assert expire_opt_ins(now=now + timedelta(days=13, hours=23)) == 0
    assert expire_opt_ins(now=now + timedelta(days=14, minutes=1)) == 2

    assert states_of(contact)[ORGANISATION] == Consent.EXPIRED
    assert states_of(contact, mia.pk)[ORGANISATION] == Consent.EXPIRED


def test_c_08_an_old_paper_has_its_fourteen_days_too(anna: Member) -> None:
    contact = make_contact()
    document = keep_document(upload=paper(), contact=contact, by=anna)
    months_ago = timezone.now() - timedelta(days=100)
    agree(contact, make_patient(), anna, way=Channel.PAPER_SCAN, document=document, agreed_at=months_ago)

    assert expire_opt_ins(now=timezone.now() + timedelta(days=13)) == 0
    assert confirm(contact).outcome == Outcome.GRANTED


def test_c_08_a_tap_after_the_expiry_grants_nothing(anna: Member) -> None:
    contact = make_contact()
    agree(contact, make_patient(), anna)
    expire_opt_ins(now=timezone.now() + timedelta(days=15))

    assert confirm(contact).outcome == Outcome.UNCHANGED
    assert states_of(contact)[ORGANISATION] == Consent.EXPIRED
