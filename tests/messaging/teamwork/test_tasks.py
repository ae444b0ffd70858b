"""Tasks: made by hand or out of a message that did not arrive, listed, shown beside the person, done and not done."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from messaging.inbox import team_tasks
from messaging.models import Channel, Conversation, Message, Task
from practices.models import AuditEvent, Change, Member
from tests.messaging.inbox.desk import answer, forget_keys, make_contact, make_conversation, make_patient
from tests.messaging.teamwork.press import HTMX, INBOX, of, press, toast, undo
from tests.people import login

TASKS = f"{INBOX}tasks/"
QUERIES_OF_THE_TASKS = 12  # seven of them find out who asks


def make_task(conversation: Conversation, **columns: Any) -> Task:
    return Task.objects.create(conversation=conversation, contact=conversation.contact, **columns)


def words(page: Any) -> list[str]:
    return [task.words for task in page.context["tasks"].rows]


# ── making ──


def test_a_task_is_made_in_the_thread_and_stands_in_the_list(
    desk: Client, anna: Member, jonas: Member, conversation: Conversation
) -> None:
    make_patient(conversation.contact)
    fields = {"kind": "call", "words": "Termin am Donnerstag klären", "to": str(jonas.pk), "due": "hour"}

    response = press(desk, of(conversation, "tasks"), **fields)
    [shown] = desk.get(TASKS, {"whose": "all"}).context["tasks"].rows

    assert (response.status_code, toast(response)) == (204, "Aufgabe angelegt")
    assert (shown.person.name, shown.words, shown.assigned) == (
        "Vogt, Jana",
        "Termin am Donnerstag klären",
        "Jonas Fechner",
    )
    assert timedelta(minutes=59) < shown.due_at - timezone.now() <= timedelta(hours=1)
    assert (shown.is_due, shown.is_overdue) == (False, False)
    event = AuditEvent.objects.get(kind="task_created")
    assert (event.by, event.codes) == (anna, {"kind": "call"})


def test_a_task_without_a_time_is_due_at_once_and_late_after_an_hour(desk: Client, conversation: Conversation) -> None:
    press(desk, of(conversation, "tasks"), kind="call")
    [now] = desk.get(TASKS).context["tasks"].rows
    Task.objects.update(due_at=timezone.now() - timedelta(minutes=61))
    [later] = desk.get(TASKS).context["tasks"].rows

    assert [(one.is_due, one.is_overdue) for one in (now, later)] == [(True, False), (True, True)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "other"}, "Bitte schreiben Sie, was zu tun ist."),
        ({"to": str(uuid4())}, "Diese Person arbeitet nicht mehr hier."),
        ({"due": "date"}, "Bitte wählen Sie einen Zeitpunkt, der noch kommt"),
        ({"due": "date", "day": "2020-01-01"}, "Bitte wählen Sie einen Zeitpunkt, der noch kommt"),
        ({"due": "date", "day": "0001-01-01"}, "Bitte wählen Sie einen Zeitpunkt, der noch kommt"),
        ({"due": "date", "day": "9999-12-31"}, "Bitte wählen Sie einen Zeitpunkt, der noch kommt"),
        ({"words": "x" * 501}, "höchstens 500 Zeichen"),
    ],
)
def test_what_makes_no_task_is_said_and_stays_typed(
    desk: Client, conversation: Conversation, fields: dict[str, str], sentence: str
) -> None:
    response = press(desk, of(conversation, "tasks"), **({"words": "Rückruf"} if "kind" not in fields else {}) | fields)

    assert (response.status_code, Task.objects.count()) == (422, 0)
    assert response.text.count(sentence) == 1


@pytest.mark.parametrize("due", ["", "hour", "date"])
def test_a_day_that_is_given_counts_whatever_else_is_chosen(desk: Client, conversation: Conversation, due: str) -> None:
    day = timezone.localdate() + timedelta(days=21)

    press(desk, of(conversation, "tasks"), words="Rückruf", due=due, day=day.isoformat())

    [task] = Task.objects.all()
    assert task.due_at is not None
    assert day <= timezone.localdate(task.due_at) <= day + timedelta(days=7)  # the next opening from that day on


def test_what_was_chosen_stands_there_still_after_a_refusal(
    desk: Client, conversation: Conversation, jonas: Member
) -> None:
    typed = {"kind": "other", "due": "hour", "to": str(jonas.pk)}

    html = press(desk, of(conversation, "tasks"), **typed).text
    with_day = press(desk, of(conversation, "tasks"), kind="other", day="2999-01-01").text

    assert re.findall(r'value="([^"]*)" selected', html) == list(typed.values())
    assert re.findall(r'value="([^"]*)" selected', with_day) == ["other", "date"]
    assert 'value="2999-01-01"' in with_day


@pytest.mark.parametrize("state", ["failed", "unconfirmed"])
def test_a_message_that_did_not_arrive_offers_a_call_and_makes_one(
    desk: Client, anna: Member, conversation: Conversation, state: str
) -> None:
    message = answer(conversation, "Um neun.", by=anna, state=state)

    page = desk.get(of(conversation, "")[:-1]).text
    first = press(desk, of(conversation, "tasks"), kind="call", message=str(message.pk))
    second = press(desk, of(conversation, "tasks"), kind="call", message=str(message.pk))

    assert page.count(f'id="call-{message.pk}"') == 1
    assert [toast(first), toast(second)] == ["Aufgabe angelegt", "Diese Aufgabe gibt es schon"]
    assert [task.message_id for task in Task.objects.all()] == [message.pk]


def test_two_clicks_make_one_task_and_something_else_another(
    desk: Client, jonas: Member, conversation: Conversation
) -> None:
    fields = {"kind": "call", "words": "Termin klären", "due": "hour"}

    toasts = [toast(press(desk, of(conversation, "tasks"), **fields)) for _click in range(2)]
    for other in ({"words": "Befund vorlesen"}, {"to": str(jonas.pk)}, {"due": "tomorrow"}):
        press(desk, of(conversation, "tasks"), **fields | other)

    assert toasts == ["Aufgabe angelegt", "Diese Aufgabe gibt es schon"]
    assert Task.objects.count() == 4


def test_what_was_done_can_be_to_do_again(desk: Client, conversation: Conversation) -> None:
    press(desk, of(conversation, "tasks"), kind="call")
    Task.objects.update(done_at=timezone.now())

    press(desk, of(conversation, "tasks"), kind="call")

    assert Task.objects.filter(done_at=None).count() == 1


def test_nothing_is_offered_where_a_message_arrived_or_somebody_only_reads(
    desk: Client, bert: Client, anna: Member, conversation: Conversation
) -> None:
    answer(conversation, "Um neun.", by=anna, state="read")
    arrived = desk.get(of(conversation, "")[:-1]).text
    Message.objects.filter(direction="out").update(state="failed")
    for_bert = bert.get(of(conversation, "")[:-1]).text

    assert (arrived.count("Als Aufgabe: anrufen"), for_bert.count("Als Aufgabe: anrufen")) == (0, 0)


# ── the list ──


def test_mine_are_mine_my_roles_and_nobodys(
    desk: Client, anna: Member, jonas: Member, conversation: Conversation
) -> None:
    now = timezone.now()
    whose: list[dict[str, Any]] = [
        {"assigned_to": anna},
        {"assigned_role": "reception"},
        {},
        {"assigned_to": jonas},
        {"assigned_role": "dentist"},
    ]
    for number, columns in enumerate(whose):
        make_task(conversation, words=str(number), due_at=now + timedelta(minutes=number), **columns)

    assert words(desk.get(TASKS)) == ["0", "1", "2"]
    assert words(desk.get(TASKS, {"whose": "all"})) == ["0", "1", "2", "3", "4"]
    assert desk.get(f"{INBOX}team-counts/").context["open_tasks"] == 3


def test_the_most_pressing_comes_first(desk: Client, conversation: Conversation) -> None:
    now = timezone.now()
    for name, due in (("später", now + timedelta(days=1)), ("ohne", None), ("jetzt", now)):
        make_task(conversation, words=name, due_at=due)

    assert words(desk.get(TASKS)) == ["jetzt", "später", "ohne"]


@pytest.mark.parametrize("rows", [1, 4])
def test_the_list_asks_the_same_however_many_there_are(
    channel: Channel, desk: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        one = make_conversation(channel, make_contact())
        make_patient(one.contact, last_name=f"Nummer {number}")
        make_task(one, words=f"Rückruf {number}")
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_THE_TASKS):
        page = desk.get(TASKS, headers=HTMX)

    assert len(words(page)) == rows


def test_a_long_list_says_how_long_it_is_and_goes_on(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_tasks, "MOST_SHOWN", 2)
    for name in "12345":
        make_task(conversation, words=name, due_at=timezone.now())

    first = desk.get(TASKS, {"whose": "all"})
    second = desk.get(more_in(first), headers=HTMX)
    third = desk.get(more_in(second), headers=HTMX)

    assert [words(page) for page in (first, second, third)] == [["1", "2"], ["1", "2", "3", "4"], list("12345")]
    assert [page.text.count(f"Hier stehen die ersten {shown} von 5.") for page, shown in ((first, 2), (second, 4))] == [
        1,
        1,
    ]
    assert third.text.count("Hier stehen") == 0
    assert f'hx-get="{TASKS}?whose=all&amp;page=3"' in third.text  # what changes is shown anew as far as one came


def more_in(page: Any) -> str:
    """Where "Weitere" leads."""
    [query] = re.findall(r'id="in-all-more"\s+href="([^"]+)"', page.text)
    return f"{TASKS}{unescape(query)}"


def test_an_empty_list_says_where_tasks_come_from(desk: Client, conversation: Conversation) -> None:
    assert desk.get(TASKS).text.count("Nichts zu tun") == 1


# ── done ──


def test_done_with_the_way_back(desk: Client, anna: Member, conversation: Conversation) -> None:
    task = make_task(conversation)

    response = press(desk, f"{TASKS}{task.pk}/completion/")
    done = Task.objects.get()
    again = press(desk, f"{TASKS}{task.pk}/completion/")
    undo(desk, response)

    assert (toast(response), done.done_by) == ("Aufgabe erledigt", anna)
    assert Task.objects.get().done_at is None
    assert AuditEvent.objects.filter(kind="task_done").count() == 1
    assert again.status_code == 204
    assert Change.objects.filter(kind="task", ref=task.pk).count() == 2


def test_what_a_colleague_finished_is_not_opened_by_taking_back_ones_own(
    desk: Client, jonas: Member, conversation: Conversation
) -> None:
    task = make_task(conversation)
    mine = press(desk, f"{TASKS}{task.pk}/completion/")
    browser = Client()
    login(browser, jonas)
    browser.delete(f"{TASKS}{task.pk}/completion/", headers=HTMX)
    press(browser, f"{TASKS}{task.pk}/completion/")

    undo(desk, mine)

    assert Task.objects.get().done_by == jonas


@pytest.mark.parametrize("how", ["DELETE", "form"])
def test_a_task_is_opened_again_with_and_without_a_script(desk: Client, conversation: Conversation, how: str) -> None:
    task = make_task(conversation, done_at=timezone.now())
    address = f"{TASKS}{task.pk}/completion/"

    response = desk.delete(address, headers=HTMX) if how == "DELETE" else desk.post(address, {"reopen": "1"})

    assert (response.status_code, Task.objects.get().done_at) == ({"DELETE": 204, "form": 303}[how], None)


# ── beside the person ──


def test_the_panel_shows_what_is_to_be_done_for_this_person(
    channel: Channel, desk: Client, bert: Client, conversation: Conversation
) -> None:
    task = make_task(conversation, words="Rückruf")
    make_task(conversation, words="war schon", done_at=timezone.now())
    make_task(make_conversation(channel), words="jemand anderes")

    page, for_bert = (browser.get(of(conversation, "")[:-1]) for browser in (desk, bert))

    [section] = [section for title, _template, section in page.context["panel"].sections if title == "Aufgaben"]
    assert words_of(section) == ["Rückruf"]
    assert (page.text.count(f"task-done-{task.pk}"), for_bert.text.count(f"task-done-{task.pk}")) == (1, 0)


def words_of(section: dict[str, Any]) -> list[str]:
    return [task.words for task in section["tasks"]]


def test_strangers_and_those_who_only_read_make_and_finish_nothing(
    bert: Client, clara: Client, conversation: Conversation
) -> None:
    task = make_task(conversation)

    for address in (of(conversation, "tasks"), f"{TASKS}{task.pk}/completion/"):
        assert [browser.post(address).status_code for browser in (bert, clara)] == [403, 404]
    assert [one.done_at for one in Task.objects.all()] == [None]
