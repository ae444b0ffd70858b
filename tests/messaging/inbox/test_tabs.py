"""Which conversations stand on which tab, in which order, and what a row says of them."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consent.gate import ChannelState
from messaging.inbox.listing import ROWS
from messaging.models import Channel, Conversation, ConversationLabel, Draft, Label
from practices.models import Member, Practice, Role
from practices.preferences import preferences_of
from tests.messaging.inbox.desk import answer, forget_keys, make_conversation, make_patient, receive
from tests.messaging.inbox.test_list import LIST, QUERIES_OF_THE_LIST, names, waiting
from tests.people import login, make_member

TUESDAY_8_22 = datetime(2026, 11, 24, 7, 22, tzinfo=UTC)
WEEK = {day: [["08:00", "12:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def change(conversation: Conversation, **columns: object) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(**columns)


def lift(conversation: Conversation, *words: str, minutes: int = 0) -> None:
    conversation.urgent_at, conversation.urgent_words = timezone.now() - timedelta(minutes=minutes), list(words)
    conversation.save(update_fields=["urgent_at", "urgent_words"])


def hang(conversation: Conversation, label: Label) -> None:
    ConversationLabel.objects.create(conversation=conversation, label=label)


def on_each_tab(desk: Client) -> dict[str, list[str]]:
    return {
        tab: [name.split(",")[0] for name in names(desk.get(LIST, {"tab": tab}))]
        for tab in ("waiting", "mine", "unassigned", "snoozed", "done", "open")
    }


def test_each_conversation_stands_on_the_tabs_it_belongs_to_and_the_counts_agree(
    desk: Client, anna: Member, practice: Practice, channel: Channel
) -> None:
    dora, later = make_member(practice, Role.DENTIST, name="Dora Dahl"), timezone.now() + timedelta(hours=2)
    change(waiting(channel, "Meins", minutes=9), assigned_to=anna)
    change(waiting(channel, "Empfang", minutes=8), assigned_role=Role.RECEPTION)
    change(waiting(channel, "Ärztin", minutes=7), assigned_role=Role.DENTIST)
    change(waiting(channel, "Dora", minutes=6), assigned_to=dora, assigned_role=Role.RECEPTION)
    waiting(channel, "Frei", minutes=5)
    answer(waiting(channel, "Beantwortet", minutes=4))
    change(waiting(channel, "Später", minutes=3), snoozed_until=later, assigned_to=anna)
    change(waiting(channel, "Zurück", minutes=2), snoozed_until=timezone.now() - timedelta(minutes=1))
    change(waiting(channel, "Erledigt", minutes=1), closed_at=timezone.now(), snoozed_until=later, assigned_to=anna)

    found = on_each_tab(desk)

    assert found == {
        "waiting": ["Meins", "Empfang", "Ärztin", "Dora", "Frei", "Zurück"],
        "mine": ["Meins", "Empfang"],
        "unassigned": ["Frei", "Zurück", "Beantwortet"],
        "snoozed": ["Später"],
        "done": ["Erledigt"],
        "open": ["Meins", "Empfang", "Ärztin", "Dora", "Frei", "Zurück", "Beantwortet"],
    }
    assert desk.get(LIST).context["tabs"] == {tab: len(each) for tab, each in found.items()}


def test_what_is_put_off_is_ordered_by_when_it_comes_back_and_says_so(practice: Practice, channel: Channel) -> None:
    with time_machine.travel(TUESDAY_8_22, tick=False):
        change(waiting(channel, "Montag", minutes=3), snoozed_until=timezone.now() + timedelta(days=6))
        change(waiting(channel, "Heute", minutes=9), snoozed_until=timezone.now() + timedelta(hours=1))

        page = logged_in_now(practice).get(LIST, {"tab": "snoozed"})

    assert names(page) == ["Heute, Jana", "Montag, Jana"]
    assert re.findall(r"bis (heute 09:22|30\.11\.2026, 08:22)", page.content.decode()) == [
        "heute 09:22", "30.11.2026, 08:22",
    ]  # fmt: skip


# ── order ──


def test_the_urgent_stand_on_top_then_whoever_waits_longest(desk: Client, channel: Channel) -> None:
    waiting(channel, "Lang", minutes=500)
    lift(waiting(channel, "Blutet", minutes=9), "Blutung", minutes=9)
    waiting(channel, "Kurz", minutes=1)
    lift(waiting(channel, "Schwillt", minutes=20), "Schwellung", minutes=20)

    page = desk.get(LIST)

    assert names(page) == ["Schwillt, Jana", "Blutet, Jana", "Lang, Jana", "Kurz, Jana"]
    assert names(desk.get(LIST, {"tab": "open"})) == names(page)
    assert names(desk.get(LIST, {"order": "newest"}))[0] == "Kurz, Jana"


def test_the_order_somebody_chose_holds_for_them_alone_until_they_choose_again(
    desk: Client, anna: Member, bert: Client, channel: Channel
) -> None:
    waiting(channel, "Berger", minutes=5)
    waiting(channel, "Klein", minutes=50)

    sorted_anew = desk.post(f"{LIST}order/", {"order": "newest", "tab": "open"})

    assert (sorted_anew.status_code, sorted_anew["Location"]) == (303, f"{LIST}?tab=open&order=newest")
    assert names(desk.get(LIST)) == ["Berger, Jana", "Klein, Jana"]
    assert names(desk.get(LIST, {"order": "longest"})) == ["Klein, Jana", "Berger, Jana"]
    assert names(bert.get(LIST)) == ["Klein, Jana", "Berger, Jana"]
    anna.refresh_from_db()
    assert preferences_of(anna).order == "newest"


def test_sorting_leads_back_to_the_thread_that_was_open(desk: Client, channel: Channel) -> None:
    opened = waiting(channel, "Berger", minutes=5)

    there = desk.post(f"{LIST}order/", {"order": "newest", "tab": "open", "conversation": str(opened.pk)})
    nowhere = desk.post(f"{LIST}order/", {"order": "newest", "conversation": "https://elsewhere.example/"})

    assert there["Location"] == f"{LIST}{opened.pk}/?tab=open&order=newest"
    assert nowhere["Location"] == f"{LIST}?tab=waiting&order=newest"


def test_an_order_there_is_not_changes_nothing(desk: Client, anna: Member, channel: Channel) -> None:
    assert desk.post(f"{LIST}order/", {"order": "sideways"}).status_code == 303

    anna.refresh_from_db()
    assert anna.preferences == {}


# ── labels ──


@pytest.fixture
def labels(channel: Channel) -> tuple[Label, Label]:
    appointment = Label.objects.create(name="Termin", colour="teal", shape="dot", position=1)
    bill = Label.objects.create(name="Rechnung", colour="amber", shape="square", position=2)
    return appointment, bill


def test_the_list_can_be_narrowed_to_labels_any_of_which_is_enough(
    desk: Client, channel: Channel, labels: tuple[Label, Label]
) -> None:
    appointment, bill = labels
    both, one = waiting(channel, "Beides", minutes=9), waiting(channel, "Termin", minutes=8)
    waiting(channel, "Ohne", minutes=7)
    for label in labels:
        hang(both, label)
    hang(one, appointment)

    assert names(desk.get(LIST, {"label": str(appointment.pk)})) == ["Beides, Jana", "Termin, Jana"]
    assert names(desk.get(LIST, {"label": [str(bill.pk)]})) == ["Beides, Jana"]
    assert names(desk.get(LIST, {"label": [str(bill.pk), str(appointment.pk)]})) == ["Beides, Jana", "Termin, Jana"]
    assert names(desk.get(LIST, {"label": "x"})) == ["Beides, Jana", "Termin, Jana", "Ohne, Jana"]


def test_the_menu_adds_a_label_and_takes_it_away_again(
    desk: Client, channel: Channel, labels: tuple[Label, Label]
) -> None:
    appointment, bill = labels

    chosen = desk.get(LIST, {"tab": "open", "label": str(bill.pk)})

    assert [(one.label.pk, one.is_chosen, one.query) for one in chosen.context["labels"]] == [
        (appointment.pk, False, f"tab=open&order=longest&label={bill.pk}&label={appointment.pk}"),
        (bill.pk, True, "tab=open&order=longest"),
    ]
    assert chosen.content.decode().count('aria-label="Filter Rechnung entfernen"') == 1


def test_what_a_narrowed_list_has_nothing_of_is_said_as_such(
    desk: Client, channel: Channel, labels: tuple[Label, Label]
) -> None:
    waiting(channel, "Ohne", minutes=7)

    page = desk.get(LIST, {"label": str(labels[0].pk)}).content.decode()

    assert page.count("Keine Unterhaltung passt zu dieser Auswahl.") == 1


# ── rows ──


def test_a_row_shows_labels_whose_it_is_and_what_lifted_it(
    desk: Client, anna: Member, channel: Channel, labels: tuple[Label, Label]
) -> None:
    conversation = waiting(channel, "Vogt", minutes=5)
    archived = Label.objects.create(name="Alt", archived_at=timezone.now())
    for label in (*labels[::-1], archived):
        hang(conversation, label)
    change(conversation, assigned_to=anna)
    lift(conversation, "Schwellung", "Fieber")

    page = desk.get(LIST)
    [row] = page.context["rows"]

    assert [label.name for label in row.labels] == ["Termin", "Rechnung"]
    assert (row.owner.name, row.owner.initials, row.owner.is_me) == ("Anna Arnold", "AA", True)
    assert row.urgent == "Schwellung, Fieber"
    assert page.content.decode().count(">Schwellung, Fieber<") == 1


def test_a_teams_conversation_shows_the_team(desk: Client, channel: Channel) -> None:
    change(waiting(channel, "Vogt", minutes=5), assigned_role=Role.DENTIST)

    [row] = desk.get(LIST).context["rows"]

    assert (row.owner.name, row.owner.initials, row.owner.is_team) == ("Zahnärzt:in", "ZA", True)


def draft(conversation: Conversation, member: Member, body: str, kind: str = "reply") -> None:
    Draft.objects.create(
        conversation=conversation, contact_id=conversation.contact_id, member=member, body=body, kind=kind
    )


def test_what_somebody_began_to_write_stands_in_their_own_list_alone(
    desk: Client, bert: Client, anna: Member, channel: Channel
) -> None:
    begun, noted = waiting(channel, "Vogt", minutes=5), waiting(channel, "Notiz", minutes=4)
    draft(begun, anna, "Gern\nmorgen")
    draft(noted, anna, "nur für uns", kind="note")

    mine, theirs = desk.get(LIST), bert.get(LIST)

    assert [row.draft for row in mine.context["rows"]] == ["Gern morgen", ""]
    assert mine.content.decode().count('<em>Entwurf:</em> <span class="row__words">Gern morgen') == 1
    assert [row.draft for row in theirs.context["rows"]] == ["", ""]


def test_a_number_that_cannot_send_is_marked_on_its_rows(desk: Client, channel: Channel) -> None:
    waiting(channel, "Vogt", minutes=5)
    assert desk.get(LIST).content.decode().count("WhatsApp-Nummer gestört") == 0

    Channel.objects.update(state=ChannelState.DISCONNECTED)

    assert [row.channel_fails for row in desk.get(LIST).context["rows"]] == [True]


def test_a_row_alone_says_what_the_list_says(
    desk: Client, anna: Member, channel: Channel, labels: tuple[Label, Label]
) -> None:
    conversation = waiting(channel, "Vogt", minutes=5)
    hang(conversation, labels[0])
    draft(conversation, anna, "Gern")
    change(conversation, assigned_to=anna)
    lift(conversation, "Blutung")

    [listed] = desk.get(LIST).context["rows"]

    assert desk.get(f"{LIST}{conversation.pk}/row/").context["row"] == listed


@pytest.mark.parametrize("rows", [1, ROWS])
def test_rows_with_everything_cost_no_more_queries_than_plain_ones(
    desk: Client,
    anna: Member,
    channel: Channel,
    labels: tuple[Label, Label],
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for number in range(rows):
        one = waiting(channel, f"Nummer {number:03d}", minutes=number)
        hang(one, labels[number % 2])
        draft(one, anna, "Gern")
        change(one, assigned_to=anna)
        lift(one, "Blutung")
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_THE_LIST + 1):  # the practice's key, for the names of labels
        page = desk.get(LIST)

    assert len(names(page)) == rows


# ── the clock ──


@pytest.mark.parametrize(
    ("now", "minutes", "words", "level"),
    [
        ("2026-11-23T17:45", 15, "15 Min.", "calm"),  # written at 17:30
        ("2026-11-23T20:00", 30, "30 Min.", "calm"),  # closed since 18
        ("2026-11-24T08:12", 42, "42 Min.", "calm"),
        ("2026-11-24T09:00", 90, "1 Std. 30", "due"),
        ("2026-11-24T14:05", 275, "4 Std. 35", "over"),  # over lunch
        ("2026-11-26T09:00", 1050, "2 Tage", "over"),
    ],
)
def test_the_clock_runs_while_the_practice_is_open(
    practice: Practice, channel: Channel, now: str, minutes: int, words: str, level: str
) -> None:
    open_from_eight_to_six(practice)
    conversation = make_conversation(channel)
    with time_machine.travel(datetime(2026, 11, 23, 16, 30, tzinfo=UTC), tick=False):
        receive(conversation)

    html = row_at(conversation, practice, f"{now}+01:00")

    assert re.findall(r'data-level="(\w+)"', html) == [level]
    assert re.findall(r'datetime="PT(\d+)M"', html) == [str(minutes)]
    assert re.findall(r"data-clock-words>([^<]+)<", html) == [words]


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-27T19:00", "ab Mo 08:00"),
        ("2026-11-30T07:00", "ab 08:00"),
        ("2026-11-30T08:00", "jetzt"),
        ("2026-11-30T08:02", "2 Min."),
    ],
)
def test_whoever_writes_while_nobody_is_there_reads_when_the_clock_begins(
    practice: Practice, channel: Channel, now: str, words: str
) -> None:
    open_from_eight_to_six(practice)
    conversation = make_conversation(channel)
    with time_machine.travel(datetime(2026, 11, 27, 17, 30, tzinfo=UTC), tick=False):
        receive(conversation)

    assert re.findall(r"data-clock-words>([^<]+)<", row_at(conversation, practice, f"{now}+01:00")) == [words]


def test_over_the_holidays_the_clock_begins_on_a_date(practice: Practice, channel: Channel) -> None:
    practice.opening_hours, practice.state = {"fri": [["08:00", "12:00"]]}, "Bayern"
    practice.save(update_fields=["opening_hours", "state"])
    conversation = make_conversation(channel)
    with time_machine.travel(datetime(2026, 12, 18, 17, 30, tzinfo=UTC), tick=False):
        receive(conversation)

    # Christmas and New Year are Fridays.
    assert re.findall(r"data-clock-words>([^<]+)<", row_at(conversation, practice, "2026-12-20T09:00+01:00")) == [
        "ab 08.01."
    ]


def open_from_eight_to_six(practice: Practice) -> None:
    practice.opening_hours, practice.answer_time = WEEK, "2 Stunden"
    practice.save(update_fields=["opening_hours", "answer_time"])


def row_at(conversation: Conversation, practice: Practice, now: str) -> str:
    """The row as somebody sees it who logs in at that moment."""
    with time_machine.travel(datetime.fromisoformat(now), tick=False):
        return logged_in_now(practice).get(f"{LIST}{conversation.pk}/row/").content.decode()


def logged_in_now(practice: Practice) -> Client:
    browser = Client()
    login(browser, make_member(practice, name="Zoe Zander"))
    return browser


def test_the_tabs_carry_the_openings_of_the_next_days_for_the_clocks(practice: Practice, channel: Channel) -> None:
    open_from_eight_to_six(practice)
    with time_machine.travel(TUESDAY_8_22, tick=False):
        page = logged_in_now(practice).get(LIST)

    first, *_others, last = json.loads(page.context["openings"])
    assert [datetime.fromtimestamp(end, UTC).isoformat() for end in first] == [
        "2026-11-24T07:00:00+00:00", "2026-11-24T11:00:00+00:00",
    ]  # fmt: skip
    assert datetime.fromtimestamp(last[0], UTC).isoformat() == "2026-12-01T07:00:00+00:00"


def test_without_opening_hours_the_clock_runs_day_and_night(desk: Client, channel: Channel) -> None:
    waiting(channel, "Vogt", minutes=50)

    html = desk.get(LIST).content.decode()

    assert (html.count("50 Min."), html.count("data-openings")) == (1, 0)


def test_whoever_a_search_finds_waits_as_long_as_in_the_list(practice: Practice, channel: Channel) -> None:
    open_from_eight_to_six(practice)
    make_patient(make_conversation(channel).contact, last_name="Vogt")
    with time_machine.travel(TUESDAY_8_22, tick=False):
        receive(Conversation.objects.get(), ago=timedelta(hours=1))
        browser = logged_in_now(practice)
        listed, whole = browser.get(LIST), browser.post(f"{LIST}search/", {"q": "Vogt"})
        part = browser.post(f"{LIST}search/", {"q": "Vogt"}, headers={"HX-Request": "true"})

    waited = re.compile(r'data-waited="(\d+)".+?data-promised-minutes="(\d+)"', re.DOTALL)
    assert [waited.findall(one.content.decode()) for one in (listed, whole, part)] == [[("22", "120")]] * 3


def test_the_head_of_an_open_thread_shows_the_clock_of_its_row_until_it_is_answered(
    practice: Practice, channel: Channel
) -> None:
    open_from_eight_to_six(practice)
    conversation = make_conversation(channel)
    with time_machine.travel(TUESDAY_8_22, tick=False):
        receive(conversation, ago=timedelta(hours=1))
        browser = logged_in_now(practice)
        waits = browser.get(f"{LIST}{conversation.pk}/?tab=done").content.decode()
        reopened = browser.delete(f"{LIST}{conversation.pk}/closure/", headers={"HX-Request": "true"}).content.decode()
        answer(conversation)
        answered = browser.get(f"{LIST}{conversation.pk}/?tab=done").content.decode()

    # Written at 07:22, open since 08:00.
    assert [html.count("data-clock-words>22 Min.<") for html in (waits, reopened, answered)] == [1, 1, 0]
