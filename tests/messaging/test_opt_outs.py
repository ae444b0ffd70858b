"""What WhatsApp says about advertising counts as a withdrawal of recall and news, and of nothing else (C-15)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consent.models import ConsentEvent
from consent.purposes import Purpose
from messaging import opt_outs
from messaging.models import Conversation, Message
from messaging.tasks import heed_verdicts
from messaging.wamids import wamid_hash
from practices.models import AuditEvent
from practices.scope import practice_scope
from tests.messaging.factories import PATIENT, Line, envelope, now, status, wamid
from tests.messaging.test_consent_in_chat import agree, events, said, states

pytestmark = pytest.mark.django_db
ALL = tuple(Purpose)
KEPT = {"organisation": "granted", "behandlung": "granted", "recall": "withdrawn", "werbung": "withdrawn"}
UNTOUCHED = dict.fromkeys(("organisation", "behandlung", "recall", "werbung"), "granted")


def preference(line: Line, value: str, *, phone: str = PATIENT, at: str = "") -> None:
    """The person presses WhatsApp's own switch for marketing messages."""
    said_ = {"wa_id": phone.removeprefix("+"), "category": "marketing_messages", "value": value}
    detail = {"detail": "User requested to change marketing messages", "timestamp": int(at or now())}
    line.deliver(envelope({"user_preferences": [said_ | detail]}, line=line, field="user_preferences"))


def sent_to(line: Line, **columns: Any) -> str:
    """A message of the practice that WhatsApp has taken; answers its wamid."""
    name = wamid()
    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.get()
        Message.objects.create(
            conversation=conversation,
            contact_id=conversation.contact_id,
            channel_id=conversation.channel_id,
            **({"at": timezone.now()} | columns),
            direction="out",
            origin="automatic",
            state="sent",
            type="template",
            kind="template",
            purpose="recall",
            wamid=name,
            wamid_hash=wamid_hash(name),
        )
    return name


def refuse(line: Line, name: str, code: int) -> None:
    line.deliver(status(name, "failed", line=line, errors=[{"code": code, "title": "refused"}]))
    heed_verdicts(practice_id=line.practice.pk)


def test_c_15_stop_at_whatsapp_ends_recall_and_news_alone(line: Line) -> None:
    agree(line, *ALL)

    preference(line, "stop")

    assert states(line) == KEPT
    with practice_scope(line.practice.pk):
        event = ConsentEvent.objects.get(type="withdrawn")
        assert (event.channel, event.payload["evidence"]["act"]["button"]) == (
            "whatsapp_button",
            "whatsapp_stop_marketing",
        )
    assert len(said(line)) == 1  # nobody wrote to us, so nothing is confirmed


def test_c_15_two_people_who_stop_in_the_same_second_both_stop(line: Line) -> None:
    other, at = "+4917139200" + "12", now()
    agree(line, *ALL)
    agree(line, *ALL, phone=other)

    preference(line, "stop", at=at)
    preference(line, "stop", phone=other, at=at)

    with practice_scope(line.practice.pk):
        stopped = ConsentEvent.objects.filter(type="withdrawn").values_list("contact_id", flat=True)
        assert len(set(stopped)) == 2


@pytest.mark.parametrize("value", ["resume", "signup", "something_new"])
def test_c_15_resume_grants_nothing_and_is_noted(line: Line, value: str) -> None:
    agree(line, *ALL)
    preference(line, "stop")

    preference(line, value)

    assert states(line) == KEPT
    with practice_scope(line.practice.pk):
        [noted] = AuditEvent.objects.filter(kind="whatsapp_preference_noted")
        assert noted.codes == {"wish": value}


def test_c_15_a_person_we_do_not_know_changes_nothing(line: Line) -> None:
    preference(line, "stop")

    assert events(line) == []


def test_c_15_a_refused_message_of_somebody_who_stopped_advertising_withdraws_it(line: Line) -> None:
    agree(line, *ALL)

    refuse(line, sent_to(line), 131050)

    assert states(line) == KEPT


@pytest.mark.parametrize("code", [131026, 131047, 131049, 130472, 131000])
def test_an_error_that_may_mean_something_else_withdraws_nothing(line: Line, code: int) -> None:
    agree(line, *ALL)

    refuse(line, sent_to(line), code)

    assert (states(line), events(line)) == (UNTOUCHED, ["granted", "confirmed"])


def test_the_same_error_told_again_is_one_withdrawal(line: Line) -> None:
    agree(line, *ALL)
    name = sent_to(line)

    refuse(line, name, 131050)
    refuse(line, name, 131050)

    assert events(line).count("withdrawn") == 1


def test_who_agreed_anew_after_the_error_is_not_stopped_by_it_again(line: Line) -> None:
    agree(line, *ALL)
    refuse(line, sent_to(line, at=timezone.now() - timedelta(hours=1)), 131050)
    agree(line, *ALL)

    heed_verdicts(practice_id=line.practice.pk)

    assert states(line) == UNTOUCHED


def test_a_lost_ring_is_made_good_by_the_night(line: Line) -> None:
    agree(line, *ALL)
    line.deliver(status(sent_to(line), "failed", line=line, errors=[{"code": 131050, "title": "stopped"}]))

    with practice_scope(line.practice.pk):
        assert opt_outs.heed_errors() == 1

    assert states(line) == KEPT
