"""A status that refuses one message may concern the whole number, or the person behind it (360dialog, section 9)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consent.gate import ChannelState
from consent.purposes import Purpose
from messaging import verdicts
from messaging.actions import send_text
from messaging.channels import reconnect_channel
from messaging.dispatch import SendingRefused
from messaging.models import Channel, Conversation
from messaging.tasks import heed_verdicts
from patients.actions import confirm_person
from patients.models import Contact
from practices.models import AuditEvent, Member
from practices.scope import practice_scope
from tests.messaging.factories import Line, status
from tests.messaging.test_consent_in_chat import agree
from tests.messaging.test_opt_outs import sent_to

pytestmark = pytest.mark.django_db
ACCOUNT_LOCKED, PAYMENT, OTHER_PHONE, NO_WHATSAPP = 131031, 131042, 137000, 131026


def channel_of(line: Line) -> Channel:
    with practice_scope(line.practice.pk):
        return Channel.objects.get()


def told(line: Line, code: int, *, minutes_ago: int = 0) -> None:
    """WhatsApp refused a message some minutes ago, and says so now."""
    at = str(int((timezone.now() - timedelta(minutes=minutes_ago)).timestamp()))
    body = status(sent_to(line), "failed", line=line, errors=[{"code": code, "title": "refused"}], timestamp=at)
    line.deliver(body)
    heed_verdicts(practice_id=line.practice.pk)


def why_not(line: Line, anna: Member) -> str:
    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.with_people().get()
        try:
            send_text(conversation=conversation, body="Gern.", purpose=Purpose.ORGANISATION, by=anna)
        except SendingRefused as refusal:
            return refusal.reason
    return "allowed"


@pytest.mark.parametrize("code", [ACCOUNT_LOCKED, PAYMENT])
def test_a_status_of_class_c_stops_the_number_and_says_why(line: Line, anna: Member, code: int) -> None:
    agree(line, Purpose.ORGANISATION)

    told(line, code)

    channel = channel_of(line)
    assert (channel.state, channel.state_code) == (ChannelState.BLOCKED, str(code))
    assert why_not(line, anna) == "channel"
    with practice_scope(line.practice.pk):
        assert AuditEvent.objects.filter(kind="channel_stopped", about_id=channel.pk).count() == 1


def test_a_number_that_works_again_is_not_stopped_by_what_failed_before(line: Line, anna: Member) -> None:
    agree(line, Purpose.ORGANISATION)
    told(line, ACCOUNT_LOCKED)
    with practice_scope(line.practice.pk):
        reconnect_channel(channel=Channel.objects.get(), api_key="ein-neuer-schluessel", by=anna)

    told(line, ACCOUNT_LOCKED, minutes_ago=5)

    assert channel_of(line).state == ChannelState.CONNECTED


def test_what_is_told_hours_later_stops_nothing(line: Line) -> None:
    agree(line, Purpose.ORGANISATION)
    with practice_scope(line.practice.pk):
        Channel.objects.update(state_changed_at=timezone.now() - timedelta(days=9))

    told(line, ACCOUNT_LOCKED, minutes_ago=90)
    before = channel_of(line).state
    told(line, ACCOUNT_LOCKED, minutes_ago=50)

    assert (before, channel_of(line).state) == (ChannelState.CONNECTED, ChannelState.BLOCKED)


def test_what_is_wrong_with_one_person_stops_nobody_else(line: Line, anna: Member) -> None:
    agree(line, Purpose.ORGANISATION)

    told(line, NO_WHATSAPP)

    assert channel_of(line).state == ChannelState.CONNECTED
    assert why_not(line, anna) == "allowed"


def test_another_phone_behind_the_number_pauses_everything_until_somebody_made_sure(line: Line, anna: Member) -> None:
    agree(line, Purpose.ORGANISATION)

    told(line, OTHER_PHONE)
    paused = why_not(line, anna)
    with practice_scope(line.practice.pk):
        confirm_person(contact=Contact.objects.get(), by=anna)
        verdicts.heed()  # the night looks again, and finds it settled

    assert (paused, why_not(line, anna)) == ("identity", "allowed")
