"""Why a message of ours did not arrive, in sentences: what happened, whether the patient got it, what to do next."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Message
from messaging.whatsapp.errors import describe

S = Message.State
NOT_ARRIVED = frozenset({S.FAILED, S.CANCELLED})

# The gate's codes (consent/gate/) and our own, for a message that was queued and then taken back.
CANCELLED = {
    "withdrawn": gettext_lazy("Die Einwilligung wurde widerrufen, bevor die Nachricht hinausging."),
    "consent": gettext_lazy("Die Einwilligung fehlte, als die Nachricht hinausgehen sollte."),
    "number_unproven": gettext_lazy("Die Nummer war noch nicht bestätigt."),
    "identity": gettext_lazy("Die Nummer gehört vielleicht jemand anderem."),
    "window": gettext_lazy("Das 24-Stunden-Fenster schloss, bevor die Nachricht hinausging."),
    "blocked": gettext_lazy("Die Nummer wurde gesperrt."),
    "channel": gettext_lazy("WhatsApp war nicht verbunden."),
    "dpf": gettext_lazy("WhatsApp ist angehalten, weil die Rechtsgrundlage nicht mehr gilt."),
    "template_not_approved": gettext_lazy("WhatsApp hat die Vorlage nicht freigegeben."),
    "marketing_template": gettext_lazy("WhatsApp führt die Vorlage als Werbung."),
    "service_template": gettext_lazy("Vorsorge-Erinnerungen gehen nur mit einer Marketing-Vorlage."),
    "live": gettext_lazy("WhatsApp war noch nicht freigegeben."),
    "not_offered": gettext_lazy("Ihre Praxis nutzt WhatsApp nicht mehr für diesen Zweck."),
    "patient": gettext_lazy(
        "Die Person, um die es ging, gehört nicht mehr zu dieser Nummer, oder es war keine gewählt."
    ),
    "child_number": gettext_lazy("Kinder unter 13 Jahren schreiben nicht über eine eigene Nummer."),
    "outgrown": gettext_lazy("Die Person ist volljährig und muss selbst zustimmen."),
    "guardians": gettext_lazy("Die Einwilligung der Sorgeberechtigten fehlte."),
    "possible_withdrawal": gettext_lazy("Ein möglicher Widerruf war noch nicht geprüft."),
    "recall_pause": gettext_lazy("Die letzte Vorsorge-Erinnerung war noch nicht lange genug her."),
    "recall_tries": gettext_lazy("Auf die letzten Vorsorge-Erinnerungen kam keine Antwort."),
    "advertising_cap": gettext_lazy("Mehr Neuigkeiten waren in diesem Jahr nicht erlaubt."),
    "file": gettext_lazy("Dateien durften nicht in diesen Chat."),
    "names_treatment": gettext_lazy("Die Vorlage nennt eine Behandlung."),
    "strangers": gettext_lazy("Ihre Praxis antwortet nicht, wenn jemand ohne Einwilligung schreibt."),
    "revoked": gettext_lazy("Der Link wurde zurückgezogen, bevor die Nachricht hinausging."),
    "undone": gettext_lazy("Das Senden wurde zurückgenommen."),
}
FAILED_HERE = {
    "content_invalid": gettext_lazy("WhatsApp würde den Inhalt nicht annehmen."),
    "media_missing": gettext_lazy("Die Datei fehlt."),
}


def why(message: Message) -> tuple[str, str]:
    """Reason and next step of a message that failed, was cancelled or is unclear; two empty texts otherwise."""
    if message.state == S.CANCELLED:
        reason = CANCELLED.get(message.refusal, gettext_lazy("Sie durfte nicht hinausgehen."))
        return str(reason), _("Sie ist nicht hinausgegangen. Bitte rufen Sie an, wenn es eilt.")
    if message.state == S.UNCONFIRMED:
        return (
            _("Die Verbindung zu WhatsApp brach ab."),
            _("Fragen Sie nach, bevor Sie sie noch einmal senden: sonst kommt sie vielleicht doppelt an."),
        )
    if message.state == S.FAILED:
        return _failure(message), ""
    return "", ""


def _failure(message: Message) -> str:
    if message.error_code is None and message.refusal in FAILED_HERE:
        return _("%(reason)s Bitte ändern Sie die Nachricht und senden Sie sie neu.") % {
            "reason": FAILED_HERE[message.refusal]
        }
    return str(describe(message.error_code or message.refusal or None).sentence)


def hint_of(message: Message) -> str:
    """A quiet sentence beside a message that is on its way or came in an unusual way; mostly empty."""
    if message.state == S.QUEUED and message.error_code is not None:
        return str(describe(message.error_code).sentence_while_waiting)
    if message.held:
        return _("WhatsApp prüft die Nachricht noch.")
    if message.lifted:
        return _("Kam doch noch an.")
    context = (message.content or {}).get("context") or {} if message.direction == Message.Direction.INBOUND else {}
    return _("weitergeleitet") if context.get("forwarded") or context.get("frequently_forwarded") else ""
