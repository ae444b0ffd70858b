"""Acts of consent: a form and its code, buttons, STOP and START, each once however often it is told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consent import effects
from consent.actions import Outcome, Withdrawal, confirm_button, confirm_code, reject, start_again, withdraw
from consent.effects import Cancelled, on_withdrawal
from consent.gate import Consent
from consent.ledger import evidence_of
from consent.models import Channel, ConsentEvent, ConsentState, PendingOptIn
from consent.purposes import Purpose
from consent.wording import chat_prompt, yes_payload
from patients.models import Contact
from practices.models import AuditEvent, Practice
from tests.consent_factories import OTHER_PHONE, make_contact, opt_in, send_form, states_of, tap
from tests.factories import make_member

pytestmark = pytest.mark.usefixtures("practice")

NONE = dict.fromkeys(Purpose, Consent.NONE)
ORGANISATION, BEHANDLUNG, RECALL, WERBUNG = Purpose


@pytest.fixture
def registered() -> Iterator[None]:
    """Leaves the register of effects as it was."""
    before = list(effects._on_withdrawal)
    yield
    effects._on_withdrawal[:] = before


def types() -> list[str]:
    return list(ConsentEvent.objects.order_by("seq").values_list("type", flat=True))


def stop(contact: Contact, **other: Any) -> Withdrawal:
    told: dict[str, Any] = {"reference": "wamid.stop", "occurred_at": timezone.now()} | other
    return withdraw(contact=contact, channel=Channel.WHATSAPP_KEYWORD, act={"keyword": "STOP"}, **told)


# ── a form and its code ──


def test_a_code_from_the_page_grants_what_was_ticked_and_proves_the_number() -> None:
    contact, submitted = make_contact(), send_form(ORGANISATION, BEHANDLUNG)

    act = confirm_code(contact=contact, code=submitted.code, message_id="wamid.1", at=timezone.now())

    contact.refresh_from_db()
    assert act.outcome == Outcome.GRANTED
    assert states_of(contact) == NONE | {ORGANISATION: Consent.GRANTED, BEHANDLUNG: Consent.GRANTED}
    assert contact.number_proven_at is not None
    assert types() == ["granted", "confirmed"]


def test_a_form_alone_grants_nothing() -> None:
    send_form(ORGANISATION)

    assert ConsentState.objects.count() == 0
    assert types() == ["granted"]


def test_purposes_left_unticked_are_written_down_as_false() -> None:
    submitted = send_form(ORGANISATION)

    [event] = ConsentEvent.objects.filter(pending_opt_in_id=submitted.opt_in.pk)
    assert evidence_of(event)["purposes"] == {
        "organisation": True,
        "behandlung": False,
        "recall": False,
        "werbung": False,
    }


def test_the_same_form_twice_is_one_event_and_one_code() -> None:
    first = send_form(ORGANISATION)

    second = send_form(ORGANISATION, form_id=first.opt_in.form_id)

    assert (second.code, second.is_repeat) == (first.code, True)
    assert types() == ["granted"]


def test_a_code_told_twice_by_the_webhook_is_one_event() -> None:
    contact, submitted, at = make_contact(), send_form(), timezone.now()
    first = confirm_code(contact=contact, code=submitted.code, message_id="wamid.1", at=at)

    second = confirm_code(contact=contact, code=submitted.code, message_id="wamid.1", at=at)

    assert (second.outcome, second.event) == (Outcome.REPEATED, first.event)
    assert types() == ["granted", "confirmed"]


def test_a_used_code_is_dead_for_everybody_else_and_offers_nothing() -> None:
    submitted = send_form()
    confirm_code(contact=make_contact(), code=submitted.code, message_id="wamid.1", at=timezone.now())
    other = make_contact(OTHER_PHONE)

    act = confirm_code(contact=other, code=submitted.code, message_id="wamid.2", at=timezone.now())

    assert (act.outcome, act.opt_in) == (Outcome.DEAD, None)
    assert states_of(other) == NONE


def test_a_code_dies_after_thirty_minutes_and_its_purposes_are_offered_again() -> None:
    contact, submitted = make_contact(), send_form(ORGANISATION, RECALL)
    late = submitted.opt_in.code_expires_at

    act = confirm_code(contact=contact, code=submitted.code, message_id="wamid.1", at=late)

    assert (act.outcome, act.opt_in) == (Outcome.DEAD, submitted.opt_in)
    assert act.purposes == {ORGANISATION, RECALL}
    assert states_of(contact) == NONE


def test_a_code_works_until_its_last_second() -> None:
    contact, submitted = make_contact(), send_form()
    just_in_time = submitted.opt_in.code_expires_at - timedelta(seconds=1)

    act = confirm_code(contact=contact, code=submitted.code, message_id="wamid.1", at=just_in_time)

    assert act.outcome == Outcome.GRANTED


def test_the_button_of_a_dead_code_confirms_the_form() -> None:
    contact, submitted = make_contact(), send_form(ORGANISATION, RECALL)
    buttons = chat_prompt("de", submitted.opt_in).document.buttons

    act = tap(contact, buttons[0].id)

    assert buttons[0].id == yes_payload(submitted.opt_in)
    assert act.outcome == Outcome.GRANTED
    assert states_of(contact) == NONE | {ORGANISATION: Consent.GRANTED, RECALL: Consent.GRANTED}


def test_the_text_for_a_dead_code_says_which_choice_the_button_confirms() -> None:
    submitted = send_form(ORGANISATION, RECALL)

    body = chat_prompt("de", submitted.opt_in).document.body

    assert body.split("\n")[0] == (
        "Ihr Code gilt nicht mehr. Auf unserer Seite haben Sie angekreuzt: Termine und Organisation, "
        "Vorsorge-Erinnerung. Mit „Ja, einverstanden“ bestätigen Sie diese Auswahl."
    )


def test_lower_case_and_misread_signs_of_a_code_are_forgiven() -> None:
    contact, submitted = make_contact(), send_form()

    act = confirm_code(
        contact=contact, code=submitted.code.lower().replace("-", " "), message_id="wamid.1", at=timezone.now()
    )

    assert act.outcome == Outcome.GRANTED


def test_five_wrong_codes_in_an_hour_are_answered_as_unknown_and_the_sixth_is_not_looked_at() -> None:
    contact = make_contact()

    outcomes = [
        confirm_code(contact=contact, code="7K4F-01AQ", message_id=f"wamid.{n}", at=timezone.now()).outcome
        for n in range(6)
    ]

    assert outcomes == [Outcome.UNKNOWN] * 5 + [Outcome.LIMITED]


def test_confirming_again_after_a_withdrawal_grants_anew() -> None:
    contact = make_contact()
    opt_in(contact)
    stop(contact)

    opt_in(contact)

    assert states_of(contact)[ORGANISATION] == Consent.GRANTED


def test_the_form_keeps_its_code_only_as_a_hash() -> None:
    submitted = send_form()

    stored = PendingOptIn.objects.values("code_hash", "purposes").get()

    assert submitted.code.encode() not in bytes(stored["code_hash"])
    assert len(bytes(stored["code_hash"])) == 16
    assert submitted.code not in repr(submitted)


# ── buttons ──


def test_yes_in_the_chat_grants_organisation_only() -> None:
    contact = make_contact()

    act = tap(contact)

    assert act.outcome == Outcome.GRANTED
    assert states_of(contact) == NONE | {ORGANISATION: Consent.GRANTED}
    assert list(ConsentEvent.objects.values_list("text__kind", flat=True)) == ["chat"]


def test_a_tap_told_twice_is_one_event() -> None:
    contact, at = make_contact(), timezone.now()
    first = confirm_button(contact=contact, payload="ja_einverstanden", message_id="wamid.1", at=at)

    second = confirm_button(contact=contact, payload="ja_einverstanden", message_id="wamid.1", at=at)

    assert (second.outcome, second.event) == (Outcome.REPEATED, first.event)
    assert types() == ["granted"]


def test_no_in_the_chat_rejects_every_purpose_and_proves_the_number() -> None:
    contact = make_contact()

    act = tap(contact, "nein_danke")

    contact.refresh_from_db()
    assert act.outcome == Outcome.REJECTED
    assert states_of(contact) == dict.fromkeys(Purpose, Consent.REJECTED)
    assert contact.number_proven_at is not None


def test_no_after_agreeing_withdraws() -> None:
    contact = make_contact()
    opt_in(contact)

    act = tap(contact, "nein_danke")

    assert act.outcome == Outcome.WITHDRAWN
    assert states_of(contact) == dict.fromkeys(Purpose, Consent.WITHDRAWN)


def test_reminders_only_ends_recall_and_advertising() -> None:
    contact = make_contact()
    opt_in(contact, Purpose)

    act = tap(contact, "nur_erinnerungen")

    assert act.purposes == {RECALL, WERBUNG}
    assert states_of(contact) == {
        ORGANISATION: Consent.GRANTED,
        BEHANDLUNG: Consent.GRANTED,
        RECALL: Consent.WITHDRAWN,
        WERBUNG: Consent.WITHDRAWN,
    }


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ("mehr_erfahren", Outcome.MORE_WANTED),
        ("nichts_aendern", Outcome.UNCHANGED),
        ("something_else", Outcome.UNKNOWN),
        ("", Outcome.UNKNOWN),
    ],
)
def test_other_buttons_write_nothing_down(payload: str, outcome: Outcome) -> None:
    assert tap(make_contact(), payload).outcome == outcome
    assert types() == []


def test_yes_with_a_form_of_nobody_grants_organisation_only() -> None:
    contact = make_contact()

    tap(contact, "ja_einverstanden.ffff")

    assert states_of(contact) == NONE | {ORGANISATION: Consent.GRANTED}


# ── STOP, START, partial withdrawal ──


def test_stop_withdraws_everything_and_names_what_it_cancelled(registered: None) -> None:
    contact = make_contact()
    opt_in(contact)
    on_withdrawal(lambda *_: Cancelled(3, 1))
    on_withdrawal(lambda *_: Cancelled(2, 0))

    withdrawal = stop(contact)

    assert (withdrawal.cancelled, withdrawal.already_handed_over) == (5, 1)
    assert evidence_of(withdrawal.event)["cancelled"] == 5
    assert evidence_of(withdrawal.event)["already_handed_over"] == 1
    assert states_of(contact) == dict.fromkeys(Purpose, Consent.WITHDRAWN)
    assert withdrawal.changed == frozenset(Purpose)


def test_effects_learn_who_withdrew_what(registered: None) -> None:
    contact, seen = make_contact(), list[tuple[Contact, frozenset[Purpose]]]()

    @on_withdrawal
    def look(person: Contact, purposes: frozenset[Purpose]) -> Cancelled:
        seen.append((person, purposes))
        return Cancelled()

    stop(contact, purposes={RECALL})

    assert seen == [(contact, frozenset({RECALL}))]


def test_a_repeated_stop_webhook_is_one_event_with_the_first_counts(registered: None) -> None:
    contact, at, counts = make_contact(), timezone.now(), iter([Cancelled(4, 2), Cancelled(9, 9)])
    opt_in(contact)
    on_withdrawal(lambda *_: next(counts))
    first = stop(contact, occurred_at=at)

    second = stop(contact, occurred_at=at)

    assert second.event == first.event
    assert (second.cancelled, second.already_handed_over, second.is_repeat) == (4, 2, True)
    assert second.changed == frozenset()
    assert next(counts) == Cancelled(9, 9)
    assert types() == ["granted", "confirmed", "withdrawn"]


def test_a_second_stop_by_another_message_is_written_down_and_changes_nothing() -> None:
    contact = make_contact()
    stop(contact)

    second = stop(contact, reference="wamid.another")

    assert second.changed == frozenset()
    assert types() == ["withdrawn", "withdrawn"]


def test_a_partial_withdrawal_leaves_the_other_purposes() -> None:
    contact = make_contact()
    opt_in(contact, Purpose)

    stop(contact, purposes={RECALL, WERBUNG})

    assert states_of(contact)[ORGANISATION] == Consent.GRANTED
    assert states_of(contact)[RECALL] == Consent.WITHDRAWN


def test_stop_of_somebody_who_never_agreed_counts_as_well() -> None:
    contact = make_contact()

    stop(contact)

    assert states_of(contact) == dict.fromkeys(Purpose, Consent.WITHDRAWN)


def test_a_member_books_a_withdrawal_made_on_the_phone(practice: Practice) -> None:
    contact, anna = make_contact(), make_member(practice)
    opt_in(contact)

    withdrawal = withdraw(
        contact=contact, channel=Channel.STAFF_PHONE, act={"note": "am Telefon"}, occurred_at=timezone.now(), by=anna
    )

    assert evidence_of(withdrawal.event)["actor"]["member_id"] == str(anna.pk)
    assert [event.by for event in AuditEvent.objects.filter(kind="consent_withdrawn")] == [anna]


def test_start_after_stop_is_pending_until_the_person_agrees_to_the_full_text() -> None:
    contact = make_contact()
    opt_in(contact)
    stop(contact)

    act = start_again(contact=contact, word="START", message_id="wamid.start", at=timezone.now())
    after_start = states_of(contact)[ORGANISATION]
    tap(contact)

    assert act.outcome == Outcome.PENDING
    assert after_start == Consent.PENDING
    assert states_of(contact)[ORGANISATION] == Consent.GRANTED
    assert states_of(contact)[BEHANDLUNG] == Consent.WITHDRAWN


def test_start_of_somebody_who_has_agreed_writes_nothing() -> None:
    contact = make_contact()
    opt_in(contact)

    act = start_again(contact=contact, word="START", message_id="wamid.start", at=timezone.now())

    assert act.outcome == Outcome.ALREADY_GRANTED
    assert types() == ["granted", "confirmed"]


def test_start_told_twice_is_one_event() -> None:
    contact, at = make_contact(), timezone.now()
    start_again(contact=contact, word="START", message_id="wamid.start", at=at)

    act = start_again(contact=contact, word="START", message_id="wamid.start", at=at)

    assert act.outcome == Outcome.REPEATED
    assert types() == ["renewed"]


def test_a_rejection_at_the_desk_names_the_member(practice: Practice) -> None:
    contact, anna = make_contact(), make_member(practice)

    act = reject(
        contact=contact, channel=Channel.STAFF_DESK, act={"note": "am Empfang"}, occurred_at=timezone.now(), by=anna
    )

    assert act.event is not None
    assert evidence_of(act.event)["actor"]["kind"] == "staff"
