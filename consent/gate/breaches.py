"""When a rule of the gate is broken: one small question each about an attempt."""

from collections.abc import Callable
from datetime import timedelta

from consent.gate.question import Attempt, Consent, Kind, Whom
from consent.purposes import ADVERTISING, Purpose

# WhatsApp closes the window by its own clock; what is written in the last minutes may arrive too late (360dialog, 8).
WINDOW_MARGIN = timedelta(minutes=2)
# C-10: an unknown sender is asked at most once in this time.
PROMPT_PAUSE = timedelta(days=30)
# Section 2.3: as long may words that may be a withdrawal wait for somebody to look at them.
DOUBT_PAUSES_AFTER = timedelta(hours=24)
# C-21: WhatsApp's minimum age; a younger child has no number of its own.
FIRST_OWN_NUMBER = 13
# C-20, § 2 BGB: from then on nobody agrees for a child any more.
MAJORITY = 18

UNDECIDED = frozenset({Consent.NONE, Consent.PENDING, Consent.EXPIRED, Consent.OUTDATED})
SERVICE_CATEGORIES = frozenset({"utility", "authentication"})
SELF, GUARDIAN = "self", "guardian"  # patients.models.Relation

Breach = Callable[[Attempt], bool]


def consent_is(*states: Consent) -> Breach:
    return lambda attempt: attempt.consent in states


def has_no_consent(attempt: Attempt) -> bool:
    return attempt.consent != Consent.GRANTED and not is_the_free_reply(attempt)


def number_is_unproven(attempt: Attempt) -> bool:
    return not attempt.number_proven and not is_the_free_reply(attempt)


def is_the_free_reply(attempt: Attempt) -> bool:
    """L-9: whoever wrote first and has not been asked to the end may be answered once, in plain organisation."""
    is_reply = attempt.kind == Kind.FREE_TEXT and attempt.purpose == Purpose.ORGANISATION
    return is_reply and attempt.consent == Consent.NONE and attempt.free_reply_allowed


def is_not_offered(attempt: Attempt) -> bool:
    return attempt.purpose is not None and not attempt.is_offered


def is_for_nobody_chosen(attempt: Attempt) -> bool:
    return attempt.whom == Whom.OPEN


def is_for_somebody_unlinked(attempt: Attempt) -> bool:
    return attempt.whom == Whom.UNLINKED


# ── children (C-20, C-21) ──


def is_child_with_own_number(attempt: Attempt) -> bool:
    return attempt.relation == SELF and attempt.age is not None and attempt.age < FIRST_OWN_NUMBER


def lacks_guardians(attempt: Attempt) -> bool:
    """Under the age of consent the guardians' yes counts, whoever writes; unknown ages are adults'."""
    is_young = attempt.age is not None and attempt.age < attempt.consent_age
    return is_young and attempt.relation in {SELF, GUARDIAN} and not attempt.guardians_agreed


def has_outgrown_guardian(attempt: Attempt) -> bool:
    """From the age of consent to 18 a guardian may go on receiving, once both agreed anew: the birthday ended the old
    yes (consent/birthdays.py), and the desk takes no new one without the young person's (consent/guardians.py)."""
    return attempt.relation == GUARDIAN and attempt.age is not None and attempt.age >= MAJORITY


# ── what a practice sends of its own accord ──


def may_be_a_withdrawal(attempt: Attempt) -> bool:
    since = attempt.possible_withdrawal_at
    return since is not None and attempt.now >= since + DOUBT_PAUSES_AFTER


def is_in_quiet_hours(attempt: Attempt) -> bool:
    """C-27: bulk, what a rule sends, and what advertises. An answer in an open window disturbs nobody."""
    if attempt.quiet_until is None:
        return False
    is_rule_s_template = attempt.kind == Kind.TEMPLATE and attempt.sent_by_rule
    return attempt.kind == Kind.BULK or is_rule_s_template or attempt.purpose in ADVERTISING


def comes_too_soon(attempt: Attempt) -> bool:
    next_at = attempt.next_recall_at
    return attempt.purpose == Purpose.RECALL and next_at is not None and attempt.now < next_at


def was_tried_enough(attempt: Attempt) -> bool:
    return attempt.purpose == Purpose.RECALL and attempt.recalls_unanswered >= attempt.recall_tries


def exceeds_the_promise(attempt: Attempt) -> bool:
    """Text A names how many messages there are in a year at most."""
    return attempt.purpose == Purpose.WERBUNG and attempt.advertising_this_year >= attempt.advertising_per_year


# ── forms of a message ──


def is_file_not_agreed(attempt: Attempt) -> bool:
    return not attempt.files_allowed


def window_is_closed(attempt: Attempt) -> bool:
    until = attempt.window_open_until
    return until is None or attempt.now >= until - WINDOW_MARGIN


def is_unapproved(attempt: Attempt) -> bool:
    return attempt.template_status.casefold() != "approved"


def advertises_without_purpose(attempt: Attempt) -> bool:
    # Meta moves templates to MARKETING on its own; a category we do not know is treated as the worse one.
    return attempt.template_category.casefold() not in SERVICE_CATEGORIES and attempt.purpose not in ADVERTISING


def recalls_as_service(attempt: Attempt) -> bool:
    """L-7: a recall is advertising, unless the practice decided that one a patient ordered is service."""
    is_service = attempt.template_category.casefold() in SERVICE_CATEGORIES
    return attempt.purpose == Purpose.RECALL and is_service and not attempt.recall_as_service


def names_treatment(attempt: Attempt) -> bool:
    """C-23: what stands on a locked screen says nothing about health, unless that was agreed to."""
    return attempt.names_treatment and attempt.purpose in {Purpose.ORGANISATION, None}


# ── people who have not agreed ──


def is_not_to_be_answered(attempt: Attempt) -> bool:
    is_stranger = attempt.consent in UNDECIDED
    return is_stranger and not attempt.may_answer_strangers and not attempt.asked_by_person


def was_prompted_lately(attempt: Attempt) -> bool:
    last = attempt.last_prompt_at
    return not attempt.asked_by_person and last is not None and attempt.now < last + PROMPT_PAUSE


def declined_and_did_not_ask(attempt: Attempt) -> bool:
    return attempt.consent not in {*UNDECIDED, Consent.GRANTED} and not attempt.asked_by_person
