"""Somebody known by user name only is asked for the number; what they answer counts once somebody has asked back."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.purposes import Purpose
from messaging import outbox
from messaging.models import Conversation, Draft, Message
from patients.identities import find_or_create_contact, phone_of, phone_to_show
from patients.models import Contact, ContactIdentity
from practices.models import AuditEvent, Member, Practice
from practices.scope import practice_scope
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line, envelope, make_line, now, wamid
from tests.messaging.inbox.desk import forget_keys, grant, make_contact, make_conversation, receive

HTMX = {"HX-Request": "true"}
KIM = "DE.9Kq3ZZx0000000000003"
NUMBER = "+491713920013"
ASK = "Nummer erbitten"


@pytest.fixture
def line(practice: Practice) -> Line:
    return make_line(practice)


@pytest.fixture
def conversation(line: Line) -> Iterator[Conversation]:
    """Kim agreed and wrote just now, and WhatsApp names no number; the practice's scope stays open."""
    with practice_scope(line.practice.pk):
        contact, _ = find_or_create_contact(bsuid=KIM, username="kim.s", profile_name="Kim")
        Contact.objects.update(number_proven_at=timezone.now())
        grant(contact, Purpose.ORGANISATION)
        conversation = make_conversation(line.channel, contact)
        receive(conversation, "Rufen Sie mich bitte an.")
        yield conversation


@pytest.fixture
def whatsapp(line: Line, settings: Any) -> Iterator[FakeWhatsApp]:
    """360dialog, where Kim has written to the practice."""
    settings.D360_TRANSPORT = fake = FakeWhatsApp(line)
    fake.control("POST", "people", json={"phone": NUMBER, "bsuid": KIM, "name": "Kim", "username": "kim.s"})
    fake.control("POST", "messages", json={"from": KIM, "to": line.channel.phone, "type": "text", "text": "Hallo"})
    yield fake
    fake.end()


def at(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def ask(desk: Client, conversation: Conversation) -> Any:
    return desk.post(at(conversation, "number-request/"), headers=HTMX)


def asked(conversation: Conversation) -> list[Message]:
    return list(conversation.messages.filter(type="request_contact_info").order_by("pk"))


def panel(desk: Client, conversation: Conversation) -> str:
    """What the panel says of WhatsApp."""
    page = desk.get(at(conversation)).content.decode()
    part = page.partition('id="panel"')[2].partition("Auf WhatsApp")[2].partition("</section>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).replace("\u202f", " ").split())


def card(
    line: Line, phone: str = NUMBER, *, origin: str | None = "contact_request", of: str = KIM, **columns: Any
) -> dict[str, Any]:
    """Kim's phone sends a card; as WhatsApp marks it after our request, unless `origin` is None."""
    phones = [{"phone": phone, "wa_id": phone.removeprefix("+"), "type": "CELL"}]
    shared = {"user_id": of, "name": {"formatted_name": "Kim"}, "phones": phones}
    return from_kim(line, type="contacts", contacts=[shared | ({"origin": origin} if origin else {})], **columns)


def from_kim(line: Line, *, phone: str = "", account: str = KIM, **content: Any) -> dict[str, Any]:
    """A message from Kim's account; with `phone` WhatsApp names the number too."""
    number = {"wa_id": phone.removeprefix("+")} if phone else {}
    sender = {"from": phone.removeprefix("+")} if phone else {}
    said = {"id": wamid(), "timestamp": now(), "from_user_id": account} | sender | content
    person = {"user_id": account, "profile": {"name": "Kim"}} | number
    return envelope({"contacts": [person], "messages": [said]}, line=line)


def text_from_kim(line: Line, **named: str) -> dict[str, Any]:
    return from_kim(line, type="text", text={"body": "Danke"}, **named)


def stated(line: Line, desk: Client, conversation: Conversation) -> None:
    """Kim was asked, and answered."""
    ask(desk, conversation)
    line.deliver(card(line))


def reply(desk: Client, conversation: Conversation) -> int:
    form = {"body": "Wir rufen an.", "purpose": "organisation"}
    return desk.post(at(conversation, "reply/"), form, headers=HTMX).status_code


def number_of(conversation: Conversation) -> str | None:
    return phone_to_show(Contact.objects.get(pk=conversation.contact_id))


# ── asking ──


def test_whoever_has_no_number_here_is_asked_for_it_by_whatsapps_own_request(
    desk: Client, anna: Member, conversation: Conversation, whatsapp: FakeWhatsApp
) -> None:
    assert panel(desk, conversation).count(ASK) == 1

    response = ask(desk, conversation)
    Message.objects.filter(state="queued").update(run_after=timezone.now())
    outbox.drain()

    [message] = asked(conversation)
    [sent] = whatsapp.sent()
    assert (response.status_code, message.purpose, message.sent_by, message.state) == (
        204,
        "organisation",
        anna,
        "sent",
    )
    assert (sent.get("recipient") or sent.get("to"), sent["interactive"]["action"]) == (
        KIM, {"name": "request_contact_info"},
    )  # fmt: skip
    assert sent["interactive"]["body"]["text"] == message.body
    assert AuditEvent.objects.filter(kind="message_queued", about_id=message.pk, by=anna).count() == 1


def test_while_nobody_has_answered_it_says_so_and_asks_nobody_twice(desk: Client, conversation: Conversation) -> None:
    ask(desk, conversation)

    again, said = ask(desk, conversation), panel(desk, conversation)

    assert (again.status_code, len(asked(conversation))) == (204, 1)
    assert ("Noch keine Antwort." in said, ASK in said) == (True, False)


@pytest.mark.parametrize(
    ("state", "days", "is_offered"),
    [("failed", 0, True), ("cancelled", 0, True), ("unconfirmed", 0, False), ("read", 6, False), ("read", 8, True)],
)
def test_what_never_came_or_was_overlooked_for_a_week_is_asked_again(
    desk: Client, conversation: Conversation, state: str, days: int, is_offered: bool
) -> None:
    ask(desk, conversation)
    at = timezone.now() - timedelta(days=days)
    Message.objects.filter(type="request_contact_info").update(state=state, at=at)

    assert (ASK in panel(desk, conversation)) == is_offered
    ask(desk, conversation)

    assert len(asked(conversation)) == (2 if is_offered else 1)


def test_the_request_stands_in_the_persons_language(desk: Client, conversation: Conversation) -> None:
    Contact.objects.update(language="pl")

    ask(desk, conversation)

    assert (asked(conversation)[0].body or "").startswith("Dzień dobry")


def test_the_request_can_be_taken_back_and_leaves_no_draft(desk: Client, conversation: Conversation) -> None:
    response = ask(desk, conversation)
    [message] = asked(conversation)
    assert str(message.pk) in response.headers["HX-Trigger"]

    desk.post(at(conversation, "retraction/"), {"message": message.pk}, headers=HTMX)

    assert (asked(conversation), Draft.objects.count()) == ([], 0)
    assert ASK in panel(desk, conversation)


def test_where_no_text_may_go_nobody_is_asked(desk: Client, conversation: Conversation) -> None:
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=30))

    assert ASK not in panel(desk, conversation)
    assert (ask(desk, conversation).status_code, asked(conversation)) == (422, [])


