"""Why a template may not go, in reception's words: where it stands with WhatsApp, and what WhatsApp has against it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

APPROVED = "approved"
GONE = frozenset({"deleted", "pending_deletion", "archived", "missing"})  # nobody looks for these any more

# WhatsApp's words in lower case, and our own "outdated" (messaging/inbound/management.py).
STATES: dict[str, Promise] = {
    "pending": _("WhatsApp prüft sie noch"),
    "submitted": _("WhatsApp prüft sie noch"),
    "in_appeal": _("WhatsApp prüft sie noch einmal"),
    "outdated": _("geändert, wird gerade neu gelesen"),
    "paused": _("von WhatsApp angehalten"),
    "flagged": _("von WhatsApp beanstandet"),
    "rejected": _("von WhatsApp abgelehnt"),
    "disabled": _("von WhatsApp abgeschaltet"),
}
REASONS: dict[str, Promise] = {
    "ABUSIVE_CONTENT": _("unzulässiger Inhalt"),
    "INCORRECT_CATEGORY": _("falsche Kategorie"),
    "INVALID_FORMAT": _("fehlerhafter Aufbau"),
    "PROMOTIONAL": _("klingt nach Werbung"),
    "SCAM": _("Verdacht auf Betrug"),
    "TAG_CONTENT_MISMATCH": _("Kategorie oder Sprache passt nicht zum Text"),
}


def state_in_words(status: str, reason: str) -> str:
    """ "von WhatsApp abgelehnt: falsche Kategorie"; a reason we do not know stands as WhatsApp wrote it."""
    state = str(STATES.get(status) or _("nicht freigegeben"))
    code = reason.strip().upper()
    why = "" if code in {"", "NONE"} else str(REASONS.get(code) or reason)
    return f"{state}: {why}" if why else state
