"""The one gate: may this leave the practice, to this person, now? (C-09)

Pure: it knows neither database nor clock. `messaging/dispatch.py` fills the question and is the only caller, once when
a message is queued and once more in the transaction that claims it for sending.

question.py   what is asked, in plain values, and the two answers
breaches.py   when a rule is broken
rules.py      the one table of rules, in their order
"""

from consent.gate.breaches import DOUBT_PAUSES_AFTER, FIRST_OWN_NUMBER, PROMPT_PAUSE, WINDOW_MARGIN
from consent.gate.question import Allowed, Attempt, ChannelState, Consent, Kind, Refused, Whom
from consent.gate.rules import RULES, Rule, may_send

__all__ = [
    "DOUBT_PAUSES_AFTER",
    "FIRST_OWN_NUMBER",
    "PROMPT_PAUSE",
    "RULES",
    "WINDOW_MARGIN",
    "Allowed",
    "Attempt",
    "ChannelState",
    "Consent",
    "Kind",
    "Refused",
    "Rule",
    "Whom",
    "may_send",
]