def test_whoever_has_a_number_is_not_asked(desk: Client, line: Line, conversation: Conversation) -> None:
    other = make_conversation(line.channel, make_contact())
    grant(other.contact, Purpose.ORGANISATION)
    receive(other)

    assert ASK not in panel(desk, other)
    assert (ask(desk, other).status_code, asked(other)) == (422, [])


def test_who_may_only_read_is_not_offered_it(bert: Client, conversation: Conversation) -> None:
    assert "nicht bekannt" in panel(bert, conversation)
    assert ASK not in panel(bert, conversation)
    assert ask(bert, conversation).status_code == 403


@pytest.mark.parametrize("told", ["@kim.s", "kim.s"])
def test_the_user_name_has_one_sign_before_it_however_whatsapp_spells_it(
    desk: Client, line: Line, conversation: Conversation, told: str
) -> None:
    event = text_from_kim(line)
    event["entry"][0]["changes"][0]["value"]["contacts"][0]["profile"]["username"] = told

    line.deliver(event)

    assert " @kim.s " in panel(desk, conversation)
    assert ContactIdentity.objects.filter(kind="username").count() == 1


# ── the answer ──


def test_a_number_that_was_given_is_theirs_and_stops_everything_until_somebody_asked_back(
    desk: Client, anna: Member, line: Line, conversation: Conversation
) -> None:
    stated(line, desk, conversation)

    page = desk.get(at(conversation)).text
    assert (number_of(conversation), phone_of(conversation.contact)) == (NUMBER, None)  # shown, and no proof
    assert ("noch nicht bestätigt" in panel(desk, conversation), ASK in panel(desk, conversation)) == (True, False)
    assert ("Gehört die genannte Nummer dieser Person?" in page, "WhatsApp meldet" in page) == (True, False)
    assert reply(desk, conversation) == 422

    desk.post(at(conversation, "person/"))

    assert "bestätigt" in panel(desk, conversation)
    assert "noch nicht bestätigt" not in panel(desk, conversation)
    assert reply(desk, conversation) == 204
    assert AuditEvent.objects.filter(kind="number_stated", about_id=conversation.contact_id, by=None).count() == 1
    assert AuditEvent.objects.get(kind="person_confirmed").by == anna


