"""Consent taken down by staff: whose number it is, and who may agree for whom (C-20 to C-22)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from consent.actions import confirm_button, withdraw
from consent.gate import Consent
from consent.guardians import MayNotSpeak, Speaker
from consent.ledger import evidence_of
from consent.models import Channel, ConsentEvent, ConsentState, ConsentText
from consent.purposes import Purpose
from patients.actions import NumberTaken, TooYoung, link
from patients.models import Contact, Custody, PatientContact, Relation
from practices.models import Member, Practice
from tests.consent.intakes import MOTHER, agree, born
from tests.consent_factories import OTHER_PHONE, make_contact, make_patient, opt_in, states_of
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


# ── whose number ──


def test_a_number_that_is_somebody_elses_is_not_taken_as_ones_own(anna: Member) -> None:
    contact, jana, emre = make_contact(), make_patient(), make_patient("Emre", "Demir")
    link(patient=jana, contact=contact, by=None)

    with pytest.raises(NumberTaken) as refused:
        agree(contact, emre, anna)

    assert refused.value.for_person == "Diese Nummer gehört schon einer anderen Person."
    assert types() == []


def test_c_22_somebody_who_shares_a_phone_agrees_for_this_phone_and_leaves_the_others_consent_alone(
    anna: Member,
) -> None:
    contact, jana, emre = make_contact(), make_patient(), make_patient("Emre", "Demir")
    opt_in(contact)
    link(patient=jana, contact=contact, by=None)

    agree(contact, emre, anna, Speaker(relation=Relation.FAMILY), purposes=frozenset({ORGANISATION, RECALL}))
    confirm(contact)

    assert states_of(contact) == NONE | {ORGANISATION: Consent.GRANTED}
    assert states_of(contact, emre.pk) == NONE | {ORGANISATION: Consent.GRANTED, RECALL: Consent.GRANTED}


def test_c_22_two_children_on_one_phone_are_agreed_to_and_withdrawn_apart(anna: Member) -> None:
    contact, mia, ben = make_contact(), make_patient("Mia", "Krüger", born(8)), make_patient("Ben", "Krüger", born(5))
    agree(contact, mia, anna, MOTHER, purposes=frozenset({ORGANISATION, BEHANDLUNG}))
    agree(contact, ben, anna, MOTHER)
    confirm(contact)

    withdraw(
        contact=contact,
        patient=mia,
        channel=Channel.STAFF_PHONE,
        act={"note": "am Telefon"},
        occurred_at=timezone.now(),
        by=anna,
    )

    assert set(states_of(contact, mia.pk).values()) == {Consent.WITHDRAWN}
    assert states_of(contact, ben.pk)[ORGANISATION] == Consent.GRANTED
    assert states_of(contact)[ORGANISATION] == Consent.GRANTED


# ── who may agree ──


def test_c_20_a_guardian_is_written_down_with_name_relation_and_custody_and_the_sentence_word_for_word(
    anna: Member,
) -> None:
    contact, mia = make_contact(), make_patient("Mia", "Krüger", born(8))

    told = agree(contact, mia, anna, MOTHER)

    evidence = evidence_of(told.event)
    assert evidence["actor"] == {
        "kind": "guardian",
        "member_id": str(anna.pk),
        "name": "Daniela Krüger",
        "relation": "guardian",
        "custody": "joint",
    }
    assert evidence["act"]["statement"] == (
        "Ich bin sorgeberechtigt für Mia. ☒ Wir sind gemeinsam sorgeberechtigt und der andere Elternteil ist "
        "einverstanden. Die Praxis darf mir über WhatsApp auch Nachrichten schicken, die Mia betreffen. "
        "Wird Mia 16 Jahre alt, fragen wir Mia selbst."
    )
    assert PatientContact.objects.get().custody == Custody.JOINT


def test_c_20_the_kept_text_of_a_guardian_names_no_child(anna: Member) -> None:
    told = agree(make_contact(), make_patient("Mia", "Krüger", born(8)), anna, MOTHER)

    text = told.event.text
    assert text is not None
    assert text.kind == ConsentText.Kind.GUARDIAN
    assert "sorgeberechtigt für mein Kind" in text.body
    assert "Mia" not in text.body


@pytest.mark.parametrize(
    ("years", "speaker", "sentence"),
    [
        (8, Speaker(), "Unter 16 Jahren stimmt eine sorgeberechtigte Person zu."),
        (15, Speaker(), "Unter 16 Jahren stimmt eine sorgeberechtigte Person zu."),
        (8, Speaker(relation=Relation.GUARDIAN, custody="sole"), "Bitte tragen Sie ein, wer zustimmt."),
        (
            8,
            Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger"),
            "Bitte fragen Sie nach der Sorge und kreuzen Sie die Antwort an.",
        ),
        (16, MOTHER, "Ab 16 Jahren muss die oder der Jugendliche selbst einverstanden sein."),
        (18, MOTHER, "Diese Person ist volljährig und stimmt selbst zu."),
    ],
)
def test_c_20_who_may_not_speak_for_whom(anna: Member, years: int, speaker: Speaker, sentence: str) -> None:
    with pytest.raises(MayNotSpeak) as refused:
        agree(make_contact(), make_patient("Mia", "Krüger", born(years)), anna, speaker)

    assert refused.value.for_person == sentence
    assert (types(), ConsentState.objects.count(), PatientContact.objects.count()) == ([], 0, 0)


def test_c_20_nobody_agrees_for_a_child_whose_age_is_unknown(anna: Member) -> None:
    with pytest.raises(MayNotSpeak):
        agree(make_contact(), make_patient("Mia", "Krüger", None), anna, MOTHER)


@pytest.mark.parametrize(("consent_age", "refused"), [(14, False), (16, True), (18, True)])
def test_c_20_the_practice_decides_from_which_age_somebody_agrees_alone(
    anna: Member, practice: Practice, consent_age: int, refused: bool
) -> None:
    Practice.objects.update(consent_age=consent_age)
    contact, lea = make_contact(), make_patient("Lea", "Krüger", born(15))

    try:
        agree(contact, lea, anna)
    except MayNotSpeak:
        was_refused = True
    else:
        was_refused = False

    assert was_refused == refused


def test_c_20_a_child_over_the_consent_age_agrees_with_its_guardian(anna: Member) -> None:
    contact, lea = make_contact(), make_patient("Lea", "Krüger", born(16))
    both = Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger", custody="sole", child_agrees=True)

    told = agree(contact, lea, anna, both)

    assert evidence_of(told.event)["act"]["child_agrees"] is True


def test_c_20_where_both_parents_must_agree_the_other_one_is_named(anna: Member, practice: Practice) -> None:
    Practice.objects.update(guardian_count=2)
    contact, mia = make_contact(), make_patient("Mia", "Krüger", born(8))
    both = Speaker(
        relation=Relation.GUARDIAN, name="Daniela Krüger", custody=Custody.JOINT, other_guardian="Stefan Krüger"
    )

    with pytest.raises(MayNotSpeak) as refused:
        agree(contact, mia, anna, MOTHER)
    told = agree(contact, mia, anna, both)

    assert refused.value.for_person == "In Ihrer Praxis müssen bei gemeinsamer Sorge beide Eltern zustimmen."
    assert evidence_of(told.event)["act"]["other_guardian"] == "Stefan Krüger"


def test_c_20_sole_custody_needs_no_other_parent(anna: Member, practice: Practice) -> None:
    Practice.objects.update(guardian_count=2)
    alone = Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger", custody=Custody.SOLE)

    told = agree(make_contact(), make_patient("Mia", "Krüger", born(8)), anna, alone)

    assert told.event.type == "granted"


def test_somebody_with_a_power_of_attorney_agrees_for_an_adult(anna: Member) -> None:
    contact, otto = make_contact(), make_patient("Otto", "Vogt", "1938-01-01")
    daughter = Speaker(relation=Relation.LEGAL_REPRESENTATIVE, name="Jana Vogt")

    told = agree(contact, otto, anna, daughter)

    assert evidence_of(told.event)["actor"]["kind"] == "representative"
    assert states_of(contact, otto.pk)[ORGANISATION] == Consent.PENDING


@pytest.mark.parametrize(
    ("birth_date", "sentence"),
    [
        (born(8), "Für Minderjährige stimmt zu, wer das Sorgerecht hat, auch ein Vormund."),
        (born(17), "Für Minderjährige stimmt zu, wer das Sorgerecht hat, auch ein Vormund."),
        (None, "Ohne Geburtsdatum lässt sich nicht sagen, ob jemand für diese Person zustimmen darf."),
    ],
)
def test_c_20_a_representative_is_no_way_around_the_rules_for_children(
    anna: Member, birth_date: str | None, sentence: str
) -> None:
    uncle = Speaker(relation=Relation.LEGAL_REPRESENTATIVE, name="Stefan Krüger")

    with pytest.raises(MayNotSpeak) as refused:
        agree(make_contact(), make_patient("Mia", "Krüger", birth_date), anna, uncle)

    assert refused.value.for_person == sentence
    assert (types(), PatientContact.objects.count()) == ([], 0)


def test_c_20_whoever_came_of_age_is_spoken_for_anew_and_nothing_of_the_old_yes_goes_over(anna: Member) -> None:
    contact, lea = make_contact(), make_patient("Lea", "Krüger", born(17))
    both = Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger", custody="sole", child_agrees=True)
    agree(contact, lea, anna, both, purposes=frozenset({ORGANISATION, RECALL}))
    confirm(contact)

    with time_machine.travel(timezone.now() + timedelta(days=366 * 2)):
        agree(contact, lea, anna, Speaker(relation=Relation.LEGAL_REPRESENTATIVE, name="Daniela Krüger"))

    assert types()[-2:] == ["guardian_changed", "granted"]
    assert states_of(contact, lea.pk) == NONE | {ORGANISATION: Consent.PENDING, RECALL: Consent.OUTDATED}


@pytest.mark.parametrize("years", [5, 12])
def test_c_21_a_child_under_thirteen_has_no_number_of_its_own(anna: Member, years: int) -> None:
    with pytest.raises(TooYoung) as refused:
        link(patient=make_patient("Mia", "Krüger", born(years)), contact=make_contact(), by=anna)

    assert refused.value.for_person == "WhatsApp ist erst ab 13 Jahren erlaubt. Ein Kind hat hier keine eigene Nummer."
    assert PatientContact.objects.count() == 0


def test_c_21_from_thirteen_on_it_may(anna: Member) -> None:
    joined = link(patient=make_patient("Lea", "Krüger", born(13)), contact=make_contact(OTHER_PHONE), by=anna)

    assert joined.relation == Relation.SELF
