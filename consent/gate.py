"""The one gate: may this leave the practice, to this person, now? (C-09)

Pure: it knows neither database nor clock. `messaging/dispatch.py` fills the question and is the only caller, once when
a message is queued and once more in the transaction that claims it for sending.

All rules stand in one table. The first that is broken gives the answer, so their order is the order in which a reason
helps: what concerns everybody, then the person, then consent, then the form of the message, and the window last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from consent.purposes import ADVERTISING, Purpose

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# WhatsApp closes the window by its own clock; what is written in the last minutes may arrive too late (360dialog, 8).
WINDOW_MARGIN = timedelta(minutes=2)
# C-10: an unknown sender is asked at most once in this time.
PROMPT_PAUSE = timedelta(days=30)


class Kind(TextChoices):
    """What kind of thing wants to leave."""

    FREE_TEXT = "free_text", _("Nachricht")
    MEDIA = "media", _("Datei")
    REACTION = "reaction", _("Reaktion")
    TEMPLATE = "template", _("Vorlage")
    AUTOMATIC = "automatic", _("automatische Nachricht")
    # A neutral reply from the practice's list, the only thing staff may send to a person without consent (C-10).
    CANNED_REPLY = "canned_reply", _("neutrale Antwort")
    # Text C with its buttons.
    OPT_IN_PROMPT = "opt_in_prompt", _("Bitte um Einwilligung")
    # T-15, the template that asks a number given on a form whether it is the right one.
    NUMBER_CHECK = "number_check", _("Bestätigung der Nummer")
    # E1, E2, E3, E6, E7: the one answer to an act of consent, withdrawal or refusal (C-11).
    CONFIRMATION = "confirmation", _("Bestätigung")
    READ_RECEIPT = "read_receipt", _("Lesebestätigung")
    # A template to many people at once, by a person or a rule.
    BULK = "bulk", _("Rundschreiben")
    # E5, to somebody who wrote after STOP (L-10).
    AFTER_STOP = "after_stop", _("Hinweis nach Abmeldung")


class Consent(TextChoices):
    """Where the consent of a person stands for one purpose.

    none → pending → granted → withdrawn | expired | outdated; rejected from none or pending.
    """

    NONE = "none", _("nicht erteilt")
    PENDING = "pending", _("wartet auf Bestätigung der Nummer")
    GRANTED = "granted", _("erteilt")
    WITHDRAWN = "withdrawn", _("widerrufen")
    EXPIRED = "expired", _("abgelaufen")
    OUTDATED = "outdated", _("überholt")
    REJECTED = "rejected", _("abgelehnt")


class ChannelState(TextChoices):
    """Whether the practice's WhatsApp number can send at all."""

    CONNECTED = "connected", _("verbunden")
    DISCONNECTED = "disconnected", _("getrennt")
    BLOCKED = "blocked", _("gesperrt")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The question. All times are aware. Only what forbids when it is left out has a default.

    purpose              None for the kinds that carry none: prompt, number check, confirmation, canned reply, receipt
    consent              state for this purpose; where there is none, for `organisation`
    number_proven        this number has written or tapped itself (C-07)
    window_open_until    24 hours after the person's last message by its own timestamp; None if there never was one
    last_prompt_at       when this person was last asked for consent in the chat
    number_checked_at    when T-15 went to this number (C-08: one try only)
    already_confirmed    the act to be confirmed has had its confirmation (C-11)
    asked_by_person      the prompt answers START or a dead code, so it is no unasked one
    may_answer_after_stop  the practice wants E5 (L-10) and none went out in 24 hours
    template_status      as 360dialog or the webhook spells it; both cases occur
    """

    now: datetime
    kind: Kind
    purpose: Purpose | None
    consent: Consent
    number_proven: bool
    window_open_until: datetime | None
    channel_state: ChannelState
    contact_blocked: bool
    identity_changed: bool
    dpf_invalid: bool
    last_prompt_at: datetime | None
    number_checked_at: datetime | None
    already_confirmed: bool
    asked_by_person: bool = False
    may_answer_after_stop: bool = False
    template_status: str = ""
    template_category: str = ""


@dataclass(frozen=True)
class Allowed:
    """It may go."""


@dataclass(frozen=True)
class Refused:
    """It may not: a stable code, the sentence for staff, and what to do instead."""

    reason: str
    for_person: str | _StrPromise
    next_step: str | _StrPromise


def may_send(attempt: Attempt) -> Allowed | Refused:
    """Whether the attempt may leave now, by the first rule of `RULES` that it breaks."""
    for rule in RULES:
        if attempt.kind in rule.kinds and rule.is_broken_by(attempt):
            return rule.refuse(attempt)
    return Allowed()


@dataclass(frozen=True)
class Rule:
    """One line of the table. `{purpose}` in a sentence becomes the purpose's German label."""

    reason: str
    kinds: frozenset[Kind]
    is_broken_by: Callable[[Attempt], bool]
    for_person: _StrPromise
    next_step: _StrPromise

    def refuse(self, attempt: Attempt) -> Refused:
        purpose = Purpose(attempt.purpose or Purpose.ORGANISATION)
        return Refused(self.reason, format_lazy(self.for_person, purpose=purpose.label), self.next_step)


