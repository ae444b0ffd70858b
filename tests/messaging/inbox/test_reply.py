from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from consent.gate import Consent
from consent.purposes import Purpose
from messaging.models import Channel, Conversation, Message
from practices.models import AuditEvent, Member, Practice, Role
from tests.messaging.inbox.desk import answer, grant, make_conversation, make_template, receive
from tests.people import make_member

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    """Somebody who agreed to everything has just written."""
    conversation = make_conversation(channel)
    grant(conversation.contact)
    receive(conversation, "Haben Sie morgen einen Termin?")
    return conversation


def address(conversation: Conversation) -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/reply/"


def sent(conversation: Conversation) -> list[Message]:
    return list(conversation.messages.filter(direction="out").order_by("pk"))


def test_a_reply_is_queued_by_the_person_who_wrote_it(desk: Client, anna: Member, conversation: Conversation) -> None:
    client_id = uuid4()

    response = desk.post(
        address(conversation),
        {"body": "Ja, um 9 Uhr.", "purpose": "organisation", "client_id": client_id},
        headers=HTMX,
    )

    [message] = sent(conversation)
    assert (response.status_code, response.content) == (204, b"")
    assert (message.body, message.state, message.sent_by, message.client_id) == (
        "Ja, um 9 Uhr.",
        "queued",
        anna,
        client_id,
    )
    assert AuditEvent.objects.get(kind="message_queued").by == anna


def test_without_a_script_a_reply_leads_back_to_the_thread(desk: Client, conversation: Conversation) -> None:
    response = desk.post(address(conversation), {"body": "Ja."})

    assert (response.status_code, response.headers["Location"]) == (303, f"/p/morgenthal/inbox/{conversation.pk}/")
    assert [message.body for message in sent(conversation)] == ["Ja."]


def test_two_identical_posts_are_one_message(desk: Client, conversation: Conversation) -> None:
    form = {"body": "Ja.", "purpose": "organisation", "client_id": uuid4()}

    first = desk.post(address(conversation), form, headers=HTMX)
    second = desk.post(address(conversation), form, headers=HTMX)

    assert (first.status_code, second.status_code) == (204, 204)
    assert len(sent(conversation)) == 1


def test_what_was_written_on_after_an_answer_was_lost_is_not_taken_for_sent(
    desk: Client, conversation: Conversation
) -> None:
    form = {"body": "Ja.", "purpose": "organisation", "client_id": uuid4()}
    desk.post(address(conversation), form, headers=HTMX)

    asked = desk.post(address(conversation), form | {"body": "Ja. Und bringen Sie die Karte mit."}, headers=HTMX)
    composer = asked.context["composer"]
    before = [message.body for message in sent(conversation)]
    again = {"body": composer.text, "client_id": composer.client_id}
    confirmed = desk.post(address(conversation), form | again, headers=HTMX)

    assert (asked.status_code, before, confirmed.status_code) == (422, ["Ja."], 204)
    assert "Ihre vorige Fassung ist schon hinausgegangen." in asked.content.decode()
    assert composer.text == "Ja. Und bringen Sie die Karte mit."
    assert [message.body for message in sent(conversation)] == ["Ja.", composer.text]


def test_a_reply_ends_the_waiting(desk: Client, conversation: Conversation) -> None:
    desk.post(address(conversation), {"body": "Ja."})

    conversation.refresh_from_db()
    assert conversation.waiting_since is None


@pytest.mark.parametrize("body", ["", "   \n ", "x" * 4097])
def test_a_text_that_cannot_go_out_comes_back_with_its_reason(
    desk: Client, conversation: Conversation, body: str
) -> None:
    client_id = str(uuid4())

    response = desk.post(address(conversation), {"body": body, "client_id": client_id}, headers=HTMX)

    assert response.status_code == 422
    assert response.context["composer"].errors != []
    assert (response.context["composer"].text, str(response.context["composer"].client_id)) == (body, client_id)
    assert sent(conversation) == []


def test_a_nul_byte_is_refused_and_not_a_server_error(desk: Client, conversation: Conversation) -> None:
    response = desk.post(address(conversation), {"body": "Ja\x00."}, headers=HTMX)

    assert response.status_code == 422
    assert sent(conversation) == []


