"""Text B: optional, pending until the number is proven, and kept without a number in clear."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.utils import timezone

from consent import texts
from consent.clause import ClauseAnswer, PurposeNotOffered, clause, clause_text, submit_clause
from consent.gate import Consent
from consent.ledger import evidence_of
from consent.models import ConsentEvent, ConsentText, ConsentTrace
from consent.purposes import Purpose
from patients.actions import link
from patients.models import Contact, Relation
from practices.models import Practice
from tests.consent_factories import make_contact, make_patient, states_of

NUMBER = "0171 3920010"


@pytest.fixture
def contact(practice: Practice) -> Contact:
    return make_contact()


def answer(practice: Practice, *purposes: Purpose, language: str = "de", at: datetime | None = None) -> ClauseAnswer:
    return ClauseAnswer(
        form_id=uuid4(),
        ticked=frozenset(purposes),
        text=clause_text(practice, language),
        sent_at=at or timezone.now(),
        network="203.0.113.0",
        browser="Firefox",
    )


@pytest.mark.parametrize("language", list(texts.CURRENT))
def test_the_clause_shows_the_number_that_was_typed_and_keeps_none(practice: Practice, language: str) -> None:
    shown = clause(practice, language, NUMBER)

    kept = clause_text(practice, language)
    assert (NUMBER in shown.text, NUMBER in kept.body) == (True, False)
    assert (kept.kind, kept.language, kept.body) == ("anamnese", language, shown.text.replace(NUMBER, "________"))


def test_c_07_what_was_ticked_is_pending_until_the_number_is_proven(practice: Practice, contact: Contact) -> None:
    event = submit_clause(contact=contact, answer=answer(practice, Purpose.ORGANISATION, Purpose.RECALL))

    assert event
    assert (event.type, event.channel) == ("granted", "anamnese_web")
    assert states_of(contact) == {
        Purpose.ORGANISATION: Consent.PENDING,
        Purpose.BEHANDLUNG: Consent.NONE,
        Purpose.RECALL: Consent.PENDING,
        Purpose.WERBUNG: Consent.NONE,
    }


def test_c_03_who_leaves_the_clause_empty_has_said_nothing_at_all(practice: Practice, contact: Contact) -> None:
    assert submit_clause(contact=contact, answer=answer(practice)) is None

    assert (ConsentEvent.objects.count(), ConsentTrace.objects.count()) == (0, 0)
    assert set(states_of(contact).values()) == {Consent.NONE}


def test_each_box_is_free_also_the_first_one(practice: Practice, contact: Contact) -> None:
    submit_clause(contact=contact, answer=answer(practice, Purpose.BEHANDLUNG))

    pending = [purpose for purpose, state in states_of(contact).items() if state == Consent.PENDING]
    assert pending == [Purpose.BEHANDLUNG]


def test_c_16_the_evidence_names_the_boxes_the_text_and_the_form(practice: Practice, contact: Contact) -> None:
    given = answer(practice, Purpose.ORGANISATION, language="tr")

    event = submit_clause(contact=contact, answer=given)

    assert event
    evidence = evidence_of(event)
    assert evidence["act"] == {"boxes": ["organisation"]}
    assert evidence["proof_ref"] == {"form_id": str(given.form_id)}
    assert evidence["text"]["language"] == "tr"
    assert evidence["phone"] == "+491713920010"
    assert [(trace.network, trace.browser) for trace in ConsentTrace.objects.all()] == [("203.0.113.0", "Firefox")]


def test_the_same_form_sent_twice_is_one_act(practice: Practice, contact: Contact) -> None:
    given = answer(practice, Purpose.ORGANISATION)

    first, second = (submit_clause(contact=contact, answer=given) for _ in range(2))

    assert first == second
    assert ConsentEvent.objects.count() == 1


def test_a_purpose_the_practice_does_not_offer_is_refused_and_nothing_is_kept(
    practice: Practice, contact: Contact
) -> None:
    Practice.objects.filter(pk=practice.pk).update(offered_purposes=["organisation"])

    with pytest.raises(PurposeNotOffered) as refusal:
        submit_clause(contact=contact, answer=answer(practice, Purpose.ORGANISATION, Purpose.WERBUNG))

    assert str(refusal.value.for_person) == "Diese Auswahl gibt es im Formular nicht. Es wurde nichts gespeichert."
    assert ConsentEvent.objects.count() == 0


def test_the_clause_shows_only_what_the_practice_offers(practice: Practice) -> None:
    practice.offered_purposes = ["organisation", "recall"]

    shown = clause(practice, "de", NUMBER).document.purposes

    assert [choice.purpose for choice in shown] == [Purpose.ORGANISATION, Purpose.RECALL]


def test_c_22_for_a_child_the_consent_is_the_childs_and_not_the_mothers(practice: Practice, contact: Contact) -> None:
    child = make_patient("Mila", "Vogt", "2018-03-01")
    link(patient=child, contact=contact, relation=Relation.GUARDIAN, by=None)

    submit_clause(contact=contact, answer=answer(practice, Purpose.ORGANISATION), patient=child)

    assert states_of(contact, child.pk)[Purpose.ORGANISATION] == Consent.PENDING
    assert states_of(contact)[Purpose.ORGANISATION] == Consent.NONE


def test_c_05_a_changed_name_of_the_practice_is_another_version_of_the_clause(practice: Practice) -> None:
    before = clause_text(practice, "de")
    practice.name_nominative = "das Zahnzentrum Neu"

    after = clause_text(practice, "de")

    assert before.sha256 != after.sha256
    assert ConsentText.objects.filter(kind="anamnese").count() == 2
