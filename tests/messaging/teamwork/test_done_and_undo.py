"""Done without a dialog, several at once, and the way back: for ten minutes, and never over what somebody else did."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.inbox.standings import standing_of
from messaging.models import Channel, Conversation, ConversationLabel, Label, Message
from messaging.teamwork.standing import change
from practices.models import AuditEvent, Change, Member
from practices.tenancy import SealedColumn
from tests.messaging.inbox.desk import make_contact, make_conversation, receive
from tests.messaging.teamwork.press import HTMX, INBOX, of, press, ticket, toast, told, undo
from tests.people import login
from tests.whole import as_many

BULK = f"{INBOX}bulk/"
NOTHING_UNDONE = "Nicht zurückgenommen: inzwischen ist damit weitergearbeitet worden."
TOO_LATE = "Das lässt sich nicht mehr zurücknehmen. Bitte ändern Sie es von Hand."


@pytest.fixture
def jonas_browser(jonas: Member) -> Client:
    browser = Client()
    login(browser, jonas)
    return browser


@pytest.fixture
def three(channel: Channel) -> list[Conversation]:
    found = [make_conversation(channel, make_contact()) for _number in range(3)]
    for one in found:
        receive(one, "Guten Tag")
    return found


def standing(conversation: Conversation) -> tuple[bool, object, object]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.closed_at is not None, row.waiting_since, row.urgent_at


# ── one ──


def test_done_needs_no_question_and_can_be_taken_back(desk: Client, conversation: Conversation) -> None:
    Conversation.objects.update(urgent_at=timezone.now(), urgent_words=None)
    before = standing(conversation)

    response = desk.post(of(conversation, "closure"), headers=HTMX)
    closed = standing(conversation)
    undone = undo(desk, response)

    assert (toast(response), toast(undone)) == ("Erledigt", "Zurückgenommen")
    assert (closed, standing(conversation)) == ((True, None, None), before)
    assert AuditEvent.objects.latest("pk").codes["deed"] == "conversation_closed"


def test_the_toast_goes_to_the_page_with_what_has_to_be_fetched_anew(desk: Client, conversation: Conversation) -> None:
    response = desk.post(of(conversation, "closure"), headers=HTMX)

    anew = {f"roger:conversation-{conversation.pk}", "roger:inbox", "roger:team"}
    assert set(told(response)) == {"roger:toast", *anew}
    assert told(response)["roger:toast"]["conversation"] == str(conversation.pk)  # an id: no header names anybody


def test_of_one_that_was_chosen_the_toast_says_which_and_of_several_not(desk: Client, channel: Channel) -> None:
    one, other = (make_conversation(channel, make_contact()) for _ in range(2))

    alone, both = bulk(desk, [one], done="1"), bulk(desk, [one, other], to="me")

    assert [told(answer)["roger:toast"].get("conversation") for answer in (alone, both)] == [str(one.pk), None]


def test_opening_again_can_be_taken_back_too(desk: Client, anna: Member, conversation: Conversation) -> None:
    desk.post(of(conversation, "closure"), headers=HTMX)
    response = desk.delete(of(conversation, "closure"), headers=HTMX)
    opened = standing(conversation)[0]
    undo(desk, response)

    assert (toast(response), opened, standing(conversation)[0]) == ("Wieder offen", False, True)
    assert Conversation.objects.get().closed_by == anna


def test_who_closed_it_stands_in_the_head(desk: Client, jonas_browser: Client, conversation: Conversation) -> None:
    jonas_browser.post(of(conversation, "closure"))

    assert desk.get(of(conversation, "")[:-1]).text.count("Erledigt von Jonas Fechner, heute ") == 1


def test_twice_taken_back_is_once(desk: Client, conversation: Conversation) -> None:
    response = desk.post(of(conversation, "closure"), headers=HTMX)
    undo(desk, response)

    assert toast(undo(desk, response)) == NOTHING_UNDONE


def test_what_somebody_changed_since_stays_as_they_left_it(
    desk: Client, jonas: Member, jonas_browser: Client, conversation: Conversation
) -> None:
    response = press(desk, of(conversation, "assignment"), to="me")
    press(jonas_browser, of(conversation, "assignment"), to="me")

    assert toast(undo(desk, response)) == NOTHING_UNDONE
    assert Conversation.objects.get().assigned_to == jonas


@pytest.mark.parametrize("put_away", ["closure", "snooze"])
def test_what_the_patient_wrote_since_is_not_put_away_again(
    desk: Client, conversation: Conversation, put_away: str
) -> None:
    address = of(conversation, put_away)
    press(desk, address, choice="hour")
    response = desk.delete(address, headers=HTMX) if put_away == "closure" else press(desk, address, choice="")
    receive(Conversation.objects.get(), "Noch etwas", received_at=timezone.now())

    undone = undo(desk, response)

    row = Conversation.objects.get()
    assert (toast(undone), row.closed_at, row.snoozed_until) == (NOTHING_UNDONE, None, None)


def test_who_was_answered_since_does_not_wait_again(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    Conversation.objects.update(urgent_at=timezone.now(), urgent_words=None)
    closed = desk.post(of(conversation, "closure"), headers=HTMX)
    jonas_browser.post(of(conversation, "reply"), {"body": "Kommen Sie um 9 Uhr.", "client_id": uuid4()}, headers=HTMX)

    undone = undo(desk, closed)

    assert Message.objects.get(direction="out").body == "Kommen Sie um 9 Uhr."
    assert (toast(undone), standing(conversation)) == ("Zurückgenommen", (False, None, None))


def test_what_waits_since_a_new_message_is_not_put_back_to_before_it(desk: Client, conversation: Conversation) -> None:
    response = desk.post(of(conversation, "closure"), headers=HTMX)
    newer = receive(Conversation.objects.get(), "Noch etwas")
    Conversation.objects.update(closed_at=None, closed_by=None)  # as a message that arrives does it

    assert toast(undo(desk, response)) == NOTHING_UNDONE
    assert standing(conversation) == (False, newer.at, None)


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-1], lambda _text: "", lambda text: f"x{text}", lambda _text: "a:b:c"]
)
def test_a_ticket_that_is_none_of_ours_takes_nothing_back(
    desk: Client, conversation: Conversation, spoil: Callable[[str], str]
) -> None:
    response = desk.post(of(conversation, "closure"), headers=HTMX)

    answer = press(desk, f"{INBOX}undoing/", ticket=spoil(ticket(response)))

    assert (toast(answer), standing(conversation)[0]) == (TOO_LATE, True)


def test_a_ticket_is_good_for_ten_minutes(desk: Client, conversation: Conversation) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=True):
        response = desk.post(of(conversation, "closure"), headers=HTMX)
    with time_machine.travel(start + timedelta(minutes=6), tick=True):
        desk.get(INBOX)  # at work, so that the login does not end first
    with time_machine.travel(start + timedelta(minutes=11), tick=True):
        late = undo(desk, response)

    assert (toast(late), standing(conversation)[0]) == (TOO_LATE, True)


def test_a_ticket_is_good_for_the_one_who_got_it(
    desk: Client, jonas_browser: Client, bert: Client, clara: Client, conversation: Conversation
) -> None:
    response = desk.post(of(conversation, "closure"), headers=HTMX)
    fields = {"ticket": ticket(response)}

    assert toast(press(jonas_browser, f"{INBOX}undoing/", **fields)) == TOO_LATE
    assert [browser.post(f"{INBOX}undoing/", fields).status_code for browser in (bert, clara)] == [403, 404]
    assert standing(conversation)[0] is True


def test_what_is_sealed_never_goes_into_the_trail(anna: Member, conversation: Conversation) -> None:
    with pytest.raises(SealedColumn):
        change("conversation_closed", held=[conversation], by=anna, urgent_words=["Schwellung"])

    assert AuditEvent.objects.filter(kind="conversation_closed").count() == 0


# ── several ──


def bulk(browser: Client, conversations: list[Conversation], ago: int | str = 0, **fields: Any) -> Any:
    """Press one of the deeds for several; each was chosen so many milliseconds ago."""
    return browser.post(BULK, {"picked": " ".join(f"{one.pk}:{ago}" for one in conversations)} | fields, headers=HTMX)


def test_several_are_done_at_once_and_come_back_at_once(
    desk: Client, anna: Member, three: list[Conversation], conversation: Conversation
) -> None:
    before = [standing(one) for one in three]

    response = bulk(desk, three, done="1")
    closed = [standing(one)[0] for one in three]
    undone = undo(desk, response)

    assert (response.status_code, toast(response)) == (204, "3 Unterhaltungen erledigt")
    assert (closed, standing(conversation)[0]) == ([True, True, True], False)
    assert (toast(undone), [standing(one) for one in three]) == ("Zurückgenommen", before)
    assert AuditEvent.objects.filter(kind="conversation_closed", by=anna).count() == 3


def test_what_was_written_after_it_was_chosen_stays_open(desk: Client, three: list[Conversation]) -> None:
    receive(three[0], "Doch noch eine Frage", received_at=timezone.now())
    long_ago = bulk(desk, three, ago=60_000, done="1")

    assert toast(long_ago) == "0 Unterhaltungen erledigt. 3 bleiben offen: dort wurde inzwischen geschrieben."

    just_now = bulk(desk, three, done="1")

    assert toast(just_now) == "3 Unterhaltungen erledigt"


def test_only_what_nobody_changed_since_comes_back(
    desk: Client, jonas_browser: Client, three: list[Conversation]
) -> None:
    response = bulk(desk, three, to="me")
    press(jonas_browser, of(three[1], "assignment"), to="me")

    undone = undo(desk, response)

    assert toast(undone) == "2 von 3 zurückgenommen. Mit dem Rest ist inzwischen weitergearbeitet worden."
    assert [Conversation.objects.get(pk=one.pk).assigned_to_id is None for one in three] == [True, False, True]


def test_several_are_given_put_off_and_labelled(desk: Client, jonas: Member, three: list[Conversation]) -> None:
    label = Label.objects.create(name="Rechnung")

    given = bulk(desk, three, to=str(jonas.pk))
    off = bulk(desk, three, choice="hour")
    hung = bulk(desk, three[:2], label=str(label.pk))
    again = bulk(desk, three, label=str(label.pk))

    assert [toast(one) for one in (given, off, hung, again)] == [
        "3 Unterhaltungen geändert", "3 Unterhaltungen geändert", "2 Unterhaltungen geändert",
        "1 Unterhaltung geändert",
    ]  # fmt: skip
    assert Conversation.objects.filter(assigned_to=jonas, snoozed_until__gt=timezone.now()).count() == 3
    undo(desk, hung)
    assert [link.conversation_id for link in ConversationLabel.objects.all()] == [three[2].pk]
    assert toast(bulk(desk, three, to="nobody")) == "3 Unterhaltungen geändert"
    assert Conversation.objects.filter(assigned_to=jonas).count() == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"to": str(uuid4())}, "Diese Person arbeitet nicht mehr hier. Bitte wählen Sie jemand anderen."),
        ({"choice": "date"}, "Bitte wählen Sie einen Zeitpunkt, der noch kommt, innerhalb eines Jahres."),
        ({}, "Bitte wählen Sie einen Zeitpunkt, der noch kommt, innerhalb eines Jahres."),
    ],
)
def test_what_cannot_be_done_is_said(
    desk: Client, three: list[Conversation], fields: dict[str, str], words: str
) -> None:
    response = bulk(desk, three, **fields)

    assert (toast(response), ticket(response)) == (words, "")


def test_what_is_named_wrongly_is_left_out(desk: Client, three: list[Conversation]) -> None:
    odd = f"{three[0].pk}:-5 x:x {uuid4()} :7"

    response = desk.post(BULK, {"picked": odd, "done": "1"}, headers=HTMX)

    assert toast(response) == "1 Unterhaltung erledigt"


def test_a_hundred_go_at_once_and_more_is_said(desk: Client, channel: Channel) -> None:
    many = [make_conversation(channel, make_contact()) for _number in range(101)]

    refused = bulk(desk, many, done="1")
    done = bulk(desk, many[1:], done="1")

    assert (refused.status_code, toast(refused)) == (
        422,
        "Das geht mit höchstens 100 Unterhaltungen auf einmal. Bitte wählen Sie weniger aus.",
    )
    assert (done.status_code, toast(done)) == (204, "100 Unterhaltungen erledigt")
    assert Conversation.objects.get(closed_at=None) == many[0]


def test_every_screen_hears_of_each_of_them(desk: Client, three: list[Conversation]) -> None:
    bulk(desk, three, done="1")

    told_of = Change.objects.filter(kind="conversation").values_list("ref", flat=True)
    assert set(told_of) == {one.pk for one in three}


@pytest.mark.parametrize("count", [1, 3])
def test_closing_several_asks_the_database_the_same_however_many(
    desk: Client, three: list[Conversation], count: int, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(15):  # seven of them find out who asks
        response = bulk(desk, three[:count], done="1")

    assert len(ticket(response)) > 0


def test_the_deeds_are_offered_to_those_who_write(desk: Client, bert: Client, clara: Client, jonas: Member) -> None:
    deeds = desk.get(BULK, headers=HTMX)

    assert [one.user.name for one in deeds.context["team"]] == ["Jonas Fechner"]  # Bert only reads
    assert [browser.get(BULK).status_code for browser in (bert, clara)] == [403, 404]


def test_conversations_of_another_practice_are_out_of_reach(clara: Client, three: list[Conversation]) -> None:
    chosen = {"conversation": [one.pk for one in three], "done": "1"}

    response = clara.post("/p/ostufer/inbox/bulk/", chosen, headers=HTMX)

    assert toast(response) == "0 Unterhaltungen erledigt"
    assert [standing(one)[0] for one in three] == [False, False, False]


DEEDS = st.sampled_from(["done", "me", "dentist", "nobody", "hour", "tomorrow"])


@settings(
    max_examples=as_many(whole=15, everyday=5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deeds=st.lists(DEEDS, min_size=1, max_size=5))
def test_taking_back_everything_in_reverse_leaves_it_as_it_was(
    desk: Client, conversation: Conversation, dentist: Member, deeds: list[str]
) -> None:
    before = _columns(conversation.pk)

    answers = [_do(desk, conversation, deed) for deed in deeds]
    for answer in reversed(answers):
        if ticket(answer):
            undo(desk, answer)

    assert _columns(conversation.pk) == before


def _do(browser: Client, conversation: Conversation, deed: str) -> Any:
    if deed == "done":
        return bulk(browser, [conversation], done="1")
    kind = "choice" if deed in {"hour", "tomorrow"} else "to"
    return bulk(browser, [conversation], **{kind: deed})


def _columns(pk: UUID) -> tuple[object, ...]:
    row = Conversation.objects.get(pk=pk)
    return row.closed_at, row.closed_by_id, row.waiting_since, row.assigned_to_id, row.assigned_role, row.snoozed_until


# ── closed while somebody writes ──


def reply(browser: Client, conversation: Conversation, **fields: object) -> Any:
    given = {"body": "Um neun.", "purpose": "organisation", "client_id": uuid4()}
    return browser.post(of(conversation, "reply"), given | fields, headers=HTMX)


def test_whoever_writes_while_a_colleague_closes_is_told_and_loses_nothing(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    jonas_browser.post(of(conversation, "closure"))

    first = reply(desk, conversation, standing="open")
    box = first.context["composer"]
    second = reply(desk, conversation, standing=box.standing, **dict.fromkeys(box.answered, "1"))

    assert (first.status_code, box.closed.author, box.standing) == (422, "Jonas Fechner", "open")
    assert first.text.count("Jonas Fechner hat die Unterhaltung erledigt, heute ") == 1
    assert first.text.count("Um neun.") == 1
    assert first.headers["HX-Trigger"] == f"roger:conversation-{conversation.pk}"
    assert second.status_code == 204
    assert conversation.messages.filter(direction="out").count() == 1


def test_whoever_closed_it_themselves_or_knows_it_is_not_asked(desk: Client, conversation: Conversation) -> None:
    desk.post(of(conversation, "closure"))

    assert reply(desk, conversation, standing="open").status_code == 204


def test_whoever_begins_to_write_where_a_colleague_has_closed_is_not_asked(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    jonas_browser.post(of(conversation, "closure"))
    box = desk.get(of(conversation, "")[:-1]).context["composer"]

    assert reply(desk, conversation, standing=box.standing).status_code == 204


def test_who_knows_of_one_closing_is_told_of_the_next(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    jonas_browser.post(of(conversation, "closure"))
    box = desk.get(of(conversation, "")[:-1]).context["composer"]
    jonas_browser.delete(of(conversation, "closure"))
    jonas_browser.post(of(conversation, "closure"))

    asked = reply(desk, conversation, standing=box.standing)

    assert (asked.status_code, asked.context["composer"].closed.author) == (422, "Jonas Fechner")


def test_what_was_begun_before_a_colleague_closed_still_says_so_on_a_page_that_is_loaded_anew(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    desk.post(of(conversation, "draft"), {"body": "Um neun."})
    jonas_browser.post(of(conversation, "closure"))
    box = desk.get(of(conversation, "")[:-1]).context["composer"]

    asked = reply(desk, conversation, standing=box.standing, mark=box.draft)

    assert (box.text, box.standing, asked.status_code) == ("Um neun.", "open", 422)


def test_the_page_says_how_it_shows_the_conversation_and_the_box_what_its_writer_knew(
    desk: Client, conversation: Conversation
) -> None:
    as_open = desk.get(of(conversation, "")[:-1]).text
    desk.post(of(conversation, "closure"))
    as_done = desk.get(of(conversation, "newer"), headers=HTMX).text
    anew = desk.get(of(conversation, "")[:-1]).text

    since = standing_of(Conversation.objects.get())
    assert [page.count('data-standing="open"') for page in (as_open, as_done)] == [1, 0]
    assert [page.count('name="standing" value="open"') for page in (as_open, as_done)] == [1, 0]
    assert (as_done.count(f'data-standing="{since}"'), anew.count(f'name="standing" value="{since}"')) == (1, 1)
