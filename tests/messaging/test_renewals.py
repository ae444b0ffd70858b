"""How people are asked to agree anew: in the chat, by a template, or not from here."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from consent import renewals
from consent.models import ConsentEvent, ConsentState, ConsentText
from consent.purposes import Purpose
from consent.renewals import Reached, ask_next, outdate, preview
from messaging.models import Conversation, Message, Template
from messaging.wamids import wamid_hash
from patients.actions import link, register_patient
from patients.models import Contact, Relation
from practices.models import Practice, StrangerReply
from practices.scope import practice_scope
from practices.sealed import warm
from tests.consent.editions import an_edition, ready
from tests.consent_factories import send_form
from tests.messaging.factories import Line, message, now, wamid

pytestmark = pytest.mark.django_db

ORGANISATION, WERBUNG = Purpose.ORGANISATION, Purpose.WERBUNG
NOTHING = dict.fromkeys(Reached, 0)
TODAY = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
MONDAY_MORNING = TODAY + timedelta(days=7 - TODAY.weekday())  # the next, whenever the tests run


@pytest.fixture(autouse=True)
def complete(line: Line) -> None:
    ready(line.practice)


def agree(line: Line, *purposes: Purpose, **fields: Any) -> None:
    """The person ticks on the QR page and sends the prefilled message."""
    with practice_scope(line.practice.pk):
        code = send_form(*purposes).code
    line.deliver(message(f"Ja, ich möchte schreiben. Code: {code}", timestamp=now(), **fields))


def renew(line: Line, *purposes: Purpose, **words: str) -> None:
    """A new text is published, and those who agreed to an older one must agree anew."""
    with practice_scope(line.practice.pk):
        an_edition(renews=purposes, **words)
        outdate()


def close_window(line: Line) -> None:
    with practice_scope(line.practice.pk):
        Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))


def ask(line: Line) -> dict[Reached, int]:
    with practice_scope(line.practice.pk), transaction.atomic():
        return ask_next().reached


def said(line: Line) -> list[Message]:
    """What Roger queued, in order, opened while the practice is in scope."""
    with practice_scope(line.practice.pk):
        found = list(Message.objects.filter(direction="out").in_order())
        warm(found)
        return [one for one in found if (one.body, one.content)]


def states(line: Line) -> dict[str, str]:
    with practice_scope(line.practice.pk):
        return dict(ConsentState.objects.values_list("purpose", "state"))


def a_template(line: Line, text: str, **other: Any) -> None:
    facts = {"language": "de", "category": "UTILITY", "status": "approved"} | other
    with practice_scope(line.practice.pk):
        Template.objects.create(
            channel=line.channel, name="einwilligung_erneuern", components=[{"type": "BODY", "text": text}], **facts
        )


def test_c_06_while_the_window_is_open_the_question_is_asked_in_the_chat_with_its_buttons(line: Line) -> None:
    agree(line)
    renew(line, ORGANISATION)

    reached = ask(line)

    question = said(line)[-1]
    assert reached == NOTHING | {Reached.CHAT: 1}
    assert (question.kind, question.state, question.origin) == ("opt_in_prompt", "queued", "automatic")
    assert (question.body or "").startswith("Unser Text zur Einwilligung hat sich geändert.")
    assert [one["id"] for one in question.content["buttons"]] == ["ja_einverstanden", "nein_danke", "mehr_erfahren"]


def test_c_06_the_tap_on_the_new_question_renews_the_consent_under_the_new_text(line: Line) -> None:
    agree(line)
    renew(line, ORGANISATION)
    ask(line)

    line.deliver(a_tap(line))

    assert states(line) == {"organisation": "granted"}
    with practice_scope(line.practice.pk):
        event = ConsentEvent.objects.latest("seq")
        assert (event.type, event.text.version) == ("granted", "de-2026-05.m1")  # type: ignore[union-attr]


def a_tap(line: Line) -> dict[str, Any]:
    """ "Ja" on the last question, which went out as wamid "question"."""
    with practice_scope(line.practice.pk):
        asked = Message.objects.filter(kind="opt_in_prompt").latest("pk")
        sent = wamid("question")
        asked.wamid, asked.state = sent, "sent"
        asked.wamid_hash = wamid_hash(sent)
        asked.save(update_fields=["wamid", "wamid_hash", "state"])
    reply = {"type": "button_reply", "button_reply": {"id": "ja_einverstanden", "title": "Ja, einverstanden"}}
    quoted = {"from": "493023125101", "id": sent}
    return message(type="interactive", interactive=reply, context=quoted, timestamp=now())


def test_a_tap_counts_for_the_version_that_stood_above_the_button(line: Line) -> None:
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        an_edition(page__title="Nur ein Wort")

    line.deliver(a_tap(line))

    assert states(line) == {"organisation": "granted"}
    with practice_scope(line.practice.pk):
        assert ConsentEvent.objects.get().text.version == "de-2026-05"  # type: ignore[union-attr]


def test_c_06_a_tap_under_the_older_question_is_answered_with_the_new_text(line: Line) -> None:
    line.deliver(message("Hallo", timestamp=now()))
    renew(line, ORGANISATION, chat__body="Neu: {praxis_nominativ}, Meta, STOP, {optin_url} und mehr.")

    line.deliver(a_tap(line))

    assert states(line) == {"organisation": "outdated"}
    assert [(one.kind, (one.body or "")[:4]) for one in said(line)[1:]] == [("opt_in_prompt", "Neu:")]


def test_where_only_another_purpose_stopped_the_page_with_all_choices_is_named(line: Line) -> None:
    agree(line, ORGANISATION, WERBUNG)
    renew(line, WERBUNG)

    reached = ask(line)

    words = said(line)[-1]
    assert reached == NOTHING | {Reached.CHAT: 1}
    assert (words.kind, words.purpose) == ("automatic", "organisation")
    assert words.body == (
        "Unser Text zur Einwilligung hat sich geändert. Für „Neuigkeiten“ brauchen wir Ihre Zustimmung neu, "
        "wenn Sie das weiter möchten: http://127.0.0.1:8000/datenschutz/morgenthal/ Ihre Termine bleiben bestehen."
    )


def test_outside_the_window_a_template_asks_where_the_practice_has_one(line: Line) -> None:
    agree(line, ORGANISATION, WERBUNG)
    a_template(line, "Guten Tag, {{1}} hat einen neuen Text: {{2}} Bitte entscheiden Sie neu.")
    renew(line, WERBUNG)
    close_window(line)

    with time_machine.travel(MONDAY_MORNING):  # nobody's quiet hours
        reached = ask(line)

    sent = said(line)[-1]
    assert reached == NOTHING | {Reached.TEMPLATE: 1}
    assert (sent.kind, sent.origin) == ("template", "automatic")
    assert sent.body == (
        "Guten Tag, die Zahnarztpraxis Morgenthal hat einen neuen Text: "
        "http://127.0.0.1:8000/datenschutz/morgenthal/ Bitte entscheiden Sie neu."
    )
    assert [one["text"] for one in sent.content["components"][0]["parameters"]] == [
        "die Zahnarztpraxis Morgenthal",
        "http://127.0.0.1:8000/datenschutz/morgenthal/",
    ]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Neuer Text bei {{1}}.", {"status": "paused"}),
        ("Neuer Text bei {{1}}.", {"category": "MARKETING"}),
        ("Hallo {{3}}, neuer Text.", {}),
    ],
)
def test_a_template_that_is_not_ours_to_fill_or_not_allowed_asks_nobody(
    line: Line, text: str, other: dict[str, str]
) -> None:
    agree(line, ORGANISATION, WERBUNG)
    a_template(line, text, **other)
    renew(line, WERBUNG)
    close_window(line)

    assert ask(line) == NOTHING | {Reached.DESK: 1}
    assert [one.kind for one in said(line)] == ["confirmation"]


def test_c_06_without_window_and_consent_nothing_goes_out_and_the_person_stays_in_the_list(line: Line) -> None:
    agree(line)
    a_template(line, "Neuer Text bei {{1}}, siehe {{2}} bitte.")
    renew(line, ORGANISATION)
    close_window(line)

    assert ask(line) == NOTHING | {Reached.DESK: 1}
    with practice_scope(line.practice.pk):
        assert [one.was_asked for one in renewals.waiting_people("de")] == [False]


def test_whoever_was_not_reached_is_asked_when_they_write(line: Line) -> None:
    agree(line)
    renew(line, ORGANISATION)
    close_window(line)
    ask(line)

    line.deliver(message("Guten Tag", timestamp=now()))

    assert [one.kind for one in said(line)] == ["confirmation", "opt_in_prompt"]


def test_nobody_is_asked_twice_in_thirty_days(line: Line) -> None:
    line.deliver(message("Hallo", timestamp=now()))
    agree(line)
    renew(line, ORGANISATION)

    assert ask(line) == NOTHING | {Reached.DESK: 1}
    assert [one.kind for one in said(line)] == ["opt_in_prompt", "confirmation"]


def test_somebody_without_a_thread_is_asked_at_the_desk(line: Line) -> None:
    agree(line)
    renew(line, ORGANISATION)
    with practice_scope(line.practice.pk):
        Conversation.objects.update(last_message=None)
        Message.objects.all().delete()
        Conversation.objects.all().delete()

    assert ask(line) == NOTHING | {Reached.DESK: 1}


def test_c_06_the_preview_says_how_each_can_be_reached(line: Line) -> None:
    agree(line, ORGANISATION, WERBUNG)
    a_template(line, "Neuer Text bei {{1}}, siehe {{2}} bitte.")

    with practice_scope(line.practice.pk):
        in_window = preview("de", [WERBUNG]).reached
    close_window(line)
    with practice_scope(line.practice.pk):
        outside, without_consent = preview("de", [WERBUNG]).reached, preview("de", [ORGANISATION]).reached

    assert in_window == NOTHING | {Reached.CHAT: 1}
    assert outside == NOTHING | {Reached.TEMPLATE: 1}
    assert without_consent == NOTHING | {Reached.DESK: 1}


def blocked(contact: Contact) -> None:
    contact.blocked_at = timezone.now()
    contact.save(update_fields=["blocked_at"])


def prompted_lately(contact: Contact) -> None:
    contact.opt_in_prompted_at = timezone.now() - timedelta(days=29)
    contact.save(update_fields=["opt_in_prompted_at"])


def perhaps_somebody_else(contact: Contact) -> None:
    contact.identity_changed_at = timezone.now()
    contact.save(update_fields=["identity_changed_at"])


def on_a_shared_phone(contact: Contact) -> None:
    for name in ("Mia", "Ben"):
        child = register_patient(first_name=name, last_name="Krüger", birth_date="2018-02-01", by=None)
        link(patient=child, contact=contact, relation=Relation.GUARDIAN, by=None)


def perhaps_withdrawn(contact: Contact) -> None:
    Conversation.objects.filter(contact=contact).update(possible_withdrawal_at=timezone.now() - timedelta(hours=25))


@pytest.mark.parametrize("in_window", [True, False])
@pytest.mark.parametrize("renewed", [ORGANISATION, WERBUNG])
@pytest.mark.parametrize(
    "hindrance", [blocked, prompted_lately, perhaps_somebody_else, on_a_shared_phone, perhaps_withdrawn]
)
def test_c_06_the_preview_promises_what_the_gate_then_allows(
    line: Line, hindrance: Callable[[Contact], None], renewed: Purpose, *, in_window: bool
) -> None:
    agree(line, ORGANISATION, WERBUNG)
    a_template(line, "Neuer Text bei {{1}}, siehe {{2}} bitte.")
    with time_machine.travel(MONDAY_MORNING):  # nobody's quiet hours
        with practice_scope(line.practice.pk):
            Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=1 if in_window else 30))
            hindrance(Contact.objects.get())
            foreseen = preview("de", [renewed]).reached
        renew(line, renewed)

        assert ask(line) == foreseen


def test_c_06_of_two_who_wrote_the_preview_names_the_blocked_one_as_out_of_reach(line: Line) -> None:
    agree(line)
    agree(line, phone="+491713920021")
    with practice_scope(line.practice.pk):
        blocked(Contact.objects.order_by("pk")[0])

        assert preview("de", [ORGANISATION]).reached == NOTHING | {Reached.CHAT: 1, Reached.DESK: 1}


def test_a_practice_that_leaves_strangers_unanswered_is_promised_no_question_in_the_chat(line: Line) -> None:
    agree(line)
    with practice_scope(line.practice.pk):
        Practice.objects.update(stranger_reply=StrangerReply.NOTHING)
        foreseen = preview("de", [ORGANISATION]).reached
    renew(line, ORGANISATION)

    assert (foreseen, ask(line)) == (NOTHING | {Reached.DESK: 1}, NOTHING | {Reached.DESK: 1})


def test_whoever_was_asked_since_it_stopped_counts_as_asked_and_is_not_asked_again(line: Line) -> None:
    agree(line)
    renew(line, ORGANISATION)
    close_window(line)
    line.deliver(message("Guten Tag", timestamp=now()))

    assert ask(line) == NOTHING | {Reached.ASKED: 1}
    with practice_scope(line.practice.pk):
        assert [one.was_asked for one in renewals.waiting_people("de")] == [True]


def test_the_run_asks_the_same_number_of_questions_for_three_people_who_cannot_be_reached(
    line: Line, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        agree(line, phone=f"+4917139200{number + 20}")
    renew(line, ORGANISATION)
    close_window(line)

    with django_assert_max_num_queries(13):
        reached = ask(line)

    assert reached == NOTHING | {Reached.DESK: 3}
    with practice_scope(line.practice.pk):
        assert Contact.objects.filter(opt_in_prompted_at=None).count() == 3
        assert ConsentText.objects.filter(kind="chat").count() == 0
