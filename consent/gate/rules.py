"""All rules in one table. The first that is broken gives the answer, so their order is the order in which a reason
helps: what concerns everybody, then the person, then for whom and with which consent, then what the practice sends of
its own accord, then the form of the message, and the window last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from consent.gate import breaches
from consent.gate.question import Allowed, Attempt, ChannelState, Consent, Kind, Refused
from consent.purposes import Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import _StrPromise


def may_send(attempt: Attempt) -> Allowed | Refused:
    """Whether the attempt may leave now, by the first rule of `RULES` that it breaks."""
    for rule in RULES:
        if attempt.kind in rule.kinds and rule.is_broken_by(attempt):
            return rule.refuse(attempt)
    return Allowed()


@dataclass(frozen=True)
class Rule:
    """One line of the table. In its sentences `{purpose}` becomes the purpose's label and `{until}` the time at which
    the rule is broken no longer, where it has one."""

    reason: str
    kinds: frozenset[Kind]
    is_broken_by: Callable[[Attempt], bool]
    for_person: _StrPromise
    next_step: _StrPromise
    until: Callable[[Attempt], datetime | None] = lambda _attempt: None

    def refuse(self, attempt: Attempt) -> Refused:
        purpose, until = Purpose(attempt.purpose or Purpose.ORGANISATION), self.until(attempt)
        values = {"purpose": purpose.label, "until": f"{until:%d.%m., %H:%M}" if until else ""}
        return Refused(
            self.reason, format_lazy(self.for_person, **values), format_lazy(self.next_step, **values), until
        )


EVERYTHING = frozenset(Kind)
# What a practice says of its own accord or in conversation: only with consent for its purpose.
CONVERSATION = frozenset({Kind.FREE_TEXT, Kind.MEDIA, Kind.REACTION, Kind.TEMPLATE, Kind.AUTOMATIC, Kind.BULK})
# What may go to a person who has not decided yet.
NEUTRAL = frozenset({Kind.CANNED_REPLY, Kind.READ_RECEIPT})
TEMPLATES = frozenset({Kind.TEMPLATE, Kind.NUMBER_CHECK, Kind.BULK})
NEEDS_WINDOW = EVERYTHING - TEMPLATES - {Kind.READ_RECEIPT}
# What nobody waits for: it comes when the practice, or a rule of it, thinks of it.
PROACTIVE = frozenset({Kind.TEMPLATE, Kind.AUTOMATIC, Kind.BULK})
PROMPT = frozenset({Kind.OPT_IN_PROMPT})
NUMBER_CHECK = frozenset({Kind.NUMBER_CHECK})
WORDS = CONVERSATION - {Kind.REACTION}  # an emoji says nothing about anybody

_GUARDIANS = _("Lassen Sie die Sorgeberechtigten über ihr eigenes Telefon zustimmen, oder rufen Sie dort an.")
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
        "live",
        EVERYTHING,
        lambda attempt: not attempt.is_live,
        _("WhatsApp ist für diese Praxis noch nicht freigegeben. Bis dahin geht nichts hinaus."),
        _("Die Inhaberin oder der Inhaber gibt es unter „Einwilligung“, „Festlegungen“ frei. Bis dahin: anrufen."),
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
        EVERYTHING - {Kind.CONFIRMATION},  # E7, the last word to a wrong number, is on its way when the block begins
        lambda attempt: attempt.contact_blocked,
        _("Diese Nummer ist gesperrt. An sie wird nichts gesendet."),
        _("Rufen Sie eine andere Nummer an. Stimmt diese wieder, kann die Praxisleitung die Sperre aufheben."),
    ),
    Rule(
        "purpose",
        CONVERSATION,
        lambda attempt: attempt.purpose is None,
        _("Es ist nicht angegeben, wozu diese Nachricht dient."),
        _("Wählen Sie einen Zweck."),
    ),
    Rule(
        "not_offered",
        CONVERSATION,
        breaches.is_not_offered,
        _("Ihre Praxis nutzt WhatsApp nicht für „{purpose}“."),
        _("Wählen Sie einen anderen Zweck, wenn er wirklich passt, oder rufen Sie an."),
    ),
    Rule(
        "patient",
        WORDS,
        breaches.is_for_nobody_chosen,
        _("Über diese Nummer wird für mehrere Personen geschrieben. Es ist nicht gewählt, wen die Nachricht betrifft."),
        _("Wählen Sie bei „Für wen?“ die Person aus."),
    ),
    Rule(
        "patient",
        CONVERSATION | NUMBER_CHECK,
        breaches.is_for_somebody_unlinked,
        _("Diese Person gehört nicht zu dieser Nummer. Die Nachricht darf nicht dorthin."),
        _("Prüfen Sie, wem die Nummer gehört, oder rufen Sie an."),
    ),
    Rule(
        "child_number",
        CONVERSATION | NUMBER_CHECK,
        breaches.is_child_with_own_number,
        _("Kinder unter 13 Jahren schreiben nicht über eine eigene Nummer."),
        _GUARDIANS,
    ),
    Rule(
        "outgrown",
        CONVERSATION,
        breaches.has_outgrown_guardian,
        _("Diese Person ist volljährig und muss selbst zustimmen. Die Einwilligung der Eltern gilt nicht mehr."),
        _("Fragen Sie die Person selbst, zum Beispiel mit dem QR-Code am Empfang."),
    ),
    Rule(
        "consent",
        CONVERSATION | NEUTRAL | NUMBER_CHECK,
        breaches.consent_is(Consent.WITHDRAWN),
        _("Die Einwilligung für „{purpose}“ wurde widerrufen. Dafür darf nichts gesendet werden."),
        _("Rufen Sie an. Wer WhatsApp wieder nutzen möchte, schreibt START."),
    ),
    Rule(
        "consent",
        CONVERSATION | NEUTRAL | NUMBER_CHECK,
        breaches.consent_is(Consent.REJECTED),
        _("Die Einwilligung für „{purpose}“ wurde abgelehnt. Dafür darf nichts gesendet werden."),
        _("Rufen Sie an. Wer es sich anders überlegt, schreibt START oder scannt den QR-Code."),
    ),
    Rule(
        "consent",
        CONVERSATION | NUMBER_CHECK,
        breaches.consent_is(Consent.EXPIRED),
        _("Die Einwilligung für „{purpose}“ ist abgelaufen, weil die Nummer nicht bestätigt wurde."),
        _ASK_AT_THE_DESK,
    ),
    Rule(
        "consent",
        CONVERSATION | NUMBER_CHECK,
        breaches.consent_is(Consent.OUTDATED),
        _(
            "Die Einwilligung für „{purpose}“ endete, weil es einen neuen Text, einen Geburtstag oder eine andere "
            "Vertretung gab. Es muss neu gefragt werden."
        ),
        _ASK_AT_THE_DESK,
    ),
    Rule(
        "number_unproven",
        CONVERSATION,
        breaches.consent_is(Consent.PENDING),
        _("Die Nummer ist noch nicht bestätigt. Bis dahin darf nichts anderes gesendet werden."),
        _("Warten Sie auf die Bestätigung oder rufen Sie an."),
    ),
    Rule(
        "consent",
        CONVERSATION,
        breaches.has_no_consent,
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
        breaches.declined_and_did_not_ask,
        _("Diese Person hat WhatsApp abgelehnt oder abgemeldet und wird nicht von selbst erneut gefragt."),
        _("Rufen Sie an. Wer WhatsApp wieder nutzen möchte, schreibt START."),
    ),
    Rule(
        "strangers",
        PROMPT | {Kind.CANNED_REPLY},
        breaches.is_not_to_be_answered,
        _("Ihre Praxis antwortet nicht, wenn jemand ohne Einwilligung schreibt."),
        _CALL,
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
        breaches.consent_is(Consent.GRANTED),
        _("Die Einwilligung liegt schon vor."),
        _("Schreiben Sie einfach Ihre Nachricht."),
    ),
    Rule(
        "prompted_recently",
        PROMPT,
        breaches.was_prompted_lately,
        _("In den letzten 30 Tagen wurde schon um die Einwilligung gebeten."),
        _ASK_AT_THE_DESK,
    ),
    Rule(
        "number_unproven",
        CONVERSATION,
        breaches.number_is_unproven,
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
        "identity",
        CONVERSATION | {Kind.CANNED_REPLY},
        lambda attempt: attempt.identity_changed,
        _("WhatsApp meldet, dass die Nummer vielleicht jemand anderem gehört."),
        _("Fragen Sie telefonisch nach und bestätigen Sie dann die Person."),
    ),
    Rule(
        "guardians",
        CONVERSATION,
        breaches.lacks_guardians,
        _("Für diese minderjährige Person fehlt die Einwilligung der Sorgeberechtigten zu „{purpose}“."),
        _GUARDIANS,
    ),
    Rule(
        "possible_withdrawal",
        PROACTIVE,
        breaches.may_be_a_withdrawal,
        _("Die letzte Nachricht ist vielleicht ein Widerruf, und niemand hat das geprüft. Bis dahin ruht das Senden."),
        _("Lesen Sie nach und entscheiden Sie oben im Verlauf, was gemeint war."),
    ),
    Rule(
        "quiet",
        PROACTIVE,
        breaches.is_in_quiet_hours,
        _("Jetzt ist Ruhezeit: Erinnerungen und Rundschreiben gehen nachts und an Sonntagen nicht hinaus."),
        _("Senden Sie ab {until} Uhr."),
        until=lambda attempt: attempt.quiet_until,
    ),
    Rule(
        "recall_pause",
        PROACTIVE,
        breaches.comes_too_soon,
        _("Die letzte Vorsorge-Erinnerung ist noch nicht lange genug her."),
        _("Warten Sie, bis die Pause vorbei ist, oder rufen Sie an."),
    ),
    Rule(
        "recall_tries",
        PROACTIVE,
        breaches.was_tried_enough,
        _("Auf die letzten Vorsorge-Erinnerungen kam keine Antwort. Eine weitere wird nicht gesendet."),
        _CALL,
    ),
    Rule(
        "advertising_cap",
        WORDS,
        breaches.exceeds_the_promise,
        _("Mehr Neuigkeiten dürfen in diesem Jahr nicht gesendet werden. So steht es in der Einwilligung."),
        _("Warten Sie. Wenn Sie eine Frage beantworten, wählen Sie den Zweck, um den es geht."),
    ),
    Rule(
        "file",
        frozenset({Kind.MEDIA}),
        breaches.is_file_not_agreed,
        _("Dateien gehen nicht in den Chat: Ihre Praxis hat es nicht erlaubt, oder „Behandlung und Kostenplan“ fehlt."),
        _("Senden Sie sie als geschütztes Dokument, oder geben Sie die Unterlagen am Empfang mit."),
    ),
    Rule(
        "names_treatment",
        TEMPLATES,
        breaches.names_treatment,
        _("Diese Vorlage nennt eine Behandlung. Für „{purpose}“ darf sie nicht verwendet werden."),
        _("Wählen Sie eine Vorlage ohne Behandlungswörter oder rufen Sie an."),
    ),
    Rule(
        "template_not_approved",
        TEMPLATES,
        breaches.is_unapproved,
        _("WhatsApp hat diese Vorlage nicht freigegeben."),
        _("Wählen Sie eine andere Vorlage oder rufen Sie an."),
    ),
    Rule(
        "marketing_template",
        TEMPLATES,
        breaches.advertises_without_purpose,
        _("WhatsApp führt diese Vorlage als Werbung. Für „{purpose}“ darf sie nicht verwendet werden."),
        _("Wählen Sie eine andere Vorlage oder rufen Sie an."),
    ),
    Rule(
        "service_template",
        TEMPLATES,
        breaches.recalls_as_service,
        _("Vorsorge-Erinnerungen gelten als Werbung. Diese Vorlage ist bei WhatsApp Service."),
        _("Wählen Sie eine Marketing-Vorlage, oder ändern Sie die Festlegung Ihrer Praxis."),
    ),
    Rule(
        "window",
        CONVERSATION & NEEDS_WINDOW,
        breaches.window_is_closed,
        _("Das 24-Stunden-Fenster ist zu. Freier Text käme nicht an."),
        _("Wählen Sie eine Vorlage."),
    ),
    Rule(
        "window",
        NEEDS_WINDOW - CONVERSATION,
        breaches.window_is_closed,
        _("Das 24-Stunden-Fenster ist zu. Ohne Einwilligung darf auch keine Vorlage gesendet werden."),
        _ASK_AT_THE_DESK,
    ),
)
