import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from messaging.inbox.listing import ROWS
from messaging.models import Channel, Conversation
from patients.identities import find_or_create_contact
from patients.models import Relation
from practices.models import Member, Practice
from tests.messaging.inbox.desk import answer, forget_keys, make_contact, make_conversation, make_patient, receive

LIST = "/p/morgenthal/inbox/"
QUERIES_OF_THE_LIST = 17  # seven of them find out who asks


def names(page: object) -> list[str]:
    return [row.name for row in page.context["rows"]]  # type: ignore[attr-defined]


def waiting(channel: Channel, name: str, *, minutes: int) -> Conversation:
    conversation = make_conversation(channel)
    make_patient(conversation.contact, last_name=name)
    receive(conversation, ago=timedelta(minutes=minutes))
    return conversation


def test_whoever_waits_longest_stands_on_top(desk: Client, channel: Channel) -> None:
    waiting(channel, "Berger", minutes=5)
    waiting(channel, "Klein", minutes=50)
    waiting(channel, "Adam", minutes=20)

    assert names(desk.get(LIST)) == ["Klein, Jana", "Adam, Jana", "Berger, Jana"]
    assert names(desk.get(LIST, {"order": "newest"})) == ["Berger, Jana", "Adam, Jana", "Klein, Jana"]


def test_the_tabs_hold_who_waits_who_is_open_and_what_is_done(desk: Client, channel: Channel) -> None:
    waiting(channel, "Wartet", minutes=5)
    answered = waiting(channel, "Beantwortet", minutes=30)
    answer(answered, "Ja.")
    done = waiting(channel, "Erledigt", minutes=60)
    Conversation.objects.filter(pk=done.pk).update(closed_at=timezone.now(), waiting_since=None)

    pages = {tab: desk.get(LIST, {"tab": tab}) for tab in ("waiting", "open", "done")}

    assert {tab: names(page) for tab, page in pages.items()} == {
        "waiting": ["Wartet, Jana"],
        "open": ["Wartet, Jana", "Beantwortet, Jana"],
        "done": ["Erledigt, Jana"],
    }
    assert pages["open"].context["tabs"] == {
        "waiting": 1, "mine": 0, "unassigned": 2, "snoozed": 0, "done": 1, "open": 2,
    }  # fmt: skip


def test_a_row_says_who_since_when_and_what(desk: Client, channel: Channel) -> None:
    conversation = waiting(channel, "Vogt", minutes=5)

    [row] = desk.get(LIST).context["rows"]

    assert (row.pk, row.name, row.birth_year, row.owed, row.state) == (
        conversation.pk, "Vogt, Jana", 1998, True, "new",
    )  # fmt: skip
    assert (row.last_line, row.last_from_us, row.waiting_since) == ("Guten Tag", False, conversation.waiting_since)


def test_while_somebody_waits_the_row_says_what_they_wrote_and_not_what_a_rule_answered(
    desk: Client, channel: Channel, anna: Member
) -> None:
    asked = waiting(channel, "Wartet", minutes=20)
    by_rule(asked, "Wir sind ab morgen wieder da.")
    gone_on = waiting(channel, "Nachsatz", minutes=15)
    answer(gone_on, "Kommen Sie vorbei.", by=anna)
    by_rule(gone_on, "Denken Sie an Ihren Termin.", waits=True)
    waits_no_more = waiting(channel, "Beantwortet", minutes=10)
    by_rule(waits_no_more, "Denken Sie an Ihren Termin.", waits=False)

    rows = {row.name: row for row in desk.get(LIST, {"tab": "open"}).context["rows"]}

    assert {name: (row.last_line, row.last_from_us) for name, row in rows.items()} == {
        "Wartet, Jana": ("Guten Tag", False),
        "Nachsatz, Jana": ("Kommen Sie vorbei.", True),
        "Beantwortet, Jana": ("Denken Sie an Ihren Termin.", True),
    }
    fetched = desk.get(f"{LIST}{asked.pk}/row/").content.decode()
    assert ("Guten Tag" in fetched, "ab morgen" in fetched) == (True, False)


def by_rule(conversation: Conversation, body: str, *, waits: bool = True) -> None:
    """A message that Roger sends by itself, which answers nobody."""
    since = conversation.last_inbound_at if waits else None
    answer(conversation, body)
    Conversation.objects.filter(pk=conversation.pk).update(waiting_since=since)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_rules_answers_cost_one_query_however_many(
    desk: Client, channel: Channel, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for minutes in range(rows):
        by_rule(waiting(channel, f"Wartet {minutes}", minutes=minutes), "Wir sind ab morgen wieder da.")
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_THE_LIST + 1):
        desk.get(LIST)


