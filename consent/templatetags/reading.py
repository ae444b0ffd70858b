"""Public texts that read well on a phone. What is shown stays word for word what was hashed: only marks are added."""

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from patients import phone

register = template.Library()

LINK = re.compile(
    r"(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<phone>(?<![\w/])0[1-9]\d{1,4} \d{4,9}(?!\w))"
)
BREAKS_AFTER = re.compile(r"(//|[/#?&.@])(?=[^/])")


@register.filter
def linked(text: str) -> SafeString:
    """Addresses, e-mail addresses and German phone numbers as links; all else escaped."""
    return format_html_join("", "{}{}", _pieces(text))


def _pieces(text: str) -> list[tuple[str, str]]:
    """What stands before each link, and the link; the last has none."""
    pieces, end = [], 0
    for found in LINK.finditer(text):
        pieces.append((text[end : found.start()], _link(found)))
        end = found.end()
    return [*pieces, (text[end:], "")]


def _link(found: re.Match[str]) -> SafeString:
    shown = found.group()
    if found["phone"]:
        return format_html('<a href="tel:{}"><bdi class="ltr">{}</bdi></a>', phone.normalise(shown) or shown, shown)
    if found["mail"]:
        return format_html('<a href="mailto:{}">{}</a>', shown, _breakable(shown))
    return format_html('<a class="address" href="{}"><bdi class="ltr">{}</bdi></a>', shown, _breakable(shown))


def _breakable(address: str) -> SafeString:
    """Lines may end after the signs of an address and not inside its words."""
    parts = [(part,) for part in BREAKS_AFTER.sub("\\1\0", address).split("\0")]
    return format_html_join(mark_safe("<wbr>"), "{}", parts)
