"""For whom a message is, asked when it is queued and when it is claimed (C-20 to C-22, L-8)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from consent.birthdays import end_at_birthdays
from consent.gate import Consent
from consent.guardians import Speaker
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging.actions import send_reaction
from messaging.models import Conversation, Message
from messaging.resending import resend
from patients.models import Custody, Patient, PatientContact, Relation
from practices.models import Member, Practice
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.consent.intakes import MOTHER, agree
from tests.consent_factories import tap
from tests.messaging.factories import Line
from tests.messaging.inbox.desk import (
    grant,
    make_contact,
    make_conversation,
    make_patient,
    receive,
)
from tests.messaging.sending import MONDAY_MORNING, claimed, decide, say, why

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(line: Line) -> Iterator[Conversation]:
    """Somebody who agreed to everything has just written; the practice's scope stays open."""
    with practice_scope(line.practice.pk):
        conversation = make_conversation(line.channel)
        grant(conversation.contact, *Purpose)
        receive(conversation)
        yield conversation


@pytest.fixture
def mia(conversation: Conversation) -> Patient:
    """A child of the person who writes, for whom that person agreed to organisation."""
    child = make_patient(conversation.contact, first_name="Mia", birth_date="2018-02-01", relation=Relation.GUARDIAN)
    grant(conversation.contact, Purpose.ORGANISATION, patient=child)
    return child


@pytest.fixture
def ben(conversation: Conversation) -> Patient:
    """Another child, for whom nobody agreed to anything."""
    return make_patient(conversation.contact, first_name="Ben", birth_date="2020-02-01", relation=Relation.GUARDIAN)


def test_c_22_two_children_one_phone_each_message_names_its_child_and_needs_that_childs_consent(
    conversation: Conversation, anna: Member, mia: Patient, ben: Patient
) -> None:
    assert why(say, conversation, anna) == "patient"
    assert why(say, conversation, anna, patient=ben) == "consent"

    sent = say(conversation, anna, patient=mia)

    assert (sent.concerns_patient, sent.state) == (mia, "queued")


