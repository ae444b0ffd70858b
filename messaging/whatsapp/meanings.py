"""What each error of WhatsApp and 360dialog means (360dialog sections 1 and 9), as data.

Every sentence is written for staff in a hurry: what happened, whether anything arrived, what to do next.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.whatsapp.sentences import (
    ACCOUNT_CHECK,
    ACCOUNT_LOCKED,
    DISCONNECTED,
    FLOW_LIMITED,
    INVALID_CONTENT,
    NOT_SENT,
    NUMBER_GONE,
    NUMBER_UNREGISTERED,
    ONBOARDING,
    TEMPLATE_FAULT,
    TEMPLATE_NOT_READY,
    TEMPORARY,
    TOO_FAST,
    UNPAID,
    USE_TEMPLATE,
    WAITING,
    WAITING_HOURS,
)


class Kind(StrEnum):
    """What to do with the message: the reference's classes R, P, C and L, and a fifth for what nobody knows."""

    RETRY = "retry"  # R: the same message again, with backoff
    FINAL = "final"  # P: never again
    BLOCKED = "blocked"  # C: stop the queue of the number, tell an admin
    LATER = "later"  # L: again after hours
    UNKNOWN = "unknown"  # it may have arrived: never again by itself


@dataclass(frozen=True, slots=True)
class ErrorMeaning:
    """One error. `key` is what to store: `describe(key)` gives the meaning back.

    `sentence` holds once the message has failed for good. While it still waits for another attempt, say
    `sentence_while_waiting`. `attempts` limits retries where the reference does (1: once more); None leaves it to the
    outbox. `backoff` is the base of the waiting time in seconds, base ** n.
    """

    key: str
    kind: Kind
    sentence: Promise
    attempts: int | None = None
    backoff: int = 2
    wait: timedelta | None = None
    tells_admin: bool = False
    stops_marketing: bool = False
    asks_identity: bool = False

    @property
    def code(self) -> int | None:
        """WhatsApp's code, None for errors that have none."""
        digits = self.key.partition("/")[0]
        return int(digits) if digits.isdigit() else None

    @property
    def sentence_while_waiting(self) -> Promise:
        return WAITING_HOURS if self.kind is Kind.LATER else WAITING


def _retry(code: int, sentence: Promise = TEMPORARY, *, attempts: int | None = None, backoff: int = 2) -> ErrorMeaning:
    return ErrorMeaning(str(code), Kind.RETRY, sentence, attempts=attempts, backoff=backoff)


def _final(code: int, sentence: Promise) -> ErrorMeaning:
    return ErrorMeaning(str(code), Kind.FINAL, sentence)


def _blocked(code: int, sentence: Promise) -> ErrorMeaning:
    return ErrorMeaning(str(code), Kind.BLOCKED, sentence, tells_admin=True)


def _later(code: int, sentence: Promise, *, wait: timedelta, tells_admin: bool = False) -> ErrorMeaning:
    return ErrorMeaning(str(code), Kind.LATER, sentence, wait=wait, tells_admin=tells_admin)


