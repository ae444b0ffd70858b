"""The gate's table against a plain model of the same promises, over random attempts."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.gate import RULES, Allowed, Attempt, ChannelState, Consent, Kind, Whom, may_send
from consent.purposes import Purpose
from tests.consent.attempts import NOW, OPEN, answer
from tests.whole import as_many


def reference_allows(a: Attempt) -> bool:
    """Each promise in its own words, without the table, its order or its sets."""
    window = a.window_open_until is not None and (a.window_open_until - a.now).total_seconds() > 120
    service = a.template_category.upper() in ("UTILITY", "AUTHENTICATION") or a.purpose in ("recall", "werbung")
    discreet = not a.names_treatment or a.purpose in ("behandlung", "recall", "werbung")
    counts_as_service = a.template_category.upper() in ("UTILITY", "AUTHENTICATION")
    ordered = a.recall_as_service or a.purpose != "recall" or not counts_as_service
    template = a.template_status.upper() == "APPROVED" and service and discreet and ordered
    said_no = a.consent in ("withdrawn", "rejected")
    silence = not a.may_answer_strangers and not a.asked_by_person and not said_no and a.consent != "granted"
    rested = a.last_prompt_at is None or (a.now - a.last_prompt_at).total_seconds() >= 30 * 86_400
    grown_enough = a.relation != "self" or a.age is None or a.age > 12
    waiting = a.consent in ("pending", "granted") and not a.number_proven and a.number_checked_at is None
    agreed = a.consent == "granted" and a.number_proven and not a.identity_changed
    one_reply = a.consent == "none" and a.free_reply_allowed and a.purpose == "organisation" and not a.identity_changed
    about = right_person(a) and a.purpose is not None and a.is_offered
    own_accord = about and agreed and undisturbed(a) and a.whom == "settled"
    promises = {
        "free_text": about and (agreed or one_reply) and window and a.whom == "settled" and within_promise(a),
        "media": about and agreed and window and a.whom == "settled" and within_promise(a) and a.files_allowed,
        "reaction": about and agreed and window and a.whom != "unlinked",
        "automatic": own_accord and window and not (a.quiet_until and a.purpose in ("recall", "werbung")),
        "template": own_accord
        and template
        and not (a.quiet_until and (a.sent_by_rule or a.purpose in ("recall", "werbung"))),
        "bulk": own_accord and template and not a.quiet_until,
        "after_stop": window and a.may_answer_after_stop,
        "number_check": waiting and template and grown_enough and a.whom != "unlinked",
        "canned_reply": window and not said_no and not a.identity_changed and not silence,
        "opt_in_prompt": window
        and a.consent != "granted"
        and (a.asked_by_person or (rested and not said_no and not silence)),
        "confirmation": window,
        "read_receipt": not said_no,
    }
    works = a.is_live and a.channel_state == "connected" and not a.dpf_invalid
    reachable = not a.contact_blocked or a.kind == "confirmation"
    return works and reachable and promises[a.kind]


def right_person(a: Attempt) -> bool:
    """Children under 13 never as themselves; under the age of consent with their guardians, to 18 either through them
    or alone, afterwards alone."""
    if a.age is None or a.relation not in ("self", "guardian"):
        return True
    if a.relation == "guardian":
        return a.age < 18 and (a.age >= a.consent_age or a.guardians_agreed)
    return a.age >= a.consent_age or (a.age >= 13 and a.guardians_agreed)


def within_promise(a: Attempt) -> bool:
    return a.purpose != "werbung" or a.advertising_this_year < a.advertising_per_year


def undisturbed(a: Attempt) -> bool:
    """What nobody asked for: no doubt of a day, no recall too soon or too often, no more news than promised."""
    doubt = a.possible_withdrawal_at is not None and (a.now - a.possible_withdrawal_at).total_seconds() >= 86_400
    too_soon = a.purpose == "recall" and a.next_recall_at is not None and a.now < a.next_recall_at
    too_often = a.purpose == "recall" and a.recalls_unanswered >= a.recall_tries
    return not (doubt or too_soon or too_often) and within_promise(a)


offsets = st.one_of(
    st.none(),
    st.sampled_from([timedelta(0), timedelta(minutes=2), timedelta(minutes=2, microseconds=1), timedelta(days=-30)]),
    st.timedeltas(min_value=timedelta(days=-40), max_value=timedelta(days=2)),
)
moments = st.builds(lambda offset: None if offset is None else NOW + offset, offsets)
# Mostly the value that lets through, so that every kind is often allowed and each rule is seen alone.
mostly_no = st.sampled_from([False, False, False, True])
mostly_yes = mostly_no.map(lambda no: not no)
attempts = st.builds(
    Attempt,
    now=st.just(NOW),
    kind=st.sampled_from(Kind),
    purpose=st.one_of(st.none(), st.sampled_from(Purpose)),
    consent=st.one_of(st.just(Consent.GRANTED), st.sampled_from(Consent)),
    number_proven=st.booleans(),
    window_open_until=st.one_of(st.just(OPEN), moments),
    channel_state=st.sampled_from([ChannelState.CONNECTED] * 5 + list(ChannelState)),
    contact_blocked=mostly_no,
    identity_changed=mostly_no,
    dpf_invalid=mostly_no,
    last_prompt_at=moments,
    number_checked_at=moments,
    asked_by_person=st.booleans(),
    may_answer_after_stop=mostly_no,
    is_live=mostly_yes,
    is_offered=mostly_yes,
    whom=st.sampled_from([Whom.SETTLED] * 5 + list(Whom)),
    relation=st.sampled_from(["self", "self", "guardian", "legal_representative", "family", ""]),
    age=st.one_of(st.none(), st.sampled_from([0, 12, 13, 15, 16, 17, 18]), st.integers(0, 99)),
    consent_age=st.sampled_from([14, 16, 18]),
    guardians_agreed=mostly_yes,
    possible_withdrawal_at=st.one_of(st.none(), moments),
    quiet_until=st.one_of(st.none(), st.just(NOW + timedelta(hours=3))),
    sent_by_rule=st.booleans(),
    next_recall_at=moments,
    recalls_unanswered=st.integers(0, 3),
    recall_tries=st.integers(1, 3),
    advertising_this_year=st.integers(0, 5),
    advertising_per_year=st.integers(0, 5),
    may_answer_strangers=mostly_yes,
    names_treatment=mostly_no,
    files_allowed=st.booleans(),
    recall_as_service=mostly_yes,
    free_reply_allowed=st.booleans(),
    template_status=st.sampled_from(["approved", "APPROVED", "", "paused", "PENDING"]),
    template_category=st.sampled_from(["UTILITY", "utility", "MARKETING", "marketing", "AUTHENTICATION", ""]),
)


@settings(max_examples=as_many(whole=1_500, everyday=300), deadline=None)
@given(attempts)
def test_the_gate_allows_exactly_what_the_plain_model_allows(attempt: Attempt) -> None:
    assert (may_send(attempt) == Allowed()) == reference_allows(attempt)


@settings(max_examples=as_many(whole=500, everyday=100), deadline=None)
@given(attempts)
def test_a_refusal_always_names_a_rule_of_the_table(attempt: Attempt) -> None:
    assert answer(attempt) in {"allowed", *(rule.reason for rule in RULES)}


withdrawn = attempts.map(lambda attempt: replace(attempt, consent=Consent.WITHDRAWN))


@settings(max_examples=as_many(whole=500, everyday=100), deadline=None)
@given(withdrawn)
def test_after_a_withdrawal_nothing_goes_but_its_confirmation_and_what_the_person_asks_for(attempt: Attempt) -> None:
    asked_again = attempt.kind == Kind.OPT_IN_PROMPT and attempt.asked_by_person
    wanted_answer = attempt.kind == Kind.AFTER_STOP and attempt.may_answer_after_stop

    assert answer(attempt) != "allowed" or attempt.kind == Kind.CONFIRMATION or asked_again or wanted_answer
