"""A message waits some seconds before it is handed over; until then it can be taken back as if never written."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consent.gate import Kind
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging import outbox
from messaging.actions import close_conversation, send_automatic, send_text
from messaging.drafts import draft_of, mark_of, save_draft
from messaging.models import Channel, Conversation, ConversationLabel, Label, Message, MessageToken
from messaging.saved_replies.actions import create_saved_reply
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import Assignee
from messaging.teamwork.labels import hang, take_off
from messaging.teamwork.snoozing import snooze
from messaging.undoing import TooLate, can_be_taken_back, take_back
from practices.models import AuditEvent, Member, Role
from practices.preferences import change_preferences
from tests.messaging.inbox.desk import answer, grant, make_conversation, make_template, receive
from tests.people import login, make_member

HTMX = {"HX-Request": "true"}
A_WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    receive(conversation, "Haben Sie morgen einen Termin?", ago=timedelta(minutes=20))
    return conversation


def address(conversation: Conversation, path: str) -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def send(desk: Client, conversation: Conversation, body: str = "Ja, um 9 Uhr.", **fields: object) -> Message:
    answered = desk.post(address(conversation, "reply/"), {"body": body, **fields}, headers=HTMX)
    assert answered.status_code == 204, answered.content
    return Message.objects.filter(direction="out").latest("pk")


def undo(desk: Client, conversation: Conversation, *messages: Message, **box: str) -> Any:
    ids = [message.pk for message in messages]
    return desk.post(address(conversation, "retraction/"), {"message": ids, **box}, headers=HTMX)


def test_a_message_waits_five_seconds_before_it_may_be_handed_over(desk: Client, conversation: Conversation) -> None:
    message = send(desk, conversation)

    waits = message.run_after - message.at
    assert (waits, outbox.claim()) == (timedelta(seconds=5), None)


@pytest.mark.parametrize("seconds", [0, 10])
def test_everybody_decides_how_long(desk: Client, anna: Member, conversation: Conversation, seconds: int) -> None:
    change_preferences(member=anna, undo_seconds=seconds)

    message = send(desk, conversation)

    assert message.run_after - message.at == timedelta(seconds=seconds)


def test_after_its_time_it_is_claimed(desk: Client, anna: Member, conversation: Conversation) -> None:
    change_preferences(member=anna, undo_seconds=0)
    send(desk, conversation)

    claims = outbox.claim()

    assert [one.body["text"]["body"] for one in claims or []] == ["Ja, um 9 Uhr."]


def test_the_page_learns_what_it_may_take_back(desk: Client, conversation: Conversation) -> None:
    answered = desk.post(address(conversation, "reply/"), {"body": "Ja."}, headers=HTMX)

    [message] = Message.objects.filter(direction="out")
    held = json.loads(answered.headers["HX-Trigger"])["roger:held"]
    assert held == {"messages": [str(message.pk)], "seconds": 5}


def test_nothing_is_offered_to_whoever_sends_at_once(desk: Client, anna: Member, conversation: Conversation) -> None:
    change_preferences(member=anna, undo_seconds=0)

    answered = desk.post(address(conversation, "reply/"), {"body": "Ja."}, headers=HTMX)

    assert (answered.status_code, "roger:held" in answered.headers.get("HX-Trigger", "")) == (204, False)


def test_a_page_that_is_opened_meanwhile_offers_it_too(desk: Client, conversation: Conversation) -> None:
    message = send(desk, conversation)

    held = desk.get(address(conversation, "")).context["composer"].held

    assert (held.messages, held.until) == ([message.pk], message.run_after)


def test_what_is_taken_back_stands_in_the_box_again_and_nowhere_else(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    message = send(desk, conversation)

    answered = undo(desk, conversation, message)

    assert (answered.status_code, answered.context["composer"].text) == (200, "Ja, um 9 Uhr.")
    assert list(Message.objects.filter(direction="out")) == []
    assert MessageToken.objects.filter(message_id=message.pk).count() == 0
    draft = draft_of(conversation, anna)
    assert draft is not None
    assert draft.body == "Ja, um 9 Uhr."


def test_what_was_typed_before_it_was_taken_back_stands_below_it(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    message = send(desk, conversation)

    answered = undo(desk, conversation, message, body="Und die Karte", mark="")

    draft = draft_of(conversation, anna)
    assert draft is not None
    assert answered.context["composer"].text == draft.body == "Ja, um 9 Uhr.\n\nUnd die Karte"


@pytest.mark.parametrize(
    ("kept", "knows_it", "typed", "below"),
    [
        ("Und", True, "Und die Karte", ["Und die Karte"]),  # the last keys were not kept yet
        ("Und", False, "Und die Karte", ["Und die Karte"]),  # they were being kept
        ("Und die Karte", True, "", []),  # it was deleted
        ("Im anderen Fenster", False, "Und die Karte", ["Und die Karte", "Im anderen Fenster"]),
    ],
)
def test_what_is_taken_back_swallows_neither_what_is_typed_nor_what_another_window_keeps(
    desk: Client, anna: Member, conversation: Conversation, kept: str, knows_it: bool, typed: str, below: list[str]
) -> None:
    message = send(desk, conversation)
    draft = save_draft(conversation=conversation, by=anna, body=kept, mark="")

    answered = undo(desk, conversation, message, body=typed, mark=mark_of(draft) if knows_it else "")

    assert answered.context["composer"].text == "\n\n".join(["Ja, um 9 Uhr.", *below])


def test_what_was_typed_stays_where_it_is_too_late(desk: Client, conversation: Conversation) -> None:
    message = send(desk, conversation)
    Message.objects.filter(pk=message.pk).update(state="sending")

    answered = undo(desk, conversation, message, body="Und die Karte", mark="")

    assert (answered.status_code, answered.context["composer"].text) == (422, "Und die Karte")


def test_whoever_asked_waits_again_since_the_question(desk: Client, conversation: Conversation) -> None:
    question = conversation.messages.get()
    message = send(desk, conversation)

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.last_message) == (question.at, question)
    assert conversation.last_message_at == question.at


def test_somebody_answered_before_waits_for_nothing(desk: Client, anna: Member, conversation: Conversation) -> None:
    answer(conversation, "Gern.", by=anna, ago=timedelta(minutes=10))
    message = send(desk, conversation, "Und noch etwas")

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert conversation.waiting_since is None


def test_an_emergency_is_one_again_with_the_words_that_say_why(desk: Client, conversation: Conversation) -> None:
    asked = receive(conversation, "Mein Sohn hat hohes Fieber")
    conversation.urgent_at, conversation.urgent_words = asked.at, ["Fieber"]
    conversation.save()
    message = send(desk, conversation)
    answered = Conversation.objects.get(pk=conversation.pk).urgent_at

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert (answered, conversation.urgent_at, conversation.urgent_words) == (None, asked.at, ["Fieber"])


def test_an_emergency_that_came_after_the_answer_counts_since_it_came(desk: Client, conversation: Conversation) -> None:
    question = conversation.messages.get()
    message = send(desk, conversation)
    conversation.refresh_from_db()
    urgent = receive(conversation, "Jetzt habe ich Fieber")

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.urgent_at) == (question.at, urgent.at)


def test_what_was_done_with_before_is_not_waited_for_again(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    close_conversation(conversation=conversation, by=anna)
    Conversation.objects.update(closed_at=None, closed_by=None)
    conversation.refresh_from_db()
    newer = receive(conversation, "Und am Freitag?")

    undo(desk, conversation, send(desk, conversation))

    conversation.refresh_from_db()
    assert conversation.waiting_since == newer.at


def test_of_two_answers_the_one_that_stays_still_answers(desk: Client, conversation: Conversation) -> None:
    first, second = send(desk, conversation), send(desk, conversation, "Oder um 10 Uhr.")

    undo(desk, conversation, first)

    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.last_message) == (None, second)


def test_a_saved_reply_that_closed_opens_the_conversation_again(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    question = conversation.messages.get()
    saved = create_saved_reply(title="Ja", shortcut="ja", body="Ja.", by=anna, closes=True)
    message = send(desk, conversation, saved_reply=saved.pk)
    conversation.refresh_from_db()
    was_closed = conversation.closed_by

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert (was_closed, conversation.closed_at, conversation.closed_by) == (anna, None, None)
    assert conversation.waiting_since == question.at
    assert AuditEvent.objects.get(kind="conversation_reopened").by == anna


def test_a_saved_reply_that_put_the_conversation_off_brings_it_back(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    saved = create_saved_reply(title="Ja", shortcut="ja", body="Ja.", by=anna, snooze="tomorrow")
    message = send(desk, conversation, saved_reply=saved.pk)
    conversation.refresh_from_db()
    was_put_off = conversation.snoozed_until is not None

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert (was_put_off, conversation.snoozed_until) == (True, None)
    assert conversation.waiting_since is not None


def labels_of(conversation: Conversation) -> list[Label]:
    return [link.label for link in ConversationLabel.objects.filter(conversation=conversation)]


def test_a_saved_reply_that_hung_a_label_and_handed_over_leaves_neither(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    label, hung_before = Label.objects.create(name="Termin"), Label.objects.create(name="Rezept")
    hang(conversations=[conversation], label=hung_before, by=anna)
    saved = create_saved_reply(
        title="Ja", shortcut="ja", body="Ja.", by=anna, labels=[label.pk, hung_before.pk], assign="dentist"
    )
    message = send(desk, conversation, saved_reply=saved.pk)
    conversation.refresh_from_db()
    was_theirs, had = conversation.assigned_role, labels_of(conversation)

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert (was_theirs, len(had)) == ("dentist", 2)
    assert (conversation.assigned_role, conversation.assigned_to) == ("", None)
    assert labels_of(conversation) == [hung_before]


def test_what_a_colleague_labelled_handed_on_or_put_off_meanwhile_stays_so(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    label, jonas = Label.objects.create(name="Termin"), make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner")
    saved = create_saved_reply(
        title="Ja", shortcut="ja", body="Ja.", by=anna, labels=[label.pk], assign="dentist", snooze="tomorrow"
    )
    message, until = send(desk, conversation, saved_reply=saved.pk), timezone.now() + timedelta(hours=3)
    take_off(conversations=[conversation], label=label, by=jonas)
    hang(conversations=[conversation], label=label, by=jonas)
    assign(conversations=[conversation], to=Assignee(jonas), by=jonas)
    snooze(conversations=[conversation], until=until, by=jonas)

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert (labels_of(conversation), conversation.assigned_to, conversation.snoozed_until) == ([label], jonas, until)


def test_what_another_message_or_a_hand_did_stays(desk: Client, anna: Member, conversation: Conversation) -> None:
    first_label, by_hand = Label.objects.create(name="Termin"), Label.objects.create(name="Rezept")
    saved = create_saved_reply(title="Ja", shortcut="ja", body="Ja.", by=anna, labels=[first_label.pk])
    plain, with_reply = send(desk, conversation), send(desk, conversation, "Ja.", saved_reply=saved.pk)
    hang(conversations=[conversation], label=by_hand, by=anna)

    undo(desk, conversation, plain)
    after_plain = labels_of(conversation)
    undo(desk, conversation, with_reply)

    assert (after_plain, labels_of(conversation)) == ([first_label, by_hand], [by_hand])


def test_what_a_colleague_closed_meanwhile_stays_closed_but_is_owed_an_answer(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    question, jonas = conversation.messages.get(), make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner")
    message = send(desk, conversation)
    close_conversation(conversation=conversation, by=jonas)

    undo(desk, conversation, message)

    conversation.refresh_from_db()
    assert (conversation.closed_by, conversation.waiting_since) == (jonas, question.at)


def test_it_is_on_the_trail(desk: Client, anna: Member, conversation: Conversation) -> None:
    message = send(desk, conversation)

    undo(desk, conversation, message)

    event = AuditEvent.objects.get(kind="message_taken_back")
    assert (event.about_id, event.by) == (message.pk, anna)


def test_what_is_on_its_way_stays_there(desk: Client, conversation: Conversation) -> None:
    message = send(desk, conversation)
    Message.objects.filter(pk=message.pk).update(state="sending")

    answered = undo(desk, conversation, message)

    assert (answered.status_code, "schon unterwegs" in answered.content.decode()) == (422, True)
    assert Message.objects.get(pk=message.pk).state == "sending"


def test_pressing_twice_takes_back_once(desk: Client, conversation: Conversation) -> None:
    message = send(desk, conversation)

    first, second = undo(desk, conversation, message), undo(desk, conversation, message)

    assert (first.status_code, second.status_code) == (200, 422)
    assert second.context["composer"].text == "Ja, um 9 Uhr."


def test_nobody_takes_back_what_a_colleague_sent(desk: Client, anna: Member, conversation: Conversation) -> None:
    message = send(desk, conversation)
    colleague = Client()
    login(colleague, make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner"))

    assert undo(colleague, conversation, message).status_code == 422
    assert Message.objects.filter(pk=message.pk).exists()


def test_nobody_takes_back_anything_of_another_thread(
    desk: Client, channel: Channel, conversation: Conversation
) -> None:
    message = send(desk, conversation)
    other = make_conversation(channel)

    assert undo(desk, other, message).status_code == 422
    assert Message.objects.filter(pk=message.pk).exists()


def test_without_a_script_it_leads_back_to_the_thread(desk: Client, conversation: Conversation) -> None:
    message = send(desk, conversation)

    answered = desk.post(address(conversation, "retraction/"), {"message": message.pk})

    assert (answered.status_code, answered.headers["Location"]) == (303, address(conversation, ""))
    assert desk.get(address(conversation, "")).context["composer"].text == "Ja, um 9 Uhr."


def test_a_template_can_be_taken_back_and_leaves_no_draft(
    desk: Client, anna: Member, channel: Channel, conversation: Conversation
) -> None:
    template = make_template(channel, components=[{"type": "BODY", "text": "Wir haben eine Antwort."}])
    desk.post(address(conversation, "reply/"), {"template": template.pk}, headers=HTMX)
    message = Message.objects.get(direction="out")

    answered = undo(desk, conversation, message)

    assert (answered.status_code, draft_of(conversation, anna)) == (200, None)
    assert not Message.objects.filter(direction="out").exists()


def test_a_withdrawal_in_those_seconds_still_stops_it(desk: Client, anna: Member, conversation: Conversation) -> None:
    message = send(desk, conversation)
    ConsentState.objects.update(state="withdrawn")
    Message.objects.update(run_after=timezone.now() - timedelta(seconds=1))

    assert outbox.claim() == []
    message.refresh_from_db()
    assert (message.state, message.refusal) == ("cancelled", "consent")


def test_rules_and_the_api_wait_for_nobody(conversation: Conversation, anna: Member) -> None:
    with time_machine.travel(A_WEDNESDAY, tick=False):
        Conversation.objects.update(last_inbound_at=A_WEDNESDAY)
        fresh = Conversation.objects.with_people().get()
        by_rule = send_automatic(conversation=fresh, kind=Kind.AUTOMATIC, body="Danke.", purpose=Purpose.ORGANISATION)
        by_api = send_text(
            conversation=fresh, body="Ja.", purpose=Purpose.ORGANISATION, by=None, origin=Message.Origin.API
        )

    assert [one.run_after - one.at for one in (by_rule, by_api)] == [timedelta(), timedelta()]
    assert can_be_taken_back(fresh, anna) == []


def test_a_message_that_was_tried_once_is_not_offered(desk: Client, anna: Member, conversation: Conversation) -> None:
    send(desk, conversation)
    Message.objects.filter(direction="out").update(attempts=1)

    assert can_be_taken_back(conversation, anna) == []


def test_taking_back_nothing_is_refused(anna: Member, conversation: Conversation) -> None:
    with pytest.raises(TooLate):
        take_back(conversation=conversation, messages=[], by=anna)


def test_a_stranger_and_a_trainee_take_nothing_back(
    desk: Client, bert: Client, clara: Client, conversation: Conversation
) -> None:
    message = send(desk, conversation)

    assert undo(bert, conversation, message).status_code == 403
    assert undo(clara, conversation, message).status_code == 404
    assert Message.objects.filter(pk=message.pk).exists()


def test_the_same_reply_sent_again_after_taking_it_back_goes_out(desk: Client, conversation: Conversation) -> None:
    client_id = uuid4()
    undo(desk, conversation, send(desk, conversation, client_id=client_id))

    again = send(desk, conversation, client_id=client_id)

    assert (again.body, again.state) == ("Ja, um 9 Uhr.", "queued")


def test_what_was_taken_back_disappears_from_every_screen(desk: Client, conversation: Conversation) -> None:
    message = send(desk, conversation)
    at = address(conversation, f"messages/{message.pk}/")
    before = desk.get(at, headers=HTMX)
    undo(desk, conversation, message)

    after, whole = desk.get(at, headers=HTMX), desk.get(at)

    assert ("HX-Reswap" in before.headers, after.status_code, after.content) == (False, 200, b"")
    assert after.headers["HX-Reswap"] == "delete"
    assert whole.status_code == 404
