"""Text, files, places, address cards and reactions: free forms, which need an open service window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

from django.utils.translation import gettext_lazy as _

from messaging.whatsapp.outgoing.envelope import Body, Envelope, enveloped
from messaging.whatsapp.outgoing.limits import ContentInvalid, at_most, within

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024

WITH_CAPTION = {"image", "document", "video"}
MEDIA_KINDS = WITH_CAPTION | {"audio", "sticker"}


@dataclass(frozen=True, slots=True, repr=False)
class AddressCard:
    """A card with one number, as a practice sends its own or a colleague's. `phone` as it should read."""

    name: str
    phone: str
    phone_type: str = "WORK"
    organisation: str | None = None


def text(body: str, *, preview_url: bool = False, **envelope: Unpack[Envelope]) -> Body:
    """Free text of 1 to 4096 characters."""
    content = {"body": within(body, LONGEST_TEXT, _("Der Text")), "preview_url": preview_url}
    return enveloped("text", content, **envelope)


def media(
    kind: str,
    media_id: str,
    *,
    caption: str | None = None,
    filename: str | None = None,
    voice: bool = False,
    **envelope: Unpack[Envelope],
) -> Body:
    """A file that was uploaded before: image, document, video, audio or sticker (limits.media_kind).

    `caption` up to 1024 characters, not for audio and stickers; a document needs its `filename`, or the phone shows it
    as untitled; `voice` makes a voice note of ogg/opus audio.
    """
    if kind not in MEDIA_KINDS:
        raise ContentInvalid(_("Diese Art von Datei kann WhatsApp nicht senden."))
    content: Body = {"id": media_id}
    if caption:
        content["caption"] = _caption(kind, caption)
    if kind == "document":
        content["filename"] = within(filename or "", 240, _("Der Dateiname"))
    if kind == "audio" and voice:
        content["voice"] = True
    return enveloped(kind, content, **envelope)


def _caption(kind: str, caption: str) -> str:
    if kind not in WITH_CAPTION:
        raise ContentInvalid(_("Sprachnachrichten und Sticker haben keinen Text. Bitte senden Sie ihn einzeln."))
    return within(caption, LONGEST_CAPTION, _("Der Text zur Datei"))


def reaction(target: str, emoji: str | None, **envelope: Unpack[Envelope]) -> Body:
    """An emoji on the message with the wamid `target`, at most 30 days old; None takes it back."""
    return enveloped("reaction", {"message_id": target, "emoji": emoji or ""}, **envelope)


def location(
    latitude: float,
    longitude: float,
    *,
    name: str | None = None,
    address: str | None = None,
    **envelope: Unpack[Envelope],
) -> Body:
    """A place on the map, in degrees."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ContentInvalid(_("Der Ort liegt auf keiner Karte. Bitte prüfen Sie die Koordinaten."))
    place: Body = {"latitude": latitude, "longitude": longitude}
    place |= {key: value for key, value in (("name", name), ("address", address)) if value}
    return enveloped("location", place, **envelope)


def contacts(cards: Sequence[AddressCard], **envelope: Unpack[Envelope]) -> Body:
    """One or more address cards."""
    at_most(len(cards), 10, _("Kontakte"))
    return enveloped("contacts", [_card(card) for card in cards], **envelope)


def _card(card: AddressCard) -> Body:
    content: Body = {
        "name": {"formatted_name": within(card.name, 256, _("Der Name"))},
        "phones": [{"phone": card.phone, "type": card.phone_type}],
    }
    if card.organisation:
        content["org"] = {"company": card.organisation}
    return content