@pytest.mark.parametrize(
    ("prepare", "state"),
    [
        (lambda _: None, "new"),
        (lambda one: Conversation.objects.filter(pk=one.pk).update(seen_at=timezone.now()), "seen"),
        (answer, "answered"),
        (lambda one: answer(one, state="failed", error_code=131026), "failed"),
        (lambda one: answer(one, state="cancelled", refusal="window"), "failed"),
        (lambda one: answer(one, state="unconfirmed"), "unclear"),
    ],
)
def test_a_row_says_how_things_stand(
    desk: Client, channel: Channel, prepare: Callable[[Conversation], object], state: str
) -> None:
    conversation = waiting(channel, "Vogt", minutes=5)
    prepare(conversation)

    [row] = desk.get(LIST, {"tab": "open"}).context["rows"]

    assert row.state == state


def test_somebody_without_a_patient_is_named_as_whatsapp_says_and_so_marked(desk: Client, channel: Channel) -> None:
    receive(make_conversation(channel, make_contact(profile_name="Jana V.")))

    assert names(desk.get(LIST)) == ["Jana V. (laut WhatsApp)"]


def test_somebody_without_any_name_is_a_masked_number(desk: Client, channel: Channel) -> None:
    receive(make_conversation(channel, make_contact("+491713920010", profile_name=None)))

    page = desk.get(LIST)

    assert names(page) == ["0171 39•••10"]
    assert "3920010" not in page.content.decode()


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"body": "Zeile eins\nZeile zwei"}, "Zeile eins Zeile zwei"),
        ({"body": None, "type": "image"}, "Foto"),
        ({"body": "Meine Wange", "type": "image"}, "Meine Wange"),
        ({"body": None, "type": "audio"}, "Sprachnachricht"),
        ({"body": None, "type": "reaction", "content": {"kind": "reaction", "emoji": "👍"}}, "hat mit 👍 reagiert"),
        ({"body": None, "type": "reaction", "content": {"emoji": None}}, "hat eine Reaktion zurückgenommen"),
        ({"body": None, "type": "holographic"}, "Nachricht, die Roger nicht zeigen kann"),
        ({"body": "x" * 300}, "x" * 119 + "…"),
    ],
)
def test_the_last_message_fits_one_line(desk: Client, channel: Channel, columns: dict[str, object], line: str) -> None:
    receive(make_conversation(channel), **columns)  # type: ignore[arg-type]

    assert [row.last_line for row in desk.get(LIST).context["rows"]] == [line]


def test_a_long_list_goes_on_on_the_next_page(desk: Client, channel: Channel) -> None:
    for number in range(ROWS + 2):
        waiting(channel, f"Nummer {number:03d}", minutes=500 - number)

    first, second = desk.get(LIST), desk.get(LIST, {"page": "2"})

    assert (len(names(first)), first.context["next_page"]) == (ROWS, "?tab=waiting&order=longest&page=2")
    assert (names(second), second.context["next_page"]) == (
        [f"Nummer {ROWS:03d}, Jana", f"Nummer {ROWS + 1:03d}, Jana"], "",
    )  # fmt: skip


def test_further_rows_are_asked_for_where_the_list_ends_and_come_alone(desk: Client, channel: Channel) -> None:
    for number in range(ROWS + 1):
        waiting(channel, f"Nummer {number:03d}", minutes=500 - number)

    first = desk.get(LIST).content.decode()
    second = desk.get(f"{LIST}rows/", {"tab": "waiting", "order": "longest", "page": "2"})

    assert first.count(f'hx-get="{LIST}rows/?tab=waiting&amp;order=longest&amp;page=2"') == 1
    assert (names(second), second.templates[0].name) == ([f"Nummer {ROWS:03d}, Jana"], "messaging/_more_rows.html")
    assert second.content.decode().count("hx-get") == 1  # of the row; nothing follows


def test_the_list_is_one_listbox_to_whose_end_further_rows_come(desk: Client, channel: Channel) -> None:
    for number in range(2 * ROWS + 1):
        waiting(channel, f"Nummer {number:03d}", minutes=500 - number)

    pages = [desk.get(f"{LIST}rows/", {"page": page}).content.decode() for page in "123"]

    assert [page.count('role="listbox"') for page in pages] == [1, 0, 0]
    assert [page.count('role="option"') for page in pages] == [ROWS, ROWS, 1]
    assert [page.count('hx-target="#conversation-rows"') for page in pages] == [1, 1, 0]
    assert pages[1].count('id="more-rows" hx-swap-oob="true"') == 1
    assert pages[2].count('id="more-rows" hx-swap-oob="delete"') == 1


