"""Consent in the chat: codes, STOP and START, buttons, and the one question to a stranger."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consent.actions import reject
from consent.models import Channel, ConsentEvent, ConsentState
from consent.purposes import Purpose
from consent.wording import practice_in_scope
from messaging.actions import close_conversation
from messaging.models import Conversation, Message
from patients.models import Contact
from practices.models import Member
from practices.scope import practice_scope
from tests.consent.editions import an_edition, ready
from tests.consent_factories import send_form
from tests.messaging.factories import Line, message, now, wamid

pytestmark = pytest.mark.django_db


def said(line: Line) -> list[str]:
    """What Roger queued or sent by itself, in order."""
    with practice_scope(line.practice.pk):
        return [one.body or "" for one in Message.objects.filter(direction="out").in_order()]


def states(line: Line) -> dict[str, str]:
    with practice_scope(line.practice.pk):
        return dict(ConsentState.objects.values_list("purpose", "state"))


def events(line: Line) -> list[str]:
    with practice_scope(line.practice.pk):
        return list(ConsentEvent.objects.order_by("seq").values_list("type", flat=True))


def agree(line: Line, *purposes: Purpose, **fields: Any) -> None:
    """The person ticks on the QR page and sends the prefilled message."""
    with practice_scope(line.practice.pk):
        code = send_form(*purposes).code
    words = f"Ja, ich möchte mit der Zahnarztpraxis über WhatsApp schreiben. Code: {code}"
    line.deliver(message(words, timestamp=now(), **fields))


def test_the_code_of_the_form_proves_the_number_and_is_thanked_once(line: Line) -> None:
    agree(line, Purpose.ORGANISATION, Purpose.BEHANDLUNG)

    assert states(line) == {"organisation": "granted", "behandlung": "granted"}
    assert events(line) == ["granted", "confirmed"]
    [thanks] = said(line)
    assert thanks.startswith("Vielen Dank. Ihre Einwilligung ist gespeichert")


def test_nobody_owes_an_answer_to_a_code(line: Line) -> None:
    agree(line)

    assert line.conversation().waiting_since is None


def test_stop_withdraws_everything_and_is_confirmed_exactly_once(line: Line) -> None:
    agree(line)
    stop = message("STOP!", timestamp=now())

    line.deliver(stop)
    stop["entry"][0]["redelivered"] = True
    line.deliver(stop)

    assert set(states(line).values()) == {"withdrawn"}
    assert events(line) == ["granted", "confirmed", "withdrawn"]
    assert [words.split(" ist gespeichert")[0] for words in said(line)[1:]] == ["Ihr Widerruf"]


def test_stop_outside_the_window_is_obeyed_without_a_word(line: Line) -> None:
    agree(line)
    long_ago = str(int(now()) - 3 * 86400)

    line.deliver(message("stop", timestamp=long_ago))

    with practice_scope(line.practice.pk):
        assert set(ConsentState.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_stop_cancels_what_is_queued(line: Line) -> None:
    agree(line)
    with practice_scope(line.practice.pk):
        Message.objects.filter(direction="out").update(kind="free_text", purpose="organisation")

    line.deliver(message("STOP", timestamp=now()))

    with practice_scope(line.practice.pk):
        first, confirmation = Message.objects.filter(direction="out").in_order()
        assert (first.state, first.refusal, confirmation.state) == ("cancelled", "consent", "queued")


@pytest.mark.parametrize("words", ["Blutung stoppt nicht", "Termin absagen", "Stop, ich meinte Dienstag", "Stoppuhr"])
def test_a_sentence_with_stop_in_it_withdraws_nothing(line: Line, words: str) -> None:
    agree(line)

    line.deliver(message(words, timestamp=now()))

    assert states(line)["organisation"] == "granted"


def test_a_part_is_withdrawn_and_the_rest_goes_on(line: Line) -> None:
    agree(line, Purpose.ORGANISATION, Purpose.RECALL)

    line.deliver(message("keine Erinnerungen mehr", timestamp=now()))

    assert (states(line)["organisation"], states(line)["recall"]) == ("granted", "withdrawn")
    assert said(line)[-1].startswith("Erledigt")


def test_start_shows_the_whole_text_again(line: Line) -> None:
    agree(line)
    line.deliver(message("STOP", timestamp=now()))

    line.deliver(message("Start", timestamp=now()))

    assert states(line)["organisation"] == "pending"
    assert "Bevor wir hier weiterschreiben" in said(line)[-1]


def test_a_stranger_is_asked_once_and_keeps_what_was_written(line: Line) -> None:
    line.deliver(message("Hallo, haben Sie Termine?", timestamp=now()))
    line.deliver(message("Hallo?", timestamp=now()))

    [question] = said(line)
    assert "Bevor wir hier weiterschreiben" in question
    assert states(line) == {}
    assert line.conversation().waiting_since is not None


def test_yes_to_the_question_grants_organisation_only(line: Line) -> None:
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        yes = Message.objects.get(direction="out").content["buttons"][0]

    tap = {"type": "button_reply", "button_reply": yes}
    line.deliver(message("", type="interactive", interactive=tap, timestamp=now()))

    assert states(line) == {"organisation": "granted"}


def test_no_to_the_question_is_accepted_with_one_word(line: Line) -> None:
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        no = Message.objects.get(direction="out").content["buttons"][1]

    tap = {"type": "button_reply", "button_reply": no}
    line.deliver(message("", type="interactive", interactive=tap, timestamp=now()))
    line.deliver(message("Und trotzdem", timestamp=now()))

    assert states(line)["organisation"] == "rejected"
    assert said(line)[1:] == [words for words in said(line)[1:] if words.startswith("In Ordnung")]


def test_a_code_used_twice_is_dead_and_the_text_comes_again(line: Line) -> None:
    with practice_scope(line.practice.pk):
        code = send_form().code
    line.deliver(message(f"Code: {code}", timestamp=now()))

    line.deliver(message(f"Code: {code}", timestamp=now(), phone="+4917139200" + "12", id=wamid()))

    assert events(line) == ["granted", "confirmed"]
    assert "Bevor wir hier weiterschreiben" in said(line)[-1]


def test_a_possible_withdrawal_is_noted_on_the_conversation(line: Line) -> None:
    agree(line)

    line.deliver(message("Bitte lassen Sie mich in Ruhe mit dem Zeug", timestamp=now()))

    assert line.conversation().possible_withdrawal_at is not None


def test_a_yes_that_arrives_after_a_newer_stop_grants_nothing(line: Line) -> None:
    with practice_scope(line.practice.pk):
        code = send_form().code
    agree(line)
    line.deliver(message("STOP", timestamp=now()))
    earlier = str(int(now()) - 300)

    line.deliver(message(f"Code: {code}", timestamp=earlier))

    assert states(line)["organisation"] == "withdrawn"
    assert events(line)[-2:] == ["withdrawn", "confirmed"]
    assert not said(line)[-1].startswith("Vielen Dank")


def test_a_refusal_booked_by_staff_takes_the_queued_question_back(line: Line, anna: Member) -> None:
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        reject(
            contact=Contact.objects.get(),
            channel=Channel.STAFF_PHONE,
            act={"note": "am Telefon"},
            occurred_at=timezone.now(),
            by=anna,
        )
        question = Message.objects.get(direction="out")

    assert (question.kind, question.state) == ("opt_in_prompt", "cancelled")


def test_who_asks_for_something_beside_the_code_waits_for_an_answer(line: Line) -> None:
    with practice_scope(line.practice.pk):
        code = send_form().code
    words = f"Ja, ich möchte mit der Zahnarztpraxis über WhatsApp schreiben. Code: {code}. Ich habe starke Schmerzen!"

    line.deliver(message(words, timestamp=now()))

    assert states(line)["organisation"] == "granted"
    assert line.conversation().waiting_since is not None


def test_a_page_that_was_open_while_the_text_changed_leaves_nobody_waiting(line: Line) -> None:
    """Neither with the house's sentence of before, nor with one the practice has replaced since."""
    with practice_scope(line.practice.pk):
        ready(practice_in_scope())
        an_edition(prefilled="Hallo, ich bin dabei. Code: {code}")
        an_edition(prefilled="Guten Tag, ich sage ja. Code: {code}")
        before, between, more = (send_form().code for _ in range(3))

    line.deliver(
        message(f"Ja, ich möchte mit der Zahnarztpraxis über WhatsApp schreiben. Code: {before}", timestamp=now())
    )
    line.deliver(message(f"Hallo, ich bin dabei. Code: {between}", timestamp=now()))
    assert line.conversation().waiting_since is None

    line.deliver(message(f"Hallo, ich bin dabei. Code: {more} Haben Sie morgen offen?", timestamp=now()))
    assert line.conversation().waiting_since is not None


