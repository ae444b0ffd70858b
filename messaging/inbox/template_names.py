"""What reception calls a template. WhatsApp's own names are small Latin letters, digits and underscores."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Those a practice begins with (roger/demo/templates.json); one of its own is called as it named it.
CALLED: dict[str, Promise] = {
    "anamnese_link": _("Anamnesebogen ausfüllen"),
    "chat_fortsetzen": _("Chat fortsetzen"),
    "dokument_bereit": _("Dokument liegt bereit"),
    "einwilligung_erneuern": _("Einwilligung erneuern"),
    "hkp_antwort_kasse": _("Kostenplan: Antwort der Kasse"),
    "hkp_erinnerung": _("Kostenplan: Erinnerung"),
    "kontrolle_gewuenscht": _("Kontrolle: Termin gewünscht"),
    "nachsorge_nachfrage": _("Nachfrage nach der Behandlung"),
    "optin_bestaetigung": _("Einwilligung bestätigen"),
    "praxis_geschlossen": _("Praxis geschlossen"),
    "rechnung_hinweis": _("Hinweis zur Rechnung"),
    "recall_prophylaxe": _("Prophylaxe: Erinnerung"),
    "rueckruf_verpasst": _("Rückruf verpasst"),
    "termin_absage_praxis": _("Termin: Absage der Praxis"),
    "termin_aenderung": _("Termin: Änderung"),
    "termin_bestaetigung": _("Termin: Bestätigung"),
    "termin_erinnerung": _("Termin: Erinnerung"),
    "unterlagen_anfordern": _("Unterlagen anfordern"),
}


def called(name: str) -> str:
    """The template's name as words, with a capital at the beginning."""
    words = str(CALLED.get(name) or name.replace("_", " ").strip())
    return words[:1].upper() + words[1:]
