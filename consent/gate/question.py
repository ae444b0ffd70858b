"""The gate's question and its two answers, in plain values. All times are aware."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consent.purposes import Purpose

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


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


class Whom(TextChoices):
    """Whether it is clear for whom a message is, where one phone serves several people (C-22)."""

    SETTLED = "settled", _("klar")
    OPEN = "open", _("nicht gewählt")
    UNLINKED = "unlinked", _("gehört nicht zu dieser Nummer")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The question. Only what forbids when it is left out has a default.

    purpose              None for the kinds that carry none: prompt, number check, confirmation, canned reply, receipt
    is_live              the owner documented the decision to write over WhatsApp (M-0)
    dpf_invalid          the EU–US framework fell, for everybody or for this practice (L-5)
    is_offered           the practice uses WhatsApp for this purpose (L-4)
    whom                 for whom the message is (C-22)
    relation             how the person who writes stands to the patient: self, guardian, …; empty if that is unknown
    age                  of that patient in full years today, None if unknown
    consent_age          from here on a patient agrees for itself (C-20)
    guardians_agreed     as many guardians as the practice asks for have agreed for this patient and purpose (L-8)
    consent              state for this purpose and patient; where there is no purpose, for `organisation`
    number_proven        this number has written or tapped itself (C-07)
    window_open_until    24 hours after the person's last message by its own timestamp; None if there never was one
    possible_withdrawal_at  words that may be a withdrawal, which nobody has looked at yet (section 2.3)
    quiet_until          when the quiet time ends that it is now, in the practice's time zone; None outside it (C-27)
    sent_by_rule         no person sends it
    next_recall_at       the pause since the last recall ends; None if there was none (C-27)
    recalls_unanswered   how many recalls went out since the person last wrote, of `recall_tries`
    advertising_this_year  how many messages in `werbung` went out in 365 days, of `advertising_per_year`
    last_prompt_at       when this person was last asked for consent in the chat
    number_checked_at    when T-15 went to this number (C-08: one try only)
    may_answer_strangers the practice answers who writes without having agreed (L-9)
    asked_by_person      the prompt or neutral reply answers START, a dead code or a button, so it is no unasked one
    may_answer_after_stop  the practice wants E5 (L-10) and none went out in 24 hours
    free_reply_allowed   the practice allows one free reply to a stranger (L-9), and it was not given yet
    files_allowed        the practice attaches files to chats, and the person agreed to `behandlung` (C-25)
    recall_as_service    the practice sends an ordered recall by a template Meta counts as service (L-7)
    template_status      as 360dialog or the webhook spells it; both cases occur
    names_treatment      the template's own words name a treatment (C-23)
    """

    now: datetime
    kind: Kind
    purpose: Purpose | None
    is_live: bool
    dpf_invalid: bool
    channel_state: ChannelState
    contact_blocked: bool
    is_offered: bool
    whom: Whom
    relation: str
    age: int | None
    consent_age: int
    guardians_agreed: bool
    consent: Consent
    number_proven: bool
    identity_changed: bool
    window_open_until: datetime | None
    possible_withdrawal_at: datetime | None
    quiet_until: datetime | None
    sent_by_rule: bool
    next_recall_at: datetime | None
    recalls_unanswered: int
    recall_tries: int
    advertising_this_year: int
    advertising_per_year: int
    last_prompt_at: datetime | None
    number_checked_at: datetime | None
    may_answer_strangers: bool
    names_treatment: bool
    asked_by_person: bool = False
    may_answer_after_stop: bool = False
    free_reply_allowed: bool = False
    files_allowed: bool = False
    recall_as_service: bool = False
    template_status: str = ""
    template_category: str = ""


@dataclass(frozen=True)
class Allowed:
    """It may go."""


@dataclass(frozen=True)
class Refused:
    """It may not: a stable code, the sentence for staff, and what to do instead.

    `not_before`: it may go then, if nothing else has changed (quiet hours).
    """

    reason: str
    for_person: "str | _StrPromise"
    next_step: "str | _StrPromise"
    not_before: datetime | None = None