MEANINGS = (
    _blocked(0, DISCONNECTED),
    _retry(1, NOT_SENT, attempts=1),
    _retry(2),
    _blocked(3, ACCOUNT_CHECK),
    _retry(4, TOO_FAST),
    _blocked(10, ACCOUNT_CHECK),
    _blocked(33, NUMBER_GONE),
    _final(100, INVALID_CONTENT),
    _blocked(190, DISCONNECTED),
    _blocked(368, ACCOUNT_LOCKED),
    _retry(80007, TOO_FAST),
    _retry(130429, TOO_FAST),
    _final(
        130472,
        _(
            "WhatsApp stellt dieser Person gerade keine Werbenachrichten zu. Die Nachricht ist nicht angekommen. "
            "Bitte nutzen Sie einen anderen Weg."
        ),
    ),
    _final(
        130497,
        _(
            "WhatsApp erlaubt der Praxis keine Nachrichten in dieses Land. Die Nachricht ist nicht angekommen. "
            "Bitte rufen Sie an."
        ),
    ),
    _retry(131000, attempts=3),
    _blocked(131005, ACCOUNT_CHECK),
    _final(131008, INVALID_CONTENT),
    _final(131009, INVALID_CONTENT),
    _retry(131016),
    _final(
        131021,
        _("Das ist die eigene Nummer der Praxis. Es wurde nichts gesendet. Bitte prüfen Sie die Nummer im Kontakt."),
    ),
    _final(
        131026,
        _(
            "WhatsApp kann die Nachricht nicht zustellen, ohne den Grund zu nennen. Sie ist nicht angekommen. "
            "Bitte rufen Sie an."
        ),
    ),
    _final(
        131030,
        _(
            "Die Nummer ist im Testbetrieb und darf nur an eingetragene Empfänger senden. "
            "Die Nachricht ist nicht angekommen. Bitte informieren Sie die Praxisleitung."
        ),
    ),
    _blocked(131031, ACCOUNT_LOCKED),
    _blocked(
        131037,
        _(
            "WhatsApp hat den Anzeigenamen der Praxis noch nicht freigegeben. Die Nachricht ist nicht angekommen. "
            "Bitte informieren Sie die Praxisleitung."
        ),
    ),
    _blocked(131042, UNPAID),
    _final(
        131043,
        _(
            "Das Telefon war zu lange nicht erreichbar. Die Nachricht ist verfallen und nicht angekommen. "
            "Bitte rufen Sie an oder senden Sie sie noch einmal."
        ),
    ),
    _blocked(131044, UNPAID),
    _blocked(131045, NUMBER_UNREGISTERED),
    _final(
        131047,
        _(
            "Das 24-Stunden-Fenster ist geschlossen. Die Nachricht ist nicht angekommen. "
            "Bitte wählen Sie eine Vorlage oder rufen Sie an."
        ),
    ),
    _later(
        131048,
        _(
            "WhatsApp begrenzt den Versand dieser Nummer vorübergehend. Die Nachricht ist nicht angekommen. "
            "Bitte informieren Sie die Praxisleitung und rufen Sie in eiligen Fällen an."
        ),
        wait=timedelta(hours=4),
        tells_admin=True,
    ),
    _later(
        131049,
        _(
            "WhatsApp stellt dieser Person heute keine weiteren Werbenachrichten zu. "
            "Die Nachricht ist nicht angekommen. Bitte versuchen Sie es frühestens morgen."
        ),
        wait=timedelta(hours=24),
    ),
    ErrorMeaning(
        "131050",
        Kind.FINAL,
        _(
            "Die Person hat Werbung in WhatsApp abbestellt. Die Nachricht ist nicht angekommen. "
            "Bitte senden Sie ihr keine Werbung mehr."
        ),
        stops_marketing=True,
    ),
    _final(
        131051,
        _(
            "Diese Art von Nachricht unterstützt WhatsApp hier nicht, ihr Inhalt ist nicht darstellbar. "
            "Bitte nutzen Sie Text, Bild oder Dokument."
        ),
    ),
    _retry(
        131052,
        _(
            "WhatsApp konnte die Datei nicht laden. Sie ist nicht angekommen. "
            "Bitte lassen Sie die Datei erneut schicken."
        ),
        attempts=1,
    ),
    _final(
        131053,
        _(
            "WhatsApp nimmt dieses Dateiformat nicht an. Die Datei ist nicht angekommen. "
            "Bitte senden Sie sie als PDF oder JPEG."
        ),
    ),
    _final(131055, NOT_SENT),
    _retry(131056, TOO_FAST, backoff=4),
    _retry(131057),
    _final(
        131062,
        _(
            "Für diese Nachricht braucht WhatsApp eine Telefonnummer. Sie ist nicht angekommen. "
            "Bitte fragen Sie die Person nach ihrer Nummer."
        ),
    ),
    _final(131063, USE_TEMPLATE),
    _later(
        131064,
        _(
            "WhatsApp begrenzt Vorlagen dieser Praxis, weil eine falsch eingestuft war. "
            "Die Nachricht ist nicht angekommen. Bitte lassen Sie die Praxisleitung die Vorlagen prüfen."
        ),
        wait=timedelta(hours=24),
        tells_admin=True,
    ),
    _final(132000, TEMPLATE_FAULT),
    _final(
        132001,
        _(
            "Die Vorlage ist bei WhatsApp nicht freigegeben. Die Nachricht ist nicht angekommen. "
            "Bitte wählen Sie eine andere Vorlage."
        ),
    ),
    _final(
        132005,
        _(
            "Mit den eingesetzten Angaben ist der Text zu lang. Die Nachricht ist nicht angekommen. "
            "Bitte kürzen Sie ihn."
        ),
    ),
    _final(
        132007,
        _(
            "Der Inhalt verstößt nach Meinung von WhatsApp gegen die Regeln. Die Nachricht ist nicht angekommen. "
            "Bitte formulieren Sie sie anders."
        ),
    ),
    _final(132008, TEMPLATE_FAULT),
    _final(132012, TEMPLATE_FAULT),
    _later(
        132015,
        _(
            "WhatsApp hat die Vorlage vorübergehend angehalten. Die Nachricht ist nicht angekommen. "
            "Bitte wählen Sie eine andere Vorlage."
        ),
        wait=timedelta(hours=3),
    ),
    _final(
        132016,
        _(
            "WhatsApp hat die Vorlage endgültig gesperrt. Die Nachricht ist nicht angekommen. "
            "Bitte wählen Sie eine andere Vorlage."
        ),
    ),
    _blocked(132068, FLOW_LIMITED),
    _retry(132069, FLOW_LIMITED),
    _retry(133000),
    _retry(133004),
    _final(133005, ONBOARDING),
    _blocked(133006, NUMBER_UNREGISTERED),
    _final(133008, ONBOARDING),
    _final(133009, ONBOARDING),
    _blocked(133010, NUMBER_UNREGISTERED),
    _later(133015, ONBOARDING, wait=timedelta(minutes=5)),
    _later(133016, ONBOARDING, wait=timedelta(hours=72)),
    _retry(134101, TEMPLATE_NOT_READY),
    _retry(134102, TEMPLATE_NOT_READY),
    _final(135000, NOT_SENT),
    ErrorMeaning(
        "137000",
        Kind.FINAL,
        _(
            "Das Telefon hinter dieser Nummer hat gewechselt. Die Nachricht ist nicht angekommen. "
            "Bitte prüfen Sie am Telefon, wer die Nummer nutzt."
        ),
        asks_identity=True,
    ),
    _final(139200, USE_TEMPLATE),
    _final(2388318, USE_TEMPLATE),
    _final(2388330, USE_TEMPLATE),
)

