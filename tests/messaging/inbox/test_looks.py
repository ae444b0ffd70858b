"""Who read what: each look is noted, and an unusual one says why before anything is shown."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import reading
from messaging.models import Channel, Conversation, MediaFile, ProtectedDocument
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import Assignee
from patients.models import Relation
from practices.models import AccessLog, Member, Practice, Role
from tests.messaging.inbox.desk import answer, forget_keys, make_contact, make_conversation, make_patient, receive
from tests.people import login, make_member

HTMX = {"HX-Request": "true"}
QUERIES_OF_WHAT_IS_DONE = 22  # those of the list, and five that find out which ask
QUESTION = "Warum öffnen Sie diese Unterhaltung?"


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel, make_contact("+491713920010"))
    make_patient(conversation.contact)
    receive(conversation, "Mein Befund bitte", ago=timedelta(days=120))
    answer(conversation, "Erledigt", ago=timedelta(days=119))
    return conversation


@pytest.fixture
def long_done(conversation: Conversation) -> Conversation:
    return closed(conversation, timedelta(days=91))


def closed(conversation: Conversation, ago: timedelta) -> Conversation:
    conversation.closed_at = timezone.now() - ago
    conversation.save(update_fields=["closed_at"])
    return conversation


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def asks(page: Any) -> bool:
    return QUESTION in page.content.decode()


def shows(page: Any) -> bool:
    return "Mein Befund bitte" in page.content.decode()


def entries() -> list[tuple[str, str]]:
    return list(AccessLog.objects.order_by("pk").values_list("kind", "reason"))


# ── what is usual ──


def test_an_ordinary_look_asks_nothing_and_is_noted(desk: Client, conversation: Conversation) -> None:
    page = desk.get(address(conversation))

    assert (asks(page), shows(page), entries()) == (False, True, [("conversation", "")])


def test_what_was_done_lately_asks_nothing(desk: Client, conversation: Conversation) -> None:
    page = desk.get(address(closed(conversation, timedelta(days=89))))

    assert (asks(page), shows(page)) == (False, True)


def test_ones_own_asks_nothing_however_long_it_is_done(desk: Client, anna: Member, long_done: Conversation) -> None:
    Conversation.objects.filter(pk=long_done.pk).update(assigned_to=anna)

    assert shows(desk.get(address(long_done)))


# ── done for long ──


@time_machine.travel("2026-11-29 03:00+01:00", tick=True)
def test_it_is_asked_at_night_as_by_day(client: Client, practice: Practice, anna: Member, channel: Channel) -> None:
    Practice.objects.filter(pk=practice.pk).update(opening_hours={"mon": [["08:00", "12:00"]]})
    login(client, anna)

    assert asks(client.get(address(closed(make_conversation(channel), timedelta(days=91)))))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_done_for_long_asks_first_and_shows_nothing(
    desk: Client, long_done: Conversation, headers: dict[str, str]
) -> None:
    page = desk.get(address(long_done), headers=headers)

    assert (page.status_code, asks(page)) == (200, True)
    assert not any(words in thread_of(page) for words in ("Mein Befund", "Erledigt</p>", "1998"))
    assert entries() == []


def thread_of(page: Any) -> str:
    """What stands in the thread's pane; the list beside it shows its one line as ever."""
    return str(page.content.decode().partition('id="thread"')[2].partition("</section>")[0])


def test_one_press_on_a_reason_shows_it(desk: Client, anna: Member, long_done: Conversation) -> None:
    said = desk.post(address(long_done, "reason/"), {"reason": "call"})
    page = desk.get(address(long_done))

    assert (said.status_code, said["Location"], shows(page)) == (303, address(long_done), True)
    assert entries() == [("unusual_long_done", "call"), ("conversation", "")]
    assert set(AccessLog.objects.values_list("member", "about_id")) == {(anna.pk, long_done.pk)}


def test_the_pane_gets_the_thread_at_once(desk: Client, long_done: Conversation) -> None:
    page = desk.post(address(long_done, "reason/"), {"reason": "visit"}, headers=HTMX)

    assert (page.status_code, shows(page)) == (200, True)
    assert page.content.decode().strip().startswith('<section class="thread"')


def test_a_hit_of_a_search_is_still_where_it_leads_to(desk: Client, long_done: Conversation) -> None:
    message = long_done.messages.earliest("at")
    asked = desk.get(address(long_done), {"message": str(message.pk)})
    said = desk.post(address(long_done, "reason/"), {"reason": "call", "message": str(message.pk)})

    assert f'name="message" value="{message.pk}"' in asked.content.decode()
    assert said["Location"] == f"{address(long_done)}?message={message.pk}#message-{message.pk}"


