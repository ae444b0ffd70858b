"""The gate's rules one by one, where the law or the practice asks for more than consent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consent.gate import Consent, Kind, Refused, Whom, may_send
from consent.gate.breaches import GUARDIAN, SELF
from consent.purposes import Purpose
from patients.models import Relation
from tests.consent.attempts import CANNED, NEEDS_CONSENT, NOW, NUMBER_CHECK, OPEN, ORDINARY, PROMPT, STRANGER, TEMPLATE
from tests.consent.attempts import answer as answer

BULK = replace(TEMPLATE, kind=Kind.BULK)
AUTOMATIC = replace(ORDINARY, kind=Kind.AUTOMATIC)
TONIGHT = NOW + timedelta(hours=12)


# M-0, L-1, L-5: what stops the whole practice


@pytest.mark.parametrize("kind", Kind)
def test_l_1_before_the_go_live_nothing_leaves_whatever_it_is(kind: Kind) -> None:
    assert answer(replace(TEMPLATE, kind=kind, window_open_until=OPEN, is_live=False)) == "live"


@pytest.mark.parametrize("kind", Kind)
def test_l_5_without_the_framework_nothing_leaves_whatever_it_is(kind: Kind) -> None:
    assert answer(replace(TEMPLATE, kind=kind, window_open_until=OPEN, dpf_invalid=True)) == "dpf"


# L-4: purposes a practice does not use


@pytest.mark.parametrize("kind", NEEDS_CONSENT)
def test_l_4_for_a_purpose_the_practice_does_not_offer_nothing_goes_even_with_consent(kind: Kind) -> None:
    wanted = replace(TEMPLATE, kind=kind, window_open_until=OPEN, purpose=Purpose.BEHANDLUNG, is_offered=False)

    assert answer(wanted) == "not_offered"


# C-22: one phone, several people


@pytest.mark.parametrize("kind", [Kind.FREE_TEXT, Kind.MEDIA, Kind.TEMPLATE, Kind.AUTOMATIC, Kind.BULK])
def test_c_22_where_a_phone_serves_several_people_the_message_names_one(kind: Kind) -> None:
    assert answer(replace(TEMPLATE, kind=kind, window_open_until=OPEN, whom=Whom.OPEN)) == "patient"


def test_c_22_an_emoji_names_nobody() -> None:
    assert answer(replace(ORDINARY, kind=Kind.REACTION, whom=Whom.OPEN)) == "allowed"


@pytest.mark.parametrize("kind", [*NEEDS_CONSENT, Kind.NUMBER_CHECK])
def test_c_22_nothing_about_a_patient_goes_to_a_number_that_is_not_theirs(kind: Kind) -> None:
    assert answer(replace(TEMPLATE, kind=kind, window_open_until=OPEN, whom=Whom.UNLINKED)) == "patient"


# C-20, C-21: children


def test_the_gates_words_for_relations_are_those_of_the_patients_room() -> None:
    assert (SELF, GUARDIAN) == (Relation.SELF, Relation.GUARDIAN)


@pytest.mark.parametrize(
    ("age", "said"), [(0, "child_number"), (12, "child_number"), (13, "allowed"), (None, "allowed")]
)
def test_c_21_a_child_under_thirteen_has_no_number_of_its_own(age: int | None, said: str) -> None:
    own = replace(ORDINARY, relation="self", age=age)

    assert [answer(own), answer(replace(NUMBER_CHECK, relation="self", age=age))] == [said, said]


@pytest.mark.parametrize("consent_age", [14, 16, 18])
def test_c_20_a_guardian_is_written_to_until_eighteen_and_no_longer(consent_age: int) -> None:
    child = replace(ORDINARY, relation="guardian", consent_age=consent_age)

    said = [answer(replace(child, age=age)) for age in (13, 14, 15, 16, 17, 18, 40)]

    assert said == ["allowed"] * 5 + ["outgrown"] * 2


@pytest.mark.parametrize("age", [16, 17])
def test_c_20_what_ended_at_the_age_of_consent_lets_nothing_out_before_somebody_agreed_anew(age: int) -> None:
    young = replace(ORDINARY, relation="guardian", consent_age=16, age=age, consent=Consent.OUTDATED)

    assert [answer(young), answer(replace(young, consent=Consent.GRANTED))] == ["consent", "allowed"]


@pytest.mark.parametrize("relation", ["self", "guardian"])
def test_c_20_under_the_age_of_consent_the_guardians_have_to_agree(relation: str) -> None:
    young = replace(ORDINARY, relation=relation, age=15, guardians_agreed=False)

    assert [answer(young), answer(replace(young, guardians_agreed=True))] == ["guardians", "allowed"]


@pytest.mark.parametrize("relation", ["legal_representative", "family", ""])
def test_who_speaks_for_an_adult_is_no_guardian(relation: str) -> None:
    assert answer(replace(ORDINARY, relation=relation, age=84, guardians_agreed=False)) == "allowed"


# Section 2.3: words that may be a withdrawal


@pytest.mark.parametrize(
    ("hours", "said"), [(0, "allowed"), (23, "allowed"), (24, "possible_withdrawal"), (900, "possible_withdrawal")]
)
def test_c_12_a_doubt_nobody_looked_at_for_a_day_pauses_what_the_practice_sends_of_its_own_accord(
    hours: int, said: str
) -> None:
    doubt: dict[str, Any] = {"possible_withdrawal_at": NOW - timedelta(hours=hours)}

    assert [answer(replace(one, **doubt)) for one in (TEMPLATE, BULK, AUTOMATIC)] == [said] * 3
    assert [answer(replace(one, **doubt)) for one in (ORDINARY, CANNED, PROMPT)] == ["allowed"] * 3


# C-27: quiet hours


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (BULK, "quiet"),
        (replace(TEMPLATE, purpose=Purpose.RECALL), "quiet"),
        (replace(TEMPLATE, purpose=Purpose.WERBUNG), "quiet"),
        (replace(AUTOMATIC, purpose=Purpose.RECALL), "quiet"),
        (replace(TEMPLATE, sent_by_rule=True), "quiet"),
        (TEMPLATE, "allowed"),
        (ORDINARY, "allowed"),
        (replace(ORDINARY, purpose=Purpose.RECALL), "allowed"),
        (AUTOMATIC, "allowed"),
        (CANNED, "allowed"),
        (PROMPT, "allowed"),
        (NUMBER_CHECK, "allowed"),
    ],
)
def test_c_27_in_quiet_hours_reminders_and_bulk_rest_and_answers_go(attempt: Any, said: str) -> None:
    assert answer(replace(attempt, quiet_until=TONIGHT)) == said


def test_c_27_the_refusal_says_until_when_it_is_quiet() -> None:
    refused = may_send(replace(BULK, quiet_until=TONIGHT))

    assert isinstance(refused, Refused)
    assert (str(refused.next_step), refused.not_before) == ("Senden Sie ab 11.05., 21:00 Uhr.", TONIGHT)


# C-27: caps


@pytest.mark.parametrize("attempt", [TEMPLATE, BULK, AUTOMATIC])
def test_c_27_one_recall_in_the_pause_and_not_more_than_the_tries(attempt: Any) -> None:
    recall = replace(attempt, purpose=Purpose.RECALL)
    soon, past = NOW + timedelta(seconds=1), NOW

    said = [
        answer(replace(recall, next_recall_at=soon)),
        answer(replace(recall, next_recall_at=past)),
        answer(replace(recall, recalls_unanswered=1)),
        answer(replace(recall, recalls_unanswered=2)),
        answer(replace(attempt, next_recall_at=soon, recalls_unanswered=9)),
    ]

    assert said == ["recall_pause", "allowed", "allowed", "recall_tries", "allowed"]


def test_c_27_an_answer_about_a_recall_counts_against_no_cap() -> None:
    talking = replace(ORDINARY, purpose=Purpose.RECALL, next_recall_at=TONIGHT, recalls_unanswered=5)

    assert answer(talking) == "allowed"


@pytest.mark.parametrize("attempt", [ORDINARY, TEMPLATE, BULK, AUTOMATIC, replace(ORDINARY, kind=Kind.MEDIA)])
def test_c_27_there_is_no_more_news_in_a_year_than_was_promised(attempt: Any) -> None:
    news = replace(attempt, purpose=Purpose.WERBUNG)

    said = [answer(replace(news, advertising_this_year=count)) for count in (3, 4, 5)]

    assert said == ["allowed", "advertising_cap", "advertising_cap"]


def test_bulk_needs_what_a_single_template_needs() -> None:
    broken: list[dict[str, Any]] = [
        {"template_status": "paused"},
        {"purpose": None},
        {"template_category": "MARKETING"},
        {"number_proven": False},
        {"names_treatment": True},
    ]

    assert [answer(replace(BULK, **one)) for one in broken] == [
        "template_not_approved",
        "purpose",
        "marketing_template",
        "number_unproven",
        "names_treatment",
    ]


# C-23, C-25: what a template says, and files


@pytest.mark.parametrize(
    ("purpose", "said"),
    [
        (Purpose.ORGANISATION, "names_treatment"),
        (Purpose.BEHANDLUNG, "allowed"),
        (Purpose.RECALL, "allowed"),
        (Purpose.WERBUNG, "allowed"),
    ],
)
def test_c_23_a_template_that_names_a_treatment_is_none_for_organisation(purpose: Purpose, said: str) -> None:
    assert answer(replace(TEMPLATE, purpose=purpose, names_treatment=True)) == said


def test_c_25_a_file_goes_into_the_chat_only_where_practice_and_person_agreed_to_it() -> None:
    file = replace(ORDINARY, kind=Kind.MEDIA)

    assert [answer(file), answer(replace(file, files_allowed=False))] == ["allowed", "file"]


# L-9: people who wrote without having agreed


def test_l_9_one_free_reply_goes_to_a_stranger_where_the_practice_wants_it() -> None:
    reply = replace(STRANGER, number_proven=False, free_reply_allowed=True)
    others: list[dict[str, Any]] = [
        {"free_reply_allowed": False},
        {"purpose": Purpose.BEHANDLUNG},
        {"kind": Kind.MEDIA},
        {"kind": Kind.TEMPLATE},
        {"window_open_until": None},
        {"identity_changed": True},
    ]

    assert answer(reply) == "allowed"
    assert [answer(replace(reply, **one)) for one in others] == [
        "consent",
        "consent",
        "consent",
        "consent",
        "window",
        "identity",
    ]


@pytest.mark.parametrize("attempt", [CANNED, PROMPT])
def test_l_9_a_practice_may_choose_not_to_answer_strangers_at_all(attempt: Any) -> None:
    silent = replace(attempt, may_answer_strangers=False)

    assert [answer(silent), answer(replace(silent, asked_by_person=True))] == ["strangers", "allowed"]
