"""What a browser is told of who wrote: ids and numbers, a name only for who chose that, none from behind the shield."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.models import Channel, Conversation, Mention, Task
from patients.models import Patient
from practices.models import AccessLog, Member, Practice, Role
from practices.preferences import change_preferences
from tests.messaging.inbox.desk import answer, make_contact, make_conversation, make_patient, receive
from tests.people import login, make_member

ADDRESS = "/p/morgenthal/inbox/alerts/"
TUESDAY = datetime(2027, 1, 12, 9, 30, tzinfo=UTC)  # 10:30 in Berlin


def ask(browser: Client, since: datetime | str | None = None) -> dict[str, Any]:
    query = "" if since is None else f"?since={quote(since if isinstance(since, str) else since.isoformat())}"
    response = browser.get(ADDRESS + query, headers={"X-Roger-Live": "1"})
    assert response.status_code == 200, response.status_code
    found: dict[str, Any] = response.json()
    return found


def jana(channel: Channel, **columns: Any) -> Conversation:
    contact = make_contact()
    make_patient(contact, first_name="Jana", last_name="Vogt")
    return make_conversation(channel, contact, **columns)


def a_minute_ago() -> datetime:
    return timezone.now() - timedelta(minutes=1)


def test_who_wrote_since_is_named_by_id_alone(desk: Client, channel: Channel) -> None:
    conversation = jana(channel)
    since = a_minute_ago()
    message = receive(conversation, "Mir tut etwas weh")

    found = ask(desk, since)

    ids = {"conversation": str(conversation.pk), "message": str(message.pk)}
    assert found["news"] == [{**ids, "is_earlier": False, "urgent": False, "name": ""}]
    assert (found["waiting"], found["urgent"], found["overdue"]) == (1, 0, 0)


def test_the_next_question_says_for_ten_minutes_again_what_this_one_said(desk: Client, channel: Channel) -> None:
    receive(jana(channel), ago=timedelta(minutes=12))
    message = receive(jana(channel))

    first = ask(desk, a_minute_ago())
    again = ask(desk, first["until"])

    told = [[(one["message"], one["is_earlier"]) for one in found["news"]] for found in (first, again)]
    assert told == [[(str(message.pk), False)], [(str(message.pk), True)]]


def test_a_message_is_told_although_its_delivery_was_read_after_somebody_had_asked(
    desk: Client, channel: Channel
) -> None:
    """It bears the time at which its delivery arrived (messaging/inbound/arrivals.py)."""
    conversation = jana(channel)
    first = ask(desk, a_minute_ago())
    message = receive(conversation, ago=timedelta(minutes=3))

    assert [one["message"] for one in ask(desk, first["until"])["news"]] == [str(message.pk)]


def test_who_got_an_answer_of_the_machine_still_waits_and_is_told(desk: Client, channel: Channel) -> None:
    conversation = jana(channel)
    message = receive(conversation)
    answer(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(waiting_since=message.at)

    assert [one["message"] for one in ask(desk, a_minute_ago())["news"]] == [str(message.pk)]


def test_what_we_wrote_or_have_answered_is_no_news(desk: Client, channel: Channel, anna: Member) -> None:
    answered = jana(channel)
    receive(answered)
    answer(answered, by=anna)

    assert ask(desk, a_minute_ago())["news"] == []


def test_what_is_urgent_comes_first_and_says_so(desk: Client, channel: Channel) -> None:
    calm, urgent = jana(channel), jana(channel, urgent_at=timezone.now(), urgent_words=["Schwellung"])
    for conversation in (urgent, calm):
        receive(conversation)

    found = ask(desk, a_minute_ago())

    assert [one["urgent"] for one in found["news"]] == [True, False]
    assert (found["waiting"], found["urgent"]) == (2, 1)
    assert "Schwellung" not in str(found)


def test_a_name_is_told_to_who_chose_it_and_never_from_behind_the_shield(
    desk: Client, channel: Channel, anna: Member
) -> None:
    receive(jana(channel))
    change_preferences(member=anna, notify=True, notify_content=True)

    open_screen = ask(desk, a_minute_ago())
    desk.post("/shield/")
    shielded = ask(desk, a_minute_ago())

    assert [one["name"] for one in open_screen["news"]] == ["Vogt, Jana"]
    assert [one["name"] for one in shielded["news"]] == [""]
    assert shielded["waiting"] == 1
    assert (open_screen["shielded"], shielded["shielded"]) == (False, True)


@pytest.mark.parametrize(
    "since", ["", "x", "2027-01-12", "2027-13-45T99:99", "2027-01-12T10:00:00", "9999-01-01T00:00Z"]
)
def test_what_is_no_time_with_a_zone_in_the_past_brings_no_news(desk: Client, channel: Channel, since: str) -> None:
    receive(jana(channel))

    found = ask(desk, since)

    assert (found["news"], found["waiting"]) == ([], 1)


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_whoever_was_away_for_an_age_is_told_of_the_last_day(desk: Client, channel: Channel, since: str) -> None:
    receive(jana(channel))
    receive(jana(channel), ago=timedelta(days=2))

    assert len(ask(desk, since)["news"]) == 1


def test_what_is_put_off_waits_for_nobody(desk: Client, channel: Channel) -> None:
    receive(jana(channel, snoozed_until=timezone.now() + timedelta(hours=1)))

    assert ask(desk)["waiting"] == 0


def test_too_long_is_counted_against_the_practices_own_limit(
    desk: Client, channel: Channel, practice: Practice
) -> None:
    practice.escalate_after = 30
    practice.save(update_fields=["escalate_after"])
    for minutes in (10, 29, 31, 600):
        receive(jana(channel), ago=timedelta(minutes=minutes))

    assert ask(desk)["overdue"] == 2


def test_asking_costs_the_same_for_one_and_for_five(
    desk: Client, channel: Channel, django_assert_num_queries: Any
) -> None:
    receive(jana(channel))
    ask(desk, a_minute_ago())
    with CaptureQueriesContext(connection) as one:
        ask(desk, a_minute_ago())
    asked = len(one.captured_queries)
    for _ in range(4):
        receive(jana(channel))

    with django_assert_num_queries(asked):
        assert len(ask(desk, a_minute_ago())["news"]) == 5


def test_another_practice_hears_nothing(clara: Client, channel: Channel) -> None:
    receive(jana(channel))

    assert clara.get(ADDRESS).status_code == 404
    assert ask_at_ostufer(clara)["waiting"] == 0


def ask_at_ostufer(browser: Client) -> dict[str, Any]:
    found: dict[str, Any] = browser.get("/p/ostufer/inbox/alerts/").json()
    return found


def test_asking_keeps_no_session_awake(client: Client, practice: Practice, anna: Member) -> None:
    with time_machine.travel(TUESDAY, tick=False) as clock:
        login(client, anna)
        for _ in range(9):
            clock.shift(60)
            ask(client)
        clock.shift(60)

        assert client.get(ADDRESS, headers={"X-Roger-Live": "1"}).status_code == 401


# ── what a colleague gives somebody ──

INBOX = "/p/morgenthal/inbox/"
NAMED, HANDED_OVER, WITH_A_WORD, AS_A_TASK = "named", "handed over", "with a word about it", "as a task"


@pytest.fixture
def jonas(practice: Practice) -> tuple[Client, Member]:
    member = make_member(practice, Role.RECEPTION, name="Jonas Fechner")
    browser = Client()
    login(browser, member)
    return browser, member


def give(browser: Client, conversation: Conversation, to: Member, how: str) -> None:
    at = f"{INBOX}{conversation.pk}/"
    address, fields = {
        NAMED: (f"{at}notes/", {"body": f"@{to.user.name} bitte ansehen"}),
        HANDED_OVER: (f"{at}assignment/", {"to": to.pk}),
        WITH_A_WORD: (f"{at}assignment/", {"to": to.pk, "note": "Bin ab morgen weg"}),
        AS_A_TASK: (f"{at}tasks/", {"kind": "call", "to": to.pk}),
    }[how]
    assert browser.post(address, fields, headers={"HX-Request": "true"}).status_code == 204


@pytest.mark.parametrize("how", [NAMED, HANDED_OVER, WITH_A_WORD, AS_A_TASK])
def test_who_is_given_something_is_told_once_without_a_name(
    desk: Client, jonas: tuple[Client, Member], channel: Channel, anna: Member, how: str
) -> None:
    browser, conversation, since = jonas[0], jana(channel), a_minute_ago()
    give(browser, conversation, anna, how)

    first = ask(desk, since)
    again = ask(desk, first["until"])["mine"]

    newest = first["mine"].pop("newest")
    assert first["mine"] == {"count": 1, "conversation": str(conversation.pk), "is_earlier": False}
    assert again == {"count": 1, "conversation": str(conversation.pk), "newest": newest, "is_earlier": True}
    assert ask(browser, since)["mine"] is None, "whoever gives it away is not told"
    assert first["news"] == []


def test_the_newest_of_several_stands_for_all_of_them(
    desk: Client, jonas: tuple[Client, Member], channel: Channel, anna: Member
) -> None:
    first, second = jana(channel), jana(channel)
    since = a_minute_ago()
    give(jonas[0], first, anna, WITH_A_WORD)
    told = ask(desk, since)["mine"]
    give(jonas[0], second, anna, NAMED)
    give(jonas[0], first, anna, AS_A_TASK)

    now = ask(desk, since)["mine"]

    assert (now["count"], now["conversation"], now["is_earlier"]) == (2, str(first.pk), False)
    assert now["newest"] != told["newest"]


def test_the_end_of_a_shift_is_told_to_whoever_takes_it_over(
    desk: Client, jonas: tuple[Client, Member], channel: Channel, anna: Member
) -> None:
    browser, member = jonas
    conversation = jana(channel)
    give(browser, conversation, member, AS_A_TASK)

    asked = browser.post(f"{INBOX}handover/", {"to": anna.pk}).context["asked"]
    browser.post(f"{INBOX}handover/", {"to": anna.pk, "sure": asked["sure"]})

    assert ask(desk, a_minute_ago())["mine"]["conversation"] == str(conversation.pk)


def test_what_was_seen_done_or_taken_back_meanwhile_is_told_nobody(
    desk: Client, jonas: tuple[Client, Member], channel: Channel, anna: Member
) -> None:
    browser, conversation, since = jonas[0], jana(channel), a_minute_ago()
    for how in (NAMED, HANDED_OVER, AS_A_TASK):
        give(browser, conversation, anna, how)

    desk.post(f"{INBOX}mentions/{Mention.objects.get().pk}/")
    browser.post(f"{INBOX}{conversation.pk}/assignment/", {"to": ""})
    desk.post(f"{INBOX}tasks/{Task.objects.get().pk}/completion/")

    assert ask(desk, since)["mine"] is None


def test_what_somebody_takes_or_what_is_given_to_others_is_not_theirs_to_hear(
    desk: Client, jonas: tuple[Client, Member], channel: Channel, anna: Member
) -> None:
    since = a_minute_ago()
    give(desk, jana(channel), anna, HANDED_OVER)
    give(desk, jana(channel), anna, AS_A_TASK)
    give(desk, jana(channel), jonas[1], WITH_A_WORD)

    assert ask(desk, since)["mine"] is None
    assert ask(desk)["mine"] is None, "who asks for the first time is told of nothing"


# ── people for the palette ──


def found(browser: Client, query: str) -> str:
    return browser.post("/p/morgenthal/inbox/people/", {"q": query}).content.decode()


@pytest.mark.parametrize("query", ["vog", "VOGT", "jana v", "02.12.1998"])
def test_people_are_found_as_in_the_search(desk: Client, channel: Channel, query: str) -> None:
    conversation = jana(channel)
    receive(conversation)

    page = found(desk, query)

    assert f'data-href="/p/morgenthal/inbox/{conversation.pk}/"' in page
    assert "Vogt, Jana" in page


@pytest.mark.parametrize("query", ["klee", "Klee, Ida", "12.03.2015", "4711"])
def test_who_has_never_written_is_found_by_the_record(desk: Client, channel: Channel, query: str) -> None:
    ida = Patient.objects.create(first_name="Ida", last_name="Klee", birth_date="2015-03-12", record_number="4711")

    page = found(desk, query)

    assert f'data-href="/p/morgenthal/patients/{ida.pk}/"' in page
    assert "Klee, Ida" in page
    assert "<small>2015</small>" in page


def test_a_record_stands_there_once_with_its_conversation_and_no_other_practices(
    desk: Client, channel: Channel, clara: Client
) -> None:
    receive(jana(channel))

    assert found(desk, "Vogt").count("<li") == 1
    assert "<li" not in clara.post("/p/ostufer/inbox/people/", {"q": "Vogt"}).content.decode()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        *(("vgt", ["Vogt, Jana"]), ("jna vogt", ["Vogt, Jana"]), ("klbe", ["Kolbe, Ida"])),
        *(("vt", []), ("ida klee", []), ("195", []), ("4718", [])),
    ],
)
def test_names_not_typed_to_the_letter_are_found_where_nobody_is_called_so(
    desk: Client, channel: Channel, query: str, names: list[str]
) -> None:
    receive(jana(channel))
    for first_name, last_name in (("Ida", "Kolbe"), ("Ingrid", "Klee")):
        Patient.objects.create(
            first_name=first_name, last_name=last_name, birth_date="1985-03-01", record_number="47118"
        )

    page = found(desk, query)

    assert page.count("data-nearly") == page.count("ähnlich") == len(names)
    assert [name for name in ("Vogt, Jana", "Kolbe, Ida", "Klee, Ingrid") if name in page] == names


@pytest.mark.timeout(10)
def test_a_name_of_equal_letters_holds_up_no_search(desk: Client, channel: Channel) -> None:
    Patient.objects.create(first_name="Ida", last_name="a" * 100)

    assert "<li" in found(desk, "a" * 60)
    assert "<li" not in found(desk, "a" * 60 + "b")


@pytest.mark.parametrize("query", ["", " ", "Niemandsen", "\x00", "x" * 5000])
def test_nobody_is_an_empty_answer(desk: Client, channel: Channel, query: str) -> None:
    receive(jana(channel))

    assert "<li" not in found(desk, query)


def test_who_searched_is_noted_and_what_for_is_not(desk: Client, channel: Channel, anna: Member) -> None:
    found(desk, "Vogt")

    assert list(AccessLog.objects.values_list("kind", "about_id", "member_id")) == [("search", anna.pk, anna.pk)]


def test_a_name_never_stands_in_an_address(desk: Client) -> None:
    assert desk.get("/p/morgenthal/inbox/people/?q=Vogt").status_code == 405
