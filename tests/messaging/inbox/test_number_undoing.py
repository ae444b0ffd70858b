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
from patients.actions import block, change_patient, link, unblock, unlink
from patients.merging import merge, take_merge_back
from patients.models import BlockReason, Custody, Patient, PatientContact, Relation
from practices.models import AuditEvent, Member, Role
from tests.consent.intakes import MOTHER, agree, born
from tests.messaging.inbox.desk import answer, make_contact, make_conversation, make_patient, receive
from tests.messaging.inbox.patient_pages import register, text_of
from tests.messaging.teamwork.press import of, press, ticket, toast, undo
from tests.people import make_member

NOT_TAKEN_BACK = "Nicht zurückgenommen: inzwischen ist damit weitergearbeitet worden."
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


def written_to_as_the_only_one(conversation: Conversation, patient: Patient, anna: Member) -> None:
    answer(conversation, by=anna)  # nobody is asked for whom


def given_a_document(conversation: Conversation, patient: Patient, anna: Member) -> None:
    ProtectedDocument.objects.create(
        contact=conversation.contact, patient=patient, details={}, factor="birth_date", expires_at=timezone.now()
    )


def known_as_another(conversation: Conversation, patient: Patient, anna: Member) -> None:
    link(patient=patient, contact=conversation.contact, relation=Relation.FAMILY, by=None)


def joined_with_another_record(conversation: Conversation, patient: Patient, anna: Member) -> None:
    merge(kept=register("Jana", "Vogt"), merged=patient, by=anna)


@pytest.mark.parametrize(
    "happened",
    [
        *(agreed, written_to, written_to_as_the_only_one, given_a_document),
        *(known_as_another, joined_with_another_record),
    ],
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


def test_nothing_is_offered_where_a_merge_that_was_taken_back_had_made_the_link_anew(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    kept, merged = register("Jana", "Vogt"), register("Jana", "Voigt")
    for patient in (kept, merged):
        link(patient=patient, contact=conversation.contact, relation=Relation.FAMILY, by=None)
    take_merge_back(merge=merge(kept=kept, merged=merged, by=anna), by=anna)

    changed = [link_by_hand(desk, conversation, one, relation=Relation.LEGAL_REPRESENTATIVE) for one in (kept, merged)]

    assert [ticket(one) for one in changed] == ["", ""]


def test_before_the_mothers_consent_ends_with_a_link_one_is_told_which(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    grown_up, mother = register("Jana", "Vogt", born(8)), make_contact()
    agree(mother, grown_up, anna, MOTHER)
    change_patient(patient=grown_up, by=anna, birth_date=born(18))
    before = (links(), states_of(grown_up))

    asked = link_by_hand(desk, conversation, grown_up)

    assert (
        asked.status_code,
        "Für diese Person wurde zugestimmt zu „Termine und Organisation“." in text_of(asked),
    ) == (
        422,
        True,
    )
    assert (links(), states_of(grown_up)) == before

    told = {
        name: re.findall(rf'name="{name}" value="([^"]+)"', asked.content.decode()) for name in ("ends", "after_all")
    }
    linked = press(desk, of(conversation, "patient"), **told)

    assert (toast(linked), ticket(linked)) == ("Nummer zugeordnet", "")
    assert (links(), states_of(grown_up)) == (
        [(grown_up.pk, conversation.contact_id, "self", "")],
        {Consent.OUTDATED},
    )


def test_before_a_guardian_becomes_family_one_is_told_which_consent_ends(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    mia = register("Mia", "Vogt", born(8))
    agree(conversation.contact, mia, anna, MOTHER)
    before = (links(), states_of(mia))

    asked = link_by_hand(desk, conversation, mia, relation=Relation.FAMILY)

    assert (asked.status_code, links(), states_of(mia)) == (422, *before)


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


def linked_and_parted_by_a_colleague(conversation: Conversation, mia: Patient, anna: Member) -> None:
    link(patient=mia, contact=conversation.contact, relation=Relation.FAMILY, by=anna)
    unlink(patient=mia, contact=conversation.contact, by=anna)


def given_a_number_of_their_own(conversation: Conversation, mia: Patient, anna: Member) -> None:
    change_patient(patient=mia, by=anna, birth_date=born(18))
    link(patient=mia, contact=make_contact(), by=anna)


@pytest.mark.parametrize("happened", [linked_and_parted_by_a_colleague, given_a_number_of_their_own])
def test_it_stays_ended_where_the_patient_was_linked_otherwise_since(
    desk: Client,
    conversation: Conversation,
    anna: Member,
    happened: Callable[[Conversation, Patient, Member], None],
) -> None:
    mia = childs_link(conversation)
    parted = unlink_by_hand(desk, conversation, mia)
    happened(conversation, mia, anna)
    before = links()

    assert (toast(undo(desk, parted)), links()) == (NOT_TAKEN_BACK, before)


def test_a_parting_from_a_record_that_was_merged_since_changes_no_link_of_the_other(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    other, double = register("Mia", "Voigt", born(8)), register("Mia", "Vogt", born(8))
    agree(conversation.contact, other, anna, MOTHER)
    link(patient=double, contact=conversation.contact, relation=Relation.FAMILY, by=None)
    parted = unlink_by_hand(desk, conversation, double)
    merge(kept=other, merged=double, by=anna)
    before = (links(), states_of(other))

    assert (toast(undo(desk, parted)), (links(), states_of(other))) == (NOT_TAKEN_BACK, before)


def test_the_number_of_somebody_itself_keeps_what_it_agreed_to_and_says_so(
    desk: Client, conversation: Conversation
) -> None:
    make_patient(conversation.contact)

    page = text_of(desk.get(of(conversation, "")[:-1]))

    assert "Was diese Nummer für sich selbst zugestimmt hat, bleibt" in page


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