def test_c_22_the_childs_consent_is_asked_again_at_the_claim(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    sent = say(conversation, anna, patient=mia)
    ConsentState.objects.filter(patient=mia).update(state=Consent.WITHDRAWN)

    assert claimed(sent) == ("cancelled", "consent")


def test_c_22_the_mothers_own_consent_does_not_speak_for_the_child_nor_the_childs_for_her(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    mother = make_patient(conversation.contact, first_name="Jana")

    assert why(say, conversation, anna, patient=mia, purpose=Purpose.BEHANDLUNG) == "consent"
    assert why(say, conversation, anna, patient=mother, purpose=Purpose.BEHANDLUNG) == "allowed"


def test_c_22_who_writes_only_for_one_child_still_has_to_be_chosen_for(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    assert [why(say, conversation, anna), why(say, conversation, anna, patient=mia)] == ["patient", "allowed"]


def test_c_22_who_writes_for_itself_alone_names_nobody(conversation: Conversation, anna: Member) -> None:
    make_patient(conversation.contact)

    assert say(conversation, anna).concerns_patient is None


def test_c_22_a_patient_of_another_number_gets_nothing_here(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    stranger = make_patient(make_contact(), first_name="Emre")

    assert why(say, conversation, anna, patient=stranger) == "patient"


def test_c_22_whoever_was_detached_meanwhile_gets_nothing_that_was_queued(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    sent = say(conversation, anna, patient=mia)
    PatientContact.objects.filter(patient=mia).delete()

    assert claimed(sent) == ("cancelled", "patient")


def test_c_22_a_repetition_is_for_the_same_child(conversation: Conversation, anna: Member, mia: Patient) -> None:
    sent = say(conversation, anna, patient=mia)
    Message.objects.filter(pk=sent.pk).update(state=Message.State.FAILED)

    assert resend(message=sent, by=anna, client_id=uuid7()).concerns_patient == mia


def test_an_emoji_needs_no_name_but_the_consent_of_somebody(
    conversation: Conversation, anna: Member, mia: Patient
) -> None:
    said = conversation.messages.get()
    ConsentState.objects.filter(patient=None).delete()

    def react(**fields: Any) -> Message:
        return send_reaction(
            conversation=conversation, target=said, emoji="👍", purpose=Purpose.ORGANISATION, by=anna, **fields
        )

    assert [why(react), why(react, patient=mia)] == ["consent", "allowed"]


@pytest.mark.parametrize(("born", "said"), [("2013-05-12", "child_number"), ("2013-05-11", "guardians")])
@time_machine.travel(MONDAY_MORNING, tick=False)
def test_c_21_a_child_under_thirteen_is_never_written_to_as_itself(
    conversation: Conversation, anna: Member, born: str, said: str
) -> None:
    grant_again(conversation)
    make_patient(conversation.contact, birth_date=born)

    assert why(say, conversation, anna) == said


@pytest.mark.parametrize(
    ("age", "born", "said"),
    [
        (16, "2010-05-12", "allowed"),
        (16, "2010-05-11", "allowed"),
        (16, "2008-05-12", "allowed"),
        (16, "2008-05-11", "outgrown"),
        (18, "2010-05-11", "allowed"),
        (18, "2008-05-11", "outgrown"),
    ],
)
@time_machine.travel(MONDAY_MORNING, tick=False)
def test_c_20_a_guardian_who_agreed_is_written_to_until_the_eighteenth_birthday(
    line: Line, conversation: Conversation, anna: Member, age: int, born: str, said: str
) -> None:
    grant_again(conversation)
    decide(line, consent_age=age)
    child = make_patient(conversation.contact, first_name="Mia", birth_date=born, relation=Relation.GUARDIAN)
    grant(conversation.contact, Purpose.ORGANISATION, patient=child)

    assert why(say, conversation, anna, patient=child) == said


@pytest.mark.parametrize(("age", "born"), [(16, "2010-05-11"), (14, "2012-05-11")])
def test_c_20_on_the_birthday_the_guardians_yes_ends_until_both_agree_anew(
    line: Line, conversation: Conversation, anna: Member, age: int, born: str
) -> None:
    decide(line, consent_age=age)
    with time_machine.travel(MONDAY_MORNING - timedelta(days=1), tick=False):
        child = make_patient(conversation.contact, first_name="Lea", birth_date=born, relation=Relation.GUARDIAN)
        agree(conversation.contact, child, anna, MOTHER)
        tap(conversation.contact, "ja_bestaetigen")

    with time_machine.travel(MONDAY_MORNING, tick=False):
        grant_again(conversation)
        end_at_birthdays(practice=Practice.objects.get(), now=timezone.now())
        ended = why(say, conversation, anna, patient=child)
        both = Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger", custody=Custody.SOLE, child_agrees=True)
        agree(conversation.contact, child, anna, both)
        tap(conversation.contact, "ja_bestaetigen")
        renewed = why(say, conversation, anna, patient=child)

    assert (ended, renewed) == ("consent", "allowed")


def grant_again(conversation: Conversation) -> None:
    """The fixture's person wrote by the real clock; here it is another day."""
    receive(conversation)


def test_c_20_a_young_person_with_an_own_number_needs_a_guardian_who_agreed(
    line: Line, conversation: Conversation, anna: Member
) -> None:
    today = timezone.localdate()
    young = make_patient(conversation.contact, birth_date=f"{today.year - 14}-01-01")
    mother = make_contact()
    PatientContact.objects.create(patient=young, contact=mother, relation=Relation.GUARDIAN)

    before = why(say, conversation, anna)
    grant(mother, Purpose.ORGANISATION, patient=young)

    assert [before, why(say, conversation, anna)] == ["guardians", "allowed"]
    assert why(say, conversation, anna, purpose=Purpose.RECALL) == "guardians"


@pytest.mark.parametrize("custody", [Custody.SOLE, Custody.JOINT])
def test_l_8_where_both_parents_must_agree_a_statement_of_custody_speaks_for_both(
    line: Line, conversation: Conversation, anna: Member, mia: Patient, custody: Custody
) -> None:
    decide(line, guardian_count=2)
    before = why(say, conversation, anna, patient=mia)
    PatientContact.objects.filter(patient=mia).update(custody=custody)

    assert [before, why(say, conversation, anna, patient=mia)] == ["guardians", "allowed"]


def test_l_8_or_the_other_parent_agrees_over_the_own_phone(
    line: Line, conversation: Conversation, anna: Member, mia: Patient
) -> None:
    decide(line, guardian_count=2)
    father = make_contact()
    PatientContact.objects.create(patient=mia, contact=father, relation=Relation.GUARDIAN)
    grant(father, Purpose.ORGANISATION, patient=mia)

    assert why(say, conversation, anna, patient=mia) == "allowed"
