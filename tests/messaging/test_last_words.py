"""What was said last counts: a newer STOP, a tapped STOP, a wish for erasure after it, and what the desk took down."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.actions import confirm_button, reject, withdraw
from consent.gate import Consent
from consent.models import Channel, ConsentEvent, ConsentState, ConsentText
from consent.purposes import Purpose
from messaging.models import Conversation, Message
from messaging.neutral_replies import ask_for_consent
from patients.models import Contact
from practices.models import Member
from practices.scope import practice_scope
from tests.consent.intakes import MOTHER, agree
from tests.consent_factories import make_contact, make_patient, opt_in, states_of
from tests.messaging.factories import PATIENT, Line, message, now

pytestmark = pytest.mark.django_db
EVERYTHING_OFF = dict.fromkeys(Purpose, Consent.WITHDRAWN)


@pytest.fixture(autouse=True)
def scope(line: Line) -> Iterator[None]:
    with practice_scope(line.practice.pk):
        yield


@pytest.fixture
def mother() -> Contact:
    """Agreed in the chat to be written to."""
    contact = make_contact(PATIENT)
    opt_in(contact)
    return contact


def write(line: Line, words: str) -> None:
    line.deliver(message(words, timestamp=now()))


def tap(line: Line, payload: str, title: str = "") -> None:
    """As a template's quick reply comes in, which names the message above it."""
    button = {"payload": payload, "text": title or payload}
    above = {"from": line.channel.phone.removeprefix("+"), "id": "wamid.above"}
    line.deliver(message("", type="button", button=button, context=above, timestamp=now()))


def said() -> list[Message]:
    return list(Message.objects.filter(direction="out").in_order())


def child_of(mother: Contact) -> dict[Purpose, Consent]:
    state = ConsentState.objects.filter(contact=mother).exclude(patient=None).order_by("since").first()
    assert state
    return states_of(mother, state.patient_id)


def test_c_11_a_tapped_stop_is_a_stop(line: Line, mother: Contact) -> None:
    tap(line, "STOP", "STOP")

    assert states_of(mother) == EVERYTHING_OFF


def test_c_11_a_yes_from_between_two_stops_comes_too_late(mother: Contact) -> None:
    first, between, last = (timezone.now() + timedelta(minutes=minutes) for minutes in (1, 2, 3))
    for at in (first, last):
        withdraw(contact=mother, channel=Channel.WHATSAPP_KEYWORD, act={"keyword": "STOP"}, occurred_at=at)

    confirm_button(contact=mother, payload="ja_einverstanden", message_id="wamid.late", at=between)

    assert states_of(mother) == EVERYTHING_OFF


def test_c_13_no_thank_you_ends_what_was_agreed_to_for_a_child_as_well(mother: Contact, anna: Member) -> None:
    mia = make_patient("Mia", "Vogt", "2019-03-04")
    agree(mother, mia, anna, MOTHER)
    confirm_button(contact=mother, payload="ja_bestaetigen", message_id="wamid.mia", at=timezone.now())
    assert states_of(mother, mia.pk)[Purpose.ORGANISATION] == Consent.GRANTED
    ConsentState.objects.filter(contact=mother, patient=None).update(state=Consent.OUTDATED)

    reject(contact=mother, channel=Channel.WHATSAPP_BUTTON, act={"button": "nein_danke"}, occurred_at=timezone.now())

    assert states_of(mother, mia.pk)[Purpose.ORGANISATION] == Consent.WITHDRAWN


def test_c_29_after_stop_a_wish_for_erasure_is_still_answered(line: Line, mother: Contact) -> None:
    write(line, "STOP")

    write(line, "Daten löschen")

    assert (said()[-1].body or "").startswith("Wir haben notiert")


def test_c_29_words_that_were_unclear_before_do_not_keep_the_answer_back(line: Line, mother: Contact) -> None:
    write(line, "Bitte lassen Sie mich in Ruhe damit")

    write(line, "Daten löschen")

    assert (said()[-1].body or "").startswith("Wir haben notiert")


def test_c_07_what_the_desk_takes_down_for_a_child_is_asked_when_the_mother_next_writes(
    line: Line, mother: Contact, anna: Member
) -> None:
    agree(mother, make_patient("Mia", "Vogt", "2019-03-04"), anna, MOTHER)

    write(line, "Guten Tag")
    write(line, "Noch etwas")

    [asked] = [one for one in said() if "noch vereinbart" in (one.body or "")]
    assert "Termine und Organisation" in (asked.body or "")
    assert "Mia" not in (asked.body or "")
    tap(line, "ja_bestaetigen")
    assert child_of(mother)[Purpose.ORGANISATION] == Consent.GRANTED


def test_c_07_who_did_not_mean_that_keeps_everything_else(line: Line, mother: Contact, anna: Member) -> None:
    agree(mother, make_patient("Mia", "Vogt", "2019-03-04"), anna, MOTHER)
    write(line, "Guten Tag")

    tap(line, "nein_das_nicht")

    assert child_of(mother)[Purpose.ORGANISATION] == Consent.REJECTED
    assert states_of(mother)[Purpose.ORGANISATION] == Consent.GRANTED


def test_c_05_a_tap_names_the_version_that_stood_above_it_also_where_a_person_asked(line: Line, anna: Member) -> None:
    write(line, "Guten Tag")
    Message.objects.filter(direction="out").delete()
    Contact.objects.update(opt_in_prompted_at=None)

    asked = ask_for_consent(conversation=Conversation.objects.select_related("channel", "contact").get(), by=anna)

    assert asked.content is not None
    assert ConsentText.objects.get(pk=asked.content["text"]).kind == "chat"


def test_c_12_a_blocked_number_agrees_to_nothing(line: Line, mother: Contact) -> None:
    withdraw(contact=mother, channel=Channel.WHATSAPP_KEYWORD, act={"keyword": "STOP"}, occurred_at=timezone.now())
    Contact.objects.update(blocked_at=timezone.now())
    before = ConsentEvent.objects.count()

    tap(line, "ja_einverstanden")

    assert (ConsentEvent.objects.count(), states_of(mother)) == (before, EVERYTHING_OFF)
