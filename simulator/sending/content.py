"""Free-form messages without buttons: text, media, location, contacts, reaction."""

from collections.abc import Callable
from urllib.parse import urlsplit

from simulator.errors import GraphError
from simulator.media import MediaStore
from simulator.numbers import BusinessNumber, Json
from simulator.sending.fields import optional_text, required, required_list, required_object, text_of

MEDIA_TYPES = ("image", "document", "audio", "video", "sticker")
CAPTIONED = ("image", "document", "video")


def check_text(text: Json) -> None:
    """`text.body` of 1 to 4096 characters."""
    text_of(text, "body", "text", longest=4096)
    if not isinstance(text.get("preview_url", False), bool):
        raise GraphError(100, "Param text['preview_url'] must be a boolean.")


def check_media(kind: str, medium: Json, number: BusinessNumber, store: MediaStore) -> int | None:
    """Exactly one of id and link, a caption only where there is one.

    Returns the code of a failure that Meta finds only after its 200 (131053: wrong type), or None.
    """
    media_id, link = medium.get("id"), medium.get("link")
    if bool(media_id) == bool(link):
        raise GraphError(100, f"Param {kind} must have exactly one of 'id' and 'link'.")
    if "caption" in medium and kind not in CAPTIONED:
        raise GraphError(100, f"Param {kind}['caption'] is not supported.")
    optional_text(medium, "caption", kind, longest=1024)
    optional_text(medium, "filename", kind, longest=240)
    if link:
        check_link(kind, str(link))
        return None
    return check_media_id(kind, medium, number, store)


def check_link(kind: str, link: str) -> None:
    """An http(s) URL with a host; the stand-in itself fetches nothing."""
    parts = urlsplit(link)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise GraphError(100, f"Param {kind}['link'] is not a valid URI.")


def check_media_id(kind: str, medium: Json, number: BusinessNumber, store: MediaStore) -> int | None:
    """An id of this number that has not expired; its type is judged after the 200."""
    stored = store.find(str(medium["id"]), number.phone)
    if stored is None:
        raise GraphError(100, f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID.")
    if stored.kind != kind or (medium.get("voice") is True and stored.bare_mime_type != "audio/ogg"):
        return 131053
    return None


def check_location(location: Json) -> None:
    """Latitude and longitude within the globe, as numbers or as strings."""
    for name, limit in (("latitude", 90.0), ("longitude", 180.0)):
        value = required(location, name, "location")
        try:
            within = abs(float(value)) <= limit
        except (TypeError, ValueError):
            within = False
        if not within:
            raise GraphError(131009, f"Param location['{name}'] is not valid.")
    optional_text(location, "name", "location", longest=1000)
    optional_text(location, "address", "location", longest=1000)


def check_contacts(contacts: list[Json]) -> None:
    """Every card has a formatted name, and phones are objects."""
    for contact in contacts:
        if not isinstance(contact, dict):
            raise GraphError(100, "Param contacts must be an array of objects.")
        text_of(required_object(contact, "name", "contacts"), "formatted_name", "contacts['name']", longest=1000)
        for phone in contact.get("phones") or []:
            required(phone, "phone", "contacts['phones']")


def check_reaction(reaction: Json) -> None:
    """A target and an emoji, which may be empty to take the reaction back."""
    text_of(reaction, "message_id", "reaction", longest=1000)
    if not isinstance(reaction.get("emoji"), str):
        raise GraphError(131008, "The parameter reaction['emoji'] is required.")


CHECKS: dict[str, Callable[[Json], None]] = {
    "text": check_text,
    "location": check_location,
    "reaction": check_reaction,
}


def check_content(kind: str, body: Json, number: BusinessNumber, store: MediaStore) -> int | None:
    """Check a message of one of these types; a code is a failure after the 200. GraphError if refused at once."""
    if kind == "contacts":
        check_contacts(required_list(body, "contacts", "message"))
        return None
    content = required_object(body, kind, "message")
    if kind in MEDIA_TYPES:
        return check_media(kind, content, number, store)
    CHECKS[kind](content)
    return None