EVERYTHING = frozenset(Kind)
# What a practice says of its own accord or in conversation: only with consent for its purpose.
CONVERSATION = frozenset({Kind.FREE_TEXT, Kind.MEDIA, Kind.REACTION, Kind.TEMPLATE, Kind.AUTOMATIC, Kind.BULK})
# What may go to a person who has not decided yet.
NEUTRAL = frozenset({Kind.CANNED_REPLY, Kind.READ_RECEIPT})
TEMPLATES = frozenset({Kind.TEMPLATE, Kind.NUMBER_CHECK, Kind.BULK})
NEEDS_WINDOW = EVERYTHING - TEMPLATES - {Kind.READ_RECEIPT}
PROMPT = frozenset({Kind.OPT_IN_PROMPT})
NUMBER_CHECK = frozenset({Kind.NUMBER_CHECK})

UNDECIDED = frozenset({Consent.NONE, Consent.PENDING, Consent.EXPIRED, Consent.OUTDATED})
SERVICE_CATEGORIES = frozenset({"utility", "authentication"})


def _is(*states: Consent) -> Callable[[Attempt], bool]:
    return lambda attempt: attempt.consent in states


def _is_closed(attempt: Attempt) -> bool:
    until = attempt.window_open_until
    return until is None or attempt.now >= until - WINDOW_MARGIN


def _is_unapproved(attempt: Attempt) -> bool:
    return attempt.template_status.casefold() != "approved"


def _advertises_without_purpose(attempt: Attempt) -> bool:
    # Meta moves templates to MARKETING on its own; a category we do not know is treated as the worse one.
    return attempt.template_category.casefold() not in SERVICE_CATEGORIES and attempt.purpose not in ADVERTISING


def _was_prompted_lately(attempt: Attempt) -> bool:
    last = attempt.last_prompt_at
    return not attempt.asked_by_person and last is not None and attempt.now < last + PROMPT_PAUSE


def _declined_and_did_not_ask(attempt: Attempt) -> bool:
    return attempt.consent not in {*UNDECIDED, Consent.GRANTED} and not attempt.asked_by_person


_ASK_AT_THE_DESK = _("Rufen Sie an oder lassen Sie am Empfang den QR-Code scannen.")
_CALL = _("Bitte rufen Sie an.")

