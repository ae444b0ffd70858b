"""Why a template may not go, in reception's words: where it stands with WhatsApp, what WhatsApp has against it, what
keeps it from this person or from this page. The gate decides again when one is sent.
"""

from collections.abc import Set
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.purposes import ADVERTISING, Purpose
from consent.qr_codes import offered_by
from messaging.dispatch import names_treatment
from messaging.models import Template
from practices.models import Practice

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
SERVICE = frozenset({"UTILITY", "AUTHENTICATION"})
FILLED_IN = frozenset({"HEADER", "BODY", "FOOTER", "BUTTONS"})  # the parts this page can show and send
PRESSED = frozenset({"QUICK_REPLY", "URL", "PHONE_NUMBER"})  # the buttons that need nothing from whoever sends


def why_barred(template: Template, granted: Set[Purpose], practice: Practice) -> str:
    """The first thing that stands against it, "" if nothing does: WhatsApp, then the person, then the template itself.
    `granted` are the purposes that may be written for."""
    if template.status != APPROVED:
        return state_in_words(template.status, template.reason)
    return _unfit_for_person(template, granted, practice) or _unfit_for_page(template)


def _unfit_for_person(template: Template, granted: Set[Purpose], practice: Practice) -> str:
    purpose, is_service = Purpose(template.purpose), template.category in SERVICE
    if purpose not in offered_by(practice):
        return str(_("dafür nutzt Ihre Praxis WhatsApp nicht"))
    if purpose not in granted:
        return str(_("dafür fehlt die Einwilligung"))
    if not is_service and purpose not in ADVERTISING:
        return str(_("WhatsApp führt sie als Werbung"))
    if is_service and purpose == Purpose.RECALL and not practice.recall_as_service:
        return str(_("WhatsApp führt sie als Service, eine Vorsorge-Erinnerung gilt als Werbung"))
    if purpose == Purpose.ORGANISATION and names_treatment(template):
        return str(_("sie nennt eine Behandlung"))
    return ""


def _unfit_for_page(template: Template) -> str:
    """What it needs and this page does not give: a link of ours (messaging/documents/), a file, a button to fill in."""
    buttons = component(template.components, "BUTTONS").get("buttons") or []
    if any("{{" in str(button.get("url", "")) for button in buttons):
        return str(_("sie braucht einen persönlichen Link, von hier geht sie nicht"))
    if component(template.components, "HEADER").get("format") not in {None, "TEXT"}:
        return str(_("sie braucht im Kopf eine Datei oder einen Ort, das sendet Roger nicht"))
    if "{{" in str(component(template.components, "HEADER").get("text", "")):
        return str(_("sie braucht im Kopf eine Angabe, das sendet Roger nicht"))
    parts = {str(one.get("type", "")).upper() for one in template.components}
    pressed = {str(button.get("type", "URL")).upper() for button in buttons}
    if not (parts <= FILLED_IN and pressed <= PRESSED):
        return str(_("sie ist von einer Art, die Roger nicht sendet"))
    return ""


def component(components: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next((one for one in components if str(one.get("type", "")).upper() == kind), {})


def state_in_words(status: str, reason: str) -> str:
    """ "von WhatsApp abgelehnt: falsche Kategorie"; a reason we do not know stands as WhatsApp wrote it."""
    state = str(STATES.get(status) or _("nicht freigegeben"))
    code = reason.strip().upper()
    why = "" if code in {"", "NONE"} else str(REASONS.get(code) or reason)
    return f"{state}: {why}" if why else state
