from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from consent.gate import RULES, Allowed, Attempt, ChannelState, Consent, Kind, Refused, Whom, may_send
from consent.purposes import Purpose
from tests.consent.attempts import (
    CANNED,
    CONFIRMATION,
    NEEDS_CONSENT,
    NOW,
    NUMBER_CHECK,
    OPEN,
    ORDINARY,
    PROMPT,
    STRANGER,
    TEMPLATE,
    answer,
)


@pytest.mark.parametrize("attempt", [ORDINARY, TEMPLATE, NUMBER_CHECK, PROMPT, CANNED, CONFIRMATION])
def test_the_ordinary_case_of_each_kind_may_go(attempt: Attempt) -> None:
    assert may_send(attempt) == Allowed()


# C-01, C-09: consent per purpose


@pytest.mark.parametrize("kind", NEEDS_CONSENT)
@pytest.mark.parametrize(
    ("consent", "reason"),
    [
        (Consent.NONE, "consent"),
        (Consent.PENDING, "number_unproven"),
        (Consent.WITHDRAWN, "consent"),
        (Consent.EXPIRED, "consent"),
        (Consent.OUTDATED, "consent"),
        (Consent.REJECTED, "consent"),
    ],
)
def test_c_09_without_granted_consent_nothing_of_the_practice_goes(kind: Kind, consent: Consent, reason: str) -> None:
    assert answer(replace(TEMPLATE, kind=kind, consent=consent, window_open_until=OPEN)) == reason


@pytest.mark.parametrize("kind", NEEDS_CONSENT)
def test_a_message_without_a_purpose_does_not_go(kind: Kind) -> None:
    assert answer(replace(TEMPLATE, kind=kind, purpose=None, window_open_until=OPEN)) == "purpose"


@pytest.mark.parametrize(
    ("consent", "sentence"),
    [
        (Consent.NONE, "Für „Vorsorge-Erinnerung“ liegt keine Einwilligung vor."),
        (
            Consent.WITHDRAWN,
            "Die Einwilligung für „Vorsorge-Erinnerung“ wurde widerrufen. Dafür darf nichts gesendet werden.",
        ),
        (
            Consent.REJECTED,
            "Die Einwilligung für „Vorsorge-Erinnerung“ wurde abgelehnt. Dafür darf nichts gesendet werden.",
        ),
        (
            Consent.EXPIRED,
            "Die Einwilligung für „Vorsorge-Erinnerung“ ist abgelaufen, weil die Nummer nicht bestätigt wurde.",
        ),
        (
            Consent.OUTDATED,
            "Die Einwilligung für „Vorsorge-Erinnerung“ endete, weil es einen neuen Text, einen Geburtstag oder eine "
            "andere Vertretung gab. Es muss neu gefragt werden.",
        ),
    ],
)
def test_the_sentence_says_what_became_of_the_consent_and_for_what(consent: Consent, sentence: str) -> None:
    refused = may_send(replace(ORDINARY, purpose=Purpose.RECALL, consent=consent))

    assert isinstance(refused, Refused)
    assert str(refused.for_person) == sentence


def test_values_read_from_a_database_as_plain_strings_are_understood() -> None:
    stored: dict[str, Any] = {"kind": "free_text", "purpose": "recall", "channel_state": "connected"}

    reasons = [answer(replace(ORDINARY, **{**stored, "consent": consent})) for consent in ("withdrawn", "granted")]

    assert reasons == ["consent", "allowed"]


# C-07, C-08: the number is proven before anything else goes


@pytest.mark.parametrize("kind", NEEDS_CONSENT)
def test_consent_from_a_form_alone_allows_no_ordinary_message(kind: Kind) -> None:
    assert answer(replace(TEMPLATE, kind=kind, number_proven=False, window_open_until=OPEN)) == "number_unproven"


@pytest.mark.parametrize("consent", [Consent.PENDING, Consent.GRANTED])
def test_consent_from_a_form_allows_the_number_check(consent: Consent) -> None:
    assert answer(replace(NUMBER_CHECK, consent=consent)) == "allowed"


@pytest.mark.parametrize(
    "consent", [Consent.NONE, Consent.WITHDRAWN, Consent.EXPIRED, Consent.OUTDATED, Consent.REJECTED]
)
def test_a_number_without_pending_consent_is_not_checked(consent: Consent) -> None:
    assert answer(replace(NUMBER_CHECK, consent=consent)) == "consent"


def test_a_number_is_checked_only_once() -> None:
    assert answer(replace(NUMBER_CHECK, number_checked_at=NOW - timedelta(days=13))) == "number_checked"


def test_a_proven_number_is_not_checked_again() -> None:
    assert answer(replace(NUMBER_CHECK, number_proven=True)) == "number_proven"


def test_the_number_check_needs_its_template_approved_and_without_advertising() -> None:
    assert answer(replace(NUMBER_CHECK, template_status="pending")) == "template_not_approved"
    assert answer(replace(NUMBER_CHECK, template_category="MARKETING")) == "marketing_template"


# C-10: unknown senders