@pytest.mark.parametrize("fields", [{}, {"reason": ""}, {"reason": "curiosity"}])
def test_without_a_reason_nothing_is_shown(desk: Client, long_done: Conversation, fields: dict[str, str]) -> None:
    page = desk.post(address(long_done, "reason/"), fields, headers=HTMX)

    assert (page.status_code, asks(page), shows(page), entries()) == (422, True, False, [])


def test_a_reason_holds_for_a_shift(desk: Client, anna: Member, long_done: Conversation) -> None:
    now = timezone.now()
    desk.post(address(long_done, "reason/"), {"reason": "call"})

    AccessLog.objects.update(at=now - timedelta(hours=11))
    within = reading.rules_for(long_done, by=anna)
    AccessLog.objects.update(at=now - timedelta(hours=13))
    afterwards = reading.rules_for(long_done, by=anna)

    assert (within, afterwards) == ([], ["long_done"])


def test_a_reason_is_ones_own(desk: Client, bert: Client, long_done: Conversation) -> None:
    desk.post(address(long_done, "reason/"), {"reason": "call"})

    assert asks(bert.get(address(long_done)))


def test_a_reason_nobody_asked_for_is_not_noted(desk: Client, conversation: Conversation) -> None:
    desk.post(address(conversation, "reason/"), {"reason": "call"})

    assert entries() == []


def test_a_stranger_learns_nothing(clara: Client, long_done: Conversation) -> None:
    assert clara.get(address(long_done)).status_code == 404
    assert clara.post(address(long_done, "reason/"), {"reason": "call"}).status_code == 404
    assert clara.post(f"/p/ostufer/inbox/{long_done.pk}/reason/", {"reason": "call"}).status_code == 404


# ── no way around ──


@pytest.mark.parametrize(
    "path", ["newer/", "beside/", "later/?after={message}", "older/?before={message}", "messages/{message}/"]
)
def test_parts_of_a_thread_ask_as_the_thread_does(desk: Client, long_done: Conversation, path: str) -> None:
    part = address(long_done, path.format(message=long_done.messages.latest("at").pk))

    fragment, page = desk.get(part, headers=HTMX), desk.get(part)

    assert (fragment.status_code, fragment.content, fragment["HX-Redirect"]) == (409, b"", address(long_done))
    assert (page.status_code, page["Location"], entries()) == (303, address(long_done), [])


@pytest.mark.parametrize("path", ["", "preview/"])
def test_a_file_asks_as_its_thread_does(desk: Client, long_done: Conversation, path: str) -> None:
    message = long_done.messages.earliest("at")
    file = MediaFile.objects.create(
        message=message,
        contact=long_done.contact,
        channel=long_done.channel,
        state=MediaFile.State.STORED,
        details={"mime_type": "image/jpeg"},
    )

    page = desk.get(f"/p/morgenthal/media/{file.pk}/{path}")

    assert (page.status_code, page["Location"], entries()) == (303, address(long_done), [])


def test_a_protected_document_asks_as_its_thread_does(desk: Client, long_done: Conversation) -> None:
    document = ProtectedDocument.objects.create(
        message=long_done.messages.latest("at"),
        contact=long_done.contact,
        patient=long_done.contact.patient_links.get().patient,
        details={"title": "HKP"},
        factor="birth_date",
        expires_at=timezone.now() + timedelta(days=7),
    )

    page = desk.get(address(long_done, f"documents/{document.pk}/media/"))

    assert (page.status_code, page["Location"], entries()) == (303, address(long_done), [])


def test_the_number_asks_as_its_thread_does(desk: Client, long_done: Conversation) -> None:
    page = desk.post(address(long_done, "number/"))

    assert (page.status_code, entries()) == (303, [])


def test_a_refused_deed_shows_no_thread_that_was_not_explained(desk: Client, long_done: Conversation) -> None:
    page = desk.post(address(long_done, "reply/"), {"body": " "})

    assert (asks(page), shows(page)) == (True, False)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("reply/", {"body": " "}),
        ("closure/", {"reopen": "1"}),
        ("closure/", {}),
        ("person/", {}),
        ("retraction/", {}),
        ("messages/{message}/settlement/", {}),
    ],
)
def test_an_answer_to_a_deed_shows_no_part_of_it_either(
    desk: Client, long_done: Conversation, path: str, fields: dict[str, str]
) -> None:
    path = path.format(message=long_done.messages.latest("at").pk)

    answered = desk.post(address(long_done, path), fields, headers=HTMX)

    assert (answered.status_code, answered.content, answered["HX-Redirect"]) == (409, b"", address(long_done))
    assert (entries(), Conversation.objects.get().closed_at) == ([], long_done.closed_at)


def test_saved_replies_with_the_patients_particulars_ask_as_its_thread_does(
    desk: Client, long_done: Conversation
) -> None:
    answered = desk.get(address(long_done, "saved-replies/"), headers=HTMX)

    assert (answered.status_code, answered.content) == (409, b"")


