"""Messages to tap on: reply buttons, a list, a link. They need an open service window too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from messaging.whatsapp.outgoing.envelope import Body, Envelope, enveloped
from messaging.whatsapp.outgoing.limits import ContentInvalid, at_most, distinct, within


@dataclass(frozen=True, slots=True, repr=False)
class Button:
    """`id` comes back in the reply (≤ 256), `title` is what one taps on (≤ 20)."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    id: str  # ≤ 200
    title: str  # ≤ 24
    description: str | None = None  # ≤ 72


@dataclass(frozen=True, slots=True, repr=False)
class Section:
    """Rows under a title (≤ 24), which is needed as soon as there is more than one section."""

    rows: Sequence[Row]
    title: str | None = None


def buttons(
    body: str,
    choices: Sequence[Button],
    *,
    header: str | None = None,
    footer: str | None = None,
    **envelope: Unpack[Envelope],
) -> Body:
    """A text of up to 1024 characters with 1 to 3 reply buttons."""
    at_most(len(choices), 3, _("Schaltflächen"))
    distinct((choice.id for choice in choices), _("Schaltflächen"))
    distinct((choice.title for choice in choices), _("Schaltflächen"))
    content = _framed("button", within(body, 1024, _("Der Text")), header, footer)
    content["action"] = {"buttons": [_button(choice) for choice in choices]}
    return enveloped("interactive", content, **envelope)


def _button(choice: Button) -> Body:
    reply = {"id": within(choice.id, 256, _("Die Kennung")), "title": within(choice.title, 20, _("Die Schaltfläche"))}
    return {"type": "reply", "reply": reply}


def choice_list(
    body: str,
    button: str,
    sections: Sequence[Section],
    *,
    header: str | None = None,
    footer: str | None = None,
    **envelope: Unpack[Envelope],
) -> Body:
    """A text of up to 4096 characters and a `button` (≤ 20) that opens up to 10 rows in up to 10 sections."""
    at_most(len(sections), 10, _("Abschnitte"))
    at_most(sum(len(section.rows) for section in sections), 10, _("Einträge"))
    distinct((row.id for section in sections for row in section.rows), _("Einträge"))
    content = _framed("list", within(body, 4096, _("Der Text")), header, footer)
    content["action"] = {
        "button": within(button, 20, _("Die Schaltfläche")),
        "sections": [_section(section, needs_title=len(sections) > 1) for section in sections],
    }
    return enveloped("interactive", content, **envelope)


def _section(section: Section, *, needs_title: bool) -> Body:
    content: Body = {"rows": [_row(row) for row in section.rows]}
    if needs_title or section.title:
        content["title"] = within(section.title or "", 24, _("Der Titel des Abschnitts"))
    return content


def _row(row: Row) -> Body:
    content: Body = {
        "id": within(row.id, 200, _("Die Kennung")),
        "title": within(row.title, 24, _("Der Titel des Eintrags")),
    }
    if row.description:
        content["description"] = within(row.description, 72, _("Die Beschreibung"))
    return content


def link(
    body: str,
    label: str,
    url: str,
    *,
    header: str | None = None,
    footer: str | None = None,
    **envelope: Unpack[Envelope],
) -> Body:
    """A text with one button that opens an https address; `label` up to 20 characters."""
    if urlsplit(url).scheme != "https":
        raise ContentInvalid(_("Der Link muss mit https:// beginnen."))
    content = _framed("cta_url", within(body, 1024, _("Der Text")), header, footer)
    parameters = {"display_text": within(label, 20, _("Die Schaltfläche")), "url": url}
    content["action"] = {"name": "cta_url", "parameters": parameters}
    return enveloped("interactive", content, **envelope)


def contact_request(body: str, **envelope: Unpack[Envelope]) -> Body:
    """Ask a person known only by BSUID for the phone number; the answer is a `contacts` message (section 7)."""
    content = _framed("request_contact_info", within(body, 1024, _("Der Text")), None, None)
    content["action"] = {"name": "request_contact_info"}
    return enveloped("interactive", content, **envelope)


def _framed(kind: str, body: str, header: str | None, footer: str | None) -> Body:
    content: Body = {"type": kind, "body": {"text": body}}
    if header:
        content["header"] = {"type": "text", "text": within(header, 60, _("Die Kopfzeile"))}
    if footer:
        content["footer"] = {"text": within(footer, 60, _("Die Fußzeile"))}
    return content
