"""Which contact entry belongs to which message: on any shared identifier, never against another."""

import time

import pytest

from messaging.whatsapp.payloads import NOBODY, Peer
from messaging.whatsapp.payloads.peers import Contacts

ERIKA = Peer("+491713920011", "DE.1", None, "@erika", "Erika M.")
JONAS = Peer("+4917604069012", "DE.2", None, None, "Jonas B.")


@pytest.mark.parametrize(
    ("found", "completed"),
    [
        (Peer(phone="+491713920011"), ERIKA),
        (Peer(user_id="DE.1"), ERIKA),
        (Peer(phone="+491713920011", user_id="DE.1"), ERIKA),
        (Peer(user_id="DE.2"), JONAS),
    ],
)
def test_any_shared_identifier_finds_the_entry_and_brings_the_others_along(found: Peer, completed: Peer) -> None:
    assert Contacts([ERIKA, JONAS]).complete(found) == completed


@pytest.mark.parametrize(
    "found",
    [
        Peer(phone="+491713920011", user_id="DE.9"),  # a number that has passed to another account
        Peer(phone="+491713920019", user_id="DE.1"),
        Peer(phone="+491713920011", user_id="DE.2"),
    ],
)
def test_entries_that_contradict_the_message_are_never_joined_to_it(found: Peer) -> None:
    assert Contacts([ERIKA, JONAS]).complete(found) == found


def test_a_parent_id_alone_finds_the_entry_too() -> None:
    entry = Peer(user_id="DE.1", parent_user_id="DE.ENT.1", profile_name="Kim")

    assert Contacts([entry]).complete(Peer(parent_user_id="DE.ENT.1")) == entry


def test_what_the_message_says_itself_comes_first() -> None:
    found = Peer(phone="+491713920011", profile_name="Erika Mustermann")

    assert Contacts([ERIKA]).complete(found).profile_name == "Erika Mustermann"


def test_a_stranger_to_all_entries_stays_as_found() -> None:
    found = Peer(phone="+491713920019")

    assert Contacts([ERIKA]).complete(found) == found
    assert Contacts([]).complete(found) == found


def test_an_item_that_names_nobody_belongs_to_the_only_entry_and_to_none_of_two() -> None:
    assert Contacts([ERIKA]).complete(NOBODY) == ERIKA
    assert Contacts([ERIKA, JONAS]).complete(NOBODY) == NOBODY
    assert Contacts([]).complete(NOBODY) == NOBODY


def test_the_first_of_two_entries_for_one_number_counts() -> None:
    again = Peer(phone="+491713920011", profile_name="E. Muster")

    assert Contacts([again, ERIKA]).complete(Peer(phone="+491713920011")).profile_name == "E. Muster"


def test_thousands_of_messages_beside_thousands_of_contacts_take_no_minute() -> None:
    contacts = Contacts(Peer(user_id=f"DE.{number}", profile_name="x") for number in range(10_000))

    began = time.process_time()
    found = [contacts.complete(Peer(user_id=f"DE.x{number}")) for number in range(10_000)]

    assert len(found) == 10_000
    assert time.process_time() - began < 2  # seconds; one by one it was 54
