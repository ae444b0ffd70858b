"""Old and new wording in one paragraph: what goes is struck out, what comes is underlined, and both are said."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from consent.differences import Change, Piece

register = template.Library()


@register.filter
def marked(pieces: Iterable[Piece]) -> SafeString:
    """Every blank counts in a text that is hashed, so this is put together here and not in a template."""
    return format_html_join("", "{}", ((_mark(piece),) for piece in pieces))


def _mark(piece: Piece) -> SafeString:
    if piece.change == Change.SAME:
        return format_html("{}", piece.text)
    tag, said = ("del", _("entfällt")) if piece.change == Change.REMOVED else ("ins", _("neu"))
    aside = '<span class="visually-hidden">{}</span>'
    before, after = format_html(aside, f" [{said}: "), format_html(aside, "] ")
    return format_html("<{}>{}{}{}</{}>", tag, before, piece.text, after, tag)
