"""A slip of the hand at a number is taken back in the toast; where consent would end, one is asked before instead."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.gate import Consent
from consent.guardians import join
from consent.models import ConsentEvent, ConsentState
from consent.purposes import Purpose
from messaging.models import Channel, Conversation, Message, ProtectedDocument
from patients.actions import block, link, unblock, unlink
from patients.merging import merge
from patients.models import BlockReason, Custody, Patient, PatientContact, Relation
from practices.models import AuditEvent, Member, Role
from tests.consent.intakes import MOTHER, agree, born
from tests.messaging.inbox.desk import answer, make_contact, make_conversation, make_patient, receive
from tests.messaging.inbox.patient_pages import register, text_of
from tests.messaging.teamwork.press import of, press, ticket, toast, undo
from tests.people import make_member

NOT_TAKEN_BACK = "Nicht zurückgenommen: inzwischen hat jemand anderes etwas geändert."
TAKEN_BACK = "Zurückgenommen"


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel, make_contact(profile_name="Jana Vogt"))
    receive(conversation)
    return conversation


def links() -> list[tuple[Any, ...]]:
    return list(PatientContact.objects.values_list("patient__pk", "contact", "relation", "custody"))


def trail_of(kind: str) -> list[Member | None]:
    return [event.by for event in AuditEvent.objects.filter(kind=kind).order_by("at")]


# ── a link ──


def link_by_hand(desk: Client, conversation: Conversation, patient: Patient, **fields: str) -> Any:
    return press(desk, of(conversation, "patient"), patient=str(patient.pk), **fields)


def test_a_wrong_press_on_somebody_is_as_if_it_had_not_been(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    vogt = register("Jana", "Vogt")

    undone = undo(desk, link_by_hand(desk, conversation, vogt))

    assert (toast(undone), links()) == (TAKEN_BACK, [])
    assert [one.name for one in desk.get(of(conversation, "")[:-1]).context["panel"].suggestions] == ["Vogt, Jana"]
    assert (trail_of("patient_linked"), trail_of("patient_unlinked")) == ([anna], [anna])


def agreed(conversation: Conversation, patient: Patient, anna: Member) -> None:
    agree(conversation.contact, patient, anna)


def written_to(conversation: Conversation, patient: Patient, anna: Member) -> None:
    Message.objects.filter(pk=answer(conversation, by=anna).pk).update(concerns_patient=patient)


def given_a_document(conversation: Conversation, patient: Patient, anna: Member) -> None:
    ProtectedDocument.objects.create(
        contact=conversation.contact, patient=patient, details={}, factor="birth_date", expires_at=timezone.now()
    )


def known_as_another(conversation: Conversation, patient: Patient, anna: Member) -> None:
    link(patient=patient, contact=conversation.contact, relation=Relation.FAMILY, by=None)


def joined_with_another_record(conversation: Conversation, patient: Patient, anna: Member) -> None:
    merge(kept=register("Jana", "Vogt"), merged=patient, by=anna)


@pytest.mark.parametrize(
    "happened", [agreed, written_to, given_a_document, known_as_another, joined_with_another_record]
)
def test_a_link_on_which_something_rests_since_stays(
    desk: Client,
    conversation: Conversation,
    anna: Member,
    happened: Callable[[Conversation, Patient, Member], None],
) -> None:
    vogt = register("Jana", "Vogt")
    linked = link_by_hand(desk, conversation, vogt)

    happened(conversation, vogt, anna)

    before = links()
    assert (toast(undo(desk, linked)), links()) == (NOT_TAKEN_BACK, before)
    assert len(before) == 1


def test_a_link_that_a_colleague_ended_meanwhile_is_not_taken_back(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    vogt = register("Jana", "Vogt")
    linked = link_by_hand(desk, conversation, vogt)

    unlink(patient=vogt, contact=conversation.contact, by=None)

    assert toast(undo(desk, linked)) == NOT_TAKEN_BACK


def test_nothing_is_offered_where_they_belonged_together_before(desk: Client, conversation: Conversation) -> None:
    vogt = register("Jana", "Vogt")
    link_by_hand(desk, conversation, vogt)

    again, otherwise = (
        link_by_hand(desk, conversation, vogt, relation=relation) for relation in (Relation.SELF, Relation.FAMILY)
    )

    assert [ticket(again), ticket(otherwise)] == ["", ""]


def test_nothing_is_offered_where_a_grown_up_takes_over_from_the_mother(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    grown_up = register("Jana", "Vogt", born(18))
    mother = make_contact()
    link(patient=grown_up, contact=mother, relation=Relation.GUARDIAN, custody="sole", by=None)

    linked = link_by_hand(desk, conversation, grown_up)

    assert (ticket(linked), links()) == ("", [(grown_up.pk, conversation.contact_id, "self", "")])


def test_nothing_is_offered_where_somebody_was_registered_as_well(desk: Client, conversation: Conversation) -> None:
    new = {"first_name": "Jana", "last_name": "Vogt", "birth_date": "1998-12-02", "language": "de"}

    made = press(desk, of(conversation, "patient"), **new)

    assert (toast(made), ticket(made)) == ("Angelegt und zugeordnet", "")


# ── the end of a link ──


def unlink_by_hand(desk: Client, conversation: Conversation, patient: Patient, *ends: str) -> Any:
    return press(desk, of(conversation, f"patients/{patient.pk}/unlinking"), ends=list(ends))


def childs_link(conversation: Conversation) -> Patient:
    mia = register("Mia", "Vogt", born(8))
    link(patient=mia, contact=conversation.contact, relation=Relation.GUARDIAN, custody=Custody.JOINT, by=None)
    return mia


def test_a_link_that_was_ended_by_mistake_stands_again_as_what_it_was(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    mia = childs_link(conversation)
    before = links()

    parted = unlink_by_hand(desk, conversation, mia)
    without = links()

    assert (without, toast(undo(desk, parted)), links()) == ([], TAKEN_BACK, before)
    assert (trail_of("patient_unlinked"), trail_of("patient_linked")) == ([anna], [None, anna])


def test_it_stays_ended_where_somebody_linked_or_decided_since(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    mia, vogt = childs_link(conversation), make_patient(conversation.contact)
    first, second = unlink_by_hand(desk, conversation, mia), unlink_by_hand(desk, conversation, vogt)

    join(patient=mia, contact=conversation.contact, speaker=MOTHER, by=anna, at=timezone.now())
    agree(conversation.contact, mia, anna, MOTHER)

    assert [toast(undo(desk, one)) for one in (first, second)] == [NOT_TAKEN_BACK] * 2
    assert [row[0] for row in links()] == [mia.pk]


def test_it_stays_ended_where_the_number_is_another_persons_own_since(desk: Client, conversation: Conversation) -> None:
    wrong = make_patient(conversation.contact)
    parted = unlink_by_hand(desk, conversation, wrong)
    right = make_patient(conversation.contact, first_name="Ole")

    assert (toast(undo(desk, parted)), [row[0] for row in links()]) == (NOT_TAKEN_BACK, [right.pk])


def states_of(patient: Patient) -> set[str]:
    return set(ConsentState.objects.filter(patient=patient).values_list("state", flat=True))


def test_before_consent_ends_with_a_link_one_is_told_which_and_the_second_press_is_the_last_word(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    mia = register("Mia", "Vogt", born(8))
    agree(conversation.contact, mia, anna, MOTHER)
    before = (links(), states_of(mia), ConsentEvent.objects.count())

    asked = unlink_by_hand(desk, conversation, mia)

    assert (asked.status_code, "Hier wurde zugestimmt zu „Termine und Organisation“." in text_of(asked)) == (422, True)
    assert (links(), states_of(mia), ConsentEvent.objects.count()) == before

    ends = re.findall(r'name="ends" value="(\w+)"', asked.content.decode())
    parted = unlink_by_hand(desk, conversation, mia, *ends)

    assert (toast(parted), ticket(parted), links()) == ("Verknüpfung gelöst", "", [])
    assert states_of(mia) == {Consent.OUTDATED}


def test_what_was_agreed_to_after_the_question_is_asked_about_anew(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    mia = register("Mia", "Vogt", born(8))
    agree(conversation.contact, mia, anna, MOTHER, purposes=frozenset({Purpose.ORGANISATION, Purpose.RECALL}))

    asked = unlink_by_hand(desk, conversation, mia, "organisation", "nonsense")

    assert (asked.status_code, "„Termine und Organisation, Vorsorge-Erinnerung“" in text_of(asked)) == (422, True)
    assert len(links()) == 1


def test_the_question_stands_on_a_page_of_its_own_without_a_script(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    mia = register("Mia", "Vogt", born(8))
    agree(conversation.contact, mia, anna, MOTHER)

    asked = desk.post(of(conversation, f"patients/{mia.pk}/unlinking"))
    said = desk.post(of(conversation, f"patients/{mia.pk}/unlinking"), {"ends": "organisation"})

    assert (asked.status_code, "<html" in asked.content.decode(), "Trotzdem lösen" in text_of(asked)) == (
        422,
        True,
        True,
    )
    assert (said.status_code, links()) == (303, [])


# ── a block ──


def block_by_hand(desk: Client, conversation: Conversation) -> Any:
    return press(desk, of(conversation, "block"), reason="abuse")


def is_blocked(conversation: Conversation) -> bool:
    conversation.contact.refresh_from_db()
    return conversation.contact.blocked_at is not None


def test_reception_frees_a_number_it_has_just_blocked_by_mistake(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    blocked = block_by_hand(desk, conversation)
    was = is_blocked(conversation)

    assert (was, anna.role, toast(undo(desk, blocked)), is_blocked(conversation)) == (
        True, Role.RECEPTION, TAKEN_BACK, False,
    )  # fmt: skip
    assert trail_of("contact_unblocked") == [anna]


def test_nobody_frees_what_a_colleague_blocked_before_or_since(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    lea = make_member(anna.practice, Role.OWNER, name="Lea Leitung")
    mine = block_by_hand(desk, conversation)
    unblock(contact=conversation.contact, by=lea)
    freed = toast(undo(desk, mine))
    block(contact=conversation.contact, reason=BlockReason.ABUSE, by=lea)

    second_to_block = block_by_hand(desk, conversation)

    assert (freed, toast(undo(desk, mine)), is_blocked(conversation)) == (NOT_TAKEN_BACK, NOT_TAKEN_BACK, True)
    assert ticket(second_to_block) == ""


def test_a_number_that_was_entered_as_wrong_since_stays_blocked(desk: Client, conversation: Conversation) -> None:
    blocked = block_by_hand(desk, conversation)
    desk.post(
        f"/p/morgenthal/consent/persons/{conversation.contact_id}/wrong-number/", {"sure": "1", "way": "staff_phone"}
    )

    assert (toast(undo(desk, blocked)), is_blocked(conversation)) == (NOT_TAKEN_BACK, True)
