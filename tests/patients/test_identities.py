"""Whoever writes is found by any of WhatsApp's names for a person, and never taken for somebody else in silence."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients.forgetting import forget_contact
from patients.identities import (
    Sender,
    Unidentified,
    change_identity,
    find_or_create_contact,
    phone_of,
    resolve_contacts,
    username_of,
)
from patients.models import Contact, ContactIdentity
from practices.models import AuditEvent
from practices.scope import practice_scope
from tests.factories import make_practice

P1, P2, P3 = "+491713920010", "+491713920011", "+491713920012"
B1, B2 = "DE.1349200100", "DE.1349200111"

pytestmark = pytest.mark.usefixtures("practice")


def living(contact: Contact) -> dict[str, str]:
    return {one.kind: one.value for one in ContactIdentity.objects.filter(contact=contact, ended_at=None)}


def is_flagged(contact: Contact) -> bool:
    return Contact.objects.get(pk=contact.pk).identity_changed_at is not None


# ── finding ──


def test_the_same_number_finds_the_same_contact() -> None:
    first, was_new = find_or_create_contact(phone=P1)

    again, is_new = find_or_create_contact(phone=P1)

    assert (again, was_new, is_new) == (first, True, False)


@pytest.mark.parametrize(
    ("dialled", "at_whatsapp"),
    [
        ("+52" + 10 * "0", "+521" + 10 * "0"),
        ("+54" + 10 * "0", "+549" + 10 * "0"),
        ("+5500" + "9" + "60000000", "+5500" + "60000000"),
    ],
)
def test_a_number_that_whatsapp_spells_with_other_digits_is_the_same_persons(dialled: str, at_whatsapp: str) -> None:
    noted, _ = find_or_create_contact(phone=dialled)

    written, is_new = find_or_create_contact(phone=at_whatsapp)

    assert (written, is_new, is_flagged(noted)) == (noted, False, False)
    assert living(noted) == {"phone": dialled}


@pytest.mark.parametrize("other", ["+52" + 9 * "0" + "1", "+5500" + "20000000", "+5500" + "960000001"])
def test_numbers_that_differ_otherwise_are_of_different_people(other: str) -> None:
    for number in ("+52" + 10 * "0", "+5500" + "920000000", "+5500" + "960000000"):
        find_or_create_contact(phone=number)

    assert find_or_create_contact(phone=other)[1]


@pytest.mark.parametrize("name", ["phone", "bsuid", "parent_bsuid"])
def test_any_identity_finds_a_contact_that_was_seen_with_all(name: str) -> None:
    everything = {"phone": P1, "bsuid": B1, "parent_bsuid": "DE.ENT.1349"}
    contact, _ = find_or_create_contact(**everything)

    assert find_or_create_contact(**{name: everything[name]}) == (contact, False)


def test_a_person_without_a_phone_gets_a_contact() -> None:
    contact, is_new = find_or_create_contact(bsuid=B1, username="jana.v")

    assert (is_new, phone_of(contact), username_of(contact)) == (True, None, "jana.v")


def test_identities_that_come_together_later_are_learnt() -> None:
    contact, _ = find_or_create_contact(bsuid=B1)

    find_or_create_contact(phone=P1, bsuid=B1)

    assert living(contact) == {"bsuid": B1, "phone": P1}
    assert find_or_create_contact(phone=P1) == (contact, False)
    assert not is_flagged(contact)


def test_a_username_alone_identifies_nobody() -> None:
    find_or_create_contact(phone=P1, username="jana.v")

    with pytest.raises(Unidentified):
        find_or_create_contact(username="jana.v")


def test_a_username_never_leads_to_a_contact_and_goes_to_who_bears_it_now() -> None:
    first, _ = find_or_create_contact(phone=P1, username="jana.v")

    second, is_new = find_or_create_contact(phone=P2, username="Jana.V")

    assert is_new
    assert (living(first), living(second)) == ({"phone": P1}, {"phone": P2, "username": "Jana.V"})
    assert not is_flagged(first)


def test_a_new_username_replaces_the_old_one() -> None:
    contact, _ = find_or_create_contact(phone=P1, username="jana.v")

    find_or_create_contact(phone=P1, username="vogt_jana")

    assert living(contact)["username"] == "vogt_jana"
    assert not is_flagged(contact)


def test_the_profile_name_follows_and_silence_does_not_erase_it() -> None:
    contact, _ = find_or_create_contact(phone=P1, profile_name="Jana")
    find_or_create_contact(phone=P1, profile_name="Jana V.")
    find_or_create_contact(phone=P1)

    assert Contact.objects.get(pk=contact.pk).profile_name == "Jana V."


def test_two_practices_know_one_person_as_two_contacts() -> None:
    here, _ = find_or_create_contact(phone=P1)

    with practice_scope(make_practice("zwei").pk):
        there, is_new = find_or_create_contact(phone=P1)
        hashes = [bytes(one.value_hash) for one in ContactIdentity.objects.all()]

    assert is_new
    assert there.pk != here.pk
    assert hashes != [bytes(one.value_hash) for one in ContactIdentity.objects.all()]


def test_nothing_that_names_a_person_lies_in_clear() -> None:
    find_or_create_contact(phone=P1, bsuid=B1, username="jana.v", profile_name="Jana Vogt")

    with connection.cursor() as cursor:
        cursor.execute("select i::text, c::text from patients_contactidentity i, patients_contact c")
        stored = str(cursor.fetchall())
    told = repr(Sender(P1, B1, None, "jana.v", "Jana Vogt"))
    planted = [P1[1:], B1, "jana.v", "Vogt"]
    assert [word for word in planted if word in stored or word.encode().hex() in stored or word in told] == []


# ── contradictions ──


def test_a_number_with_another_whatsapp_account_is_flagged() -> None:
    """A recycled number: the same phone, another BSUID."""
    contact, _ = find_or_create_contact(phone=P1, bsuid=B1)

    again, is_new = find_or_create_contact(phone=P1, bsuid=B2)

    assert (again, is_new) == (contact, False)
    assert living(contact) == {"phone": P1, "bsuid": B2}
    assert is_flagged(contact)


def test_an_account_with_another_number_is_flagged() -> None:
    contact, _ = find_or_create_contact(phone=P1, bsuid=B1)

    again, is_new = find_or_create_contact(phone=P2, bsuid=B1)

    assert (again, is_new) == (contact, False)
    assert living(contact) == {"phone": P2, "bsuid": B1}
    assert is_flagged(contact)


def test_identities_of_two_contacts_in_one_message_follow_the_phone_and_merge_nobody() -> None:
    by_phone, _ = find_or_create_contact(phone=P1)
    by_bsuid, _ = find_or_create_contact(bsuid=B1)

    contact, is_new = find_or_create_contact(phone=P1, bsuid=B1)

    assert (contact, is_new) == (by_phone, False)
    assert living(by_phone) == {"phone": P1, "bsuid": B1}
    assert living(by_bsuid) == {}
    assert (is_flagged(by_phone), is_flagged(by_bsuid)) == (True, True)
    assert Contact.objects.count() == 2


def test_a_contradiction_is_flagged_once_and_not_with_every_message() -> None:
    contact, _ = find_or_create_contact(phone=P1, bsuid=B1)
    find_or_create_contact(phone=P1, bsuid=B2)
    Contact.objects.update(identity_changed_at=None)

    find_or_create_contact(phone=P1, bsuid=B2)

    assert not is_flagged(contact)


def test_ended_identities_are_kept_for_the_trail() -> None:
    contact, _ = find_or_create_contact(phone=P1, bsuid=B1)
    find_or_create_contact(phone=P1, bsuid=B2)

    ended = ContactIdentity.objects.exclude(ended_at=None)

    assert [(one.contact_id, one.value) for one in ended] == [(contact.pk, B1)]


# ── number changes told by WhatsApp ──


def test_a_number_change_moves_the_identity_and_flags_the_contact() -> None:
    contact, _ = find_or_create_contact(phone=P1)

    change_identity(contact, phone=P2)

    assert living(contact) == {"phone": P2}
    assert is_flagged(contact)
    assert find_or_create_contact(phone=P2) == (contact, False)
    assert find_or_create_contact(phone=P1)[1] is True


def test_a_number_that_was_somebody_elses_leaves_them_and_flags_both() -> None:
    contact, _ = find_or_create_contact(phone=P1)
    other, _ = find_or_create_contact(phone=P2)

    change_identity(contact, phone=P2, bsuid=B2)

    assert (living(contact), living(other)) == ({"phone": P2, "bsuid": B2}, {})
    assert (is_flagged(contact), is_flagged(other)) == (True, True)


def test_a_change_without_a_new_name_flags_alone() -> None:
    contact, _ = find_or_create_contact(phone=P1)

    change_identity(contact)

    assert living(contact) == {"phone": P1}
    assert is_flagged(contact)
    assert contact.identity_changed_at is not None


def test_a_change_is_in_the_trail_without_any_number() -> None:
    contact, _ = find_or_create_contact(phone=P1)

    change_identity(contact, phone=P2, bsuid=B2)

    assert [(one.kind, one.about_id, one.codes) for one in AuditEvent.objects.all()] == [
        ("identity_changed", contact.pk, {"kinds": ["phone", "bsuid"]})
    ]


# ── batches ──


def test_a_batch_gives_each_sender_its_contact_in_order() -> None:
    known, _ = find_or_create_contact(phone=P1)

    found = resolve_contacts([Sender(phone=P2), Sender(phone=P1), Sender(phone=P2), Sender(bsuid=B1)])

    assert [found[0] == found[2], found[1], found[3] in (found[0], found[1])] == [True, known, False]
    assert Contact.objects.count() == 3


def test_a_batch_learns_across_its_own_messages() -> None:
    first, second, third = resolve_contacts([Sender(phone=P1), Sender(phone=P1, bsuid=B1), Sender(bsuid=B1)])

    assert first == second == third
    assert living(first) == {"phone": P1, "bsuid": B1}


def test_an_unidentified_sender_stops_the_batch_before_anything_is_written() -> None:
    with pytest.raises(Unidentified):
        resolve_contacts([Sender(phone=P1), Sender(username="jana.v")])

    assert Contact.objects.count() == 0


def test_no_senders_are_no_contacts() -> None:
    assert resolve_contacts([]) == []


def test_known_senders_cost_the_same_queries_however_many_they_are() -> None:
    senders = [Sender(phone=P1, bsuid=B1), Sender(phone=P2), Sender(phone=P3, bsuid=B2)]
    resolve_contacts(senders)

    with CaptureQueriesContext(connection) as one:
        resolve_contacts(senders[:1])
    with CaptureQueriesContext(connection) as three:
        resolve_contacts(senders)

    assert len(one) == len(three)
    assert sum(query["sql"].startswith("SELECT") for query in three) == 3


def test_an_identity_that_was_emptied_gets_its_value_from_whoever_writes_again_and_no_other_does() -> None:
    contact, _ = find_or_create_contact(phone=P1, bsuid=B1)
    other, _ = find_or_create_contact(phone=P2)
    with transaction.atomic():
        forget_contact(contact=Contact.objects.select_for_update().get(pk=contact.pk), before=timezone.now())
    assert living(contact) == {"phone": "", "bsuid": ""}

    again, is_new = find_or_create_contact(phone=P1)

    assert (again, is_new) == (contact, False)
    assert living(contact) == {"phone": P1, "bsuid": ""}
    assert living(other) == {"phone": P2}
    assert Contact.objects.get(pk=contact.pk).profile_name is None
