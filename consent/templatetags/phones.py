"""Numbers as people write them."""

from django import template

from patients.phone import shown

register = template.Library()

LONGEST_GROUP = 5  # digits


@register.filter
def as_written(e164: str) -> str:
    """In groups that can be read aloud: "030 23125 100" for "+493023125100"."""
    area, _space, rest = shown(e164).partition(" ")
    return f"{area} {rest[:-3]} {rest[-3:]}" if rest.isdigit() and len(rest) > LONGEST_GROUP else shown(e164)