@pytest.mark.parametrize(("is_confirmed", "address"), [(False, KIM), (True, NUMBER)])
def test_nothing_goes_to_a_number_that_was_only_stated(
    desk: Client, line: Line, conversation: Conversation, whatsapp: FakeWhatsApp, is_confirmed: bool, address: str
) -> None:
    stated(line, desk, conversation)
    if is_confirmed:
        desk.post(at(conversation, "person/"))

    line.deliver(from_kim(line, type="text", text={"body": "STOP"}))  # is confirmed whatever is in doubt
    Message.objects.filter(kind="confirmation").update(run_after=timezone.now())
    outbox.drain()

    assert {body.get("recipient") or body.get("to") for body in whatsapp.sent()} == {address}


def test_a_number_that_is_not_theirs_is_rejected_and_writing_goes_on(
    desk: Client, anna: Member, line: Line, conversation: Conversation
) -> None:
    stated(line, desk, conversation)
    assert f'action="{at(conversation, "stated-number/rejection/")}"' in desk.get(at(conversation)).text

    for _twice in range(2):
        desk.post(at(conversation, "stated-number/rejection/"))

    assert (number_of(conversation), reply(desk, conversation)) == (None, 204)
    assert ASK in panel(desk, conversation)
    assert [event.by for event in AuditEvent.objects.filter(kind="number_rejected")] == [anna]


def test_an_older_doubt_outlives_a_number_that_was_rejected(
    desk: Client, line: Line, conversation: Conversation
) -> None:
    ask(desk, conversation)
    Contact.objects.update(identity_changed_at=timezone.now() - timedelta(hours=1))
    line.deliver(card(line))

    desk.post(at(conversation, "stated-number/rejection/"))

    assert (number_of(conversation), reply(desk, conversation)) == (None, 422)


def test_somebody_elses_number_stays_theirs_and_the_panel_leads_there(
    desk: Client, line: Line, conversation: Conversation
) -> None:
    other = make_conversation(line.channel, make_contact(NUMBER))

    stated(line, desk, conversation)

    said = panel(desk, conversation)
    assert (number_of(conversation), number_of(other)) == (None, NUMBER)
    assert (ASK in said, "gehört hier schon zu jemand anderem" in said) == (False, True)
    assert f'href="{at(other)}"' in desk.get(at(conversation)).text.partition('id="panel"')[2]
    assert not Contact.objects.exclude(identity_changed_at=None).exists()


@pytest.mark.parametrize("columns", [{"origin": None}, {"of": "DE.9Kq3ZZx0000000000099"}])
def test_any_other_card_is_only_shown(
    desk: Client, line: Line, conversation: Conversation, columns: dict[str, Any]
) -> None:
    ask(desk, conversation)

    line.deliver(card(line, **columns))

    assert number_of(conversation) is None
    assert reply(desk, conversation) == 204


def test_once_whatsapp_names_the_number_with_the_account_nobody_need_ask_back(
    desk: Client, line: Line, conversation: Conversation
) -> None:
    stated(line, desk, conversation)

    line.deliver(text_from_kim(line, phone=NUMBER))

    assert (number_of(conversation), reply(desk, conversation)) == (NUMBER, 204)
    assert "genannt" not in panel(desk, conversation)
    assert AuditEvent.objects.filter(kind="number_told", about_id=conversation.contact_id).count() == 1


def test_whoever_has_the_number_in_truth_is_somebody_else(desk: Client, line: Line, conversation: Conversation) -> None:
    stated(line, desk, conversation)

    line.deliver(text_from_kim(line, phone=NUMBER, account="DE.9Kq3ZZx0000000000077"))

    other = ContactIdentity.objects.get(kind="phone", ended_at=None).contact
    assert (other.pk == conversation.contact_id, other.identity_changed_at) == (False, None)
    assert conversation.messages.inbound().filter(type="text").count() == 1
    assert (number_of(conversation), reply(desk, conversation)) == (None, 204)


@pytest.mark.parametrize("cards", [1, 3])
def test_many_cards_cost_the_queries_of_one(desk: Client, line: Line, conversation: Conversation, cards: int) -> None:
    make_contact(NUMBER)
    ask(desk, conversation)
    second_after = str(int(time.time()) + 1)  # WhatsApp counts whole seconds: within ours it would stand before it
    line.deliver(*(card(line, timestamp=second_after) for _card in range(cards)))
    forget_keys()

    with CaptureQueriesContext(connection) as captured:
        desk.get(at(conversation), headers=HTMX)

    assert len(captured) == QUERIES_WITH_A_CARD


QUERIES_WITH_A_CARD = 41  # two find what is unread, one what can still be taken back: what asked for the number
