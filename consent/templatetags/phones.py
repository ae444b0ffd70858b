"""Numbers as people write them."""

from django import template

from patients.phone import shown

register = template.Library()


@register.filter
def as_written(e164: str) -> str:
    """ "030 23125100" for "+493023125100"."""
    return shown(e164)