@pytest.mark.parametrize("kind", [Kind.FREE_TEXT, Kind.MEDIA, Kind.REACTION, Kind.AUTOMATIC])
def test_to_an_unknown_sender_the_composer_is_locked(kind: Kind) -> None:
    assert answer(replace(STRANGER, kind=kind)) == "consent"


@pytest.mark.parametrize("consent", [Consent.NONE, Consent.PENDING, Consent.EXPIRED, Consent.OUTDATED])
def test_who_has_not_decided_may_get_a_neutral_reply_and_the_prompt(consent: Consent) -> None:
    assert [answer(replace(kind, consent=consent)) for kind in (CANNED, PROMPT)] == ["allowed", "allowed"]


@pytest.mark.parametrize("consent", [Consent.WITHDRAWN, Consent.REJECTED])
def test_who_said_no_gets_neither_neutral_reply_nor_prompt_nor_receipt(consent: Consent) -> None:
    receipt = replace(CANNED, kind=Kind.READ_RECEIPT)

    assert [answer(replace(kind, consent=consent)) for kind in (CANNED, PROMPT, receipt)] == ["consent"] * 3


def test_who_agreed_may_get_a_neutral_reply_too() -> None:
    assert answer(replace(CANNED, consent=Consent.GRANTED)) == "allowed"


def test_the_prompt_goes_at_most_once_in_thirty_days() -> None:
    days = [timedelta(0), timedelta(days=29, hours=23, minutes=59), timedelta(days=30)]

    assert [answer(replace(PROMPT, last_prompt_at=NOW - ago)) for ago in days] == [
        "prompted_recently",
        "prompted_recently",
        "allowed",
    ]


@pytest.mark.parametrize("consent", [Consent.WITHDRAWN, Consent.REJECTED, Consent.NONE])
def test_who_writes_start_is_asked_at_once(consent: Consent) -> None:
    start = replace(PROMPT, consent=consent, asked_by_person=True, last_prompt_at=NOW - timedelta(days=1))

    assert answer(start) == "allowed"


def test_who_agreed_already_is_not_asked_again() -> None:
    assert answer(replace(PROMPT, consent=Consent.GRANTED)) == "already_granted"


@pytest.mark.parametrize("attempt", [CANNED, PROMPT])
def test_outside_the_window_an_unknown_sender_gets_nothing(attempt: Attempt) -> None:
    refused = may_send(replace(attempt, window_open_until=NOW))

    assert isinstance(refused, Refused)
    assert (refused.reason, "Vorlage wählen" in str(refused.next_step)) == ("window", False)


# C-11: a confirmation inside the window, none outside; that there is one for each act is the ledger's to know


@pytest.mark.parametrize("consent", Consent)
def test_an_act_is_confirmed_whatever_the_consent_is_now(consent: Consent) -> None:
    assert answer(replace(CONFIRMATION, consent=consent)) == "allowed"


@pytest.mark.parametrize("until", [None, NOW - timedelta(days=1), NOW, NOW + timedelta(minutes=2)])
def test_outside_the_window_no_act_is_confirmed(until: datetime | None) -> None:
    assert answer(replace(CONFIRMATION, window_open_until=until)) == "window"


# The service window


@pytest.mark.parametrize("kind", [Kind.FREE_TEXT, Kind.MEDIA, Kind.REACTION, Kind.AUTOMATIC])
@pytest.mark.parametrize(
    ("left", "reason"),
    [
        (timedelta(hours=-1), "window"),
        (timedelta(0), "window"),
        (timedelta(minutes=2), "window"),
        (timedelta(minutes=2, seconds=1), "allowed"),
        (timedelta(hours=24), "allowed"),
    ],
)
def test_free_form_stops_two_minutes_before_the_window_closes(kind: Kind, left: timedelta, reason: str) -> None:
    assert answer(replace(ORDINARY, kind=kind, window_open_until=NOW + left)) == reason


def test_to_somebody_who_never_wrote_no_free_text_goes() -> None:
    assert answer(replace(ORDINARY, window_open_until=None)) == "window"


def test_a_closed_window_points_to_the_templates() -> None:
    refused = may_send(replace(ORDINARY, window_open_until=NOW))

    assert isinstance(refused, Refused)
    assert str(refused.next_step) == "Wählen Sie eine Vorlage."


def test_a_read_receipt_needs_no_window() -> None:
    assert answer(replace(CANNED, kind=Kind.READ_RECEIPT, window_open_until=None)) == "allowed"


# Templates


@pytest.mark.parametrize("status", ["approved", "APPROVED", "Approved"])
def test_the_approval_of_a_template_is_read_in_either_case(status: str) -> None:
    assert answer(replace(TEMPLATE, template_status=status)) == "allowed"


@pytest.mark.parametrize("status", ["", "pending", "REJECTED", "paused", "DISABLED", "submitted", "not_approved"])
def test_a_template_that_is_not_approved_does_not_go(status: str) -> None:
    assert answer(replace(TEMPLATE, template_status=status)) == "template_not_approved"


