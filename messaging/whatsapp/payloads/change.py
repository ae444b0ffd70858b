"""What all items of one `changes[]` share."""

from dataclasses import dataclass

from messaging.whatsapp.payloads.reading import JsonObject, identifier, mapping, phone, text


class BadItem(ValueError):
    """This one item cannot be used; the reason is a fixed phrase without personal data."""


@dataclass(frozen=True, slots=True, repr=False)
class Metadata:
    """Which of the practice's numbers an event belongs to."""

    phone_number_id: str | None = None
    display_phone: str | None = None  # "+" and digits


def metadata_of(value: JsonObject) -> Metadata:
    metadata = mapping(value.get("metadata"))
    written = (text(metadata.get("display_phone_number")) or "").replace(" ", "").replace("-", "")
    return Metadata(identifier(metadata.get("phone_number_id")), phone(written))
