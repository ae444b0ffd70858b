"""What is wrong with one message, or slow, holds up no other: claims, leases, waits and what cannot be recorded."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from consent.purposes import Purpose
from messaging import outbox
from messaging.actions import send_text
from messaging.models import Conversation, MediaFile, Message, SendAttempt
from messaging.whatsapp.answers import Accepted
from patients.models import Contact
from practices import keys
from practices.keystore import DataKey, Subject
from practices.models import Change, Member
from practices.postgres import holds
from practices.scope import practice_scope
from tests.consent_factories import opt_in
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line, message, now
from tests.messaging.inbox.desk import forget_keys

pytestmark = pytest.mark.django_db

ERIKA, JONAS = "+49171392002" + "1", "+49176040690" + "21"


@pytest.fixture
def erika(line: Line, whatsapp: FakeWhatsApp) -> Conversation:
    return person(line, whatsapp, ERIKA)


@pytest.fixture
def jonas(line: Line, whatsapp: FakeWhatsApp) -> Conversation:
    return person(line, whatsapp, JONAS)


def person(line: Line, whatsapp: FakeWhatsApp, phone: str) -> Conversation:
    """Somebody who agreed and wrote just now, at the stand-in and here."""
    whatsapp.control("POST", "people", json={"phone": phone, "name": "Erika"})
    whatsapp.control(
        "POST", "messages", json={"from": phone, "to": line.channel.phone, "type": "text", "text": "Hallo"}
    )
    whatsapp.bag.take()
    line.deliver(message("Hallo", phone=phone, timestamp=now()))
    with practice_scope(line.practice.pk):
        contact = Contact.objects.order_by("pk").last()
        assert contact is not None
        opt_in(contact)
        Message.objects.filter(direction="out", state="queued", contact=contact).delete()
        return Conversation.objects.with_people().get(contact=contact)


def write(conversation: Conversation, anna: Member, body: str = "Gern, 9 Uhr?") -> Message:
    with practice_scope(anna.practice.pk):
        return send_text(conversation=conversation, body=body, purpose=Purpose.ORGANISATION, by=anna)


def change(sent: Message, **columns: Any) -> None:
    with practice_scope(sent.practice.pk):
        Message.objects.filter(pk=sent.pk).update(**columns)


def drain(line: Line) -> int:
    with practice_scope(line.practice.pk):
        return outbox.drain()


def states(line: Line) -> list[tuple[str, str]]:
    """State and reason of what we wrote, in the order in which it was written."""
    with practice_scope(line.practice.pk):
        ours = Message.objects.filter(direction="out", origin="staff").order_by("pk")
        return [(str(state), reason) for state, reason in ours.values_list("state", "refusal")]


def test_a_message_to_somebody_who_was_erased_is_taken_back_and_the_others_go_out(
    line: Line, erika: Conversation, jonas: Conversation, anna: Member
) -> None:
    write(erika, anna)
    write(jonas, anna)
    with practice_scope(line.practice.pk):
        keys.destroy(Subject.CONTACT, erika.contact_id)
        left = DataKey.objects.filter(kind=Subject.CONTACT).count()
    forget_keys()

    drain(line)

    assert states(line) == [("cancelled", "erased"), ("sent", "")]
    with practice_scope(line.practice.pk):
        assert DataKey.objects.filter(kind=Subject.CONTACT).count() == left


def test_a_message_without_its_file_fails_and_the_others_go_out(
    line: Line, erika: Conversation, jonas: Conversation, anna: Member
) -> None:
    change(write(erika, anna), type="image")
    write(jonas, anna)

    drain(line)

    assert states(line) == [("failed", "media_missing"), ("sent", "")]


def test_a_message_that_cannot_be_put_together_fails_and_the_others_go_out(
    line: Line, erika: Conversation, jonas: Conversation, anna: Member
) -> None:
    change(write(erika, anna), type="interactive")  # without any buttons
    write(jonas, anna)

    drain(line)

    assert states(line) == [("failed", "content_invalid"), ("sent", "")]


def test_an_outcome_that_cannot_be_recorded_spoils_no_neighbour(
    line: Line, erika: Conversation, jonas: Conversation, anna: Member, settings: Any
) -> None:
    settings.D360_TRANSPORT = httpx.MockTransport(lambda _: httpx.Response(200, json={"messages": [{"id": "same"}]}))
    write(erika, anna)
    write(jonas, anna)

    drain(line)

    assert sorted(states(line)) == [("sending", ""), ("sent", "")]


def test_what_waits_for_hours_holds_up_nothing_that_was_written_later(
    line: Line, erika: Conversation, anna: Member
) -> None:
    change(write(erika, anna, "später"), run_after=timezone.now() + timedelta(hours=24))
    write(erika, anna, "jetzt")

    drain(line)

    assert states(line) == [("queued", ""), ("sent", "")]


def test_what_waits_for_seconds_still_goes_first(line: Line, erika: Conversation, anna: Member) -> None:
    change(write(erika, anna, "gleich"), run_after=timezone.now() + timedelta(seconds=30))
    write(erika, anna, "danach")

    drain(line)

    assert states(line) == [("queued", ""), ("queued", "")]


def test_people_to_whom_something_is_on_its_way_keep_no_others_place(
    line: Line, erika: Conversation, jonas: Conversation, anna: Member
) -> None:
    write(erika, anna, "unterwegs")
    with practice_scope(line.practice.pk):
        outbox.claim()
    change(write(erika, anna, "danach"), run_after=timezone.now() - timedelta(minutes=5))
    write(jonas, anna)

    with practice_scope(line.practice.pk):
        claims = outbox.claim(limit=1)

    assert claims is not None
    assert [claim.body["to"] for claim in claims] == [JONAS]


def test_what_may_not_go_out_any_more_does_not_end_the_drain(
    line: Line, erika: Conversation, jonas: Conversation, anna: Member
) -> None:
    write(erika, anna)
    write(jonas, anna)
    with practice_scope(line.practice.pk):
        Contact.objects.filter(pk=erika.contact_id).update(blocked_at=timezone.now())

        rounds = [outbox.claim(limit=1) for _round in range(3)]

    assert [claims if claims is None else len(claims) for claims in rounds] == [0, 1, None]
    assert states(line) == [("cancelled", "blocked"), ("sending", "")]


@pytest.mark.parametrize(
    ("kind", "seconds", "given_up"), [("text", 59, 0), ("text", 61, 1), ("document", 179, 0), ("document", 181, 1)]
)
def test_what_a_worker_holds_is_given_up_after_a_minute_and_a_file_after_three(
    line: Line, erika: Conversation, anna: Member, kind: str, seconds: int, given_up: int
) -> None:
    sent = write(erika, anna)
    with practice_scope(line.practice.pk):
        outbox.claim()
        SendAttempt.objects.update(at=timezone.now() - timedelta(seconds=seconds))
    change(sent, type=kind)

    with practice_scope(line.practice.pk):
        assert outbox.give_up_stale_claims() == given_up


def test_an_answer_that_comes_after_its_claim_was_given_up_still_counts(
    line: Line, erika: Conversation, anna: Member
) -> None:
    write(erika, anna)
    with practice_scope(line.practice.pk):
        [claim] = outbox.claim() or []
        holds.let_go()
        outbox.give_up_stale_claims()
        meanwhile = states(line)
        Change.objects.all().delete()

        outbox.record(claim, Accepted(wamid="wamid.late"))

        assert Change.objects.filter(kind="conversation").exists()  # its row says "Ungeklärt" no longer
    assert (meanwhile, states(line)) == ([("unconfirmed", "")], [("sent", "")])
    with practice_scope(line.practice.pk):
        assert MediaFile.objects.count() == 0