@pytest.mark.parametrize("category", ["MARKETING", "marketing", "", "SOMETHING_NEW"])
@pytest.mark.parametrize(
    ("purpose", "reason"),
    [
        (Purpose.ORGANISATION, "marketing_template"),
        (Purpose.BEHANDLUNG, "marketing_template"),
        (Purpose.RECALL, "allowed"),
        (Purpose.WERBUNG, "allowed"),
    ],
)
def test_advertising_does_not_go_in_the_clothes_of_service(category: str, purpose: Purpose, reason: str) -> None:
    assert answer(replace(TEMPLATE, template_category=category, purpose=purpose)) == reason


@pytest.mark.parametrize("category", ["UTILITY", "utility", "AUTHENTICATION"])
@pytest.mark.parametrize("purpose", Purpose)
def test_a_service_template_may_serve_every_purpose(category: str, purpose: Purpose) -> None:
    assert answer(replace(TEMPLATE, template_category=category, purpose=purpose)) == "allowed"


@pytest.mark.parametrize(("category", "said"), [("UTILITY", "service_template"), ("MARKETING", "allowed")])
@pytest.mark.parametrize("attempt", [TEMPLATE, replace(TEMPLATE, kind=Kind.BULK)])
def test_l_7_a_recall_goes_as_advertising_unless_the_practice_decided_otherwise(
    attempt: Attempt, category: str, said: str
) -> None:
    recall = replace(attempt, purpose=Purpose.RECALL, template_category=category, recall_as_service=False)

    assert answer(recall) == said


# What stops everything


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dpf_invalid": True}, "dpf"),
        ({"is_live": False}, "live"),
        ({"channel_state": ChannelState.BLOCKED}, "channel"),
        ({"channel_state": ChannelState.DISCONNECTED}, "channel"),
        ({"channel_state": "something new"}, "channel"),
    ],
)
def test_some_things_stop_every_kind_of_message(kind: Kind, change: dict[str, Any], reason: str) -> None:
    assert answer(replace(TEMPLATE, kind=kind, window_open_until=OPEN, **change)) == reason


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.CONFIRMATION])
def test_a_blocked_number_is_sent_nothing(kind: Kind) -> None:
    assert answer(replace(TEMPLATE, kind=kind, window_open_until=OPEN, contact_blocked=True)) == "blocked"


def test_the_last_word_to_a_wrong_number_may_still_leave() -> None:
    assert answer(replace(CONFIRMATION, contact_blocked=True)) == "allowed"


@pytest.mark.parametrize("kind", [*NEEDS_CONSENT, Kind.CANNED_REPLY])
def test_a_changed_identity_is_confirmed_by_a_person_first(kind: Kind) -> None:
    assert answer(replace(TEMPLATE, kind=kind, window_open_until=OPEN, identity_changed=True)) == "identity"


@pytest.mark.parametrize("attempt", [PROMPT, CONFIRMATION, NUMBER_CHECK])
def test_whoever_holds_the_number_now_may_be_asked_and_answered(attempt: Attempt) -> None:
    assert answer(replace(attempt, identity_changed=True)) == "allowed"


def test_the_reason_that_helps_most_comes_first() -> None:
    hopeless = replace(
        TEMPLATE,
        consent=Consent.WITHDRAWN,
        number_proven=False,
        dpf_invalid=True,
        is_live=False,
        channel_state=ChannelState.DISCONNECTED,
        contact_blocked=True,
        is_offered=False,
        whom=Whom.OPEN,
        relation="guardian",
        age=18,
        identity_changed=True,
        guardians_agreed=False,
        possible_withdrawal_at=NOW - timedelta(days=2),
        names_treatment=True,
        template_status="rejected",
        template_category="MARKETING",
    )
    repairs: list[dict[str, Any]] = [
        {"dpf_invalid": False},
        {"is_live": True},
        {"channel_state": ChannelState.CONNECTED},
        {"contact_blocked": False},
        {"is_offered": True},
        {"whom": Whom.SETTLED},
        {"age": 15},
        {"consent": Consent.GRANTED},
        {"number_proven": True},
        {"identity_changed": False},
        {"guardians_agreed": True},
        {"possible_withdrawal_at": None},
        {"names_treatment": False},
        {"template_status": "approved"},
        {"template_category": "UTILITY"},
    ]
    reasons = [answer(hopeless)]

    for repair in repairs:
        hopeless = replace(hopeless, **repair)
        reasons.append(answer(hopeless))

    assert reasons == [
        "dpf",
        "live",
        "channel",
        "blocked",
        "not_offered",
        "patient",
        "outgrown",
        "consent",
        "number_unproven",
        "identity",
        "guardians",
        "possible_withdrawal",
        "names_treatment",
        "template_not_approved",
        "marketing_template",
        "allowed",
    ]


def test_every_refusal_has_a_sentence_and_a_next_step() -> None:
    sentences = [(str(rule.for_person), str(rule.next_step)) for rule in RULES]

    assert [pair for pair in sentences if not (pair[0].endswith(".") and pair[1].endswith("."))] == []
