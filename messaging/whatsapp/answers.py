"""360dialog's 2xx answers as frozen values. A reader returns None where the answer lacks what it is for."""

from dataclasses import dataclass
from typing import Any

from messaging.whatsapp.payloads.reading import (
    JsonObject,
    identifier,
    integer,
    items,
    mapping,
    objects,
    phone,
    sha256_hex,
    text,
    user_id,
)
from messaging.whatsapp.payloads.reported import ReportedError


@dataclass(frozen=True, slots=True, repr=False)
class Accepted:
    """WhatsApp took the message. `wa_id` ("+" and digits) may differ from the number typed: key on this one.

    `message_status` None or accepted: on its way. held_for_quality_assessment: sent once Meta has looked at the
    template. paused: the template is.
    """

    wamid: str
    message_status: str | None = None
    wa_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class MediaLocation:
    url: str
    mime_type: str | None
    sha256: str | None  # lower-case hex
    file_size: int | None  # bytes


@dataclass(frozen=True, slots=True, repr=False)
class TemplateRecord:
    """A template as the account has it. `status` and `category` in upper case, though 360dialog writes it lower."""

    id: str | None
    name: str | None
    language: str | None
    category: str | None
    status: str | None
    rejected_reason: str | None
    namespace: str | None
    components: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True, repr=False)
class HealthEntity:
    """PHONE_NUMBER, WABA, BUSINESS or APP, with Meta's own words on what is wrong and what helps."""

    type: str | None
    id: str | None
    can_send: str | None
    errors: tuple[ReportedError, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class HealthStatus:
    can_send: str  # AVAILABLE, LIMITED, BLOCKED
    entities: tuple[HealthEntity, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class BusinessProfile:
    """What patients see of the practice in WhatsApp."""

    about: str | None = None
    address: str | None = None
    description: str | None = None
    email: str | None = None
    profile_picture_url: str | None = None
    vertical: str | None = None
    websites: tuple[str, ...] = ()


def _first(value: Any) -> JsonObject:
    return next(objects(value), {})


def accepted(answer: JsonObject) -> Accepted | None:
    message, contact = _first(answer.get("messages")), _first(answer.get("contacts"))
    wamid = text(message.get("id"))
    if wamid is None:
        return None
    return Accepted(
        wamid=wamid,
        message_status=text(message.get("message_status")),
        wa_id=phone(contact.get("wa_id")),
        user_id=user_id(contact.get("user_id")),
    )


def media_id(answer: JsonObject) -> str | None:
    return identifier(answer.get("id"))


def media_location(answer: JsonObject) -> MediaLocation | None:
    url = text(answer.get("url"))
    if url is None:
        return None
    return MediaLocation(
        url, text(answer.get("mime_type")), sha256_hex(answer.get("sha256")), integer(answer.get("file_size"))
    )


def templates(envelope: JsonObject) -> list[TemplateRecord]:
    """The records of one page: 360dialog's `waba_templates`, or Graph's `data`."""
    return [template(record) for record in objects(envelope.get("waba_templates") or envelope.get("data"))]


def template(record: JsonObject) -> TemplateRecord:
    return TemplateRecord(
        id=identifier(record.get("id")),
        name=text(record.get("name")),
        language=text(record.get("language")),
        category=_upper(record.get("category")),
        status=_upper(record.get("status")),
        rejected_reason=_upper(record.get("rejected_reason")),
        namespace=text(record.get("namespace")),
        components=tuple(objects(record.get("components"))),
    )


def _upper(value: Any) -> str | None:
    found = text(value)
    return found.upper() if found else None


def total(envelope: JsonObject, *, otherwise: int) -> int:
    """How many templates there are over all pages."""
    found = integer(envelope.get("total"))
    return otherwise if found is None else found


def health_status(answer: JsonObject) -> HealthStatus | None:
    status = mapping(answer.get("health_status"))
    can_send = _upper(status.get("can_send_message"))
    if can_send is None:
        return None
    return HealthStatus(can_send, tuple(map(_health_entity, objects(status.get("entities")))))


def _health_entity(entity: JsonObject) -> HealthEntity:
    return HealthEntity(
        type=text(entity.get("entity_type")),
        id=identifier(entity.get("id")),
        can_send=_upper(entity.get("can_send_message")),
        errors=tuple(
            ReportedError(
                code=integer(error.get("error_code")),
                message=text(error.get("error_description")),
                details=text(error.get("possible_solution")),
            )
            for error in objects(entity.get("errors"))
        ),
        remarks=tuple(filter(None, map(text, items(entity.get("additional_info"))))),
    )


def business_profile(answer: JsonObject) -> BusinessProfile:
    """The profile, which some answers wrap once more."""
    outer = _first(answer.get("data"))
    profile = mapping(outer.get("business_profile")) or outer
    return BusinessProfile(
        about=text(profile.get("about")),
        address=text(profile.get("address")),
        description=text(profile.get("description")),
        email=text(profile.get("email")),
        profile_picture_url=text(profile.get("profile_picture_url")),
        vertical=text(profile.get("vertical")),
        websites=tuple(filter(None, map(text, items(profile.get("websites"))))),
    )
