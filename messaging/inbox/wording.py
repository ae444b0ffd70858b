"""What a message is called where only a line fits: the list, a quote, a search hit."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Message

LINE_CHARACTERS = 120

# WhatsApp's type → the word for it and the icon beside it.
NAMES = {
    "image": (gettext_lazy("Foto"), "image"),
    "sticker": (gettext_lazy("Sticker"), "sticker"),
    "video": (gettext_lazy("Video"), "video"),
    "audio": (gettext_lazy("Sprachnachricht"), "mic"),
    "document": (gettext_lazy("Dokument"), "file-text"),
    "location": (gettext_lazy("Standort"), "map-pin"),
    "contacts": (gettext_lazy("Kontakt"), "users"),
    "order": (gettext_lazy("Bestellung"), "clipboard-list"),
    "template": ("", "layout-template"),
    "system": (gettext_lazy("WhatsApp meldet eine Änderung am Konto"), "smartphone"),
    "request_welcome": (gettext_lazy("Chat geöffnet, noch nichts geschrieben"), ""),
}
NOT_SHOWN = gettext_lazy("Nachricht, die Roger nicht zeigen kann")


def line_of(message: Message) -> tuple[str, str]:
    """One line for a message and the icon that goes with it ("" for none)."""
    name, icon = NAMES.get(message.type, ("", ""))
    if message.revoked_at:
        return _("Nachricht gelöscht"), "trash-2"
    decoration = _decoration_line(message)
    if decoration:
        return decoration, icon
    text = shortened(message.body or "")
    if text:
        return text, icon
    return str(name or NOT_SHOWN), icon


def named_line(message: Message, file_name: str, characters: int = LINE_CHARACTERS) -> str:
    """One line that says what kind of thing it is, and then its words or the name of the document; "" for a text."""
    if message.type == "text":
        return ""
    name = str(NAMES.get(message.type, ("", ""))[0])
    said = shortened(message.body or "", characters) or (file_name if message.type == "document" else "")
    line = ": ".join(part for part in (name, said) if part)
    return shortened(line, characters) or line_of(message)[0]


def _decoration_line(message: Message) -> str:
    if message.type == "reaction":
        emoji = (message.content or {}).get("emoji")
        return _("hat mit %(emoji)s reagiert") % {"emoji": emoji} if emoji else _("hat eine Reaktion zurückgenommen")
    if message.type == "revoke":
        return _("hat eine Nachricht gelöscht")
    return ""


def shortened(text: str, characters: int = LINE_CHARACTERS) -> str:
    """One line of a text: line breaks become spaces, what is too long ends with an ellipsis."""
    # Of a text without end only its beginning is looked at; what is longer than that is cut all the same.
    line = " ".join(text.lstrip()[: 8 * characters].split())
    return line if len(line) <= characters else f"{line[: characters - 1].rstrip()}…"