@pytest.mark.parametrize("method", ["post", "delete"])
def test_opening_it_again_makes_it_no_ordinary_one(desk: Client, long_done: Conversation, method: str) -> None:
    getattr(desk, method)(address(long_done, "closure/"), headers=HTMX)

    assert asks(desk.get(address(long_done)))


@pytest.mark.parametrize("how", ["bulk", "menu"])
def test_giving_it_to_oneself_makes_it_not_ones_own(desk: Client, long_done: Conversation, how: str) -> None:
    if how == "bulk":
        desk.post("/p/morgenthal/inbox/bulk/", {"picked": f"{long_done.pk}:0", "to": "me"}, headers=HTMX)
    else:
        desk.post(address(long_done, "assignment/"), {"to": "me"}, headers=HTMX)

    assert (marked(desk), asks(desk.get(address(long_done)))) == ([True], True)


def test_what_was_taken_before_it_was_done_stays_ones_own(desk: Client, anna: Member, channel: Channel) -> None:
    conversation = make_conversation(channel)
    receive(conversation, "Mein Befund bitte")
    assign(conversations=[conversation], to=Assignee(anna), by=anna)
    closed(conversation, timedelta(seconds=-1))

    with time_machine.travel(timezone.now() + timedelta(days=100)):
        assert reading.rules_for(Conversation.objects.with_people().get(), by=anna) == []


def test_what_a_colleague_gave_one_is_ones_own(
    desk: Client, practice: Practice, anna: Member, long_done: Conversation
) -> None:
    assign(conversations=[long_done], to=Assignee(anna), by=make_member(practice, Role.DENTIST, name="Carl Carlsen"))

    assert shows(desk.get(address(long_done)))


def test_whoever_asks_for_a_part_by_itself_has_opened_the_thread(desk: Client, conversation: Conversation) -> None:
    desk.get(address(conversation, "newer/"), headers=HTMX)
    desk.get(address(conversation, "newer/"), headers=HTMX)

    assert entries() == [("conversation", "")]


# ── a colleague's own ──


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("Bert", "Bauer", True),
        ("bert maria", "BAUER", True),
        ("Bert", "Baumann", False),
        ("Jana", "Bauer", False),
        ("Anna", "Arnold", False),  # it is Anna who looks
    ],
)
def test_a_patient_called_like_a_colleague_asks(
    desk: Client, bert: Client, channel: Channel, first: str, last: str, expected: bool
) -> None:
    conversation = make_conversation(channel)
    make_patient(conversation.contact, first_name=first, last_name=last)

    assert asks(desk.get(address(conversation))) is expected


def test_a_child_of_a_contact_counts_too(desk: Client, bert: Client, conversation: Conversation) -> None:
    make_patient(conversation.contact, first_name="Bert", last_name="Bauer", relation=Relation.GUARDIAN)

    assert asks(desk.get(address(conversation)))


