"""Public texts that read well on a phone. What is shown stays word for word what was hashed: only marks are added."""

import re
from collections.abc import Callable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from patients import phone

register = template.Library()
Mark = Callable[[re.Match[str]], SafeString]

LINK = re.compile(
    r"(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<phone>(?<![\w/])0[1-9]\d{1,4} \d{4,9}(?!\w))"
)
_LETTER = "A-Za-zÄÖÜäöüß"
LATIN = re.compile(f"[0-9]*[{_LETTER}](?:[{_LETTER}0-9 .,&'’-]*[{_LETTER}0-9])?")
BREAKS_AFTER = re.compile(r"(//|[/#?&.@])(?=[^/])")


@register.filter
def linked(text: str, direction: str = "ltr") -> SafeString:
    """Addresses, e-mail addresses and German phone numbers as links; all else escaped.

    Where one reads from right to left, Latin words stand isolated, or their full stops would change sides.
    """
    around = isolated if direction == "rtl" else str
    return format_html_join("", "{}{}", ((around(before), link) for before, link in _pieces(LINK, text, _link)))


@register.simple_tag
def calling(text: str, direction: str, *numbers: str) -> SafeString:
    """As `linked`, and whatever these numbers are (E.164, or 112): where they stand in the text one rings them."""
    spelled = {phone.shown(number): number for number in numbers if number}
    wanted = re.compile("|".join(rf"(?<!\d){re.escape(one)}(?!\d)" for one in spelled))
    pieces = _pieces(wanted, text, lambda found: _call(spelled[found.group()], found.group()))
    return format_html_join("", "{}{}", ((linked(before, direction), link) for before, link in pieces))


@register.filter
def isolated(text: str) -> SafeString:
    """Latin words within another script, marked as German, so that a screen reader says them right too."""
    return format_html_join("", "{}{}", _pieces(LATIN, text, _latin))


def _pieces(wanted: re.Pattern[str], text: str, mark: Mark) -> list[tuple[str, str]]:
    """What stands before each match, and the match as marked; the last has none."""
    pieces, end = [], 0
    for found in wanted.finditer(text):
        pieces.append((text[end : found.start()], mark(found)))
        end = found.end()
    return [*pieces, (text[end:], "")]


def _latin(found: re.Match[str]) -> SafeString:
    return format_html('<bdi lang="de">{}</bdi>', found.group())


def _link(found: re.Match[str]) -> SafeString:
    shown = found.group()
    if found["phone"]:
        return _call(phone.normalise(shown) or shown, shown)
    if found["mail"]:
        return format_html('<a href="mailto:{}">{}</a>', shown, _breakable(shown))
    return format_html('<a class="address" href="{}"><bdi class="ltr">{}</bdi></a>', shown, _breakable(shown))


def _call(number: str, shown: str) -> SafeString:
    return format_html('<a href="tel:{}"><bdi class="ltr">{}</bdi></a>', number.replace(" ", ""), shown)


def _breakable(address: str) -> SafeString:
    """Lines may end after the signs of an address and not inside its words."""
    parts = [(part,) for part in BREAKS_AFTER.sub("\\1\0", address).split("\0")]
    return format_html_join(mark_safe("<wbr>"), "{}", parts)