def test_nothing_goes_out_without_consent_and_the_text_stays(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    receive(conversation)

    response = desk.post(address(conversation), {"body": "Ja, gern."}, headers=HTMX)

    composer = response.context["composer"]
    assert (response.status_code, composer.gate) == (422, "consent")
    assert composer.errors[0].startswith("Für „Termine und Organisation“ liegt keine Einwilligung vor.")
    assert sent(conversation) == []


def test_once_the_legal_basis_fell_the_page_offers_no_box_and_nothing_goes_out(
    desk: Client, channel: Channel, practice: Practice
) -> None:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    receive(conversation)
    before = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").context["composer"].gate
    Practice.objects.filter(pk=practice.pk).update(data_transfer_stopped=True)

    after = desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").context["composer"].gate
    response = desk.post(address(conversation), {"body": "Ja, gern."}, headers=HTMX)

    assert (before, after, response.status_code) == ("", "channel", 422)
    assert sent(conversation) == []


def test_after_a_withdrawal_the_composer_says_so(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    grant(conversation.contact, Purpose.ORGANISATION, state=Consent.WITHDRAWN)
    receive(conversation, "STOP")

    response = desk.post(address(conversation), {"body": "Schade."}, headers=HTMX)

    assert (response.status_code, response.context["composer"].gate) == (422, "stopped")
    assert sent(conversation) == []


def test_a_closed_window_offers_templates_instead(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    receive(conversation, ago=timedelta(hours=25))

    response = desk.post(address(conversation), {"body": "Guten Morgen"}, headers=HTMX)

    assert (response.status_code, response.context["composer"].gate) == (422, "window")
    assert sent(conversation) == []


def test_a_blocked_number_gets_nothing(desk: Client, conversation: Conversation) -> None:
    contact = conversation.contact
    contact.blocked_at = conversation.created_at
    contact.save(update_fields=["blocked_at"])

    response = desk.post(address(conversation), {"body": "Ja."}, headers=HTMX)

    assert (response.status_code, response.context["composer"].gate) == (422, "blocked")
    assert sent(conversation) == []


def test_a_purpose_that_was_not_granted_is_refused(desk: Client, conversation: Conversation) -> None:
    response = desk.post(address(conversation), {"body": "Rabatt!", "purpose": "werbung"}, headers=HTMX)

    assert response.status_code == 422
    assert sent(conversation) == []


def test_an_unknown_purpose_is_refused(desk: Client, conversation: Conversation) -> None:
    response = desk.post(address(conversation), {"body": "Ja.", "purpose": "everything"}, headers=HTMX)

    assert response.status_code == 422
    assert sent(conversation) == []


def test_a_colleagues_answer_is_shown_before_sending_another(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    seen = conversation.messages.get()
    jonas = make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner")
    answer(conversation, "Um 9 Uhr ist frei.", by=jonas)
    form = {"body": "Ja, um 10.", "client_id": uuid4(), "after": seen.pk}

    asked = desk.post(address(conversation), form, headers=HTMX)
    confirmed = desk.post(address(conversation), form | {"send_anyway": "1"}, headers=HTMX)

    overtaken = asked.context["composer"].overtaken
    assert (asked.status_code, overtaken.author, overtaken.text) == (422, "Jonas Fechner", "Um 9 Uhr ist frei.")
    assert confirmed.status_code == 204
    assert [message.body for message in sent(conversation)] == ["Um 9 Uhr ist frei.", "Ja, um 10."]


def test_what_the_patient_wrote_while_the_reply_was_typed_still_waits(desk: Client, conversation: Conversation) -> None:
    shown = conversation.messages.get()
    newer = receive(conversation, "Und noch etwas")
    receive(conversation, "Hallo?")

    response = desk.post(address(conversation), {"body": "Ja.", "after": shown.pk}, headers=HTMX)

    assert response.status_code == 204
    assert [message.body for message in sent(conversation)] == ["Ja."]
    assert Conversation.objects.get().waiting_since == newer.at


def test_a_late_message_still_waits_although_its_own_time_is_older(desk: Client, conversation: Conversation) -> None:
    shown = conversation.messages.get()
    late = receive(conversation, "von gestern", ago=timedelta(days=1), received_at=timezone.now())
    Conversation.objects.update(last_inbound_at=timezone.now())

    desk.post(address(conversation), {"body": "Ja.", "after": shown.pk}, headers=HTMX)

    assert Conversation.objects.get().waiting_since == late.at


def test_a_reply_to_everything_the_page_showed_ends_the_waiting(desk: Client, conversation: Conversation) -> None:
    newest = receive(conversation, "Und noch etwas")

    desk.post(address(conversation), {"body": "Ja.", "after": newest.pk}, headers=HTMX)

    assert Conversation.objects.get().waiting_since is None


def test_a_reply_from_an_old_part_of_the_thread_wakes_nothing_that_was_answered(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    hit = conversation.messages.get()
    receive(conversation, "noch eine Frage", ago=timedelta(minutes=20))
    answer(conversation, "Gern.", by=anna, ago=timedelta(minutes=10))

    desk.post(address(conversation), {"body": "Ja.", "after": hit.pk, "send_anyway": "1"}, headers=HTMX)

    assert Conversation.objects.get().waiting_since is None


def test_a_template_answers_only_what_the_page_showed(
    desk: Client, channel: Channel, conversation: Conversation
) -> None:
    shown = conversation.messages.get()
    newer = receive(conversation, "Und noch etwas")
    template = make_template(channel, components=[{"type": "BODY", "text": "Wir haben eine Antwort."}])

    response = desk.post(address(conversation), {"template": template.pk, "after": shown.pk}, headers=HTMX)

    assert response.status_code == 200
    assert Conversation.objects.get().waiting_since == newer.at


def test_a_reply_quotes_the_message_it_answers(desk: Client, conversation: Conversation) -> None:
    question = conversation.messages.get()

    desk.post(address(conversation), {"body": "Ja.", "quote": question.pk}, headers=HTMX)

    [message] = sent(conversation)
    assert (message.quoted, message.quoted_wamid) == (question, question.wamid)


def test_a_message_of_another_thread_is_never_quoted(
    desk: Client, channel: Channel, conversation: Conversation
) -> None:
    foreign = receive(make_conversation(channel), "geheim")

    desk.post(address(conversation), {"body": "Ja.", "quote": foreign.pk}, headers=HTMX)

    assert [message.quoted_id for message in sent(conversation)] == [None]


def test_a_trainee_may_not_send(bert: Client, conversation: Conversation) -> None:
    response = bert.post(address(conversation), {"body": "Ja."}, headers=HTMX)

    assert response.status_code == 403
    assert sent(conversation) == []


def test_somebody_of_another_practice_gets_404(clara: Client, conversation: Conversation) -> None:
    through_ours = clara.post(address(conversation), {"body": "Ja."}, headers=HTMX)
    through_theirs = clara.post(f"/p/ostufer/inbox/{conversation.pk}/reply/", {"body": "Ja."}, headers=HTMX)

    assert (through_ours.status_code, through_theirs.status_code) == (404, 404)
    assert sent(conversation) == []
