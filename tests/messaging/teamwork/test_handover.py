"""The end of a shift: what the list names, and one press that gives all of mine to somebody."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.inbox import team_handover
from messaging.models import Channel, Conversation, Mention, Note, Task
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import NOBODY
from messaging.teamwork.todo import finish_task
from practices.models import AuditEvent, Member
from tests.messaging.inbox.desk import answer, forget_keys, make_contact, make_conversation, make_patient, receive
from tests.messaging.teamwork.press import INBOX, press, toast

HANDOVER = f"{INBOX}handover/"
PARTS = ("urgent", "mine", "waiting", "coming_back")
NOON = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("Europe/Berlin"))


def named(channel: Channel, name: str, **columns: object) -> Conversation:
    conversation = make_conversation(channel, make_contact(), **columns)
    make_patient(conversation.contact, last_name=name)
    receive(conversation, f"Hier {name}")
    return conversation


@time_machine.travel(NOON, tick=True)
def test_the_list_names_what_is_urgent_mine_waiting_and_coming_back(
    channel: Channel, desk: Client, anna: Member, jonas: Member
) -> None:
    now = timezone.now()
    named(channel, "Eilig", urgent_at=now)
    named(channel, "Meins", assigned_to=anna)
    named(channel, "Wartet", assigned_to=jonas)
    named(channel, "Morgen", snoozed_until=now + timedelta(hours=20))
    named(channel, "Später", snoozed_until=now + timedelta(days=8))
    named(channel, "Erledigt", closed_at=now, assigned_to=anna)
    answered = named(channel, "Beantwortet")
    answer(answered)

    page = desk.get(HANDOVER)

    assert {part: [row.name.partition(",")[0] for row in page.context[part].rows] for part in PARTS} == {
        "urgent": ["Eilig"],
        "mine": ["Meins"],
        "waiting": ["Eilig", "Wartet"],
        "coming_back": ["Morgen"],
    }
    assert page.text.count("Stand 25.11.2026, 12:00 Uhr") == 1


@time_machine.travel(NOON, tick=True)
def test_tasks_until_tomorrow_stand_there_and_later_ones_do_not(
    channel: Channel, desk: Client, conversation: Conversation
) -> None:
    now = timezone.now()
    for words, due in (
        ("heute", now),
        ("morgen", now + timedelta(hours=21)),
        ("ohne", None),
        ("Tage", now + timedelta(days=9)),
    ):
        Task.objects.create(conversation=conversation, contact=conversation.contact, words=words, due_at=due)

    assert [task.words for task in desk.get(HANDOVER).context["tasks"].rows] == ["heute", "morgen", "ohne"]


def headings(page: Any) -> list[tuple[str, str]]:
    """The parts and their counts, as they are read and printed."""
    return re.findall(r"<h2 id=\"handover-[\w-]+\">([^<]+?) <small>(\d+)</small></h2>", page.text)


def test_the_list_names_everybody_however_many_they_are(channel: Channel, desk: Client, anna: Member) -> None:
    for number in range(52):
        one = make_conversation(channel, waiting_since=timezone.now(), urgent_at=timezone.now())
        Task.objects.create(conversation=one, contact=one.contact, words=f"Anruf {number}")

    page = desk.get(HANDOVER)

    assert [len(page.context[part].rows) for part in (*PARTS, "tasks")] == [52, 0, 52, 0, 52]
    assert headings(page) == [
        *(("Dringend", "52"), ("Bei mir", "0"), ("Wartet auf uns", "52"), ("Kommt bis morgen wieder", "0")),
        ("Zu tun bis morgen", "52"),
    ]
    assert page.text.count("Hier stehen die ersten") == 0


def test_a_list_beyond_what_a_page_can_hold_says_how_many_there_are(
    channel: Channel, desk: Client, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_handover, "MOST_SHOWN", 2)
    for _number in range(3):
        one = make_conversation(channel, assigned_to=anna)
        Task.objects.create(conversation=one, contact=one.contact)
    make_conversation(channel, waiting_since=timezone.now())

    page = desk.get(HANDOVER)

    assert [len(page.context[part].rows) for part in (*PARTS, "tasks")] == [0, 2, 1, 0, 2]
    assert [count for _part, count in headings(page)] == ["0", "3", "1", "0", "3"]
    assert page.text.count("Hier stehen die ersten 2 von 3.") == 2


def hand_over(browser: Client, **said: str) -> Any:
    """Press "Übergeben", and then the question's "Ja, übergeben"."""
    asked = browser.post(HANDOVER, said).context["asked"]
    return browser.post(HANDOVER, {name: asked[name] for name in ("to", "note", "sure")})