def test_who_left_is_no_colleague(desk: Client, bert: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    make_patient(conversation.contact, first_name="Bert", last_name="Bauer")
    Member.objects.filter(user__name="Bert Bauer").update(left_at=timezone.now())

    assert not asks(desk.get(address(conversation)))


def test_a_first_name_alone_is_nobodys(desk: Client, practice: Practice, channel: Channel) -> None:
    make_member(practice, Role.DENTIST, name="Jana")
    conversation = make_conversation(channel)
    make_patient(conversation.contact)

    assert not asks(desk.get(address(conversation)))


# ── many ──


def look_at_many(
    member: Member, number: int, *, ago: timedelta = timedelta(minutes=30), kind: str = "conversation"
) -> None:
    AccessLog.objects.bulk_create(AccessLog(kind=kind, about_id=reading_id(), member=member) for _ in range(number))
    AccessLog.objects.update(at=timezone.now() - ago)


def reading_id() -> Any:
    return AccessLog._meta.pk.get_default()


@pytest.mark.parametrize(
    ("number", "ago", "expected"),
    [(59, timedelta(minutes=30), False), (60, timedelta(minutes=30), True), (60, timedelta(minutes=61), False)],
)
def test_many_conversations_within_an_hour_ask(
    desk: Client, anna: Member, conversation: Conversation, number: int, ago: timedelta, expected: bool
) -> None:
    look_at_many(anna, number, ago=ago)

    assert asks(desk.get(address(conversation))) is expected


def test_where_somebody_waits_the_many_do_not_count(desk: Client, anna: Member, conversation: Conversation) -> None:
    look_at_many(anna, 60)
    receive(conversation, "Es blutet")

    assert not asks(desk.get(address(conversation)))


def test_a_colleagues_looks_do_not_count(
    desk: Client, practice: Practice, channel: Channel, conversation: Conversation
) -> None:
    look_at_many(make_member(practice, name="Carl Carlsen"), 60)

    assert not asks(desk.get(address(conversation)))


def test_a_reason_for_the_many_holds_for_all_until_the_hour_is_over(
    desk: Client, anna: Member, channel: Channel, conversation: Conversation
) -> None:
    look_at_many(anna, 60)
    other = make_conversation(channel)

    asked = asks(desk.get(address(conversation)))
    desk.post(address(conversation, "reason/"), {"reason": "billing"})

    assert (asked, asks(desk.get(address(conversation))), asks(desk.get(address(other)))) == (True, False, False)
    assert [kind for kind, _reason in entries() if kind.startswith("unusual_")] == ["unusual_many"]


def test_every_rule_is_named_and_noted(desk: Client, anna: Member, bert: Client, long_done: Conversation) -> None:
    make_patient(long_done.contact, first_name="Bert", last_name="Bauer", relation=Relation.GUARDIAN)
    look_at_many(anna, 60)

    page = desk.get(address(long_done))
    desk.post(address(long_done, "reason/"), {"reason": "other"})

    assert page.context["asks"]["rules"] == ["long_done", "colleague", "many"]
    assert {kind for kind, reason in entries() if reason == "other"} == {
        "unusual_long_done",
        "unusual_colleague",
        "unusual_many",
    }


@pytest.mark.parametrize("path", ["{thread}", "search/"])
def test_the_number_of_queries_does_not_depend_on_colleagues_or_patients(
    desk: Client, practice: Practice, channel: Channel, path: str
) -> None:
    counted = set()
    for number in range(1, 4):
        make_member(practice, name=f"Kollegin Nummer{number}")
        for _ in range(number):
            conversation = make_conversation(channel)
            make_patient(conversation.contact, last_name=f"Nachname{number}")
            receive(conversation, "Prothese")
            answer(conversation, "Prothese ist da")
        forget_keys()
        with CaptureQueriesContext(connection) as queries:
            address = f"/p/morgenthal/inbox/{path.format(thread=f'{conversation.pk}/')}"
            page = desk.post(address, {"q": "prothese"}) if path == "search/" else desk.get(address, headers=HTMX)
        assert page.status_code == 200
        counted.add(len(queries))

    assert len(counted) == 1


# ── before one presses ──


def marked(browser: Client, tab: str = "done") -> list[bool]:
    page = browser.get("/p/morgenthal/inbox/", {"tab": tab})
    shown = [row.asks for row in page.context["rows"]]
    assert page.content.decode().count('class="row__asks"') == sum(shown)
    return shown


def test_the_list_of_what_is_done_says_which_ask_for_a_reason(
    desk: Client, channel: Channel, long_done: Conversation
) -> None:
    lately = make_conversation(channel, make_contact())
    make_patient(lately.contact)
    receive(lately, "Danke")
    closed(lately, timedelta(days=89))

    assert marked(desk) == [False, True]
    assert marked(desk, "open") == []
    [alone] = desk.get(address(long_done, "row/"), headers=HTMX).content.decode().split("row__asks")[1:]
    assert "fragt nach einem Grund" in alone


def test_what_was_explained_or_is_ones_own_is_not_marked(
    desk: Client, anna: Member, channel: Channel, long_done: Conversation
) -> None:
    own = closed(make_conversation(channel, make_contact(), assigned_to=anna), timedelta(days=91))
    before = {row.pk: row.asks for row in desk.get("/p/morgenthal/inbox/", {"tab": "done"}).context["rows"]}

    reading.explain(long_done, rules=[reading.Rule.LONG_DONE], reason=next(iter(AccessLog.Reason)), by=anna)

    assert (before, marked(desk)) == ({long_done.pk: True, own.pk: False}, [False, False])


def test_a_patient_called_like_a_colleague_is_marked_once_it_is_done(
    desk: Client, practice: Practice, channel: Channel
) -> None:
    make_member(practice, Role.RECEPTION, name="Jonas Fechner")
    conversation = make_conversation(channel, make_contact())
    make_patient(conversation.contact, first_name="Jonas", last_name="Fechner")
    receive(conversation, "Danke")

    assert marked(desk, "open") == [False]  # the row is narrow, and what is open is for everybody
    closed(conversation, timedelta(days=1))
    assert marked(desk) == [True]


@pytest.mark.parametrize("rows", [2, 9])
def test_many_that_ask_cost_the_queries_of_two(desk: Client, channel: Channel, rows: int) -> None:
    make_member(channel.practice, Role.RECEPTION, name="Jonas Fechner")
    for _number in range(rows):
        one = make_conversation(channel, make_contact())
        make_patient(one.contact)
        receive(one, "Danke")
        closed(one, timedelta(days=91))
    forget_keys()

    with CaptureQueriesContext(connection) as captured:
        assert marked(desk) == [True] * rows

    assert len(captured) == QUERIES_OF_WHAT_IS_DONE
