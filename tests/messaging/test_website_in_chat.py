"""Who comes from the practice's website: text D there, a code, text C in the chat, and only then a consent."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from consent import ledger
from consent.gate import Consent
from consent.models import ConsentEvent, ConsentState, ConsentText, PendingOptIn, Widget
from consent.newcomers import agreed_today, newest_of_today
from consent.opt_ins import Form, submit_form
from consent.purposes import Purpose
from consent.states import rebuild
from consent.verification import verify
from consent.website import greeting
from consent.widgets import add_widget, agreed_through_website
from consent.wording import current_text
from messaging.inbox.panel import consent_shown
from messaging.models import Message
from patients.models import Contact
from practices.scope import practice_scope
from tests.messaging.factories import Line, message, now, wamid

pytestmark = pytest.mark.django_db

OTHER = "+491713920012"


@pytest.fixture
def widget(line: Line) -> Widget:
    with practice_scope(line.practice.pk):
        return add_widget(practice=line.practice, name="Startseite", origins=["https://praxis.example"], by=None)


def read_text_d(line: Line, widget: Widget, language: str = "de", minutes_ago: int = 0) -> str:
    """The visitor ticks and presses; answers the sentence that stands in the composer."""
    with practice_scope(line.practice.pk):
        form = Form(
            id=uuid4(),
            ticked=frozenset(),
            text=current_text(ConsentText.Kind.WIDGET, language),
            notice_version="de-2026-05",
            occurred_at=timezone.now() - timedelta(minutes=minutes_ago),
            widget=widget,
        )
        return greeting(language, submit_form(form=form).code)


@dataclass(frozen=True)
class Said:
    """Something Roger queued by itself."""

    kind: str
    body: str
    buttons: list[dict[str, str]]


def said(line: Line) -> list[Said]:
    with practice_scope(line.practice.pk):
        messages = Message.objects.filter(direction="out").in_order()
        return [Said(one.kind, one.body or "", (one.content or {}).get("buttons", [])) for one in messages]


def question(line: Line) -> Said:
    """The last one that was asked, with its buttons."""
    return [one for one in said(line) if one.buttons][-1]


def tap(line: Line, asked: Said, place: int = 0, **fields: Any) -> None:
    """Press one of its buttons: yes, no, more."""
    reply = {"type": "button_reply", "button_reply": asked.buttons[place]}
    line.deliver(message("", type="interactive", interactive=reply, **({"timestamp": now()} | fields)))


def states(line: Line) -> dict[str, str]:
    with practice_scope(line.practice.pk):
        return dict(ConsentState.objects.values_list("purpose", "state"))


def events(line: Line) -> list[tuple[str, str]]:
    with practice_scope(line.practice.pk):
        return list(ConsentEvent.objects.order_by("seq").values_list("type", "channel"))


def test_c_07_the_first_message_proves_number_and_source_and_grants_nothing(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))

    assert (states(line), events(line)) == ({}, [])
    with practice_scope(line.practice.pk):
        contact, opt_in = Contact.objects.get(), PendingOptIn.objects.get()
    assert contact.number_proven_at is not None
    assert (opt_in.contact_id, opt_in.used_at) == (contact.pk, None)


def test_c_04_text_c_comes_at_once_and_speaks_of_no_dead_code(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))

    [asked] = said(line)
    assert asked.body.startswith("Guten Tag, hier ist die Zahnarztpraxis Morgenthal. Bevor wir hier")
    assert asked.kind == "opt_in_prompt"
    with practice_scope(line.practice.pk):
        opt_in = PendingOptIn.objects.get()
        assert [button["id"] for button in asked.buttons] == [
            f"ja_einverstanden.{opt_in.pk.hex}",
            "nein_danke",
            "mehr_erfahren",
        ]
    assert line.conversation().waiting_since is None


def test_c_07_yes_grants_organisation_through_the_website_with_both_texts_as_evidence(
    line: Line, widget: Widget
) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    tapped = wamid()

    tap(line, question(line), id=tapped)

    assert events(line) == [("confirmed", "widget")]
    assert states(line) == {"organisation": "granted"}
    with practice_scope(line.practice.pk):
        event, opt_in = ConsentEvent.objects.select_related("text").get(), PendingOptIn.objects.get()
        evidence, text_d = ledger.evidence_of(event), ConsentText.objects.get(kind="widget")
    assert (event.text and event.text.kind, evidence["text"]["version"]) == ("chat", "de-2026-05")
    assert evidence["proof_ref"] == {
        "widget": str(widget.pk),
        "text": {"version": text_d.version, "sha256": text_d.sha256},
    }
    assert evidence["act"] == {"button": f"ja_einverstanden.{opt_in.pk.hex}", "message_id": tapped}
    assert evidence["purposes"] == {"organisation": True, "behandlung": False, "recall": False, "werbung": False}
    assert said(line)[-1].body.startswith("Vielen Dank. Ihre Einwilligung ist gespeichert")


def test_the_ledger_holds_and_folds_to_the_same_states(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    tap(line, question(line))
    before = states(line)

    with practice_scope(line.practice.pk), transaction.atomic():
        rebuild()
        assert verify().ok

    assert states(line) == before


def test_the_yes_is_counted_for_the_website_and_shown_as_its_source(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    tap(line, question(line))

    with practice_scope(line.practice.pk):
        [state] = ConsentState.objects.select_related("event__text")
        assert (agreed_through_website(), consent_shown([state]).source) == (1, "Website")


def test_the_front_desk_sees_them_once_they_have_agreed(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    with practice_scope(line.practice.pk):
        assert (agreed_today(line.practice), newest_of_today(line.practice)) == (0, [])

    tap(line, question(line))

    with practice_scope(line.practice.pk):
        [newcomer] = newest_of_today(line.practice)
    assert (newcomer.name, newcomer.purposes, newcomer.is_confirmed) == ("Erika", "Termine und Organisation", True)


def test_no_rejects_as_everywhere_else(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))

    tap(line, question(line), place=1)

    assert events(line) == [("rejected", "whatsapp_button")]
    assert states(line)["organisation"] == Consent.REJECTED
    assert said(line)[-1].body.startswith("In Ordnung.")


def test_a_yes_after_a_no_counts_as_the_newer_word(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    asked = question(line)
    tap(line, asked, place=1, timestamp=str(int(now()) - 60))

    tap(line, asked)

    assert states(line)["organisation"] == "granted"


def test_c_11_whoever_wrote_stop_comes_back_by_the_website_with_the_full_text(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    tap(line, question(line))
    line.deliver(message("STOP", timestamp=now()))

    line.deliver(message(read_text_d(line, widget), timestamp=now()))

    assert set(states(line).values()) == {"withdrawn"}
    assert "Bevor wir hier weiterschreiben" in said(line)[-1].body
    tap(line, question(line), timestamp=str(int(now()) + 1))
    assert states(line)["organisation"] == "granted"


# ── replay, guessing, two phones ──


def test_the_same_webhook_twice_is_one_question_and_one_event(line: Line, widget: Widget) -> None:
    arrived = message(read_text_d(line, widget), timestamp=now())
    line.deliver(arrived)
    arrived["entry"][0]["redelivered"] = True
    line.deliver(arrived)
    tapped = wamid()

    tap(line, question(line), id=tapped)
    tap(line, question(line), id=tapped)

    assert [one.kind for one in said(line)] == ["opt_in_prompt", "confirmation"]
    assert events(line) == [("confirmed", "widget")]


def test_two_taps_are_one_consent_through_the_website(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    asked = question(line)

    tap(line, asked)
    tap(line, asked)

    assert events(line)[0] == ("confirmed", "widget")
    assert [channel for _type, channel in events(line)].count("widget") == 1
    assert states(line) == {"organisation": "granted"}


def test_a_code_belongs_to_the_first_number_that_sends_it(line: Line, widget: Widget) -> None:
    sentence = read_text_d(line, widget)
    line.deliver(message(sentence, timestamp=now()))

    line.deliver(message(sentence, timestamp=now(), phone=OTHER))

    assert [one.kind for one in said(line)] == ["opt_in_prompt", "opt_in_prompt"]
    assert question(line).buttons[0]["id"] == "ja_einverstanden"
    with practice_scope(line.practice.pk):
        opt_in = PendingOptIn.objects.select_related("contact").get()
        assert opt_in.contact == Contact.objects.order_by("pk").first()


def test_somebody_elses_button_counts_for_oneself_alone(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    asked = question(line)
    line.deliver(message("Hallo", timestamp=now(), phone=OTHER))

    tap(line, asked, phone=OTHER)

    assert events(line) == [("granted", "whatsapp_button")]
    with practice_scope(line.practice.pk):
        assert PendingOptIn.objects.get().used_at is None


def test_a_code_that_came_too_late_gets_the_text_whose_yes_stands_for_itself(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget, minutes_ago=31), timestamp=now()))

    asked = question(line)
    tap(line, asked)

    assert asked.buttons[0]["id"] == "ja_einverstanden"
    assert events(line) == [("granted", "whatsapp_button")]


def test_a_code_after_its_yes_gets_nothing_more(line: Line, widget: Widget) -> None:
    sentence = read_text_d(line, widget)
    line.deliver(message(sentence, timestamp=now()))
    tap(line, question(line))

    line.deliver(message(sentence, timestamp=now()))

    assert [one.kind for one in said(line)] == ["opt_in_prompt", "confirmation"]
    assert events(line) == [("confirmed", "widget")]


def test_whoever_has_agreed_before_is_simply_answered_by_somebody(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    tap(line, question(line))

    line.deliver(message(read_text_d(line, widget), timestamp=now()))

    assert len(said(line)) == 2
    assert line.conversation().waiting_since is not None


def test_a_code_typed_without_its_sentence_is_understood(line: Line, widget: Widget) -> None:
    code = read_text_d(line, widget).rpartition(" ")[2]

    line.deliver(message(code.lower(), timestamp=now()))

    assert question(line).buttons[0]["id"].startswith("ja_einverstanden.")


def test_a_revoked_button_still_lets_those_in_who_have_a_code(line: Line, widget: Widget) -> None:
    sentence = read_text_d(line, widget)
    with practice_scope(line.practice.pk):
        Widget.objects.update(revoked_at=timezone.now())

    line.deliver(message(sentence, timestamp=now()))
    tap(line, question(line))

    assert events(line) == [("confirmed", "widget")]


def test_a_code_of_another_practice_is_an_ordinary_message(line: Line, widget: Widget) -> None:
    line.deliver(message("Guten Tag, ich möchte über WhatsApp schreiben. Code: 7K4F-012Q", timestamp=now()))

    assert question(line).buttons[0]["id"] == "ja_einverstanden"
    assert line.conversation().waiting_since is not None


def test_the_question_comes_in_the_language_of_the_page_and_the_yes_names_that_text(line: Line, widget: Widget) -> None:
    line.deliver(message(read_text_d(line, widget, language="en"), timestamp=now()))

    tap(line, question(line))

    with practice_scope(line.practice.pk):
        event = ConsentEvent.objects.select_related("text").get()
        assert (event.text and event.text.language, Contact.objects.get().language) == ("en", "en")
    assert "Thank you" in said(line)[-1].body


@pytest.mark.parametrize("purpose", [Purpose.BEHANDLUNG, Purpose.RECALL, Purpose.WERBUNG])
def test_c_01_nothing_but_organisation_comes_of_it(line: Line, widget: Widget, purpose: Purpose) -> None:
    line.deliver(message(read_text_d(line, widget), timestamp=now()))
    tap(line, question(line))

    assert states(line).get(purpose, Consent.NONE) == Consent.NONE