def test_an_open_conversation_is_the_chosen_row(desk: Client, channel: Channel) -> None:
    waiting(channel, "Vogt", minutes=5)
    opened = waiting(channel, "Berger", minutes=4)

    page = desk.get(f"{LIST}{opened.pk}/").content.decode()

    assert re.findall(r'aria-selected="(\w+)"\s+href="([^"]+)"', page) == [
        ("false", f"{LIST}{Conversation.objects.exclude(pk=opened.pk).get().pk}/"),
        ("true", f"{LIST}{opened.pk}/"),
    ]


def test_somebody_who_only_chose_a_user_name_is_called_by_it(desk: Client, channel: Channel) -> None:
    contact, _is_new = find_or_create_contact(bsuid="DE.0815", username="zahnfee")
    receive(make_conversation(channel, contact))

    assert names(desk.get(LIST)) == ["@zahnfee"]


def test_somebody_nameless_who_writes_for_a_patient_is_named_with_them(desk: Client, channel: Channel) -> None:
    contact = make_contact("+491713920011", profile_name=None)
    make_patient(contact, last_name="Hoffmann", first_name="Mia", relation=Relation.GUARDIAN)
    receive(make_conversation(channel, contact))

    assert names(desk.get(LIST)) == ["0171 39•••11 für Hoffmann, Mia"]


@pytest.mark.parametrize("rows", [1, 3, ROWS])
def test_the_number_of_queries_does_not_depend_on_the_rows(
    desk: Client, channel: Channel, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        waiting(channel, f"Nummer {number:03d}", minutes=number)
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        page = desk.get(LIST)

    assert len(names(page)) == rows


def test_the_first_screen_teaches_where_people_come_from(desk: Client, practice: Practice) -> None:
    page = desk.get(LIST).content.decode()

    assert page.count("Noch schreibt niemand") == 1
    assert page.count(f"/p/{practice.slug}/front-desk/") > 0


@pytest.mark.parametrize(
    "query", [{"tab": "x"}, {"order": "x"}, {"page": "-1"}, {"page": "99999999999"}, {"page": "²"}]
)
def test_what_an_address_cannot_mean_is_the_ordinary_list(
    desk: Client, channel: Channel, query: dict[str, str]
) -> None:
    waiting(channel, "Vogt", minutes=5)
    page = desk.get(LIST, query)

    assert (page.status_code, page.context["tab"]) == (200, "waiting")


def test_rows_row_and_tabs_are_the_same_files_alone(desk: Client, channel: Channel) -> None:
    conversation = waiting(channel, "Vogt", minutes=5)

    rows = desk.get(f"{LIST}rows/", {"tab": "waiting"})
    row = desk.get(f"{LIST}{conversation.pk}/row/", headers={"HX-Current-URL": f"http://x{LIST}{conversation.pk}/"})
    tabs = desk.get(f"{LIST}tabs/", {"tab": "open"})

    assert (names(rows), rows.templates[0].name) == (["Vogt, Jana"], "messaging/_conversation_list.html")
    assert (row.context["row"].name, row.context["opened"]) == ("Vogt, Jana", conversation.pk)
    assert (tabs.context["tabs"]["waiting"], tabs.context["tabs"]["open"], tabs.context["tab"]) == (1, 1, "open")


@pytest.mark.parametrize("path", ["", "rows/", "tabs/", "{pk}/row/"])
def test_a_stranger_gets_404_and_a_trainee_may_look(bert: Client, clara: Client, channel: Channel, path: str) -> None:
    conversation = waiting(channel, "Vogt", minutes=5)
    address = LIST + path.format(pk=conversation.pk)

    assert (clara.get(address).status_code, bert.get(address).status_code) == (404, 200)


def test_a_page_is_shown_once_all_its_panes_are_there_so_that_none_moves_the_others(
    desk: Client, channel: Channel
) -> None:
    conversation = waiting(channel, "Berger", minutes=5)

    page = desk.get(f"{LIST}{conversation.pk}/").content.decode()

    (waits_for,) = re.findall(r'<link rel="expect" href="#([\w-]+)" blocking="render">', page)
    assert page.index('id="thread"') < page.index('id="panel"') < page.index(f'id="{waits_for}"')