def test_all_of_mine_is_given_with_a_word(channel: Channel, desk: Client, anna: Member, jonas: Member) -> None:
    mine = [named(channel, name, assigned_to=anna) for name in ("Eins", "Zwei")]
    done = named(channel, "Drei", assigned_to=anna, closed_at=timezone.now())
    theirs = named(channel, "Vier")
    Task.objects.create(conversation=theirs, contact=theirs.contact, assigned_to=anna)

    page = hand_over(desk, to=str(jonas.pk), note="Bin ab eins weg.")

    assert page.text.count("2 Unterhaltungen und 1 Aufgabe an Jonas Fechner übergeben.") == 1
    assert set(Conversation.objects.filter(assigned_to=jonas)) == set(mine)
    assert Conversation.objects.get(pk=done.pk).assigned_to == anna
    assert Task.objects.get().assigned_to == jonas
    assert [(note.kind, note.body) for note in Note.objects.all()] == [("handover", "Bin ab eins weg.")] * 2
    assert Mention.objects.filter(member=jonas).count() == 2
    assert AuditEvent.objects.filter(kind="conversation_assigned", by=anna).count() == 2
    assert AuditEvent.objects.filter(kind="task_handed_over", by=anna).count() == 1


def test_all_of_mine_can_go_to_a_role(channel: Channel, desk: Client, anna: Member, dentist: Member) -> None:
    named(channel, "Eins", assigned_to=anna)

    hand_over(desk, to="dentist")

    stands = Conversation.objects.get()
    assert (stands.assigned_to, stands.assigned_role) == (None, "dentist")
    assert Note.objects.count() == 0


def test_how_much_it_is_stands_there_and_is_asked_before_and_again_where_it_is_more_by_then(
    channel: Channel, desk: Client, anna: Member, jonas: Member
) -> None:
    named(channel, "Eins", assigned_to=anna)
    assert desk.get(HANDOVER).text.count("Das sind 1 Unterhaltung.") == 1

    asked = desk.post(HANDOVER, {"to": str(jonas.pk), "note": "Bis morgen"})
    named(channel, "Zwei", assigned_to=anna)
    again = desk.post(HANDOVER, {"to": str(jonas.pk), "note": "Bis morgen", "sure": asked.context["asked"]["sure"]})

    assert asked.text.count("1 Unterhaltung an Jonas Fechner übergeben?") == 1
    assert again.text.count("2 Unterhaltungen an Jonas Fechner übergeben?") == 1
    assert 'name="note" value="Bis morgen"' in again.text
    assert Conversation.objects.filter(assigned_to=anna).count() == 2


def test_it_is_taken_back_but_for_what_changed_hands_since(
    channel: Channel, desk: Client, anna: Member, jonas: Member, conversation: Conversation
) -> None:
    kept, given_on = named(channel, "Eins", assigned_to=anna), named(channel, "Zwei", assigned_to=anna)
    back, done = (
        Task.objects.create(conversation=conversation, contact=conversation.contact, assigned_to=anna)
        for _number in range(2)
    )
    page = hand_over(desk, to=str(jonas.pk))
    assign(conversations=[given_on], to=NOBODY, by=jonas)
    finish_task(task=done, by=jonas)

    undone = press(desk, f"{INBOX}undoing/", ticket=page.context["handed"]["ticket"])

    assert toast(undone).startswith("2 von 4 zurückgenommen.")
    whose = {one.pk: one.assigned_to for one in (*Conversation.objects.all(), *Task.objects.all())}
    assert [whose[one.pk] for one in (kept, given_on, back, done)] == [anna, None, anna, jonas]


@pytest.mark.parametrize("to", ["", "me", "00000000-0000-0000-0000-000000000000"])
def test_whoever_takes_over_must_be_somebody_else_who_works_here(
    channel: Channel, desk: Client, anna: Member, to: str
) -> None:
    named(channel, "Eins", assigned_to=anna)

    page = desk.post(HANDOVER, {"to": to})

    assert (page.status_code, Conversation.objects.get().assigned_to) == (422, anna)
    assert page.text.count('class="menu__error"') == 1


def test_who_has_nothing_has_nothing_to_hand_over(desk: Client, conversation: Conversation) -> None:
    assert desk.get(HANDOVER).text.count("Alles von mir übergeben") == 0


def test_the_list_asks_the_same_however_long_it_is(channel: Channel, desk: Client, anna: Member) -> None:

    counts = []
    for number in range(3):
        named(channel, f"Nummer {number}", assigned_to=anna, urgent_at=timezone.now())
        forget_keys()
        with CaptureQueriesContext(connection) as asked:
            desk.get(HANDOVER)
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


def test_strangers_and_those_who_only_read_hand_nothing_over(
    bert: Client, clara: Client, channel: Channel, anna: Member, jonas: Member
) -> None:
    named(channel, "Eins", assigned_to=anna)

    statuses = [browser.post(HANDOVER, {"to": str(jonas.pk)}).status_code for browser in (bert, clara)]

    assert (statuses, Conversation.objects.get().assigned_to) == ([403, 404], anna)
