"""What texts are called, and which way their language is written."""

from django import template
from django.utils.translation import gettext_lazy as _

from consent.desk.text_words import language_name
from consent.models import ConsentText
from consent.texts import direction_of

register = template.Library()

NAMES = {
    ConsentText.Kind.QR_PAGE: _("Seite hinter dem QR-Code"),
    ConsentText.Kind.CHAT: _("Frage im Chat"),
    ConsentText.Kind.PRIVACY_NOTICE: _("Datenschutz kurz erklärt"),
    ConsentText.Kind.WIDGET: _("Hinweis auf der Website"),
    ConsentText.Kind.ANAMNESE: _("Abschnitt im Anamnesebogen"),
    ConsentText.Kind.GUARDIAN: _("Zusatz für Sorgeberechtigte"),
    ConsentText.Kind.IMPORTED: _("Übernommenes altes Formular"),
}


register.filter(language_name)
register.filter("direction", direction_of)


@register.filter
def text_name(kind: str) -> str:
    """ "Seite hinter dem QR-Code"."""
    return str(NAMES[ConsentText.Kind(kind)])