RULES: tuple[Rule, ...] = (
    Rule(
        "dpf",
        EVERYTHING,
        lambda attempt: attempt.dpf_invalid,
        _("WhatsApp ist angehalten, weil die Rechtsgrundlage für Daten in den USA nicht mehr gilt."),
        _CALL,
    ),
    Rule(
        "channel",
        EVERYTHING,
        lambda attempt: attempt.channel_state == ChannelState.BLOCKED,
        _("WhatsApp hat die Nummer der Praxis gesperrt. Es kann nichts gesendet werden."),
        _("Rufen Sie an und geben Sie der Praxisleitung Bescheid."),
    ),
    Rule(
        "channel",
        EVERYTHING,
        lambda attempt: attempt.channel_state != ChannelState.CONNECTED,
        _("Die Verbindung zu WhatsApp ist getrennt. Es kann nichts gesendet werden."),
        _("Rufen Sie an und geben Sie der Praxisleitung Bescheid, damit sie die Nummer neu verbindet."),
    ),
    Rule(
        "blocked",
        EVERYTHING,
        lambda attempt: attempt.contact_blocked,
        _("Diese Nummer ist gesperrt. An sie wird nichts gesendet."),
        _("Heben Sie die Sperre auf, wenn die Nummer wieder stimmt, oder rufen Sie an."),
    ),
    Rule(
        "purpose",
        CONVERSATION,
        lambda attempt: attempt.purpose is None,
        _("Es ist nicht angegeben, wozu diese Nachricht dient."),
        _("Wählen Sie einen Zweck."),
    ),
    Rule(
        "consent",
        CONVERSATION | NEUTRAL | NUMBER_CHECK,
        _is(Consent.WITHDRAWN),
        _("Die Einwilligung für „{purpose}“ wurde widerrufen. Die Nachricht darf nicht gesendet werden."),
        _("Rufen Sie an. Wer WhatsApp wieder nutzen möchte, schreibt START."),
    ),
    Rule(
        "consent",
        CONVERSATION | NEUTRAL | NUMBER_CHECK,
        _is(Consent.REJECTED),
        _("Die Einwilligung für „{purpose}“ wurde abgelehnt. Die Nachricht darf nicht gesendet werden."),
        _("Rufen Sie an. Wer es sich anders überlegt, schreibt START oder scannt den QR-Code."),
    ),
    Rule(
        "consent",
        CONVERSATION | NUMBER_CHECK,
        _is(Consent.EXPIRED),
        _("Die Einwilligung für „{purpose}“ ist abgelaufen, weil die Nummer nicht bestätigt wurde."),
        _ASK_AT_THE_DESK,
    ),
    Rule(
        "consent",
        CONVERSATION | NUMBER_CHECK,
        _is(Consent.OUTDATED),
        _("Der Text der Einwilligung hat sich geändert. Für „{purpose}“ muss neu gefragt werden."),
        _ASK_AT_THE_DESK,
    ),
    Rule(
        "number_unproven",
        CONVERSATION,
        _is(Consent.PENDING),
        _("Die Nummer ist noch nicht bestätigt. Bis dahin darf nichts anderes gesendet werden."),
        _("Warten Sie auf die Bestätigung oder rufen Sie an."),
    ),
    Rule(
        "consent",
        CONVERSATION,
        lambda attempt: attempt.consent != Consent.GRANTED,
        _("Für „{purpose}“ liegt keine Einwilligung vor."),
        _("Bitten Sie um die Einwilligung, antworten Sie mit einem neutralen Text oder rufen Sie an."),
    ),
    Rule(
        "consent",
        NUMBER_CHECK,
        lambda attempt: attempt.consent not in {Consent.PENDING, Consent.GRANTED},
        _("Zu dieser Nummer gibt es keine Einwilligung, die bestätigt werden könnte."),
        _ASK_AT_THE_DESK,
    ),
    Rule(
        "consent",
        PROMPT,
        _declined_and_did_not_ask,
        _("Diese Person hat WhatsApp abgelehnt oder abgemeldet und wird nicht von selbst erneut gefragt."),
        _("Rufen Sie an. Wer WhatsApp wieder nutzen möchte, schreibt START."),
    ),
    Rule(
        "after_stop",
        frozenset({Kind.AFTER_STOP}),
        lambda attempt: not attempt.may_answer_after_stop,
        _("Nach einer Abmeldung antwortet Roger nicht."),
        _CALL,
    ),
    Rule(
        "already_granted",
        PROMPT,
        _is(Consent.GRANTED),
        _("Die Einwilligung liegt schon vor."),
        _("Schreiben Sie einfach Ihre Nachricht."),
    ),
    Rule(
        "prompted_recently",
        PROMPT,
        _was_prompted_lately,
        _("In den letzten 30 Tagen wurde schon um die Einwilligung gebeten."),
        _ASK_AT_THE_DESK,
    ),
    Rule(
        "number_unproven",
        CONVERSATION,
        lambda attempt: not attempt.number_proven,
        _("Die Nummer ist noch nicht bestätigt. Bis dahin darf nichts anderes gesendet werden."),
        _("Warten Sie auf die Bestätigung oder rufen Sie an."),
    ),
    Rule(
        "number_proven",
        NUMBER_CHECK,
        lambda attempt: attempt.number_proven,
        _("Die Nummer ist schon bestätigt."),
        _("Schreiben Sie einfach Ihre Nachricht."),
    ),
    Rule(
        "number_checked",
        NUMBER_CHECK,
        lambda attempt: attempt.number_checked_at is not None,
        _("Um die Bestätigung der Nummer wurde schon einmal gebeten. Ein zweites Mal ist nicht erlaubt."),
        _ASK_AT_THE_DESK,
    ),
    Rule(
        "already_confirmed",
        frozenset({Kind.CONFIRMATION}),
        lambda attempt: attempt.already_confirmed,
        _("Die Bestätigung wurde schon gesendet."),
        _("Es ist nichts zu tun."),
    ),
    Rule(
        "identity",
        CONVERSATION | {Kind.CANNED_REPLY},
        lambda attempt: attempt.identity_changed,
        _("WhatsApp meldet, dass die Nummer vielleicht jemand anderem gehört."),
        _("Fragen Sie telefonisch nach und bestätigen Sie dann die Person."),
    ),
    Rule(
        "template_not_approved",
        TEMPLATES,
        _is_unapproved,
        _("WhatsApp hat diese Vorlage nicht freigegeben."),
        _("Wählen Sie eine andere Vorlage oder rufen Sie an."),
    ),
    Rule(
        "marketing_template",
        TEMPLATES,
        _advertises_without_purpose,
        _("WhatsApp führt diese Vorlage als Werbung. Für „{purpose}“ darf sie nicht verwendet werden."),
        _("Wählen Sie eine andere Vorlage oder rufen Sie an."),
    ),
    Rule(
        "window",
        CONVERSATION & NEEDS_WINDOW,
        _is_closed,
        _("Das 24-Stunden-Fenster ist zu. Freier Text käme nicht an."),
        _("Wählen Sie eine Vorlage."),
    ),
    Rule(
        "window",
        NEEDS_WINDOW - CONVERSATION,
        _is_closed,
        _("Das 24-Stunden-Fenster ist zu. Ohne Einwilligung darf auch keine Vorlage gesendet werden."),
        _ASK_AT_THE_DESK,
    ),
)
