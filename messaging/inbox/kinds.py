"""What kind of thing a message is on the screen, and the lines that belong to its kind (contents.py)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Message
from messaging.resending import ENDED_BADLY

MEDIA = frozenset({"image", "sticker", "video", "audio", "document"})
RESENT = MEDIA - {"sticker"} | {"text", "template"}
REPLIES = frozenset({"button_reply", "list_reply", "flow_reply"})
S = Message.State


@dataclass(frozen=True)
class TemplateParts:
    """What a template or a question of ours shows beside its text, frozen when it was sent."""

    footer: str = ""
    buttons: tuple[str, ...] = ()


def kind_of(message: Message) -> str:
    """The template's word for the message (templates/messaging/_message.html)."""
    if message.direction == Message.Direction.OUTBOUND:
        return _kind_of_ours(message)
    if _is_empty(message):
        return "unknown"
    said = _content(message).get("kind")
    if message.type in MEDIA or message.type in {"text", "location", "contacts", "order"}:
        return message.type
    if message.type == "button" or said in REPLIES:
        return str(said) if said in REPLIES else "button_reply"
    return "unsupported" if message.type == "unsupported" else "unknown"


def _is_empty(message: Message) -> bool:
    """A known type of which neither we nor WhatsApp could make anything: never shown as an empty bubble."""
    content = _content(message)
    return "raw" in content or ("errors" in content and not message.body and "id" not in content)


def _kind_of_ours(message: Message) -> str:
    if message.type == "template" or message.type in MEDIA:
        return message.type
    return "automatic" if message.origin == Message.Origin.AUTOMATIC else "text"


def system_line(message: Message) -> tuple[str, str] | None:
    """Kind and sentence of what is no message of a person: a changed number, an opened chat, a stray decoration."""
    if message.type == "system":
        return "number_change", _system_sentence(_content(message))
    if message.type == "request_welcome":
        return "system", _("Hat den Chat geöffnet und noch nichts geschrieben.")
    if _content(message).get("kind") == "call_permission":
        return "system", _("Hat auf die Frage nach Anrufen geantwortet.")
    if message.type == "reaction":
        emoji = _content(message).get("emoji") or "–"
        return "system", _("Reaktion %(emoji)s auf eine Nachricht, die hier nicht vorliegt.") % {"emoji": emoji}
    if message.type in {"edit", "revoke"}:
        return "system", _stray_sentence(message)
    return None


def _system_sentence(content: dict[str, Any]) -> str:
    if content.get("kind") == "user_changed_number":
        return _("Die Person hat jetzt eine andere Nummer. Bitte fragen Sie telefonisch nach, bevor Sie schreiben.")
    if content.get("kind") == "customer_identity_changed":
        return _("Die Person nutzt WhatsApp auf einem neuen Gerät. Bitte prüfen Sie, ob sie es noch ist.")
    return _("WhatsApp meldet eine Änderung am Konto der Person.")


def _stray_sentence(message: Message) -> str:
    if message.type == "revoke":
        return _("Hat eine Nachricht gelöscht, die hier nicht vorliegt.")
    return _("Hat eine Nachricht geändert, die hier nicht vorliegt: „%(text)s“") % {"text": message.body or ""}


def way_of(message: Message) -> str:
    """How it came, where it was not through WhatsApp (messaging/documents/receiving.py)."""
    return _("über den geschützten Link") if _content(message).get("came_by") == "upload" else ""


def is_tap(message: Message) -> bool:
    """Whether the person answered by tapping a button of ours."""
    return message.direction == Message.Direction.INBOUND and message.type in {"button", "interactive"}


def details_of(message: Message) -> list[str]:
    """Further lines of places, contacts, baskets and forms."""
    content = _content(message)
    if message.type == "location":
        return _place(content)
    if message.type == "contacts":
        return [_card(contact) for contact in content.get("contacts") or []]
    if message.type == "order":
        count = int(content.get("item_count") or 0)
        return [ngettext("%(count)d Artikel", "%(count)d Artikel", count) % {"count": count}]
    if content.get("kind") == "list_reply" and content.get("description"):
        return [str(content["description"])]
    if content.get("kind") == "flow_reply":
        return [f"{name}: {answer}" for name, answer in (content.get("answers") or {}).items()]
    return []


def _place(content: dict[str, Any]) -> list[str]:
    named = [str(content[part]) for part in ("name", "address") if content.get(part)]
    return [*named, f"{content.get('latitude')}, {content.get('longitude')}"]


def _card(contact: dict[str, Any]) -> str:
    phones = [phone.get("phone") or phone.get("written") for phone in contact.get("phones") or []]
    return ", ".join(str(part) for part in (contact.get("name"), contact.get("organisation"), *phones) if part)


def template_parts(message: Message) -> TemplateParts:
    """Footer and buttons as they went out; nothing for other messages."""
    content = _content(message)
    if message.type == Message.NUMBER_REQUEST:
        return TemplateParts(buttons=(_("Nummer senden"),))  # WhatsApp labels it in the phone's language
    if message.type == "interactive":
        return TemplateParts(buttons=tuple(str(one.get("title", "")) for one in content.get("buttons") or []))
    return parts_of(content.get("definition") or [])


def parts_of(components: list[dict[str, Any]]) -> TemplateParts:
    """Footer and buttons of a template's components."""
    by_type = {str(one.get("type", "")).upper(): one for one in components}
    buttons = by_type.get("BUTTONS", {}).get("buttons") or []
    return TemplateParts(
        footer=str(by_type.get("FOOTER", {}).get("text") or ""),
        buttons=tuple(str(button.get("text", "")) for button in buttons),
    )


def can_be_sent_again(message: Message) -> bool:
    """Whether a person may send the same once more: it did not arrive, or nobody knows, and it is ours to repeat."""
    has_ended_badly = message.state in ENDED_BADLY
    return has_ended_badly and message.type in RESENT and message.origin != Message.Origin.AUTOMATIC


def _content(message: Message) -> dict[str, Any]:
    return message.content if isinstance(message.content, dict) else {}
