"""The search field: people by name, number, date of birth; messages with the words around the match."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from messaging.inbox import directory
from messaging.models import Channel, Conversation
from patients.models import Patient
from practices.models import AccessLog, Member
from tests.messaging.inbox.desk import answer, forget_keys, make_contact, make_conversation, make_patient, receive

LIST = "/p/morgenthal/inbox/"
QUERIES_OF_A_SEARCH = 28  # seven of them find out who asks, and the people are read anew


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel, make_contact("+491713920010", profile_name="Zahnfee"))
    make_patient(conversation.contact, first_name="Jana", last_name="Öztürk-Vogt")
    receive(conversation, "Guten Tag")
    return conversation


def people(browser: Client, query: str) -> list[object]:
    return [row.pk for row in browser.get(LIST, {"q": query}).context["people"]]


@pytest.mark.parametrize(
    "query",
    [
        *("Vogt", "vog", "öztürk", "Oeztuerk", "jana vogt", "vogt, jana", "Zahnfee", "Vogt 1998"),
        *("02.12.1998", "2.12.1998", "1998-12-02"),
        *("0171 3920010", "+49 171 3920010", "0049 171 3920010", "3920010", "20010"),
    ],
)
def test_a_person_is_found_by(desk: Client, conversation: Conversation, query: str) -> None:
    assert people(desk, query) == [conversation.pk]


@pytest.mark.parametrize("query", ["Vogel", "jana klein", "01.12.1998", "31.02.1998", "0171 3920099", "10", "ogt"])
def test_nobody_is_found_by(desk: Client, conversation: Conversation, query: str) -> None:
    assert people(desk, query) == []


def test_a_name_that_changed_is_found_by_the_new_one(desk: Client, conversation: Conversation) -> None:
    people(desk, "Vogt")
    patient = Patient.objects.get()
    patient.last_name = "Lehmann"
    patient.save(update_fields=["last_name"])

    assert (people(desk, "Lehmann"), people(desk, "Vogt")) == ([conversation.pk], [])


def test_who_was_removed_is_gone_at_once(desk: Client, conversation: Conversation) -> None:
    people(desk, "Vogt")
    conversation.contact.patient_links.all().delete()

    assert people(desk, "Vogt") == []


def test_the_memory_of_names_is_each_practices_own(desk: Client, clara: Client, conversation: Conversation) -> None:
    people(desk, "Vogt")

    found = clara.get("/p/ostufer/inbox/", {"q": "Vogt"})

    assert (found.status_code, found.context["people"], found.context["hits"]) == (200, [], [])


def test_an_entry_shows_nothing_when_it_is_printed(desk: Client, conversation: Conversation) -> None:
    forget_keys()
    people(desk, "Vogt")

    [known] = directory._known.values()
    [entry] = known.entries.values()

    assert [part for part in ("vogt", "3920010", "1998") if part in repr(entry) + repr(known)] == []


def test_a_hit_shows_the_words_around_it(desk: Client, conversation: Conversation) -> None:
    text = "Ich habe eine Frage, denn mir fehlen, seit ich bei Ihnen war, die Kostenpläne, die Sie schicken wollten"
    message = receive(conversation, f"{text}, und ich finde sie nicht.")

    [hit] = desk.get(LIST, {"q": "kostenplan"}).context["hits"]

    assert (hit.message_pk, hit.conversation_pk, hit.name) == (message.pk, conversation.pk, "Öztürk-Vogt, Jana")
    assert (hit.before, hit.match, hit.after) == (
        "… bei Ihnen war, die ",
        "Kostenpläne",
        ", die Sie schicken wollten, und ich finde sie nicht.",
    )


def test_a_search_inside_words_says_how_far_it_looked(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "Mein Zahnarzttermin")

    words = desk.get(LIST, {"q": "termin"})
    parts = desk.get(LIST, {"q": "termin", "parts": "1"})

    assert (words.context["hits"], words.context["parts_page"]) == ([], "?q=termin&parts=1")
    assert [(hit.before, hit.match) for hit in parts.context["hits"]] == [("Mein Zahnarzt", "termin")]
    assert (parts.context["searched"], parts.context["parts_page"]) == (2, "")


def test_common_words_say_why_nothing_was_found(desk: Client, conversation: Conversation) -> None:
    page = desk.get(LIST, {"q": "und ich"})

    assert page.content.decode().count("So häufige Wörter stehen nicht im Verzeichnis.") == 1


def test_an_edits_words_lead_to_the_message_it_changed(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation, "Montag")
    receive(conversation, "Doch lieber Prothese", type="edit", target=message)

    assert [hit.message_pk for hit in desk.get(LIST, {"q": "Prothese"}).context["hits"]] == [message.pk]


def test_a_hit_says_which_words_are_ours(desk: Client, anna: Member, conversation: Conversation) -> None:
    answer(conversation, "Die Prothese ist da", by=anna)

    assert [hit.from_us for hit in desk.get(LIST, {"q": "Prothese"}).context["hits"]] == [True]


def test_that_somebody_searched_is_noted_and_not_for_what(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    desk.get(LIST, {"q": "Vogt"})

    [entry] = AccessLog.objects.all()
    assert (entry.kind, entry.member, entry.about_id) == ("search", anna, anna.pk)


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_number_of_queries_does_not_depend_on_the_hits(
    desk: Client, channel: Channel, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for _ in range(rows):
        conversation = make_conversation(channel)
        make_patient(conversation.contact, last_name="Prothesener")
        receive(conversation, "Die Prothese drückt")
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_A_SEARCH):
        page = desk.get(LIST, {"q": "Prothese"})

    assert (len(page.context["hits"]), len(page.context["people"])) == (rows, min(rows, 20))


@pytest.mark.parametrize("query", ["\x00", "%", "' or 1=1", "<script>", "x" * 5000, "🦷", "٣٩٢٠"])
def test_any_text_may_be_searched(desk: Client, conversation: Conversation, query: str) -> None:
    page = desk.get(LIST, {"q": query})

    assert (page.status_code, page.context["people"], page.context["hits"]) == (200, [], [])


def test_a_trainee_may_search_and_a_stranger_may_not(bert: Client, clara: Client, conversation: Conversation) -> None:
    assert people(bert, "Vogt") == [conversation.pk]
    assert clara.get(LIST, {"q": "Vogt"}).status_code == 404