def test_a_code_that_came_too_late_opens_a_closed_conversation_if_there_is_more_to_it(line: Line, anna: Member) -> None:
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        submitted = send_form(at=timezone.now() - timedelta(hours=1))
        close_conversation(conversation=Conversation.objects.get(), by=anna)

    line.deliver(message(f"Code: {submitted.code} Wann haben Sie offen?", timestamp=now()))

    conversation = line.conversation()
    assert (conversation.closed_at, conversation.waiting_since is not None) == (None, True)


def test_an_expired_code_brings_the_text_whose_button_confirms_what_was_ticked(line: Line) -> None:
    with practice_scope(line.practice.pk):
        late = send_form(Purpose.ORGANISATION, Purpose.RECALL, at=timezone.now() - timedelta(hours=1))

    line.deliver(message(f"Code: {late.code}", timestamp=now()))

    assert states(line) == {}
    [prompt] = said(line)
    assert prompt.startswith("Ihr Code gilt nicht mehr. Auf unserer Seite haben Sie angekreuzt: Termine")
    line.deliver(_tapped(f"ja_einverstanden.{late.opt_in.pk.hex}"))
    assert states(line) == {"organisation": "granted", "recall": "granted"}


def _tapped(payload: str) -> dict[str, Any]:
    reply = {"type": "button_reply", "button_reply": {"id": payload, "title": "Ja, einverstanden"}}
    return message(type="interactive", interactive=reply, timestamp=now())


def test_a_sixth_wrong_code_in_an_hour_still_waits_for_an_answer(line: Line) -> None:
    for number in range(2, 8):
        line.deliver(message(f"Code: 2A2A-2A2{number}", timestamp=now()))
    with practice_scope(line.practice.pk):
        Conversation.objects.update(waiting_since=None)

    line.deliver(message("Code: 2A2A-2A2B", timestamp=now()))

    assert line.conversation().waiting_since is not None


def test_while_another_partner_answers_a_number_roger_keeps_silent_and_obeys(line: Line) -> None:
    line.deliver(standing_by("Hallo, wer sind Sie?"))
    line.deliver(standing_by("STOP"))

    assert said(line) == []
    assert states(line)["organisation"] == "withdrawn"


def standing_by(words: str) -> dict[str, Any]:
    body = message(words, timestamp=now())
    body["entry"][0]["changes"][0]["field"] = "standby"
    return body
