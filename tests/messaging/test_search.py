"""Search over ciphertext finds what the same search over plaintext would, and gives away as little as decided."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging import search
from messaging.models import Conversation, Message, MessageToken
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.messaging.inbox.desk import make_channel, make_contact, make_conversation, receive
from tests.people import make_practice
from tests.whole import as_many


@pytest.fixture
def conversation(db: None) -> Iterator[Conversation]:
    with practice_scope(make_practice().pk):
        yield make_conversation(make_channel())


def bodies(found: search.Found) -> list[str | None]:
    return [message.body for message in found.messages]


# ── from words to stems ──


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Zähne", "zahn"),
        ("Zaehne", "Zähne"),
        ("Füllung", "Fuellungen"),
        ("STRASSE", "straße"),
        ("Rechnungen", "rechnung"),
        ("Ko\u0308ln", "köln"),
        ("ﬁeber", "Fieber"),
    ],
)
def test_forms_and_spellings_of_a_word_are_one_stem(written: str, asked: str) -> None:
    assert search.stems(written) == search.stems(asked)


def test_numbers_of_less_than_three_digits_are_no_words() -> None:
    assert search.stems("Zimmer 12, Rechnung 815") == {"zimm", "rechnung", "815"}


def test_the_three_hundred_commonest_stems_are_left_out() -> None:
    assert len(search.common_stems()) == 300
    assert search.rare_stems("Und wann haben Sie einen Termin für mich?") == {"termin"}


def test_every_common_stem_is_spelled_as_stems_are() -> None:
    unlike = {one for one in search.common_stems() if one != unicodedata.normalize("NFKC", one).casefold()}

    assert unlike == set()


def test_the_stems_that_give_most_away_are_never_indexed() -> None:
    assert search.rare_stems("der die das und ich nicht Sie ist zu ein mit wir") == set()


def test_stems_are_those_that_tokens_were_stored_with() -> None:
    """An upgrade of the stemmer that changes one of these makes what was indexed before it impossible to find."""
    stored = {
        "füllungen": "fullung",
        "überweisung": "uberweis",
        "straße": "strass",
        "weisheitszähne": "weisheitszahn",
        "wurzelbehandlung": "wurzelbehandl",
        "zahnreinigungstermin": "zahnreinigungstermin",
        "krankenkassenkarte": "krankenkassenkart",
        "abgebrochen": "abgebroch",
        "entzündete": "entzund",
        "geschwollen": "geschwoll",
        "knirscherschiene": "knirscherschi",
        "aerger": "arg",
        "bequem": "bequ",
        "feuer": "feu",
        "quelle": "quell",
        "herzlichen": "herzlich",
        "815": "815",
        "стоп": "стоп",
        "doğru": "doğru",
    }

    assert {word: search.stem(word) for word in stored} == stored


# ── the index ──


def test_a_message_is_forgotten_without_a_look_at_the_tokens_of_others(conversation: Conversation) -> None:
    tokens = MessageToken.objects.filter(message_id=uuid7())
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")  # an empty table is read whole otherwise

    plan = tokens.explain()

    assert plan.count("message_token_message") == 1
    assert re.findall(r"Index Cond: .*message_id = ", plan) != []


@pytest.mark.parametrize("are_new", [False, True])
def test_many_messages_have_the_tokens_that_each_has_alone(conversation: Conversation, are_new: bool) -> None:
    bodies = ["Kostenplan und Bonusheft", "Den Kostenplan, die Kostenpläne!", "12 und 345", None, "👍"]
    messages = [Message(body=body) for body in bodies]

    search.index(messages, are_new=are_new)

    stored = {
        message.pk: set(MessageToken.objects.filter(message_id=message.pk).values_list("token", flat=True))
        for message in messages
    }
    assert stored == {message.pk: search.tokens(message.body or "") for message in messages}
    assert [len(stored[message.pk]) for message in messages] == [2, 1, 1, 0, 0]


def test_a_token_says_nothing_without_the_practices_key(conversation: Conversation) -> None:
    here = search.tokens("Kostenplan")
    with practice_scope(make_practice("ostufer").pk):
        there = search.tokens("Kostenplan")
    unkeyed = int.from_bytes(hashlib.sha256(b"m1|kostenplan").digest()[:4], signed=True)

    assert here != there
    assert unkeyed not in here | there


def test_indexing_twice_is_harmless(conversation: Conversation) -> None:
    message = receive(conversation, "Kostenplan und Bonusheft")
    before = MessageToken.objects.count()

    search.index([message])

    assert (before, MessageToken.objects.count()) == (2, 2)


def test_a_message_without_words_has_no_tokens(conversation: Conversation) -> None:
    receive(conversation, None)
    receive(conversation, "👍 ‼")

    assert MessageToken.objects.count() == 0


def test_a_forgotten_message_is_not_found(conversation: Conversation) -> None:
    kept, gone = receive(conversation, "Krone links"), receive(conversation, "Krone rechts")

    assert search.forget([gone.pk]) == 2
    assert search.find("Krone").messages == [kept]


# ── finding ──


def test_every_word_must_be_there_in_some_form(conversation: Conversation) -> None:
    receive(conversation, "Der Kostenplan für die Krone")
    receive(conversation, "Die Kronen sitzen")
    receive(conversation, "Ein Kostenplan fehlt")

    assert bodies(search.find("kronen kostenpläne")) == ["Der Kostenplan für die Krone"]


def test_common_words_of_the_query_count_when_the_message_is_opened(conversation: Conversation) -> None:
    receive(conversation, "Die Krone ist heute rausgefallen")
    receive(conversation, "Krone?")

    assert bodies(search.find("heute Krone")) == ["Die Krone ist heute rausgefallen"]


def test_a_query_of_common_words_alone_is_left_to_the_scan(conversation: Conversation) -> None:
    receive(conversation, "Ich bin heute nicht da")

    assert (search.is_indexed("ich nicht"), bodies(search.find("ich nicht"))) == (False, [])
    assert bodies(search.scan("ich nicht")) == ["Ich bin heute nicht da"]


def test_the_newest_hits_come_first_and_the_next_page_goes_on(conversation: Conversation) -> None:
    for number in range(7):
        receive(conversation, f"Termin Nummer {number}")

    first = search.find("Termin", limit=3)
    second = search.find("Termin", limit=3, before=first.before)
    third = search.find("Termin", limit=3, before=second.before)

    numbers = [[(body or "")[-1] for body in bodies(page)] for page in (first, second, third)]
    assert numbers == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert third.before is None


def test_a_token_that_collides_is_opened_and_dropped(conversation: Conversation) -> None:
    receive(conversation, "Prothese")
    other = receive(conversation, "Ganz etwas anderes")
    [token] = search.tokens("Prothese")
    MessageToken.objects.create(token=token, message_id=other.pk)

    assert bodies(search.find("Prothese")) == ["Prothese"]


def test_more_collisions_than_a_page_do_not_hide_a_hit(conversation: Conversation) -> None:
    receive(conversation, "Prothese")
    [token] = search.tokens("Prothese")
    others = [receive(conversation, None) for _ in range(search.CANDIDATES_AT_ONCE + 5)]
    MessageToken.objects.bulk_create(MessageToken(token=token, message_id=other.pk) for other in others)

    assert bodies(search.find("Prothese")) == ["Prothese"]


def test_what_the_patient_deleted_is_not_found(conversation: Conversation) -> None:
    message = receive(conversation, "Doch lieber Prothese")
    Message.objects.filter(pk=message.pk).update(revoked_at=message.at)

    assert (bodies(search.find("Prothese")), bodies(search.scan("othes"))) == ([], [])


def test_another_practices_messages_are_never_found(conversation: Conversation) -> None:
    with practice_scope(make_practice("ostufer").pk):
        receive(make_conversation(make_channel(), make_contact()), "Prothese drückt")

    assert (bodies(search.find("Prothese")), bodies(search.scan("Prothese"))) == ([], [])


@pytest.mark.parametrize("query", ["", "  ", "?!", "'; drop table message_token; --", "%", "\x00", "💊", "1", "\ud800"])
def test_a_query_that_is_none_finds_nothing_and_breaks_nothing(conversation: Conversation, query: str) -> None:
    receive(conversation, "Prothese")

    assert bodies(search.find(query)) == []


def test_a_very_long_query_is_cut(conversation: Conversation) -> None:
    receive(conversation, "Prothese")

    assert bodies(search.find(" ".join(f"wort{number}" for number in range(500)))) == []


# ── parts of words ──


def test_parts_of_words_are_found_by_scanning(conversation: Conversation) -> None:
    receive(conversation, "Mein Zahnarzttermin am Montag")
    receive(conversation, "Die Terminbestätigung fehlt")

    found = search.scan("termin mont")

    assert bodies(search.find("Termin")) == []
    assert (bodies(found), found.searched, found.before) == (["Mein Zahnarzttermin am Montag"], 2, None)


def test_a_scan_stops_where_it_was_told_and_goes_on_from_there(conversation: Conversation) -> None:
    for number in range(5):
        receive(conversation, f"Backenzahn {number}")

    first = search.scan("backen", most=3)
    second = search.scan("backen", most=3, before=first.before)

    assert [(body or "")[-1] for body in bodies(first)] == ["4", "3", "2"]
    assert [(body or "")[-1] for body in bodies(second)] == ["1", "0"]
    assert (first.searched, second.searched, second.before) == (3, 2, None)


# ── against plaintext ──

WORDS = """
    Zahn Zähne Zahnarzt Krone Kronen Kostenplan Termin Termine Schmerz Schmerzen Füllung Prothese Rechnung
    Überweisung Bonusheft Röntgen Montag Dienstag morgen heute ich Sie nicht bitte 815 4711 12 Wurzel Wurzeln
""".split()
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
QUERIES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


@settings(
    max_examples=as_many(whole=60, everyday=20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(TEXTS, min_size=1, max_size=12), queries=st.lists(QUERIES, min_size=1, max_size=6))
def test_the_index_finds_exactly_what_plaintext_would(
    conversation: Conversation, texts: list[str], queries: list[str]
) -> None:
    Message.objects.all().delete()
    MessageToken.objects.all().delete()
    stored = [receive(conversation, text) for text in texts]

    for query in queries:
        assert found_by_index(query) == found_in_plaintext(stored, query)


def found_by_index(query: str) -> list[UUID]:
    return [message.pk for message in search.find(query).messages]


def found_in_plaintext(stored: list[Message], query: str) -> list[UUID]:
    """The rule, said once more over plaintext: newest first, every stem of the query, if any is rare enough."""
    wanted = search.stems(query)
    if not wanted - search.common_stems():
        return []
    return [message.pk for message in reversed(stored) if wanted <= search.stems(str(message.body))]


def test_the_tokens_table_stays_narrow(conversation: Conversation) -> None:
    columns = [field.column for field in MessageToken._meta.local_concrete_fields]

    assert (MessageToken._meta.db_table, columns) == ("message_token", ["practice_id", "token", "message_id"])
