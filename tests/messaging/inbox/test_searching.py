"""The search: people by name, number, date of birth; messages with their words marked; nothing in an address."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from messaging import search as scanning
from messaging.inbox import directory
from messaging.inbox.search_form import Asked
from messaging.models import Channel, Conversation, ConversationLabel, Label
from messaging.search_query import Query
from patients.models import Patient
from practices.models import AccessLog, Member
from practices.tenancy import uuid7
from tests.messaging.inbox.desk import answer, forget_keys, make_contact, make_conversation, make_patient, receive
from tests.messaging.inbox.searches import SEARCH, found, hits, make_somebody_to_find, people, search, store_photo
from tests.whole import of_whole, rows

LIST = "/p/morgenthal/inbox/"
HTMX = {"HX-Request": "true"}
QUERIES_OF_A_SEARCH = 41  # seven of them find out who asks; people and the list of patients are read anew
QUERIES_OF_A_SCAN = 21  # and no people


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_somebody_to_find(channel)


@pytest.mark.parametrize(
    "query",
    [
        *("Vogt", "vog", "öztürk", "Oeztuerk", "jana vogt", "vogt, jana", "Zahnfee", "Vogt 1998"),
        *(
            "02.12.1998",
            "2.12.1998",
            "1998-12-02",
            "2.12.98",
            "2/12/1998",
            "2-12-1998",
            "02.12.1998".replace(".", ""),
            "2.12.",
        ),
        *("2. Dezember 1998", "2 Dez 98", "2. dez", "2 December 1998", "Vogt 2.12.1998", "02.12.98 jana"),
        *("0171 3920010", "+49 171 3920010", "0049 171 3920010", "3920010", "20010"),
    ],
)
def test_a_person_is_found_by(desk: Client, conversation: Conversation, query: str) -> None:
    assert people(desk, query) == [conversation.pk]


@pytest.mark.parametrize(
    "query",
    [
        "Vogel",
        "jana klein",
        "01.12.1998",
        "31.02.1998",
        "2.12.99",
        "2.12.1898",
        "Klein 2.12.1998",
        "0171 3920099",
        "10",
        "ogt",
    ],
)
def test_nobody_is_found_by(desk: Client, conversation: Conversation, query: str) -> None:
    assert people(desk, query) == []


def test_a_patient_who_has_never_written_is_found_with_the_address_of_the_record(
    desk: Client, conversation: Conversation
) -> None:
    ida = Patient.objects.create(first_name="Ida", last_name="Vogtländer", birth_date="2015-03-12")

    page = search(desk, "Vogt")

    assert [row.pk for row in page.context["people"]] == [conversation.pk]
    assert [record.pk for record in page.context["records"]] == [ida.pk]
    assert f'href="/p/morgenthal/patients/{ida.pk}/"' in page.content.decode()
    assert "2 Personen" in page.content.decode()


def test_a_filter_is_about_messages_and_finds_no_record(desk: Client, channel: Channel) -> None:
    Patient.objects.create(first_name="Ida", last_name="Klee", birth_date="2015-03-12")

    page = search(desk, "Klee", has_file="1")

    assert page.context["records"] == []
    assert "Nichts gefunden" in page.content.decode()


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

    page = clara.post("/p/ostufer/inbox/search/", {"q": "Vogt"})

    assert (page.status_code, page.context["people"], page.context["groups"]) == (200, [], [])


def test_an_entry_shows_nothing_when_it_is_printed(desk: Client, conversation: Conversation) -> None:
    forget_keys()
    people(desk, "Vogt")

    [known] = directory._known.values()
    [entry] = known.entries.values()

    assert [part for part in ("vogt", "3920010", "1998") if part in repr(entry) + repr(known)] == []


def test_a_hit_shows_the_words_around_it(desk: Client, conversation: Conversation) -> None:
    text = "Ich habe eine Frage, denn mir fehlen, seit ich bei Ihnen war, die Kostenpläne, die Sie schicken wollten"
    message = receive(conversation, f"{text}, und ich finde sie nicht. {'Danke sehr. ' * 20}")

    page = search(desk, "kostenplan")

    [group], [hit] = page.context["groups"], hits(page)
    assert (group.conversation_pk, group.name, hit.message_pk) == (conversation.pk, "Öztürk-Vogt, Jana", message.pk)
    assert found(page) == [
        "… seit ich bei Ihnen war, die [Kostenpläne], die Sie schicken wollten, und ich finde sie nicht."
        " Danke sehr. Danke sehr. Danke sehr. Danke …"
    ]


def test_every_word_that_was_looked_for_is_marked(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "Die Krone und der Kostenplan für die Kronen")

    page = search(desk, "kostenplan krone")

    assert found(page) == ["Die [Krone] und der [Kostenplan] für die [Kronen]"]
    assert page.content.decode().count("<mark>") == 3


def test_marked_words_are_escaped_each_by_itself(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "<b>Prothese</b> <script>window.ran=1</script>")

    text = search(desk, "prothese").content.decode()

    assert "&lt;b&gt;<mark>Prothese</mark>&lt;/b&gt; &lt;script&gt;" in text
    assert "<script>window.ran" not in text


def test_hits_stand_by_conversation_the_newest_first(
    desk: Client, channel: Channel, conversation: Conversation
) -> None:
    other = make_conversation(channel, make_contact(profile_name="Zweiter"))
    receive(conversation, "Prothese eins")
    receive(other, "Prothese zwei")
    receive(conversation, "Prothese drei")

    groups = search(desk, "prothese").context["groups"]

    assert [(group.conversation_pk, len(group.hits)) for group in groups] == [(conversation.pk, 2), (other.pk, 1)]


def test_of_one_conversation_three_hits_stand_at_once(desk: Client, conversation: Conversation) -> None:
    for number in range(5):
        receive(conversation, f"Prothese {number}")

    page = search(desk, "prothese")

    [group] = page.context["groups"]
    assert (len(group.shown), len(group.others)) == (3, 2)
    assert "2 weitere Treffer in dieser Unterhaltung" in page.content.decode()


@pytest.mark.parametrize("query", ["Zähne", "Zaehne", "Zahn", "zähnen", "ZAEHNE"])
@pytest.mark.parametrize("said", ["Meine Zähne tun weh", "Meine Zaehne tun weh", "Der Zahn tut weh"])
def test_umlauts_are_found_however_they_are_written(
    desk: Client, conversation: Conversation, query: str, said: str
) -> None:
    receive(conversation, said)

    assert len(hits(search(desk, query))) == 1


def test_several_words_must_all_be_there_in_any_order(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "Kostenplan für die Krone")
    receive(conversation, "Krone locker")

    assert found(search(desk, "krone kostenplan")) == ["[Kostenplan] für die [Krone]"]


@pytest.mark.parametrize("query", ['"krone sitzt locker"', "„Krone sitzt locker“", "»krone sitzt locker«"])
def test_a_quoted_phrase_must_stand_just_so(desk: Client, conversation: Conversation, query: str) -> None:
    receive(conversation, "Locker ist die Krone, sie sitzt nicht")
    message = receive(conversation, "Die Krone sitzt locker!")

    assert [hit.message_pk for hit in hits(search(desk, query))] == [message.pk]


def test_a_search_inside_words_says_how_far_it_looked(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "Mein Zahnarzttermin")

    words, parts = search(desk, "termin"), search(desk, "termin", parts="1")

    assert (hits(words), "Auch mitten in Wörtern suchen" in words.content.decode()) == ([], True)
    assert (found(parts), parts.context["searched"]) == (["Mein Zahnarzt[termin]"], 2)
    assert "Alle Nachrichten durchsucht." in parts.content.decode()
    assert "Auch mitten in Wörtern suchen" not in parts.content.decode()


def test_a_search_inside_words_goes_on_step_by_step(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        receive(conversation, f"Backenzahn {number}")
    monkeypatch.setattr(scanning.scan, "__kwdefaults__", {**(scanning.scan.__kwdefaults__ or {}), "most": 2})

    first = search(desk, "ckenz", parts="1")
    second = search(desk, "ckenz", parts="1", before=str(first.context["next_before"]))

    assert found(first) == ["Ba[ckenz]ahn 4", "Ba[ckenz]ahn 3"]
    assert found(second) == ["Ba[ckenz]ahn 2", "Ba[ckenz]ahn 1"]
    assert "In älteren Nachrichten weitersuchen" in first.content.decode()
    assert "Durchsucht bis zurück zum" in first.content.decode()


def test_without_a_script_the_next_step_stays_inside_words(desk: Client, conversation: Conversation) -> None:
    receive(conversation, "Backenzahn")

    page = desk.post(f"{SEARCH}?parts=1", {"q": "ckenz"})

    assert found(page) == ["Ba[ckenz]ahn"]


def test_common_words_say_why_nothing_was_found(desk: Client, conversation: Conversation) -> None:
    page = search(desk, "und ich")

    assert page.content.decode().count("Diese Wörter kommen in fast jeder Nachricht vor.") == 1


def test_who_finds_nothing_reads_what_was_searched_and_how_to_widen(desk: Client, conversation: Conversation) -> None:
    plain = search(desk, "Niemandsen").content.decode()
    filtered = search(desk, "Niemandsen", person="Vogt", since="2026-01-01", has_file="1").content.decode()

    assert "Gesucht wurde nach ganzen Wörtern in allen Formen, nach Namen, Nummern und Geburtsdaten." in plain
    assert "Person „Vogt“, ab 01.01.2026, mit Datei" in filtered
    assert "Einschränkungen aufheben" in filtered


def test_further_hits_come_below_the_first(desk: Client, conversation: Conversation) -> None:
    for number in range(53):
        receive(conversation, f"Prothese {number}")

    first = search(desk, "prothese")
    asked = {"q": "prothese", "before": str(first.context["next_before"])}
    second = desk.post(SEARCH, asked, headers=HTMX)

    assert (len(hits(first)), len(hits(second))) == (50, 3)
    assert second.content.decode().lstrip().startswith('<section class="hits"')
    assert second.context["next_before"] is None


def test_an_edits_words_lead_to_the_message_it_changed(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation, "Montag")
    receive(conversation, "Doch lieber Prothese", type="edit", target=message)

    assert [hit.message_pk for hit in hits(search(desk, "Prothese"))] == [message.pk]


def test_a_hit_says_which_words_are_ours(desk: Client, anna: Member, conversation: Conversation) -> None:
    answer(conversation, "Die Prothese ist da", by=anna)

    assert [hit.from_us for hit in hits(search(desk, "Prothese"))] == [True]


# ── what stays unsaid ──


def addresses_in(page: Any) -> list[str]:
    return re.findall(r'(?:href|action|formaction|hx-post|hx-get|src)="([^"]*)"', page.content.decode())


def test_the_search_is_posted_and_no_word_of_it_stands_in_an_address(desk: Client, conversation: Conversation) -> None:
    for _ in range(60):
        receive(conversation, "Geheimwort")

    page = search(desk, "Geheimwort", person="Vogt")

    text = page.content.decode()
    assert len(hits(page)) == 50
    assert [one for one in addresses_in(page) if "geheimwort" in one.lower() or "vogt" in one.lower()] == []
    assert [name for name, value in page.headers.items() if "Geheimwort" in value] == []
    assert re.search(r'<form class="bar__search search"\s+id="search-form"\s+role="search"\s+method="post"', text)


def test_the_fixed_address_finds_plain_words_and_goes_on_without_them(desk: Client, conversation: Conversation) -> None:
    for number in range(51):
        receive(conversation, f"Prothese {number}")

    page = desk.get(LIST, {"q": "prothese"})

    assert len(hits(page)) == 50
    assert 'value="prothese"' in page.content.decode()
    assert [one for one in addresses_in(page) if "prothese" in one] == []


def test_without_words_the_page_says_how_one_searches(desk: Client, conversation: Conversation) -> None:
    for page in (desk.get(SEARCH), search(desk), search(desk, "   ")):
        assert (page.status_code, "So suchen Sie" in page.content.decode()) == (200, True)
    assert AccessLog.objects.count() == 0


def test_that_somebody_searched_is_noted_and_not_for_what(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    search(desk, "Vogt")

    [entry] = AccessLog.objects.all()
    assert (entry.kind, entry.member, entry.about_id, entry.reason) == ("search", anna, anna.pk, "")


def test_a_search_that_goes_on_is_one_search(desk: Client, conversation: Conversation) -> None:
    for _ in range(51):
        receive(conversation, "Prothese")

    first = search(desk, "prothese")
    desk.post(SEARCH, {"q": "prothese", "before": str(first.context["next_before"])}, headers=HTMX)

    assert AccessLog.objects.count() == 1


@pytest.mark.parametrize("name", ["before", "people_before"])
def test_a_whole_page_is_noted_wherever_it_says_it_begins(desk: Client, conversation: Conversation, name: str) -> None:
    search(desk, "Vogt", **{name: uuid7()})

    assert [entry.kind for entry in AccessLog.objects.all()] == ["search"]


def test_what_was_asked_shows_nothing_when_it_is_printed() -> None:
    asked = Asked(query="Vogt", person="Jana", errors=["Vogt"])

    assert [part for part in ("Vogt", "Jana") if part in repr(asked) + repr(Query("Vogt"))] == []


def test_of_a_conversation_that_asks_for_a_reason_no_word_is_shown(
    desk: Client, channel: Channel, conversation: Conversation
) -> None:
    receive(make_conversation(channel, make_contact(profile_name="Zweiter")), "Alte Prothese")
    receive(conversation, "Neue Prothese")
    Conversation.objects.filter(pk=conversation.pk).update(closed_at=timezone.now() - timedelta(days=91))

    page = search(desk, "prothese")

    text = page.content.decode()
    assert [(group.asks, len(group.hits)) for group in page.context["groups"]] == [(True, 0), (False, 1)]
    assert ("Öffnen fragt nach einem Grund." in text, "Neue <mark>" in text, "Alte <mark>" in text) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_number_of_queries_does_not_depend_on_the_hits(
    desk: Client, channel: Channel, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for _ in range(rows):
        conversation = make_conversation(channel)
        make_patient(conversation.contact, last_name="Prothesener")
        receive(conversation, "Die Prothese drückt")
        Patient.objects.create(first_name="Ida", last_name="Prothesenlos")
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_A_SEARCH):
        page = search(desk, "Prothese")

    shown = (len(hits(page)), len(page.context["people"]), len(page.context["records"]))
    assert shown == (rows, min(rows, 20), min(rows, 8))


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_number_of_queries_of_a_scan_does_not_depend_on_the_hits(
    desk: Client, channel: Channel, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    label = Label.objects.create(name="Labor")
    for _ in range(rows):
        conversation = make_conversation(channel)
        ConversationLabel.objects.create(conversation=conversation, label=label)
        store_photo(receive(conversation, "Die Prothese drückt"))
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_A_SCAN):
        page = search(desk, "rothes", parts="1", label=str(label.pk), has_file="1", since="2020-01-01")

    assert len(hits(page)) == rows


@pytest.mark.parametrize(
    "query",
    rows(
        ["%", "' or 1=1", "<script>", "x" * 5000, "🦷", "٣٩٢٠", '"', '""', '"""', "„“", "((", "[", "\\"],
        everyday=lambda query: query in {"%", "' or 1=1", '"', "\\"},
    ),
)
@pytest.mark.parametrize("parts", [{}, {"parts": "1"}])
def test_any_text_may_be_searched(desk: Client, conversation: Conversation, query: str, parts: dict[str, str]) -> None:
    page = search(desk, query, person=query if query.isascii() else "", **parts)

    assert (page.status_code, page.context["people"], page.context["groups"]) == (200, [], [])


@pytest.mark.parametrize(
    "name", ["before", "people_before", "label", "since", "until", "direction", "has_file", "parts", "person", "q"]
)
@pytest.mark.parametrize(
    "value",
    ["\x00", of_whole("x" * 300), "00000000-0000-0000-0000-000000000000", of_whole("0001-01-01"), of_whole("９９")],
)
def test_no_field_breaks_the_page(desk: Client, conversation: Conversation, name: str, value: str) -> None:
    assert desk.post(SEARCH, {"q": "guten", name: value}).status_code == 200


def test_a_trainee_may_search_and_a_stranger_may_not(bert: Client, clara: Client, conversation: Conversation) -> None:
    assert people(bert, "Vogt") == [conversation.pk]
    assert search(clara, "Vogt").status_code == 404
