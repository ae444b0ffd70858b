"""The button on a practice's website: where it may stand, and the two snippets that put it there."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from consent.models import Channel, ConsentEvent, Widget
from practices import doors
from practices.audit import record
from practices.models import Door, Member, Practice

MOST_ORIGINS = 20
LOCAL = frozenset({"localhost", "127.0.0.1"})
# The mark (static/icons/roger.svg).
SLIP = "M2 2h14a6 6 0 0 1 6 6v8a6 6 0 0 1-6 6H8a6 6 0 0 1-6-6z"
TICK = "m7.5 12.3 3.2 3.2 6-7"
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_STANDARD_PORTS = {"https": 443, "http": 80}


class NotAnOrigin(ValueError):
    """This is no address of a website; `for_person` says what is wrong with it."""

    def __init__(self, for_person: str) -> None:
        self.for_person = for_person
        super().__init__("not an origin")


def origin_of(written: str) -> str:
    """The origin as browsers send it, of an address as people write it. Raises NotAnOrigin.

    http is for trying things out on one's own machine.
    """
    try:
        parts = urlsplit(written.strip())
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        raise NotAnOrigin(_("Das ist keine Adresse einer Website.")) from None
    if not host or not _HOST.fullmatch(host):
        raise NotAnOrigin(_("Das ist keine Adresse einer Website."))
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise NotAnOrigin(_("Die Adresse muss mit https:// beginnen."))
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise NotAnOrigin(_("Bitte nur die Adresse der Website, ohne Unterseite: https://www.praxis.example"))
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _STANDARD_PORTS[parts.scheme] else "")


def _ascii(host: str) -> str:
    """As browsers spell it: an umlaut's domain in Punycode. Raises ValueError."""
    return host.lower().encode("idna").decode()


def living_widgets() -> models.QuerySet[Widget]:
    """Those that were not revoked, in the order in which they were made."""
    return Widget.objects.filter(revoked_at=None).order_by("created_at", "pk")


def agreed_through_website() -> int:
    """How many have come from the website and said yes in the chat, by the ledger."""
    return ConsentEvent.objects.filter(type=ConsentEvent.Type.CONFIRMED, channel=Channel.WIDGET).count()


@transaction.atomic
def add_widget(*, practice: Practice, name: str, origins: list[str], by: Member | None) -> Widget:
    """A button for these websites of the practice in scope."""
    token = doors.new_token()
    widget = Widget.objects.create(name=name, token=token, origins=origins, created_by=by)
    doors.install(Door.Kind.WIDGET, token, leads_to=practice, object_id=widget.pk)
    record("widget_added", about=widget, by=by, origins=len(origins))
    return widget


@transaction.atomic
def change_widget(*, widget: Widget, name: str, origins: list[str], by: Member | None) -> None:
    """From now on the script is for these websites alone."""
    widget.name, widget.origins = name, origins
    widget.save(update_fields=["name", "origins"])
    record("widget_changed", about=widget, by=by, origins=len(origins))


@transaction.atomic
def revoke_widget(*, widget: Widget, by: Member) -> None:
    """Link and script lead nowhere any more. Whoever has a code already may still send it."""
    widget.revoked_at = timezone.now()
    widget.save(update_fields=["revoked_at"])
    doors.close(Door.Kind.WIDGET, widget.pk)
    record("widget_revoked", about=widget, by=by)


# ── what the practice copies into its website ──


def widget_url(widget: Widget) -> str:
    """The page with text D."""
    return f"{settings.BASE_URL}/widget/{widget.token}"


def link_snippet(widget: Widget) -> SafeString:
    """A plain link with our mark drawn into it: no script, and nobody is asked for anything before the click."""
    return format_html(
        '<a href="{}" target="_blank" rel="noopener">\n'
        '  <svg width="20" height="20" viewBox="0 0 24 24" aria-hidden="true">'
        '<path fill="#0b5a5e" d="{}"/><path fill="none" stroke="#fff" stroke-width="2.4" d="{}"/></svg>\n'
        "  Über WhatsApp schreiben\n"
        "</a>",
        widget_url(widget),
        SLIP,
        TICK,
    )


def script_snippet(widget: Widget) -> SafeString:
    """A button that brings its own look. With crossorigin browsers say on which website they are."""
    return format_html('<script src="{}.js" crossorigin="anonymous" async></script>', widget_url(widget))