GONE = ErrorMeaning(
    "100/33",
    Kind.FINAL,
    _("WhatsApp kennt das Angefragte nicht oder nicht mehr. Eine Datei muss erneut geschickt werden."),
)
BAD_TEMPLATE_NAME = ErrorMeaning(
    "100/2388046",
    Kind.FINAL,
    _(
        "WhatsApp nimmt den Namen der Vorlage nicht an. Erlaubt sind Kleinbuchstaben, Ziffern und Unterstriche. "
        "Bitte ändern Sie ihn."
    ),
)

INVALID_KEY = ErrorMeaning("invalid_key", Kind.BLOCKED, DISCONNECTED, tells_admin=True)
ENDPOINT_BLOCKED = ErrorMeaning("endpoint_blocked", Kind.BLOCKED, DISCONNECTED, tells_admin=True)
API_DISABLED = ErrorMeaning("api_disabled", Kind.BLOCKED, ACCOUNT_CHECK, tells_admin=True)
PAYMENT_MISSING = ErrorMeaning("payment_missing", Kind.BLOCKED, UNPAID, tells_admin=True)
RATE_EXCEEDED = ErrorMeaning("rate_exceeded", Kind.RETRY, TOO_FAST)
UNAVAILABLE = ErrorMeaning("unavailable", Kind.RETRY, TEMPORARY)
NO_CONNECTION = ErrorMeaning("no_connection", Kind.RETRY, TEMPORARY)
REFUSED = ErrorMeaning("refused", Kind.FINAL, NOT_SENT)
NOT_FOUND = ErrorMeaning("not_found", Kind.FINAL, GONE.sentence)
OUTCOME_UNKNOWN = ErrorMeaning(
    "outcome_unknown",
    Kind.UNKNOWN,
    _(
        "Die Verbindung zu WhatsApp brach beim Senden ab. Ob die Nachricht angekommen ist, ist ungewiss. "
        "Bitte warten Sie einen Moment und fragen Sie nach, bevor Sie sie noch einmal senden."
    ),
)
MEDIA_REFUSED = ErrorMeaning(
    "media_refused",
    Kind.FINAL,
    _("Die Datei wurde aus Sicherheitsgründen nicht geladen. Bitte lassen Sie sie erneut oder anders schicken."),
)

SUBCODES = {(100, 33): GONE, (100, 2388046): BAD_TEMPLATE_NAME}

BY_KEY = {
    meaning.key: meaning
    for meaning in (
        *MEANINGS,
        *SUBCODES.values(),
        INVALID_KEY,
        ENDPOINT_BLOCKED,
        API_DISABLED,
        PAYMENT_MISSING,
        RATE_EXCEEDED,
        UNAVAILABLE,
        NO_CONNECTION,
        REFUSED,
        NOT_FOUND,
        OUTCOME_UNKNOWN,
        MEDIA_REFUSED,
    )
}


def describe(code: int | str | None) -> ErrorMeaning:
    """What a code means: one from a failed status, or a stored `ErrorMeaning.key`. Never raises.

    A code nobody has listed is final with a general sentence (section 9) and keeps its number as `key`.
    """
    key = "" if code is None else str(code)
    return known(key) or ErrorMeaning(key or REFUSED.key, Kind.FINAL, NOT_SENT)


def known(key: str) -> ErrorMeaning | None:
    """The listed meaning of a key. 200 to 299 are one row of the table: permission missing or removed."""
    if len(key) == 3 and key.isdigit() and key.startswith("2"):
        return _blocked(int(key), ACCOUNT_CHECK)
    return BY_KEY.get(key)
