"""Where nothing may be sent the way on is mostly a call: the gate offers it to whoever acts here."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from consent.gate import ChannelState, Consent
from consent.purposes import Purpose
from messaging.models import Channel, Conversation
from patients.models import BlockReason, Contact, ContactIdentity
from practices.models import AccessLog, Member, Practice
from tests.messaging.inbox.desk import grant, make_conversation, make_patient, receive

HTMX = {"HX-Request": "true"}
ANSWERS = {"stopped": Consent.WITHDRAWN, "pending": Consent.PENDING}
TO_CALL = ["consent", "pending", "stopped", "channel", "live"]
ANOTHER_NUMBER = ["blocked", "age"]  # often a stranger's, or a child's
CALL_ABOVE = ["identity"]
GATES = [*TO_CALL, *ANOTHER_NUMBER, *CALL_ABOVE]
CALL = "Rufen Sie an. Wer WhatsApp wieder nutzen möchte, schreibt START."
WHY = "Die Einwilligung für „Termine und Organisation“ wurde widerrufen. Dafür darf nichts gesendet werden."


def behind(gate: str, channel: Channel) -> Conversation:
    """Somebody wrote, and this is what stands in the way of an answer."""
    conversation = make_conversation(channel)
    contact = Contact.objects.filter(pk=conversation.contact_id)
    make_patient(conversation.contact, birth_date=f"{timezone.localdate().year - 8}-01-01" if gate == "age" else None)
    if gate != "consent":
        grant(conversation.contact, Purpose.ORGANISATION, state=ANSWERS.get(gate, Consent.GRANTED))
    if gate == "blocked":
        contact.update(blocked_at=timezone.now(), blocked_reason=BlockReason.WRONG_NUMBER)
    if gate == "identity":
        contact.update(identity_changed_at=timezone.now())
    if gate == "channel":
        Channel.objects.update(state=ChannelState.DISCONNECTED)
    if gate == "live":
        Practice.objects.update(live_since=None)
    receive(conversation)
    return conversation


def address(conversation: Conversation, deed: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{deed}"


def composer(browser: Client, conversation: Conversation) -> tuple[str, str]:
    """Which face it has, and its markup."""
    page = browser.get(address(conversation))
    return page.context["composer"].gate, page.text.partition('id="composer"')[2].partition('id="panel"')[0]


@pytest.mark.parametrize("gate", TO_CALL)
def test_the_gate_that_says_to_call_offers_it(desk: Client, channel: Channel, gate: str) -> None:
    conversation = behind(gate, channel)

    face, shown = composer(desk, conversation)

    [form] = re.findall(r'<form method="post"\s+action="([^"]+)"(?:(?!</form>).)*id="dial-gate"', shown, re.DOTALL)
    assert (face, form) == (gate, address(conversation, "number/"))


@pytest.mark.parametrize("gate", [*ANOTHER_NUMBER, *CALL_ABOVE])
def test_where_it_would_ring_the_wrong_one_the_gate_offers_no_call(desk: Client, channel: Channel, gate: str) -> None:
    face, shown = composer(desk, behind(gate, channel))

    assert (face, "dial-gate" in shown) == (gate, False)


def test_who_has_no_number_is_not_rung_and_nothing_is_noted(desk: Client, channel: Channel) -> None:
    conversation = behind("stopped", channel)
    ContactIdentity.objects.filter(kind="phone").delete()

    _face, shown = composer(desk, conversation)
    desk.post(address(conversation, "number/"), {"call": "1"}, headers=HTMX)

    assert ("dial-gate" in shown, AccessLog.objects.filter(kind="number").count()) == (False, 0)


def test_a_number_that_was_shown_does_not_outlive_another_one(desk: Client, channel: Channel) -> None:
    conversation = behind("stopped", channel)
    shown = desk.post(address(conversation, "number/"), headers=HTMX).text
    before = desk.get(address(conversation)).text
    number = ContactIdentity.objects.get(kind="phone")
    number.value = "+4917604069099"
    number.save(update_fields=["value"])
    Contact.objects.update(identity_changed_at=timezone.now())

    after = desk.get(address(conversation)).text
    newer = desk.get(address(conversation, "newer/?gate=stopped"), headers=HTMX).text

    [kept] = {*kept_by(shown)}
    assert (kept in kept_by(before), kept in kept_by(after)) == (True, False)
    assert newer.count('id="dial-gate"') == 1  # what was rung there is asked for anew


def kept_by(page: str) -> list[str]:
    """Under which keys a shown number stays as it is."""
    return re.findall(r'id="panel-number" data-keep="([^"]+)"', page)


@pytest.mark.parametrize("gate", GATES)
def test_who_may_only_read_is_not_offered_it(bert: Client, channel: Channel, gate: str) -> None:
    face, shown = composer(bert, behind(gate, channel))

    assert (face, "dial-gate" in shown) == ("role", False)


def test_after_a_withdrawal_the_gate_says_what_is_true_where_nothing_is_typed(desk: Client, channel: Channel) -> None:
    _face, shown = composer(desk, behind("stopped", channel))

    assert re.findall(r'<p class="gate__why">(.*?)</p>', shown) == [f"{WHY} {CALL}"]


def test_the_number_that_the_gate_shows_is_noted(desk: Client, anna: Member, channel: Channel) -> None:
    conversation = behind("stopped", channel)
    [field] = re.findall(r'name="(call)" value="1"', composer(desk, conversation)[1])

    rung = desk.post(address(conversation, "number/"), {field: "1"}, headers=HTMX)

    phone = ContactIdentity.objects.get(kind="phone").value
    assert f'<a class="button ltr" href="tel:{phone}" autofocus>' in rung.text
    assert [(one.member, one.about_id) for one in AccessLog.objects.filter(kind="number")] == [
        (anna, conversation.contact_id)
    ]
