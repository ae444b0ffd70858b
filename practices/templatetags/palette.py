"""By which words the palette finds a place (templates/desk/_palette.html, static/js/palette.js)."""

from django import template
from django.utils import translation

register = template.Library()


@register.simple_tag
def found_by(*name: str, also: str = "") -> str:
    """The parts of a name in German and in English, and further words, for whoever looks for it by another; each is a
    name of its own, parted by "|". The template translates the same parts itself, so that the catalog has them."""
    with translation.override("en"):
        english = [translation.gettext(part) for part in name]
    return "|".join([": ".join(name), ": ".join(english), *also.split("|")]).replace("&shy;", "")
