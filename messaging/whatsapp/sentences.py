"""Sentences that several errors share: what happened, whether anything arrived, what to do next."""

from django.utils.translation import gettext_lazy as _

WAITING = _("WhatsApp nimmt gerade nichts an. Die Nachricht ist noch nicht verschickt und wird automatisch versucht.")
WAITING_HOURS = _(
    "WhatsApp nimmt die Nachricht erst in einigen Stunden an. Sie ist noch nicht verschickt. "
    "In eiligen Fällen rufen Sie bitte an."
)

DISCONNECTED = _(
    "Die Verbindung zu WhatsApp ist getrennt. Die Nachricht wurde nicht gesendet. "
    "Bitte lassen Sie die Nummer von der Praxisleitung neu verbinden."
)
ACCOUNT_CHECK = _(
    "WhatsApp lässt dieses Konto gerade nicht senden. Die Nachricht ist nicht angekommen. "
    "Bitte lassen Sie die Praxisleitung das WhatsApp-Konto prüfen."
)
ACCOUNT_LOCKED = _(
    "WhatsApp hat das Konto der Praxis gesperrt. Die Nachricht ist nicht angekommen. "
    "Bitte informieren Sie die Praxisleitung und rufen Sie in eiligen Fällen an."
)
NUMBER_GONE = _(
    "Die Nummer der Praxis ist bei WhatsApp nicht mehr vorhanden. Die Nachricht wurde nicht gesendet. "
    "Bitte informieren Sie die Praxisleitung."
)
NUMBER_UNREGISTERED = _(
    "Die Nummer der Praxis ist bei WhatsApp nicht angemeldet. Die Nachricht wurde nicht gesendet. "
    "Bitte lassen Sie sie von der Praxisleitung neu anmelden."
)
UNPAID = _(
    "WhatsApp stellt wegen einer offenen Zahlung nichts zu. Die Nachricht ist nicht angekommen. "
    "Bitte lassen Sie die Praxisleitung die Zahlung klären."
)
TEMPORARY = _(
    "WhatsApp war vorübergehend gestört. Die Nachricht ist nicht angekommen. Bitte senden Sie sie später noch einmal."
)
TOO_FAST = _(
    "WhatsApp hat zu viele Nachrichten auf einmal bekommen. Diese ist nicht angekommen. "
    "Bitte senden Sie sie in einigen Minuten noch einmal."
)
NOT_SENT = _("WhatsApp hat die Nachricht nicht angenommen. Sie ist nicht angekommen. Bitte rufen Sie an.")
INVALID_CONTENT = _(
    "WhatsApp hat den Inhalt nicht angenommen. Die Nachricht ist nicht angekommen. "
    "Bitte ändern Sie sie und senden Sie sie neu."
)
TEMPLATE_FAULT = _(
    "Die Vorlage passt nicht zu ihren Angaben. Die Nachricht ist nicht angekommen. "
    "Bitte wählen Sie eine andere Vorlage und melden Sie den Fehler der Praxisleitung."
)
TEMPLATE_NOT_READY = _(
    "Die Vorlage wird bei WhatsApp noch eingerichtet. Die Nachricht ist nicht angekommen. "
    "Bitte senden Sie sie in zehn Minuten noch einmal."
)
USE_TEMPLATE = _(
    "WhatsApp nimmt diese Nachricht so nicht an. Sie ist nicht angekommen. Bitte wählen Sie eine freigegebene Vorlage."
)
ONBOARDING = _("WhatsApp hat die Einrichtung der Nummer abgelehnt. Bitte prüfen Sie PIN und Angaben und warten Sie.")
FLOW_LIMITED = _(
    "Das Formular ist bei WhatsApp eingeschränkt. Die Nachricht ist nicht angekommen. Bitte senden Sie sie als Text."
)
